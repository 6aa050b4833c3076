"""The naive rule, by hand and on a company whose customers go on as they are."""

from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from drawn import ids
from regulars.app.foretell import snapshot_of
from regulars.catalogue.models.recent_orders import recent_orders, recent_value
from regulars.catalogue.sources.simulated import simulate
from regulars.catalogue.sources.simulation.company import Company
from regulars.core.randomness import stream
from regulars.models.backtest import backtest
from regulars.models.model import Horizon
from small import company, on, refund, sale

HORIZON = Horizon(30)


def foretold(records, model=recent_orders):
    known = snapshot_of(records)
    found = model.predictions(known, model.fit(known, HORIZON, stream(1, "x")), 0.95)
    names = ids(known)
    who = [names[number] for number in model.predicts.people(known).tolist()]
    rows = zip(found.mean.tolist(), found.low.tolist(), found.high.tolist(), strict=True)
    return dict(zip(who, rows, strict=True))


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
    fitted = recent_orders.fit(snapshot_of(records), HORIZON, stream(1, "x"))
    assert fitted.n == 3
    assert fitted.rate == pytest.approx((3 + 0 + 1) / (30 + 30 + 20))  # days with orders
    found = foretold(records)
    mean = {who: row[0] for who, row in found.items()}
    assert mean == {"ann": 3, "bob": 0, "cyd": pytest.approx(1 + 10 * fitted.rate)}
    assert found["bob"] == (0, 0, 3)


def test_who_came_yesterday_is_taken_for_an_average_customer():
    records = company(100, orders=[*(sale("ann", day) for day in range(0, 100, 10)), sale("bob", 99)], since=on(0))
    fitted = recent_orders.fit(snapshot_of(records), HORIZON, stream(1, "x"))
    assert fitted.rate == 3 / 30
    assert foretold(records)["bob"][0] == pytest.approx(fitted.rate * 30)


def simulated(folder, **planted):
    """Return the records of a company without season, growth or campaign, and with what is `planted`."""
    plain = {"season": 0.0, "growth": 0.0, "campaign_reach": 0.0, "refunds": 0.0}
    made = simulate(folder, customers=500, seed=3, company=replace(Company(), **plain, **planted), tables=("orders",))
    orders = pq.read_table(folder / "data", columns=["customer_id", "ordered_at", "kind", "amount"]).to_pylist()
    return company(made.company.end, orders=orders, since=made.company.start)


def score(records):
    return backtest([recent_orders], snapshot_of(records), Horizon(91), level=0.95, seed=1).tried[0].score


def test_where_nobody_leaves_it_foretells_what_comes(tmp_path):
    found = score(simulated(tmp_path, dropout_a=0.001, dropout_b=1000.0))
    assert 0.96 < found["bias"].value < 1.04
    assert found["bias"].high - found["bias"].low < 0.2
    assert 0.93 < found["coverage"].value < 0.99
    assert found["top_tenth"].low > 0.15  # who ordered most does so again


def test_where_many_leave_it_promises_too_much(tmp_path):
    found = score(simulated(tmp_path, dropout_a=2.0, dropout_b=4.0))
    assert found["bias"].low > 1.1


def test_money_goes_on_as_it_did_and_may_be_less_than_nothing():
    records = company(
        100,
        orders=[sale("ann", 0, 5), sale("ann", 80, 50), sale("bob", 0), sale("bob", 90, 10), refund("bob", 90, 40)],
        since=on(0),
    )
    found = foretold(records, recent_value)
    assert found["ann"][0] == 50
    assert found["bob"][0] == -30
    assert all(low <= mean <= high for mean, low, high in found.values())
