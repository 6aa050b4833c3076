"""The numbers by which a company recognises its own records: rows, orders, customers and money, step by step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.data import engine, identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One subset of a source's sales.

    Attributes:
        source: the source.
        name: which rows, in words.
        rows: order lines, or orders where there are no lines.
        orders: different orders.
        customers: different customers.
        amount: what the rows add up to, in the company's currency, before any product rule.
    """

    source: str
    name: str
    rows: int
    orders: int
    customers: int
    amount: Decimal


_STEPS: Mapping[str, Callable[[ir.Table], ir.BooleanValue]] = {
    "all": lambda rows: ibis.literal(True),
    "with a customer": lambda rows: rows.customer_id.notnull(),
    "sales": lambda rows: rows.kind == "sale",
    "refunds": lambda rows: rows.kind == "refund",
    "quantity and amount above 0": lambda rows: (rows.quantity > 0) & (rows.amount > 0),
    "sales with a customer, quantity and amount above 0": lambda rows: (
        (rows.kind == "sale") & rows.customer_id.notnull() & (rows.quantity > 0) & (rows.amount > 0)
    ),
    "no product": lambda rows: rows.line_kind == "other",
    "discounts": lambda rows: rows.line_kind == "discount",
}


def steps(tables: Mapping[str, ir.Table], aliases: ir.Table) -> tuple[Step, ...]:
    """Return the steps of every source with orders, in a fixed order."""
    if "orders" not in tables:
        return ()
    orders = identity.resolve(tables["orders"], "customer_id", aliases)
    found: list[Step] = []
    lined = _lined(orders, tables["order_lines"]) if "order_lines" in tables else None
    with_lines = set(engine.run(lined.select("source").distinct()["source"])) if lined is not None else set()
    for rows, wanted in ((lined, True), (_plain(orders), False)):
        if rows is not None:
            found += [step for step in _steps(rows) if (step.source in with_lines) == wanted]
    return tuple(sorted(found, key=lambda step: (step.source, list(_STEPS).index(step.name))))


def _lined(orders: ir.Table, lines: ir.Table) -> ir.Table:
    heads = orders.select("customer_id", "kind", head="order_id")
    return lines.left_join(heads, lines.order_id == heads["head"]).select(
        "source", "order_id", "customer_id", "kind", "quantity", "amount", "line_kind"
    )


def _plain(orders: ir.Table) -> ir.Table:
    one = ibis.ifelse(orders.kind == "sale", 1, -1).cast("int64")
    return orders.select(
        "source", "order_id", "customer_id", "kind", "amount", quantity=one, line_kind=ibis.literal("product")
    )


def _steps(rows: ir.Table) -> list[Step]:
    parts = []
    for name, chosen in _STEPS.items():
        part = (
            rows.filter(chosen(rows))
            .group_by("source")
            .aggregate(
                name=ibis.literal(name),
                rows=_.count(),
                orders=_.order_id.nunique(),
                customers=_.customer_id.nunique(),
                amount=_.amount.sum().fill_null(0),
            )
        )
        parts.append(part.select("source", "name", "rows", "orders", "customers", "amount"))
    return [Step(**row) for row in engine.run(ibis.union(*parts))]
