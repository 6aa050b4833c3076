"""KPIs of what comments say: by hand, with the score of whoever reads beside, and gone when that changes."""

import numpy as np
import pytest

import regulars.catalogue.kpis
from regulars.app import comments
from regulars.app.comments import heard, with_heard
from regulars.core.periods import Grain, Period
from regulars.core.registry import discover, modules_of
from regulars.kpis.kpi import KPI
from regulars.kpis.query import HEARD, answer
from regulars.kpis.question import Question
from regulars.stats import impact, intervals
from regulars.text import editing
from regulars.views.shown import Shown
from small import on, reply
from spoken import BAD, THEMES, backend_of, shelf, spoken

KPIS = discover(modules_of(regulars.catalogue.kpis), KPI)
TOLD = sorted(name for name, kpi in KPIS.items() if any(HEARD in str(need) for need in kpi.frame.needs))
#: Some without a comment, and some who complain of delivery after an order.
MORE = [reply(f"e{n}", 500 + n, 0) for n in range(9)]
MORE += [
    reply(
        f"f{n}",
        500 + n,
        (2, 3, 1)[n % 3],
        touchpoint="transactional",
        comment="The courier left my parcel outside in the pouring rain again",
    )
    for n in range(12)
]


@pytest.fixture(scope="module")
def records():
    return spoken(MORE)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("heard")
    return shelf(folder), folder / "generation.duckdb"


@pytest.fixture(scope="module")
def known(records, place):
    heard(place[0], records, place[1])
    return with_heard(records, *place, backend_of(records))


def asked(records, *names, by=(), start=100, end=600, grain=None):
    return answer(Question(kpis=names, period=Period(on(start), on(end)), by=by, grain=grain), KPIS, records)


def one(records, name, **rest):
    (row,) = asked(records, name, **rest)
    return row.estimate.interval


def test_five_kpis_are_of_what_was_heard():
    assert len(TOLD) == 5


@pytest.mark.parametrize("name", TOLD)
def test_before_comments_are_read_it_is_said_how(records, name):
    assert one(records, name).why_not == "no comments were read yet of these records: run `regulars themes`"


@pytest.mark.parametrize("name", TOLD)
def test_none_goes_without_the_score_of_whoever_read(known, name):
    shown = Shown(asked(known, name), "EUR")
    (score,) = shown.records()[0]["scores"]
    assert score["verdict"].startswith("told from ratings that it had not seen")
    assert score["verdict"] in shown.to_csv()
    assert "AUC 1 (0.979 to 1)" in repr(shown)


def test_customers_not_comments_name_themes(known):
    found = {row.group["theme"]: row.estimate.interval for row in asked(known, "theme_prevalence", by=("theme",))}
    assert found.keys() == THEMES
    # 300 customers, of whom 60 wrote twice, the second time the same; and 12 about delivery.
    wilson = intervals.wilson(62, 312)
    assert [found["delivery"].value, found["delivery"].low, found["delivery"].high] == pytest.approx(
        [wilson.value, wilson.low, wilson.high]
    )
    assert {found[name].value for name in THEMES - {"delivery"}} == {50 / 312}
    assert one(known, "theme_prevalence").value == 1


def test_complaints_are_negative_mentions(known):
    found = {row.group["theme"]: row.estimate.interval.value for row in asked(known, "complaint_share", by=("theme",))}
    assert {name for name, value in found.items() if value} == set(BAD)
    assert found["returns"] == 50 / 312
    assert one(known, "complaint_share").value == pytest.approx((150 + 12) / 312)


def test_sentiment_is_positive_less_negative_of_comments(known):
    found = one(known, "net_sentiment")
    assert found.value == pytest.approx(100 * (180 - 192) / 372, abs=0.5)
    assert found.n == 312
    months = asked(known, "net_sentiment", grain=Grain.MONTH, start=0)
    assert months[0].estimate.interval.value is None  # nobody wrote before day 100


def test_the_impact_is_that_of_single_answers(known):
    scores = np.repeat([-1, 1], 150)  # of each customer the latest
    bad = (np.arange(300) < 50).astype(float)
    said = impact.leave_out(scores, bad).value
    found = {row.group["theme"]: row.estimate.interval for row in asked(known, "theme_impact", by=("theme",))}
    assert found.keys() == set(BAD)
    for name in BAD:
        assert [found[name].value, found[name].low, found[name].high] == pytest.approx(
            [100 * part for part in (said.value, said.low, said.high)]
        )
    assert found["returns"].value == pytest.approx(-20)
    every = one(known, "transactional_theme_impact")
    assert every.value is None  # all of them complain of delivery: there is nobody to hold them against
    assert every.why_not


def test_sentiment_may_be_split_by_language(known):
    rows = asked(known, "net_sentiment", by=("language",))
    assert {row.group["language"]: row.estimate.interval.n for row in rows} == {"en": 312}


def test_when_themes_change_they_are_gone_until_read_again(records, tmp_path):
    store = shelf(tmp_path)
    generation = tmp_path / "generation.duckdb"
    heard(store, records, generation)

    def again():
        return with_heard(records, store, generation, backend_of(records))

    assert one(again(), "theme_prevalence").value == 1
    comments.correct(store, lambda text: editing.merge(text, "returns", "delivery"))
    assert one(again(), "theme_prevalence").why_not.endswith("run `regulars themes`")
    heard(store, records, generation)
    found = {
        row.group["theme"]: row.estimate.interval.value for row in asked(again(), "complaint_share", by=("theme",))
    }
    assert found["delivery"] == pytest.approx(112 / 312)
    assert "returns" not in found
