"""Trends of KPIs: what was planted is found, chance is not, and unfinished periods are left out."""

import pytest

import regulars.catalogue.kpis
from regulars.app import measure
from regulars.app.trends import trends
from regulars.core.registry import discover, modules_of
from regulars.kpis.kpi import KPI
from small import company, reply

KPIS = discover(modules_of(regulars.catalogue.kpis), KPI)
NAMES = ("nps", "csat", "detractor_share", "pmf_score")


def answers():
    """Return a year of answers: NPS rises by 2 in 40 answers a month (5 points), CSAT does not."""
    rows = []
    for place in range(12 * 40):
        month, turn = divmod(place, 40)
        score = 10 if turn * 7 % 40 < 8 + 2 * month else 0 if turn * 7 % 40 > 30 else 8
        rows.append(reply(f"c{place}", month * 30 + turn % 28 + 1, score))
        rows.append(reply(f"d{place}", month * 30 + turn % 28 + 1, 1 + (turn * 13 + month * 5) % 5, "csat"))
    # The last month has only begun, and is dreadful.
    return rows + [reply(f"e{place}", 366, 0) for place in range(40)]


@pytest.fixture(scope="module")
def records():
    return company(370, responses=answers())


@pytest.fixture(scope="module")
def found(records):
    rows = measure.ask(NAMES, KPIS, records, grain="month", start="2024-01-01")
    return {one.kpi.name: one for one in trends(rows, records)}


def test_a_planted_rise_is_found_with_its_size(found):
    one = found["nps"]
    assert one.moves
    slope = one.slope.interval
    assert slope.low < 5 < slope.high
    assert slope.low > 0
    assert one.q_value < 0.01
    assert one.steady < 0.05
    assert (one.periods, slope.n) == (12, 480)


def test_chance_is_no_trend(found):
    for name in ("csat", "detractor_share"):
        one = found[name]
        assert not one.moves
        assert one.q_value > 0.1
        assert one.slope.interval.low < 0 < one.slope.interval.high


def test_periods_that_have_not_ended_are_left_out(records, found):
    assert str(found["nps"].slope.period) == "2024-01-01..2025-01-01"
    rows = measure.ask(["nps"], KPIS, records, grain="month", start="2024-01-01")
    assert rows[-1].estimate.interval.value == -100
    assert "unfinished" in rows[-1].estimate.flags


def test_what_has_no_value_has_no_trend_and_few_periods_have_a_reason(records, found):
    assert "pmf_score" not in found
    rows = measure.ask(["nps"], KPIS, records, grain="month", start="2024-10-01")
    (one,) = trends(rows, records)
    assert (one.slope.interval.why_not, one.moves, one.steady) == ("a trend needs 4 periods", False, None)
    assert trends((), records) == ()


def test_what_must_travel_with_a_slope_does(records, found):
    one = found["nps"].slope
    assert one.version.startswith("1 of ")
    assert one.as_of == records.known_at
