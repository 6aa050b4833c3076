"""Make the facts and keep them current: everything at first, later only what belongs to customers that changed."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from regulars.core import business_hours
from regulars.core.periods import day_number, day_of
from regulars.core.settings import Settings
from regulars.data import answers, engine, facts, ticket_course
from regulars.data.facts import Tables
from regulars.data.tables import TABLES

#: Facts whose rows hold what came of them later: no snapshot of the past may see them.
HINDSIGHT = ("answers", "invited", "ticket_courses", "ticket_runs", "service_spans")
#: Every fact, in the order in which they are made.
NAMES = (
    "purchase_channels",
    "purchase_days",
    "activity_days",
    "event_days",
    "contracts",
    "contract_spells",
    "customer_tickets",
    "customer_responses",
    "customer_touches",
    *HINDSIGHT,
    "people",
)
#: First and last local day of records, by canonical table.
COVERAGE = "_coverage"
#: Customer numbers: `reference` (any id used anywhere), `customer_id` (whose it is), `customer` (their number).
KEYS = "_keys"
#: Canonical tables that have rows without a customer.
_NAMELESS = ("orders", "tickets", "responses")
#: Least share of orders whose cost must be known for value to mean contribution margin.
_COSTED = 0.995
#: Above this share of changed customers, making everything anew is cheaper.
_MANY = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What facts are made with; another shape makes them anew.

    Attributes:
        with_costs: whether value means contribution margin.
        session_minutes: pause that ends a session.
        grace_days: between two contracts that count as one.
        attributes: names of the company's own attributes.
        tables: canonical tables that there are.
        until: day number before which rows count, where later ones are held back; None where all count.
        service: business hours, holidays and their zone; nothing where none are set.
        days: first and last day, UTC, of service cases, where business hours are set.
    """

    with_costs: bool
    session_minutes: int
    grace_days: int
    attributes: tuple[str, ...]
    tables: tuple[str, ...]
    until: int | None
    service: tuple[str, ...] = ()
    days: tuple[int, int] | None = None

    @property
    def open_days(self) -> list[business_hours.OpenDay]:
        """When service was open, day by day; nothing where no hours are set."""
        if self.days is None:
            return []
        zone, holidays, *hours = self.service
        known = business_hours.parse(hours, map(date.fromisoformat, holidays.split()))
        first, last = self.days
        return business_hours.by_day(known.pieces(zone, day_of(first - 1), day_of(last + 1)), first, last)


def attributes_of(settings: Settings) -> tuple[str, ...]:
    """Return the names of all mapped attributes of customers, sorted."""
    mapped = [source.tables["customers"] for source in settings.sources if "customers" in source.tables]
    return tuple(sorted({name for mapping in mapped for name in mapping.attributes}))


def build(
    backend: Any,
    settings: Settings,
    tables: Tables,
    references: ir.Table,
    as_of: date,
    *,
    made_with: str = "",
    touched: ir.Table | None = None,
) -> str:
    """Make the facts of the canonical tables; the caller holds the transaction.

    Args:
        backend: the engine, writing.
        settings: all settings.
        tables: the canonical tables.
        references: `reference` -> `customer_id`, every id used anywhere.
        as_of: local day before which rows count.
        made_with: what the last call returned, "" where there was none.
        touched: `reference`s of the customers with rows that came, changed or went since; None where that is unknown.

    Returns:
        What they were made with; as long as it stays, only touched customers need be made anew.
    """
    known = before(tables, day_number(as_of))
    held_back = sum(engine.run(rows.count()) for rows in tables.values()) - sum(
        engine.run(rows.count()) for rows in known.values()
    )
    shape = Shape(
        with_costs=_with_costs(known),
        session_minutes=settings.definitions.session_minutes,
        grace_days=settings.definitions.renewal_grace_days,
        attributes=attributes_of(settings),
        tables=tuple(sorted(known)),
        until=day_number(as_of) if held_back else None,
        **_service(settings, known),
    )
    engine.create(backend, COVERAGE, _coverage(known), replace=True)
    said = json.dumps(asdict(shape), sort_keys=True)
    changed = None if touched is None or said != made_with else _changed(backend, references, touched)
    if changed is None:
        _make_all(backend, known, references, shape)
        if shape.days is not None:
            engine.create(backend, "service_spans", ticket_course.service_spans(shape.open_days), replace=True)
    else:
        _make_again(backend, known, changed, shape)
    return said


def facts_of(backend: Any, tables: Tables, settings: Settings, as_of: date) -> dict[str, ir.Table]:
    """Return the facts of fewer rows than there are, for as long as the engine is open; customers keep their numbers.

    Args:
        backend: the engine, on a generation.
        tables: the canonical tables, as far as they count.
        settings: all settings.
        as_of: local day before which rows count.
    """
    known = before(tables, day_number(as_of))
    keys = backend.table(KEYS)
    shape = Shape(
        with_costs="purchase_days" in backend.list_tables() and made_with_costs(backend.table("purchase_days")),
        session_minutes=settings.definitions.session_minutes,
        grace_days=settings.definitions.renewal_grace_days,
        attributes=attributes_of(settings),
        tables=tuple(sorted(known)),
        until=None,
        **_service(settings, known),
    )
    made: dict[str, ir.Table] = {}
    for name, expression in _expressions(known, keys, shape, made):
        if name != "people":  # of customers, what is known today counts
            made[name] = engine.create(backend, f"_then_{name}", expression, temp=True, replace=True)
    return made


def _service(settings: Settings, tables: Tables) -> dict[str, Any]:
    service = settings.service
    span = ticket_course.first_days(tables) if service.hours else None
    if span is None:
        return {}
    holidays = " ".join(sorted(map(str, service.holidays)))
    # Whole years, so that what was made before need not be made anew every day.
    first, last = (day_of(day).year for day in span)
    days = (day_number(date(first, 1, 1)), day_number(date(last + 1, 1, 1)))
    return {"service": (settings.company.time_zone, holidays, *service.hours), "days": days}


def _make_all(backend: Any, tables: Tables, references: ir.Table, shape: Shape) -> None:
    engine.create(backend, KEYS, _numbered(references), replace=True)
    made: dict[str, ir.Table] = {}
    for name in NAMES:
        backend.drop_table(name, force=True)
    for name, expression in _expressions(tables, backend.table(KEYS), shape, made):
        made[name] = engine.create(backend, name, expression, replace=True)


def _changed(backend: Any, references: ir.Table, touched: ir.Table) -> ir.Table | None:
    """Give new ids their numbers; return the keys of touched customers, or None where all must be made anew."""
    keys = backend.table(KEYS)
    now = references.select("reference", now="customer_id")
    kept = keys.left_join(now, "reference")
    if engine.run(kept.filter(kept.now.isnull() | (kept.now != kept.customer_id)).count()):
        return None  # an id went, or is another customer's now
    fresh = references.anti_join(keys, "reference")
    known = keys.select("customer_id", "customer").distinct()
    most = keys.customer.max().as_scalar()
    ids = fresh.select("customer_id").distinct().anti_join(known, "customer_id")
    numbers = ids.mutate(customer=(ibis.row_number().over(order_by=ids.customer_id) + 1 + most).cast("int32"))
    every = engine.create(
        backend, "_numbers", known.union(numbers.select("customer_id", "customer")), temp=True, replace=True
    )
    engine.insert(backend, KEYS, fresh.join(every, "customer_id").select(keys.columns))
    own = keys.semi_join(touched, "reference").select("customer").distinct()
    changed = engine.create(backend, "_changed_keys", keys.semi_join(own, "customer"), temp=True, replace=True)
    few = engine.run(changed.customer.nunique()) <= _MANY * engine.run(keys.customer.max())
    return changed if few else None


def _make_again(backend: Any, tables: Tables, changed: ir.Table, shape: Shape) -> None:
    """Replace the rows of changed customers, and those of orders without one."""
    theirs = _of(tables, changed)
    made: dict[str, ir.Table] = {}
    for name, expression in _expressions(theirs, changed, shape, made):
        made[name] = engine.create(backend, f"_{name}", expression, temp=True, replace=True)
    for name, rows in made.items():
        # Orders without a customer have numbers below 0, which change with every one that comes: all are made again.
        engine.delete(backend, name, lambda old: old.customer.isin(changed.customer) | (old.customer < 0))
        engine.insert(backend, name, rows)


def _of(tables: Tables, changed: ir.Table) -> dict[str, ir.Table]:
    """Return the rows of changed customers, of orders without one, and of both's lines."""
    theirs = dict(tables)
    for name in ("orders", "events", "subscriptions", "tickets", "responses", "invitations", "touches", "customers"):
        if name in tables:
            rows = tables[name]
            ids = changed.select(reference="reference")
            wanted = rows.semi_join(ids, rows.customer_id == ids.reference)
            theirs[name] = wanted.union(rows.filter(rows.customer_id.isnull())) if name in _NAMELESS else wanted
    for name, owner, key in (("ticket_events", "tickets", "ticket_id"), ("follow_ups", "responses", "response_id")):
        if name in tables and owner in theirs:
            theirs[name] = tables[name].semi_join(theirs[owner].select(key), key)
    if "order_lines" in tables and "orders" in theirs:
        theirs["order_lines"] = tables["order_lines"].semi_join(theirs["orders"].select("order_id"), "order_id")
    return theirs


def before(tables: Tables, as_of: int) -> dict[str, ir.Table]:
    """Return the rows of every table that had happened before day `as_of`."""
    return {name: _happened(TABLES[name].instant, table, as_of) for name, table in tables.items()}


def _happened(instant: str | None, table: ir.Table, as_of: int) -> ir.Table:
    if instant is None:
        return table
    day = table[instant.removesuffix("_at") + "_day"]
    return table.filter(day.isnull() | (day < as_of))


def made_with_costs(days: ir.Table) -> bool:
    """Whether value of days with purchases, once made, is contribution margin rather than net revenue."""
    differing = days.filter(days.value != days.sales - days.refunded)
    return bool(engine.run(differing.select("day").limit(1)))


def _with_costs(tables: Tables) -> bool:
    if "orders" not in tables:
        return False
    orders = tables["orders"]
    found = engine.run(orders.aggregate(rows=orders.count(), costed=orders.cost.count()))[0]
    return bool(found["rows"]) and found["costed"] >= _COSTED * found["rows"]


def _coverage(tables: Tables) -> ir.Table:
    """Return one row per canonical table that has rows, with its first and last day; null where rows have none."""
    spans = [_span(name, table) for name, table in tables.items()]
    none = ibis.memtable([], schema={"name": "string", "first_day": "int32", "last_day": "int32", "rows": "int64"})
    return ibis.union(none, *spans) if spans else none


def _span(name: str, table: ir.Table) -> ir.Table:
    instant = TABLES[name].instant
    column = instant.removesuffix("_at") + "_day" if instant else "spent_day" if name == "spend" else None
    unknown = ibis.null("int32")
    first, last = (table[column].min(), table[column].max()) if column else (unknown, unknown)
    row = table.aggregate(rows=table.count(), first_day=first, last_day=last)
    return row.filter(row.rows > 0).select(
        name=ibis.literal(name),
        first_day=row.first_day.cast("int32"),
        last_day=row.last_day.cast("int32"),
        rows=row.rows.cast("int64"),
    )


def _numbered(references: ir.Table) -> ir.Table:
    """Number customers by id, so that the same records give the same numbers."""
    ids = references.select("customer_id").distinct()
    numbers = ids.select(
        whose=ids.customer_id, customer=(ibis.row_number().over(order_by=ids.customer_id) + 1).cast("int32")
    )
    return references.join(numbers, references.customer_id == numbers.whose).drop("whose")


def _expressions(tables: Tables, keys: ir.Table, shape: Shape, made: Mapping[str, ir.Table]) -> Any:
    """Yield the name and expression of every fact that the tables allow; `made` holds those made so far."""
    numbers = keys.select("reference", "customer")
    if "orders" in tables:
        yield "purchase_channels", facts.purchase_channels(tables, numbers)
        yield "purchase_days", facts.purchase_days(made["purchase_channels"], with_costs=shape.with_costs)
    if "events" in tables:
        yield "activity_days", facts.activity_days(tables, numbers, shape.session_minutes)
        yield "event_days", facts.event_days(tables, numbers)
    if "subscriptions" in tables:
        yield "contracts", facts.contracts(tables, numbers, shape.grace_days)
        yield "contract_spells", facts.contract_spells(made["contracts"])
    if "tickets" in tables:
        yield "customer_tickets", facts.customer_tickets(tables, numbers)
    if "responses" in tables:
        yield "customer_responses", facts.customer_responses(tables, numbers)
    if "touches" in tables:
        yield "customer_touches", facts.customer_touches(tables, numbers)
    if "responses" in tables:
        yield "answers", answers.answers(tables, numbers)
    if "invitations" in tables:
        yield "invited", answers.invited(tables, numbers)
    if "tickets" in tables or "ticket_events" in tables:
        yield "ticket_courses", ticket_course.ticket_courses(tables, numbers, shape.open_days)
        yield "ticket_runs", ticket_course.ticket_runs(tables, made["ticket_courses"])
    names = keys.select("customer", "customer_id").distinct()
    yield "people", facts.people(tables, made, names, shape.attributes)
