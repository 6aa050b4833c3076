"""What makes others' numbers wrong: one small story each, with the number worked out by hand."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from regulars.core.periods import Grain, Period
from regulars.kpis.query import answer
from regulars.kpis.question import Question

from .companies import AS_OF, Company
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


def _ask(tables: dict[str, list[dict[str, object]]], *kpis: str, period: Period, grain: Grain | None = None):
    rows = answer(Question(kpis=kpis, period=period, grain=grain), KPIS, store(Company(tables=tables))[1])
    return [row.estimate.interval for row in rows]


def test_an_open_gap_was_watched_up_to_the_last_day_before_as_of():
    """Three wait since 4 days, one came back after 5: half had come back by day 5, for on day 5 only one was watched."""
    since = AS_OF - timedelta(days=5)
    tables = {"orders": _orders(date(2024, 8, 1), date(2024, 8, 6), customer="a")}
    for customer in "bcd":
        tables["orders"] += _orders(since, customer=customer)
    (found,) = _ask(tables, "inter_purchase_time", period=Period(date(2024, 8, 1), date(2024, 8, 11)))
    assert found.value is None or found.n == 5
    tables["orders"] = [row for row in tables["orders"] if row["order_id"] != "a-1"] + _orders(
        date(2024, 8, 2), date(2024, 8, 7), customer="e"
    )
