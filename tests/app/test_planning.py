"""How many answers it takes."""

from datetime import date

import pytest

from regulars.app.planning import Own, plan
from regulars.core.errors import QueryError, UnknownName
from regulars.stats.intervals import z

#: 3,580 answers in 30.4375 days, as near as whole days have it.
OWN = Own(answers=42961, start=date(2023, 1, 1), end=date(2024, 1, 1), touchpoint="relational")


def test_answers_for_a_margin_and_for_a_change():
    found = plan("nps", margin=5, change=5, level=0.95)
    assert (found.answers, found.worst, found.per_period, found.known) == (876, 1537, 3580, False)
    assert (found.have, found.detectable) == (None, None)
    exact = plan("csat", margin=10, change=5, level=0.95)
    assert exact.answers == exact.worst == 97


def test_the_companys_own_variance_and_answers_count():
    found = plan("nps", margin=5, change=5, level=0.95, variance=0.3, own=OWN)
    assert (found.variance, found.known) == (0.3, True)
    assert found.answers == pytest.approx(z(0.95) ** 2 * 0.3 / 0.0025, abs=1)
    assert found.detectable == pytest.approx(5 * (0.3 / 0.57) ** 0.5, rel=1e-3)
    assert plan("nps", margin=5, change=5, level=0.95, variance=0).variance == 0.57  # all alike: nothing is known


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"margin": 0}, "`0` after `--margin` is no number of points"),
        ({"margin": 200}, "after `--margin`"),
        ({"change": -3}, "after `--change`"),
        ({"level": 95}, "`95` is no level"),
        ({"level": 0}, "is no level"),
    ],
)
def test_what_cannot_be_is_refused(words, said):
    with pytest.raises(QueryError, match=said):
        plan("nps", **{"margin": 5, "change": 5, "level": 0.95, **words})
    with pytest.raises(UnknownName, match="Did you mean `nps`"):
        plan("nsp", margin=5, change=5, level=0.95)
