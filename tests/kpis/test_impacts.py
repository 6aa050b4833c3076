"""What complaints of a theme do to a score: by counts the same as by answers."""

import ibis
import numpy as np
import pyarrow as pa
import pytest
from ibis import _

from regulars.core.randomness import stream
from regulars.data import engine
from regulars.kpis.aggregations import additive, merge
from regulars.kpis.impacts import Impact
from regulars.stats import impact

FORMULA = Impact(_.worth, _.bad)
RANDOM = stream(1, "tests of impacts")


def counted(scores, mentioned):
    """Return the statistics of rows as the engine makes them."""
    rows = pa.table({"worth": pa.array(scores, pa.int8()), "bad": pa.array(mentioned, pa.bool_())})
    table = ibis.memtable(rows)
    unit = {name: table.bind(value)[0] for name, value in FORMULA.per_unit().items()}
    return dict(engine.connect(threads=1, memory="1GB").execute(table.aggregate(**FORMULA.across(unit))).iloc[0])


def drawn(n):
    return RANDOM.choice([-1, 0, 1], n, p=[0.3, 0.3, 0.4]), RANDOM.random(n) < 0.3


@pytest.mark.parametrize("size", [4, 30, 400])
def test_it_is_what_single_answers_say(size):
    scores, mentioned = drawn(size)
    mentioned[0], mentioned[1] = True, False
    found = FORMULA.estimate((counted(scores, mentioned),), 0.9)
    said = impact.leave_out(scores, mentioned.astype(float), level=0.9).value
    assert (found.value, found.low, found.high, found.n) == (
        pytest.approx(said.value),
        pytest.approx(said.low),
        pytest.approx(said.high),
        size,
    )
    assert found.value == pytest.approx(scores.mean() - scores[~mentioned].mean())


def test_statistics_of_groups_add_up():
    scores, mentioned = drawn(90)
    half = np.arange(90) < 31
    both = merge(counted(scores[half], mentioned[half]), counted(scores[~half], mentioned[~half]))
    assert both == counted(scores, mentioned)
    assert additive(FORMULA)
    assert not FORMULA.extensive


def test_without_mentions_or_answers_there_is_a_reason():
    scores, mentioned = drawn(12)
    nobody = FORMULA.estimate((counted(scores, mentioned & False),), 0.95)
    assert (nobody.why_not, nobody.n) == ("no answer mentions it", 12)
    assert FORMULA.estimate((), 0.95).why_not == "no answers with a comment"
    assert FORMULA.estimate((counted([], []),), 0.95).why_not == "no answers with a comment"
    everybody = FORMULA.estimate((counted(scores, mentioned | True),), 0.95)
    assert everybody.value is None
    assert everybody.why_not
