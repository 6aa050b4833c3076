"""Sums over customers with intervals, by hand."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest

from regulars.app import worth
from regulars.app.foretell import Foretold, Said
from regulars.catalogue.models.outcomes import contract_end, orders, value
from regulars.catalogue.models.recent_orders import recent_orders
from regulars.core.estimate import unknown
from regulars.models.trial import Trial, Tried

LEVEL = 0.95
Z = 1.959963984540054


def foretold(outcome, customers, mean, *, spread=None, doubts=(), totals=(), **more):
    """Return predictions, with limits where given in `more`."""
    nothing = unknown("x", level=LEVEL)
    tried = Tried(model="m", version=1, score={}, gain=nothing, totals=totals)
    trial = Trial(
        outcome=outcome.name,
        asked_days=30,
        days=30,
        lead_days=0,
        cutoffs=(),
        naive="m",
        tried=(tried,),
        chosen="m",
        why="",
    )
    said = Said(
        outcome=outcome.name,
        model="m",
        model_version=1,
        horizon_days=30,
        lead_days=0,
        as_of=date(2024, 1, 1),
        level=LEVEL,
        method="x",
        n=1,
        notes=(),
        columns=(),
        learned={},
        trial=trial,
        instead="",
        key="",
        definitions={},
    )
    spread = [math.nan] * len(customers) if spread is None else spread
    columns = {"customer": np.array(customers, np.int32), "mean": np.array(mean, float), "spread": spread}
    columns |= {f"doubt_{at}": np.array(one, float) for at, one in enumerate(doubts, 1)}
    columns |= {"low": columns["mean"], "high": columns["mean"]} | more
    return Foretold(
        outcome=outcome,
        model=replace(recent_orders, name="m"),
        said=said,
        table=pa.table(columns),
        known_at=datetime(2024, 1, 1, tzinfo=UTC),
        flags=(),
    )


def test_a_sum_holds_parameters_and_chance():
    found = foretold(value, [1, 2], [10.0, 20.0], spread=[9.0, 16.0], doubts=[[1, 2], [-0.5, 0.5]])
    total = worth.total(found, level=LEVEL)
    half = Z * math.sqrt((1 + 2) ** 2 + 0**2 + 9 + 16)
    assert (total.value, total.n) == (30, 2)
    assert (total.low, total.high) == pytest.approx((30 - half, 30 + half))


def test_a_weighted_sum():
    found = foretold(value, [1, 2], [10.0, 20.0], spread=[9.0, 16.0], doubts=[[1, 2]])
    total = worth.total(found, np.array([0.5, 0.0]), level=LEVEL)
    assert total.value == 5
    assert total.high - 5 == pytest.approx(Z * math.sqrt(0.5**2 + 0.25 * 9))


def test_the_past_error_of_totals_is_in_it():
    found = foretold(value, [1], [100.0], totals=(1.1, 1 / 1.1, None))
    total = worth.total(found, level=LEVEL)
    assert total.high - total.value >= Z * 100 * math.log(1.1) * 0.99


def test_orders_are_never_fewer_than_none_though_money_may_be():
    assert worth.total(foretold(orders, [1], [1.0], spread=[100.0]), level=LEVEL).low == 0
    assert worth.total(foretold(value, [1], [1.0], spread=[100.0]), level=LEVEL).low < 0


def test_nobody_is_worth_nothing_known():
    assert worth.total(foretold(value, [], []), level=LEVEL).why_not == "there is nobody to predict"


@pytest.fixture
def both():
    limits = {"low": [0.3, 0.1, 0.1], "high": [0.7, 0.1, 0.5]}
    churn = foretold(contract_end, [1, 2, 3], [0.5, 0.1, 0.2], doubts=[[0.1, 0.0, 0.0]], **limits)
    worths = foretold(value, [2, 3, 4], [100.0, 300.0, 7.0], doubts=[[0.0, 30.0, 0.0]])
    return churn, worths


def test_who_has_most_at_stake_comes_first(both):
    found = worth.at_risk(*both, LEVEL)
    assert found.customer.tolist() == [3, 2]
    assert found.stake.tolist() == pytest.approx([60, 10])
    # Of the third, .1 to .5 of 300, and the doubt about the 300; of the second nothing is in doubt.
    assert (found.stake - found.low).tolist() == pytest.approx([math.hypot(0.1 * 300, Z * 0.2 * 30), 0])
    assert (found.high - found.stake).tolist() == pytest.approx([math.hypot(0.3 * 300, Z * 0.2 * 30), 0])
    assert [both[0].column("customer")[at] for at in found.churn] == [3, 2]
    assert [both[1].column("customer")[at] for at in found.value] == [3, 2]


def test_past_errors_of_value_make_what_is_at_stake_less_sure():
    churn = foretold(contract_end, [1], [0.5])
    worths = foretold(value, [1], [100.0], totals=[math.e**0.2])
    found = worth.at_risk(churn, worths, LEVEL)
    assert (found.high - found.stake).tolist() == pytest.approx([Z * 0.2 * 50])


def test_the_sum_at_stake(both):
    total = worth.at_stake(worth.at_risk(*both, LEVEL), *both, LEVEL)
    assert (total.value, total.n) == (pytest.approx(70), 2)
    assert total.high - total.value == pytest.approx(Z * 0.2 * 30)


def test_who_brings_less_than_nothing_has_nothing_at_stake():
    churn, worths = foretold(contract_end, [1], [0.5]), foretold(value, [1], [-10.0])
    risk = worth.at_risk(churn, worths, LEVEL)
    assert (risk.stake.tolist(), risk.low.tolist()) == ([0], [0])
    assert worth.at_stake(risk, churn, worths, LEVEL).value == 0


def test_of_nobody_nothing_is_at_stake():
    churn, worths = foretold(contract_end, [1], [0.5]), foretold(value, [2], [10.0])
    found = worth.at_stake(worth.at_risk(churn, worths, LEVEL), churn, worths, LEVEL)
    assert found.why_not == "there is nobody at risk to predict"
