"""What drivers account for adds up; goals that went against each other are found, and noise is not."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import small
from regulars.app.goal_conflicts import conflicts
from regulars.app.goal_drivers import drivers
from regulars.app.goals import goals
from regulars.app.workspace import Opened, Workspace
from regulars.core.goal_settings import GoalSettings
from regulars.core.randomness import stream
from regulars.core.settings import Company, Settings
from small import START, sale

MONTHS = 33
YEAR = {"period": "2025"}


def _orders() -> list[dict]:
    """Two markets; many orders of a month go along with small ones, so that volume and value go against each other."""
    rng, found = stream(11, "markets"), []
    for month in range(MONTHS):
        day = (date(2023 + month // 12, month % 12 + 1, 3) - START).days
        many = float(np.exp(rng.normal(0, 0.5)))
        for place in range(round(30 * many)):
            amount = round(20 / many**0.8 * float(np.exp(rng.normal(0, 0.05))), 2)
            found.append(sale(f"{'NL' if place % 3 else 'DE'}{place}", day + place % 20, amount))
    return found


@pytest.fixture(scope="module")
def asked():
    orders = _orders()
    ids = sorted({one["customer_id"] for one in orders})
    customers = [{"customer_id": one, "market": one[:2], "first_seen_at": None} for one in ids]
    records = small.company(date(2025, 10, 1), orders=orders, customers=customers, since=date(2023, 1, 1))
    said = {
        "revenue": {"kpi": "net_revenue", "target": 9000, **YEAR},
        "nl": {"kpi": "net_revenue", "target": 6000, "where": "market = 'NL'", "under": "revenue", **YEAR},
        "de": {"kpi": "net_revenue", "target": 2500, "where": "market = 'DE'", "under": "revenue", **YEAR},
        "worth": {"kpi": "revenue_per_customer", "target": 100, **YEAR},
        "order_value": {"kpi": "average_order_value", "target": 25, "under": "worth", **YEAR},
        "buyers": {"kpi": "monthly_active_customers", "target": 60, **YEAR},
    }
    settings = Settings(
        company=Company(name="Small", currency="EUR", time_zone="UTC"),
        goals={name: GoalSettings(**one) for name, one in said.items()},
    )
    workspace, opened = Workspace(Path("."), settings), Opened(None, records, None)
    return goals(workspace, opened, chances=False), workspace, opened


def test_drivers_that_add_up_account_for_a_goal_to_the_last_cent(asked):
    found = {one.goal.name: one for one in drivers(*asked)}
    revenue = found["revenue"]
    assert revenue.how == "sum"
    assert [share.driver for share in revenue.shares] == ["Nl", "De", ""]
    total = sum(share.amount.interval.value for share in revenue.shares)
    assert total == pytest.approx(revenue.goal.pace.ahead.interval.value, abs=1e-9)
    for share in revenue.shares:
        assert share.amount.interval.low <= share.amount.interval.value <= share.amount.interval.high


def test_a_driver_that_lost_money_accounts_for_it_with_its_whole_doubt(asked):
    found, *rest = asked
    lost = {"revenue": 0.0, "nl": 5000.0, "de": -5000.0}
    changed = []
    for one in found:
        if one.name in lost:
            value = lost[one.name]
            now = replace(one.now.interval, value=value, low=value - 3000, high=value + 3000)
            one = replace(one, now=replace(one.now, interval=now))
        changed.append(one)
    revenue = next(one for one in drivers(changed, *rest) if one.goal.name == "revenue")
    for share in revenue.shares[:2]:
        # The doubt of the value alone is 3,000 to either side.
        assert share.amount.interval.high - share.amount.interval.low > 5500


def test_drivers_that_multiply_are_found_by_their_months_and_add_up(asked):
    worth = {one.goal.name: one for one in drivers(*asked)}["worth"]
    assert worth.how == "product"
    assert worth.shares[0].driver == "Order value"
    total = sum(share.amount.interval.value for share in worth.shares)
    assert total == pytest.approx(worth.goal.pace.ahead.interval.value, abs=1e-9)


def test_goals_that_went_against_each_other_are_told_with_how_many_changes(asked):
    found = conflicts(*asked)
    against = {frozenset((one.goal.kpi.name, one.other.name)): one for one in found}
    told = against[frozenset(("average_order_value", "monthly_active_customers"))]
    assert told.association.high < 0
    assert told.q <= 0.1
    assert told.association.n == MONTHS - 1
    # What is itself in other words is none: both rise together.
    assert frozenset(("revenue_per_customer", "average_order_value")) not in against


@pytest.mark.long
def test_noise_is_no_conflict():
    rng, orders = stream(12, "noise"), []
    for month in range(MONTHS):
        day = (date(2023 + month // 12, month % 12 + 1, 3) - START).days
        for place in range(int(rng.integers(25, 35))):
            orders.append(sale(f"C{place}", day + place % 20, round(float(rng.normal(20, 3)), 2)))
    records = small.company(date(2025, 10, 1), orders=orders, since=date(2023, 1, 1))
    settings = Settings(
        company=Company(name="Small", currency="EUR", time_zone="UTC"),
        goals={
            "buyers": GoalSettings(kpi="monthly_active_customers", target=60, period="2025"),
            "order_value": GoalSettings(kpi="average_order_value", target=25, period="2025"),
        },
    )
    workspace, opened = Workspace(Path("."), settings), Opened(None, records, None)
    assert conflicts(goals(workspace, opened, chances=False), workspace, opened) == ()


def test_targets_of_drivers_that_do_not_make_that_of_their_goal_are_told(asked):
    found, *rest = asked
    (revenue,) = [one for one in drivers(found, *rest) if one.goal.name == "revenue"]
    assert revenue.comes_to.interval.value == 6000 + 2500
    assert revenue.short.value == 8500 - 9000
    more = next(one.target for one in found if one.name == "buyers")
    more = replace(more, interval=replace(more.interval, value=3000, low=3000, high=3000))
    enough = [replace(one, target=more) if one.name == "de" else one for one in found]
    (revenue,) = [one for one in drivers(enough, *rest) if one.goal.name == "revenue"]
    assert revenue.short is None


def test_what_factors_at_their_targets_come_to_leaves_out_what_they_lack(asked):
    found, *rest = asked
    (worth,) = [one for one in drivers(found, *rest) if one.goal.name == "worth"]
    value, target = worth.goal.now.interval.value, worth.goal.target.interval.value
    (driver,) = [one for one in found if one.name == "order_value"]
    rest_now = value / driver.now.interval.value
    rest_due = worth.goal.pace.due.interval.value / driver.pace.due.interval.value
    assert worth.comes_to.interval.value == pytest.approx(target * rest_now / rest_due)
    assert worth.comes_to.interval.low < worth.comes_to.interval.value < worth.comes_to.interval.high
