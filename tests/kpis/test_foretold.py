"""KPIs of what is foretold: sums by hand, doubts that add up, and never without the score."""

from dataclasses import replace
from datetime import timedelta
from math import sqrt

import ibis
import pytest

import regulars.catalogue.kpis
from regulars.core.estimate import Interval
from regulars.core.periods import Grain, Period
from regulars.core.registry import discover, modules_of
from regulars.kpis.answer import Scored
from regulars.kpis.kpi import KPI
from regulars.kpis.query import FORETOLD, answer
from regulars.kpis.question import Question
from regulars.stats.intervals import z
from regulars.views.shown import Shown
from small import company, contract, on, sale

KPIS = discover(modules_of(regulars.catalogue.kpis), KPI)
TOLD = {name for name, kpi in KPIS.items() if any(FORETOLD in str(need) for need in kpi.frame.needs)}
SPAN = Interval(value=0.7, low=0.6, high=0.8, level=0.95, method="DeLong", n=40)
SCORE = Scored(outcome="it", model="a_model 1", score={"auc": SPAN}, verdict="better than `the_rule`", tried="tried on")

_CLV = {
    "mean": [30.0, 10.0],
    "spread": [4.0, 1.0],
    "doubt_1": [2.0, 1.0],
    "doubt_2": [0.5, -0.5],
    "past_error": [0.1] * 2,
}
_CHANCE = {"mean": [0.2, 0.6], "spread": [float("nan")] * 2, "doubt_1": [0.02, 0.01], "past_error": [0.05] * 2}
TABLES = {
    "value": _CLV,
    "orders": {**_CLV, "alive": [0.9, 0.4], "alive_doubt_1": [0.03, 0.04]},
    "lapse": _CHANCE,
    "contract_end": _CHANCE,
    "lapse_health": _CHANCE,
    "past_lapse": {"mean": [0.5, 0.25], "came": [1.0, 0.0], "day": [80, 80]},
    "past_value": {"mean": [30.0, 10.0], "came": [25.0, 25.0], "day": [80, 80]},
}


@pytest.fixture(scope="module")
def records():
    """Two customers, of whom the tables above are foretold."""
    orders = [sale("ann", 1, 20), sale("bob", 2, 5), sale("ann", 90, 15)]
    known = company(100, orders=orders, subscriptions=[contract("ann", 1, monthly=7), contract("bob", 1, monthly=3)])
    backend = known.tables["people"].get_backend()
    whose = {row["customer_id"]: row["customer"] for row in known.tables["people"].execute().to_dict("records")}
    tables, covered = dict(known.tables), dict(known.covered)
    for name, columns in TABLES.items():
        rows = {"customer": [whose["ann"], whose["bob"]], **columns}
        if "day" in rows:
            rows["day"] = [day + (on(0) - on(0).replace(year=1970)).days for day in rows["day"]]
        tables[f"{FORETOLD}{name}"] = backend.create_table(f"{FORETOLD}{name}", ibis.memtable(rows), temp=True)
        covered[f"{FORETOLD}{name}"] = Period(known.as_of - timedelta(days=1), known.as_of)
    scores = {name: replace(SCORE, outcome=name.removeprefix(FORETOLD)) for name in tables if FORETOLD in name}
    return replace(known, tables=tables, covered=covered, scores=scores)


def asked(records, *names, start=90, grain=None):
    question = Question(kpis=names, period=Period(on(start), records.as_of), grain=grain)
    return answer(question, KPIS, records)


def interval(records, name):
    (row,) = asked(records, name)
    return row.estimate.interval


def span(value, *errors):
    half = z(0.95) * sqrt(sum(error**2 for error in errors))
    return value, value - half, value + half


def test_customer_equity_by_hand(records):
    found = interval(records, "customer_equity")
    # Doubts add up direction by direction, chance customer by customer, past error over the whole.
    expected = span(40.0, 3.0, 0.0, sqrt(5.0), 4.0)
    assert (found.value, found.low, found.high) == pytest.approx(expected, abs=1e-3)
    assert found.n == 2


def test_means_are_sums_over_customers(records):
    total, mean = interval(records, "customer_equity"), interval(records, "predicted_clv")
    assert [mean.value, mean.low, mean.high] == pytest.approx([total.value / 2, total.low / 2, total.high / 2])
    assert interval(records, "total_clv").value == pytest.approx(mean.value + 20.0)  # 35 and 5 were earned so far
    assert interval(records, "total_clv").high - interval(records, "total_clv").low == pytest.approx(
        mean.high - mean.low
    )


def test_probabilities_by_hand(records):
    chance = sqrt(0.2 * 0.8 + 0.6 * 0.4)
    found = interval(records, "churn_probability")
    value, low, high = span(0.8, 0.03, chance, 0.05 * 0.8)
    assert low < 0
    assert high / 2 > 1
    assert (found.value, found.low, found.high) == pytest.approx((value / 2, 0.0, 1.0), abs=1e-6)  # of two, all may be
    assert interval(records, "contract_end_probability").value == pytest.approx(0.4)
    assert interval(records, "health_score").value == pytest.approx(60.0)
    assert interval(records, "p_alive").value == pytest.approx(0.65)


def test_who_is_there_still_is_not_told_by_every_model(records):
    told = dict(records.tables)
    told[f"{FORETOLD}orders"] = told[f"{FORETOLD}orders"].drop("alive", "alive_doubt_1")
    (row,) = asked(replace(records, tables=told), "p_alive")
    assert row.estimate.interval.why_not.startswith("who is a customer still is told neither by")


def test_value_at_stake_by_hand(records):
    found = interval(records, "clv_at_risk")
    churn, worth = 0.02 * 30 + 0.01 * 10, (2 * 0.2 + 1 * 0.6, 0.5 * 0.2 - 0.5 * 0.6)
    expected = span(12.0, churn, *worth, sqrt(0.05**2 + 0.1**2) * 12)
    assert (found.value, found.low, found.high) == pytest.approx(expected, abs=1e-3)
    assert interval(records, "revenue_at_risk").value == pytest.approx(0.2 * 7 + 0.6 * 3)


def test_earlier_predictions_stand_in_the_period_they_were_made_in(records):
    rows = asked(records, "churn_brier_score", "clv_foretold_ratio", start=60, grain=Grain.MONTH)
    values = {(row.kpi.name, row.estimate.period.start.month): row.estimate.interval.value for row in rows}
    assert values["churn_brier_score", 3] == pytest.approx((0.25 + 0.0625) / 2)
    assert values["clv_foretold_ratio", 3] == pytest.approx(0.8)
    assert values["clv_foretold_ratio", 4] is None


def test_what_is_foretold_belongs_to_the_period_that_the_records_end_in(records):
    rows = asked(records, "customer_equity", start=30, grain=Grain.MONTH)
    assert [row.estimate.interval.value is not None for row in rows] == [False] * (len(rows) - 1) + [True]
    assert rows[0].estimate.interval.why_not == "foretold as of the end of the records only"


@pytest.mark.parametrize("name", sorted(TOLD))
def test_no_answer_of_predictions_goes_without_its_score(records, name):
    shown = Shown(asked(records, name), "EUR")
    assert shown.records()[0]["scores"][0]["verdict"] == SCORE.verdict
    assert SCORE.verdict in shown.to_csv()
    assert "AUC 0.700 (0.600 to 0.800)" in repr(shown)


@pytest.mark.parametrize("name", sorted(TOLD))
def test_before_anything_is_foretold_it_says_how(records, name):
    bare = {one: span for one, span in records.covered.items() if FORETOLD not in one}
    why = asked(replace(records, covered=bare), name)[0].estimate.interval.why_not
    assert why.startswith("nothing is foretold yet of these records with these settings: run `regulars ")


def test_a_score_that_the_past_does_not_justify_is_made_but_withheld_with_the_reason(records):
    health = f"{FORETOLD}lapse_health"
    bare = {one: span for one, span in records.covered.items() if one != health}
    without = replace(records, covered=bare, withheld={health: "the past justifies no score: calibration error 8.2 %"})
    assert interval(without, "health_score").why_not == "the past justifies no score: calibration error 8.2 %"
    assert interval(without, "churn_probability").value == pytest.approx(0.4)
    other = replace(without, withheld={f"{FORETOLD}value": "another"})
    assert interval(other, "health_score").why_not.endswith("run `regulars health`")


def test_more_directions_than_there_is_room_for_make_the_interval_no_narrower(records):
    wide = {**TABLES["value"], **{f"doubt_{at}": [1.0, -1.0] for at in range(1, 31)}}
    backend = records.tables["people"].get_backend()
    people = records.tables[f"{FORETOLD}value"].customer.execute().tolist()
    rows = backend.create_table("wide", ibis.memtable({"customer": people, **wide}), temp=True, overwrite=True)
    found = interval(replace(records, tables={**records.tables, f"{FORETOLD}value": rows}), "customer_equity")
    # Opposite doubts of a direction cancel in a sum; of those put together nobody knows, so they do not.
    assert found.high - found.value >= z(0.95) * sqrt(5.0 + 4.0**2)
