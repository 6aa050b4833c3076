"""The naive rule, by hand and on a company whose customers go on as they are."""

from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from regulars.app.predict import predict, snapshot_of
from regulars.catalogue.models.recent_orders import recent_orders
from regulars.catalogue.sources.simulated import simulate
from regulars.catalogue.sources.simulation.company import Company
from regulars.core.randomness import stream
from regulars.data import engine
from small import company, on, sale

DAYS = 30


def foretold(records):
    found = predict("recent_orders", {"recent_orders": recent_orders}, records, horizon_days=DAYS)
    return {row["customer_id"]: row for row in engine.run(found.table)}


def test_as_often_as_in_the_window_just_past():
    records = company(
        100,
        orders=[
            *(sale("ann", day) for day in (0, 69, 70, 80, 80, 99)),  # day 69 is before the window
            sale("bob", 5),
            *(sale("cyd", day) for day in (79, 79, 90)),  # came within the window: 20 days of it are theirs
        ],
        since=on(0),
    )
    fitted = recent_orders.fit(snapshot_of(records), DAYS, stream(1, "x"))
    assert fitted.n == 3
    assert fitted.rate == pytest.approx((4 + 0 + 1) / (30 + 30 + 20))
    found = foretold(records)
    assert list(found) == ["ann", "cyd", "bob"]  # highest first
    assert found["ann"]["mean"] == 4
    assert found["bob"]["mean"] == 0
    assert found["cyd"]["mean"] == pytest.approx(1 + 10 * fitted.rate)
    assert (found["bob"]["low"], found["bob"]["high"]) == (0, 3)


def test_who_came_yesterday_is_taken_for_an_average_customer():
    records = company(100, orders=[*(sale("ann", day) for day in range(0, 100, 10)), sale("bob", 99)], since=on(0))
    fitted = recent_orders.fit(snapshot_of(records), DAYS, stream(1, "x"))
    assert fitted.rate == 3 / 30
    assert foretold(records)["bob"]["mean"] == pytest.approx(fitted.rate * DAYS)


def simulated(folder, **planted):
    """Return the records of a company without season, growth or campaign, and with what is `planted`."""
    plain = {"season": 0.0, "growth": 0.0, "campaign_reach": 0.0, "refunds": 0.0}
    made = simulate(folder, customers=500, seed=3, company=replace(Company(), **plain, **planted), tables=("orders",))
    orders = pq.read_table(folder / "data", columns=["customer_id", "ordered_at", "kind", "amount"]).to_pylist()
    return company(made.company.end, orders=orders, since=made.company.start)


def score(records):
    return predict("recent_orders", {"recent_orders": recent_orders}, records).backtest.score


def test_where_nobody_leaves_it_foretells_what_comes(tmp_path):
    found = score(simulated(tmp_path, dropout_a=0.001, dropout_b=1000.0))
    assert found.bias.low < 1 < found.bias.high
    assert found.bias.high - found.bias.low < 0.2
    assert 0.93 < found.coverage.value < 0.99
    assert found.top_tenth.low > 0.15  # who ordered most does so again


def test_where_many_leave_it_promises_too_much(tmp_path):
    found = score(simulated(tmp_path, dropout_a=2.0, dropout_b=4.0))
    assert found.bias.low > 1.1
