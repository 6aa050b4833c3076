"""Scores, worked out by hand from predictions and orders that are known."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import ibis
import numpy as np
import pytest

from regulars.app.predict import Predictions, predict, snapshot_of
from regulars.catalogue.models.recent_orders import recent_orders
from regulars.core.errors import QueryError, UnknownName
from regulars.data import engine
from regulars.models.backtest import CUTOFFS, backtest
from regulars.stats.intervals import ratio
from regulars.stats.moments import PairSums
from small import company, on, sale

HORIZON = 20


@dataclass(frozen=True, kw_only=True)
class Said:
    """Foretells what it is told to, by customer id and the day on which it is asked."""

    says: Any
    n: int = 1
    method: str = "told"

    def predict(self, snapshot, level):
        people = snapshot.tables["people"]
        known = engine.run(people.filter(people.first_order_day.notnull()).select("customer", "customer_id"))
        rows = [(one["customer"], *self.says(one["customer_id"], snapshot.as_of)) for one in known]
        columns = dict(zip(("customer", "mean", "low", "high"), zip(*rows, strict=True), strict=True))
        return ibis.memtable({name: list(values) for name, values in columns.items()})


def saying(says):
    return replace(recent_orders, name="said", naive=False, fit=lambda *_: Said(says=says))


def orders():
    """Return 30 customers with orders every few days, from day 0 to 99."""
    return [sale(f"c{who:02}", day) for who in range(30) for day in range(who % 10, 100, 5 + who % 7)]


@pytest.fixture(scope="module")
def records():
    return company(100, orders=orders(), since=on(0))


def came(who, day):
    """Return how often a customer orders in the horizon after `day`."""
    start = (day - on(0)).days
    return sum(
        row["customer_id"] == who and start <= (row["ordered_at"].date() - on(0)).days < start + HORIZON
        for row in orders()
    )


def known_on(day):
    return sorted({row["customer_id"] for row in orders() if row["ordered_at"].date() < day})


def tried(records, model, **rest):
    return backtest(model, recent_orders, snapshot_of(records), horizon_days=HORIZON, level=0.95, seed=1, **rest)


def test_cutoffs_are_a_horizon_apart_and_leave_a_horizon_of_records(records):
    assert tried(records, recent_orders).cutoffs == (on(80), on(60), on(40), on(20))
    assert CUTOFFS == 4
    shorter = replace(records, covered={"orders": replace(records.covered["orders"], start=on(25))})
    assert tried(shorter, recent_orders).cutoffs == (on(80), on(60))


def test_whoever_knows_the_future_scores_best(records):
    found = tried(records, saying(lambda who, day: (came(who, day), came(who, day), came(who, day))))
    assert (found.score.error.value, found.score.bias.value, found.score.coverage.value) == (0, 1, 1)
    assert found.score.coverage.low < 1  # of 30 customers, none outside proves little
    assert found.gain.value == 1
    assert found.naive == "recent_orders"
    assert found.naive_score == tried(records, recent_orders).score


def test_scores_are_those_of_a_plain_reckoning(records):
    def says(who, day):
        mean = (int(who[1:]) * 7 + day.toordinal()) % 11 / 2
        return mean, mean - 1.5, mean + 1

    found = tried(records, saying(says))
    customers = {who: [] for who in known_on(on(100))}
    for cutoff in found.cutoffs:
        said = {who: says(who, cutoff)[0] for who in known_on(cutoff)}
        size = len(said)
        for who, mean in said.items():
            above, ties = sum(m > mean for m in said.values()), sum(m == mean for m in said.values())
            top = min(max((size / 10 - above) / ties, 0), 1)
            real = came(who, cutoff)
            inside = mean - 1.5 <= real <= mean + 1
            customers[who].append((1, real, abs(mean - real), (mean - real) ** 2, mean, inside, round(real * top, 3)))
    sums = np.array([np.sum(rows, axis=0) for rows in customers.values() if rows])
    rows, real, error, squared, mean, inside, top = sums.T
    for name, (above, below) in {
        "error": (error, rows),
        "squared": (squared, rows),
        "bias": (mean, real),
        "coverage": (inside, rows),
        "top_tenth": (top, real),
    }.items():
        expected, score = ratio(PairSums.of(zip(above, below, strict=True))), getattr(found.score, name)
        assert score.n == len(sums)
        for part in ("value", "low", "high"):
            assert getattr(score, part) == pytest.approx(getattr(expected, part), rel=1e-6), (name, part)


def test_a_worse_model_has_a_negative_gain(records):
    found = tried(records, saying(lambda *_: (50.0, 40.0, 60.0)))
    assert found.gain.high < 0
    assert found.score.coverage.value == 0
    assert found.score.coverage.high > 0
    assert found.score.bias.low > 1


def test_ties_leave_a_tenth(records):
    found = tried(records, saying(lambda *_: (1.0, 0.0, 9.0)))
    assert found.score.top_tenth.value == pytest.approx(0.1, abs=1e-3)


def test_records_too_short_have_no_score(records):
    found = backtest(recent_orders, recent_orders, snapshot_of(records), horizon_days=51, level=0.95, seed=1)
    assert found.cutoffs == ()
    assert found.score.error.value is None
    assert found.score.error.why_not == "records of 100 days are too short to try it: 102 are needed"
    assert found.gain.value is None


def test_where_nothing_came_nothing_could_be_foretold():
    quiet = company(100, orders=[sale("ann", 1), sale("bob", 2)], since=on(0))
    found = tried(quiet, saying(lambda *_: (1.0, 0.0, 2.0)))
    assert found.score.bias.value is None
    assert found.score.error.value == 1
    assert found.score.coverage.value == 1


def test_nothing_is_left_behind(records):
    tried(records, recent_orders)
    assert [name for name in records.tables["people"].get_backend().list_tables() if "tried" in name] == []


def test_huge_numbers_are_scored(records):
    found = tried(records, saying(lambda *_: (1e14, 0.0, 1e15)))
    assert found.gain.value < 0


def test_predictions_cannot_be_had_without_a_score(records):
    found = predict("recent_orders", {"recent_orders": recent_orders}, records, horizon_days=HORIZON)
    parts = {name: getattr(found, name) for name in Predictions.__dataclass_fields__ if name != "backtest"}
    with pytest.raises(TypeError, match="backtest"):
        Predictions(**parts)
    assert found.period.start == on(100)
    assert found.period.end == on(100) + timedelta(days=HORIZON)


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"name": "recent_order"}, UnknownName, "Did you mean `recent_orders`?"),
        ({"horizon_days": 0}, QueryError, "no horizon"),
        ({"level": 95}, QueryError, "no level"),
    ],
)
def test_what_cannot_be_asked(records, asked, error, said):
    with pytest.raises(error, match=said.replace("?", r"\?")):
        predict(**{"name": "recent_orders", "models": {"recent_orders": recent_orders}, "records": records} | asked)
