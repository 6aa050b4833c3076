"""What customers bought in the period: orders and refunds by customer and day."""

import ibis.expr.types as ir
from ibis import _

from regulars.kpis.frame import Frame, Scope

COLUMNS = {
    "day": "int32",
    "orders": "int32",
    "refunds": "int32",
    "sales": "int64",
    "refunded": "int64",
    "discount": "int64",
    "listed": "int64",
    "net": "int64",
    "cost": "int64",
    "costed": "int64",
    "lined": "int32",
    "items": "int64",
    "categorised": "int32",
    "crossed": "int32",
}


def _receipts(scope: Scope) -> ir.Table:
    name = "purchase_channels" if "channel" in scope.columns else "purchase_days"
    days = scope.tables[name]
    return days.join(scope.timeline.calendar, "day").mutate(net=_.sales - _.refunded)


def _purchases(scope: Scope) -> ir.Table:
    return _receipts(scope).filter(_.customer > 0)


receipts = Frame(
    name="receipts",
    needs=("orders",),
    build=_receipts,
    columns=COLUMNS,
    splits=("channel",),
)
"""All orders; one without a customer stands for a customer of its own."""

purchases = Frame(name="purchases", needs=("orders",), build=_purchases, columns=COLUMNS, splits=("channel",))
"""Orders of known customers."""
