"""Contribution, cost to serve and acquisition cost, worked out by hand; what is missing is no value, never 0."""

from datetime import date

import pytest

import regulars.catalogue.kpis
from regulars.app.service_costing import service_costing
from regulars.app.whale_curve import whale_curve
from regulars.core.errors import QueryError
from regulars.core.periods import MONTH_DAYS, Period
from regulars.core.registry import discover, modules_of
from regulars.kpis.kpi import KPI
from regulars.kpis.query import answer
from regulars.kpis.question import Question
from small import case, company, on, refund, sale

KPIS = discover(modules_of(regulars.catalogue.kpis), KPI)
ALL = Period(on(0), on(100))


def spent(day, amount, purpose="acquisition", **rest):
    return {"spent_on": on(day), "amount": amount, "purpose": purpose, **rest}


def ask(name, records, **question):
    (row,) = answer(Question(kpis=(name,), period=ALL, **question), KPIS, records)
    return row.estimate.interval


def came(customer, channel):
    return {"customer_id": customer, "acquisition_channel": channel}


# --- contribution ------------------------------------------------------------------------------------------------


def test_contribution_is_net_revenue_less_goods_delivery_payment_and_help():
    """a: 100 - 40 - 2 - 5 - 30 minutes at 0.5; b: 10 - 4 - 2 - 0.5, and 10 given back with its goods."""
    orders = [sale("a", 3, 100, cost=40), sale("b", 3, 10, cost=4), {**refund("b", 5, 10), "cost": -4}]
    records = company(
        100,
        orders=orders,
        tickets=[case("a", 4, handle_minutes=30), case("a", 5)],
        order_cost=2,
        payment_share=0.05,
        service_minute_cost=0.5,
    )
    assert ask("contribution_margin_per_customer", records).value == pytest.approx(
        ((100 - 47 - 15) + (10 - 6.5 - 6)) / 2
    )
    lost = ask("unprofitable_customer_share", records)
    assert (lost.value, lost.n, lost.method) == (0.5, 2, "Wilson score")


def test_without_costs_there_is_no_contribution():
    records = company(100, orders=[sale("a", 3), sale("b", 3)], spend=[spent(2, 9)])
    for name in ("contribution_margin_per_customer", "unprofitable_customer_share", "whale_curve_peak"):
        found = ask(name, records)
        assert (found.value, found.why_not) == (
            None,
            "costs of goods are not known for nearly all orders (`orders.cost`)",
        )
    assert "costs of goods" in ask("cac_payback_time", records).why_not
    assert "costs of goods" in ask("ltv_cac_ratio", records).why_not


# --- cost to serve -----------------------------------------------------------------------------------------------

CASES = [case("a", 10, handle_minutes=30, topic="post"), case("b", 20, handle_minutes=10, topic="size"), case("b", 30)]
SERVED = {"orders": [sale(who, 9, 50, cost=20) for who in "abcd"], "tickets": CASES}


def test_a_minute_costs_what_capacity_does_and_unused_minutes_are_charged_to_nobody():
    """100 days of 30 in 3,000 minutes a month: 40 of about 9,856 minutes were used."""
    spend = [spent(0, 1000, "service"), spent(99, 2000, "service"), spent(50, 777, "retention")]
    records = company(100, **SERVED, spend=spend, service_capacity_minutes=3000)
    capacity = 3000 / MONTH_DAYS * 100
    rate = 3000 / capacity
    assert ask("cost_to_serve", records).value == pytest.approx(40 * rate / 4, abs=1e-4)
    found = service_costing(records, ALL)
    assert [(one.name, one.cases) for one in found.topics] == [("post", 1), ("size", 1)]
    assert found.topics[0].total.interval.value == pytest.approx(30 * rate)
    assert found.costing.unused_minutes == pytest.approx(capacity - 40)
    assert found.costing.assigned + found.costing.unused == pytest.approx(3000)


def test_a_stated_cost_of_a_minute_goes_first():
    records = company(100, **SERVED, service_minute_cost=0.7333333333)
    assert ask("cost_to_serve", records).value == pytest.approx(40 * 0.7333333333 / 4, abs=1e-4)
    assert not service_costing(records, ALL).capacity_known


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "what a minute of service costs is not known"),
        ({"service_capacity_minutes": 100}, "what a minute of service costs is not known"),
        ({"service_capacity_minutes": 100, "spend": [spent(3, 5)]}, "what a minute of service costs is not known"),
        ({"service_minute_cost": 1, "tickets": [case("a", 3)]}, "no case says how long it was worked on"),
    ],
)
def test_what_lacks_for_the_cost_to_serve_is_said(given, why):
    records = company(100, **{**SERVED, **given})
    assert ask("cost_to_serve", records).why_not.startswith(why)
    with pytest.raises(QueryError):
        service_costing(records, ALL)


def test_who_asked_for_nothing_cost_nothing_as_far_as_chance_tells():
    records = company(100, **SERVED, service_minute_cost=1)
    (row,) = answer(Question(kpis=("cost_to_serve",), period=Period(on(0), on(10))), KPIS, records)
    found = row.estimate.interval
    assert (found.value, found.n) == (0, 4)
    assert found.high > 0


# --- acquisition -------------------------------------------------------------------------------------------------

PEOPLE = [came("a", "search"), came("b", "search"), came("c", "friends"), came("d", None)]


def test_spend_of_a_channel_is_shared_by_who_came_by_it_and_the_rest_by_all():
    """40 on search for two, 8 on posters by which nobody came and 4 on nothing said for four."""
    spend = [spent(3, 40, channel="search"), spent(4, 8, channel="posters"), spent(5, 4), spent(5, 99, "service")]
    records = company(100, orders=[sale(who, 9) for who in "abcd"], customers=PEOPLE, spend=spend)
    whole = ask("cac", records)
    assert (whole.value, whole.n, whole.method) == (13, 4, "Poisson exact, of n")
    assert whole.low < 13 < whole.high
    rows = answer(Question(kpis=("cac",), period=ALL, by=("acquisition_channel",)), KPIS, records)
    by = {row.group["acquisition_channel"]: row.estimate.interval.value for row in rows}
    assert by == {"search": 23, "friends": 3, None: 3}


def test_spend_counts_for_the_customers_of_some_days_later():
    orders = [sale("a", 9), sale("b", 40)]
    spend = [spent(5, 30), spent(35, 10)]
    late = Period(on(35), on(60))
    for lag, cost in ((0, 10), (6, 10), (31, 40 - 10)):
        records = company(100, orders=orders, spend=spend, acquisition_lag_days=lag)
        (row,) = answer(Question(kpis=("cac",), period=late), KPIS, records)
        assert row.estimate.interval.value == cost


def test_nothing_spent_is_no_cac():
    records = company(100, orders=[sale("a", 9), sale("b", 9)], spend=[spent(5, 30, "service")])
    assert "purpose `acquisition`" in ask("cac", records).why_not
    without = company(100, orders=[sale("a", 9)])
    assert ask("cac", without).why_not == "needs `spend`"
    nobody = company(100, orders=[sale("a", -50)], spend=[spent(5, 30)])
    assert ask("cac", nobody).why_not == "no customers came in the period"


def test_who_has_not_paid_back_is_censored_not_dropped():
    """Winning each takes 12; a brings it on the first day, b 20 days later, c and d not yet."""
    orders = [sale("a", 10, 30, cost=10), sale("b", 10, 20, cost=10), sale("b", 30, 20, cost=10)]
    orders += [sale("c", 10, 20, cost=15), sale("d", 10, 20, cost=25)]
    records = company(100, orders=orders, spend=[spent(5, 48)], cohort_months=1)
    found = ask("cac_payback_time", records)
    assert (found.value, found.n) == (20, 4)
    unpaid = ask("cac_unpaid_share", records)
    assert (unpaid.value, unpaid.n) == (0.5, 4)
    assert ask("ltv_cac_ratio", records).value == pytest.approx((20 + 20 + 5 - 5) / 48)


def test_nobody_is_old_enough_yet():
    records = company(100, orders=[sale("a", 10, 30, cost=10)], spend=[spent(5, 48)], cohort_months=12)
    assert ask("ltv_cac_ratio", records).why_not.startswith("too early to tell of 1 customer")


# --- whale curve -------------------------------------------------------------------------------------------------


def test_the_whale_curve_peaks_where_customers_begin_to_lose_money():
    orders = [sale(f"w{n}", 10, 100, cost=50 + n) for n in range(30)]
    orders += [sale(f"x{n}", 10, 100, cost=110) for n in range(10)]
    records = company(100, orders=orders)
    brought = sum(50 - n for n in range(30))
    peak = ask("whale_curve_peak", records)
    assert peak.value == pytest.approx(brought / (brought - 100))
    curve = {
        one.percent: one.share.interval for one in whale_curve(KPIS["whale_curve_peak"], records, ALL, (50, 75, 100))
    }
    assert curve[75].value == pytest.approx(peak.value)
    assert curve[100].value == 1
    assert curve[50].value == pytest.approx(sum(50 - n for n in range(20)) / (brought - 100))


def test_there_is_no_peak_where_all_together_bring_nothing_sure():
    records = company(100, orders=[sale("a", 10, 100, cost=50), sale("b", 10, 100, cost=149)])
    assert ask("whale_curve_peak", records).why_not == "what it is divided by cannot be told from 0"
    assert all(one.share.interval.why_not for one in whale_curve(KPIS["whale_curve_peak"], records, ALL))
    assert whale_curve(KPIS["whale_curve_peak"], records, Period(date(2023, 1, 1), date(2023, 2, 1))) == ()
