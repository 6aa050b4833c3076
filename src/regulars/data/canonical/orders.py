"""Orders as they are stated, and orders that lines make: one per id and kind, whatever files its lines came in."""

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.settings import Settings, SourceSettings
from regulars.data.canonical.narrowing import REFUND

#: What a line must be to count in the amount of its order.
_COUNTED = ("product", "discount")
#: More records than any file has.
_RECORDS = 2**40


def grouping(settings: Settings) -> list[str]:
    """Return the sources whose order lines make orders."""
    return [source.name for source in settings.sources if _groups_lines(source)]


def _groups_lines(source: SourceSettings) -> bool:
    return "orders" in source.tables and source.tables["orders"].lines


def lines(landed: ir.Table, orders: ir.Table) -> ir.Table:
    """Return all order lines of the landing under the id that their order will have."""
    mixed = _mixed(orders).rename(_mixed="order_id")
    named = landed.left_join(mixed, (landed.order_id == mixed._mixed) & (landed.kind == "refund"))
    return named.mutate(order_id=_refund_id(named)).drop("_mixed")


def orders(landed: ir.Table, settings: Settings) -> ir.Table:
    """Return the orders of the landing, and those that lines make."""
    if not grouping(settings):
        return landed
    own = ("order_id", "kind", "file", "record")
    latest = ("delivered_at", "delivered_day", "last_customer_id")
    first = {c: landed[c].max() if c in latest else landed[c].min() for c in landed.columns if c not in own}
    place = (landed.file.cast("int64") * _RECORDS + landed.record).min()
    parts = landed.filter(landed.of_lines.fill_null(False)).group_by("order_id", "kind").aggregate(**first, _at=place)
    mixed = _mixed(landed).rename(_mixed="order_id")
    named = parts.left_join(mixed, (parts.order_id == mixed._mixed) & (parts.kind == "refund"))
    made = named.mutate(
        order_id=_refund_id(named), file=(_._at // _RECORDS).cast("int32"), record=(_._at % _RECORDS).cast("int64")
    )
    return landed.filter(~landed.of_lines.fill_null(False)).union(made.select(landed.columns))


def _mixed(landed: ir.Table) -> ir.Table:
    """Return the ids of orders whose lines are sales as well as refunds."""
    parts = landed.filter(landed.of_lines.fill_null(False))
    refunds = parts.filter(parts.kind == "refund").select("order_id").distinct()
    return refunds.semi_join(parts.filter(parts.kind == "sale"), "order_id")


def _refund_id(rows: ir.Table) -> ir.StringValue:
    """Return the order's id; the refund part of an order that is a sale, too, is an order of its own."""
    return ibis.ifelse(rows._mixed.notnull(), rows.order_id + REFUND, rows.order_id)


def known_with_orders(kept: ir.Table, orders: ir.Table) -> ir.Table:
    """Return lines that do not say when they became known as known since their order is."""
    known = orders.group_by(_order="order_id").aggregate(_known=_.recorded_at.max())
    joined = kept.left_join(known, kept.order_id == known._order)
    return joined.mutate(recorded_at=ibis.coalesce(joined.recorded_at, joined._known))


def summed(orders: ir.Table, lines: ir.Table) -> ir.Table:
    """Return orders with what they do not state themselves taken from their lines."""
    counted = _.line_kind.isin(_COUNTED)
    sums = lines.group_by(_order="order_id").aggregate(
        _amount=ibis.ifelse(counted, _.amount, 0).sum(),
        _cost=_.cost.sum(),
        _discount=_.discount.sum(),
        _original=ibis.ifelse(counted, _.original_amount, 0).sum(),
        _currencies=_.original_currency.nunique(),
    )
    both = orders.left_join(sums, orders.order_id == sums._order)
    original = ibis.ifelse(both._currencies == 1, both._original, ibis.null(both._original.type()))
    return both.mutate(
        amount=ibis.coalesce(both.amount, both._amount),
        cost=ibis.coalesce(both.cost, both._cost),
        discount=ibis.coalesce(both.discount, both._discount),
        original_amount=ibis.ifelse(both.amount.isnull(), original, both.original_amount),
    )
