"""A small company written by hand: rows in, records to ask out, by the way that real records take."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa

from regulars.core.definitions import Definitions
from regulars.core.periods import Period, day_number
from regulars.core.settings import Company, Settings
from regulars.data import building, engine
from regulars.data.store import columns_of
from regulars.data.tables import TABLES
from regulars.kpis.query import Records

#: Day 0 of all that is written as a number of days.
START = date(2024, 1, 1)


def on(day: int) -> date:
    return START + timedelta(days=day)


def at(day: int) -> datetime:
    return datetime.combine(on(day), datetime.min.time())


def sale(customer: str | None, day: int, amount: float = 10, **rest: Any) -> dict[str, Any]:
    return {"customer_id": customer, "ordered_at": at(day), "kind": "sale", "amount": amount, **rest}


def refund(customer: str | None, day: int, amount: float = 10) -> dict[str, Any]:
    return {"customer_id": customer, "ordered_at": at(day), "kind": "refund", "amount": -amount}


def event(customer: str, day: int, name: str = "login") -> dict[str, Any]:
    return {"customer_id": customer, "occurred_at": at(day), "name": name}


def contract(customer: str, start: int, end: int | None = None, monthly: float = 5, **rest: Any) -> dict[str, Any]:
    ended = None if end is None else at(end)
    return {"customer_id": customer, "started_at": at(start), "ended_at": ended, "monthly_amount": monthly, **rest}


def reply(customer: str | None, day: int, score: float, question: str = "nps", **rest: Any) -> dict[str, Any]:
    """An answer to a survey, at midnight of `day`; NPS is asked on 0 to 10, all else on 1 to 5."""
    least, most = (0, 10) if question == "nps" else (1, 5)
    given = {"customer_id": customer, "responded_at": at(day), "question": question, "score": score}
    return {**given, "scale_min": least, "scale_max": most, **rest}


def case(customer: str | None, day: int, **rest: Any) -> dict[str, Any]:
    return {"customer_id": customer, "opened_at": at(day), **rest}


def change(ticket: str, day: int, state: str, actor: str = "agent", hours: float = 0) -> dict[str, Any]:
    """A change of a case's state that the customer saw, `hours` after midnight of `day`."""
    return {"ticket_id": ticket, "occurred_at": at(day) + timedelta(hours=hours), "state": state, "actor": actor}


def company(
    as_of: int | date,
    *,
    orders: Iterable[dict[str, Any]] = (),
    events: Iterable[dict[str, Any]] = (),
    subscriptions: Iterable[dict[str, Any]] = (),
    customers: Iterable[dict[str, Any]] = (),
    responses: Iterable[dict[str, Any]] = (),
    follow_ups: Iterable[dict[str, Any]] = (),
    invitations: Iterable[dict[str, Any]] = (),
    tickets: Iterable[dict[str, Any]] = (),
    ticket_events: Iterable[dict[str, Any]] = (),
    spend: Iterable[dict[str, Any]] = (),
    order_lines: Iterable[dict[str, Any]] = (),
    aliases: Mapping[str, str] | None = None,
    since: date = START - timedelta(days=400),
    **definitions: Any,
) -> Records:
    """Return the records; the tables that have no rows are not there."""
    lines = (
        {"line": n, "line_kind": "product", "quantity": 1, "amount": 1, **row} for n, row in enumerate(order_lines)
    )
    written = {
        "orders": _numbered(orders, "order_id"),
        "order_lines": lines,
        "events": events,
        "subscriptions": _numbered(subscriptions, "subscription_id"),
        "customers": customers,
        "responses": _numbered(responses, "response_id"),
        "follow_ups": follow_ups,
        "invitations": _numbered(invitations, "invitation_id"),
        "tickets": _numbered(tickets, "ticket_id"),
        "ticket_events": ticket_events,
        "spend": spend,
    }
    rows = {name: found for name, of in written.items() if (found := list(of))}
    backend = engine.connect(threads=1, memory="1GB")
    tables = {name: engine.create(backend, name, ibis.memtable(_stored(name, of))) for name, of in rows.items()}
    ids = {row["customer_id"] for of in rows.values() for row in of if row.get("customer_id")}
    whose = {**{one: one for one in ids}, **(aliases or {})}
    references = engine.create(
        backend,
        "references",
        ibis.memtable(pa.table({"reference": sorted(whose), "customer_id": [whose[one] for one in sorted(whose)]})),
    )
    known = Definitions(**definitions)
    settings = Settings(company=Company(name="Small", currency="EUR", time_zone="UTC"), definitions=known)
    end = on(as_of) if isinstance(as_of, int) else as_of
    building.build(backend, settings, tables, references, end)
    facts = {name: backend.table(name) for name in building.NAMES if name in backend.list_tables()}
    return Records(
        tables={**tables, **facts, "keys": backend.table(building.KEYS)},
        run=engine.run,
        as_of=end,
        known_at=datetime.combine(end, datetime.min.time(), UTC),
        covered=dict.fromkeys(rows, Period(since, end)),
        definitions=known,
        flags={},
    )


def _numbered(rows: Iterable[dict[str, Any]], key: str) -> Iterable[dict[str, Any]]:
    return ({key: f"{key[0]}{n}", **row} for n, row in enumerate(rows))


def number_of(records: Records, customer_id: str) -> int:
    people = records.tables["people"]
    return records.run(people.filter(people.customer_id == customer_id))[0]["customer"]


def _stored(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Return rows with every column that stored ones have; the company lives in UTC."""
    columns = {}
    for column, kind in columns_of(TABLES[name]).items():
        values = [row.get(column) for row in rows]
        if column.endswith("_day"):
            values = [_day(row, column.removesuffix("_day")) for row in rows]
        elif kind.startswith("decimal"):
            values = [None if value is None else Decimal(str(value)) for value in values]
        elif column == "attributes":
            values = ["{}"] * len(rows)
        columns[column] = pa.array(values, ibis.dtype(kind).to_pyarrow())
    return pa.table(columns)


def _day(row: dict[str, Any], what: str) -> int | None:
    when = row.get(f"{what}_at") or row.get(f"{what}_on")
    return when and day_number(when.date() if isinstance(when, datetime) else when)
