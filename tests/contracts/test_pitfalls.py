"""What makes others' numbers wrong: one small story each, with the number worked out by hand."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isclose

from regulars.core.periods import Grain, Period
from regulars.kpis.query import answer
from regulars.kpis.question import Question

from .companies import AS_OF, DEFINITIONS, Company
from .stored import KPIS, store

LAST = AS_OF - timedelta(days=1)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(12))


def _orders(*days: date, customer: str, **columns: object) -> list[dict[str, object]]:
    plain = {"customer_id": customer, "kind": "sale", "amount": Decimal(10)}
    return [
        {"order_id": f"{customer}-{number}", "ordered_at": _at(day), **plain, **columns}
        for number, day in enumerate(days)
    ]


def _contract(customer: str, start: date, end: date | None, **columns: object) -> dict[str, object]:
    known = {"subscription_id": f"s-{customer}", "customer_id": customer, "monthly_amount": Decimal(10)}
    return known | {"started_at": _at(start), "ended_at": end and _at(end)} | columns


def _ask(tables: dict[str, list[dict[str, object]]], kpi: str, start: date, end: date) -> list[float | None]:
    """Return the value of each month between."""
    question = Question(kpis=(kpi,), period=Period(start, end), grain=Grain.MONTH)
    rows = answer(question, KPIS, store(Company(tables=tables))[1])
    return [row.estimate.interval.value for row in rows]


def test_an_open_gap_is_watched_up_to_the_last_day_before_as_of():
    """On the fifth day only the one who came back was watched; the others had waited four days."""
    orders = [*_orders(date(2024, 8, 9), LAST, customer="a"), *_orders(date(2024, 8, 10), customer="b")]
    orders += _orders(date(2024, 8, 10), customer="c")
    question = Question(kpis=("inter_purchase_time",), period=Period(date(2024, 8, 9), date(2024, 8, 11)))
    (row,) = answer(question, KPIS, store(Company(tables={"orders": orders}))[1])
    assert (row.estimate.interval.value, row.estimate.interval.n) == (5.0, 3)


def test_a_window_that_closes_on_as_of_is_still_open():
    closing = DEFINITIONS.winback_days
    ends = [AS_OF - timedelta(days=closing), AS_OF - timedelta(days=closing + 1)]
    found = [
        _ask({"subscriptions": [_contract("a", date(2024, 1, 1), end)]}, "winback_rate", date(2024, 7, 1), AS_OF)[0]
        for end in ends
    ]
    assert found == [None, 0.0]


def test_a_contract_lost_on_the_first_day_of_a_month_is_lost_in_it():
    rows = [_contract("a", date(2024, 5, 31), date(2024, 6, 1)), _contract("b", date(2024, 6, 1), None)]
    tables = {"subscriptions": rows}
    assert _ask(tables, "median_lifetime", date(2024, 6, 1), date(2024, 7, 1)) == [1.0]
    assert _ask(tables, "logo_churn_rate", date(2024, 6, 1), date(2024, 7, 1)) == [1.0]


def test_nothing_is_said_of_ages_that_nobody_was_watched_at():
    """A contract of two years says nothing of the first, and so nothing of how many last a year."""
    tables = {"subscriptions": [_contract("a", date(2022, 6, 1), None)]}
    assert _ask(tables, "survival_one_year", date(2024, 6, 1), date(2024, 7, 1)) == [None]


def test_what_was_bought_before_signing_up_did_not_follow_it():
    customers = [{"customer_id": "a", "first_seen_at": _at(date(2024, 6, 10))}]
    tables = {"customers": customers, "orders": _orders(date(2024, 6, 1), customer="a")}
    assert _ask(tables, "conversion_rate", date(2024, 6, 1), date(2024, 7, 1)) == [0.0]


def test_a_refund_before_the_first_order_makes_no_buyer():
    refund = _orders(date(2024, 6, 1), customer="a", kind="refund", amount=Decimal(-10))
    orders = [*refund, *_orders(date(2024, 6, 5), customer="b"), *_orders(date(2024, 6, 5), customer="c")]
    assert _ask({"orders": orders}, "historic_clv", date(2024, 6, 1), date(2024, 7, 1)) == [10.0]


def test_activity_is_unknown_before_events_were_recorded_though_orders_were():
    events = [{"customer_id": "a", "occurred_at": _at(date(2024, 6, 20)), "name": "login"}]
    tables = {"orders": _orders(date(2024, 5, 2), customer="a"), "events": events}
    assert _ask(tables, "monthly_active_customers", date(2024, 5, 1), date(2024, 7, 1)) == [None, 1.0]


def test_the_month_before_is_compared_with_its_own_month_before():
    """January has more days than February: who was active on its second day was retained in February."""
    records = store(Company(tables={"orders": _orders(date(2024, 1, 2), date(2024, 2, 10), customer="a")}))[1]
    month = Period(date(2024, 3, 1), date(2024, 4, 1))
    question = Question(kpis=("retained_customers",), period=month, grain=Grain.MONTH, compare=True)
    (row,) = answer(question, KPIS, records)
    assert row.change.before.value == 1


def test_three_nearly_equal_shares_are_not_called_skewed():
    """What is left when products of 20 digits cancel is the engine's rounding."""
    orders = []
    for customer, amount, discount in (("a", "625.6113", "11.8277"), ("b", "0.0041", "0"), ("c", "0", "0")):
        orders += _orders(date(2024, 6, 1), customer=customer, amount=Decimal(amount), discount=Decimal(discount))
    question = Question(kpis=("discount_share",), period=Period(date(2024, 6, 1), date(2024, 7, 1)))
    (row,) = answer(question, KPIS, store(Company(tables={"orders": orders}))[1])
    found = row.estimate.interval
    assert isclose(found.high - found.value, found.value - found.low, rel_tol=1e-9)
