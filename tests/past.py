"""A company as its files would have been on an earlier day."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from contracts.companies import Company
from regulars.data.tables import TABLES

#: Instants of what comes of a row later than the row itself.
_LATER = {
    "customers": ("first_seen_at",),
    "subscriptions": ("ended_at",),
    "touches": ("delivered_at", "opened_at", "clicked_at", "redeemed_at"),
}


def known_before(made: Company, day: date) -> Company:
    """Return the company as its files would have been on `day`."""
    start = datetime.combine(day, datetime.min.time())

    def early(at: datetime | None) -> bool:
        return at is None or at < start

    def cut(name: str, row: dict[str, Any]) -> dict[str, Any]:
        later = [one for one in _LATER.get(name, ()) if not early(row.get(one))]
        return row | dict.fromkeys([*later, *(["end_reason"] if "ended_at" in later else [])])

    tables = {}
    for name, rows in made.tables.items():
        instant = None if name == "customers" else TABLES[name].instant
        tables[name] = [cut(name, row) for row in rows if instant is None or early(row[instant])]
    if "order_lines" in tables:
        kept = {row["order_id"] for row in tables["orders"]}
        tables["order_lines"] = [row for row in tables["order_lines"] if row["order_id"] in kept]
    return replace(made, tables=tables, as_of=day)
