"""What cohorts are followed by: the period in which a customer began, and the periods of what came after."""

import ibis
import ibis.expr.types as ir

from regulars.catalogue.frames.activity import acting
from regulars.kpis.frame import Frame, Scope


def _returning(scope: Scope) -> ir.Table:
    days, index = acting(scope), scope.timeline.index
    known = days.filter(days.day < scope.timeline.as_of)
    return known.select("customer", began=index(known.first_day), period=index(known.day))


returning = Frame(
    name="returning", needs=(("events", "orders"),), build=_returning, columns={"began": "int32"}
)
"""Customer-days of activity (events, else orders), by the period of the first."""


def _buying(scope: Scope) -> ir.Table:
    days, index = scope.tables["purchase_days"], scope.timeline.index
    known = days.filter((days.customer > 0) & (days.day < scope.timeline.as_of))
    # A day with refunds only does not know the customer's first order; the customer's other days do.
    began = ibis.ifelse(known.first_day.notnull(), index(known.first_day), ibis.null("int32"))
    return known.mutate(began=began, period=index(known.day), net=known.sales - known.refunded)


buying = Frame(
    name="buying",
    needs=("orders",),
    build=_buying,
    columns={"began": "int32", "orders": "int32", "net": "int64", "value": "int64"},
)
"""Days with orders or refunds of known customers, by the period of the first order."""


def _subscribing(scope: Scope) -> ir.Table:
    spells, index = scope.tables["contract_spells"], scope.timeline.index
    first = spells.filter((spells.spell == 1) & (spells.start_day < scope.timeline.as_of))
    return first.select("customer", began=index(first.start_day), period=index(first.end_day))


subscribing = Frame(
    name="subscribing",
    needs=("subscriptions",),
    build=_subscribing,
    columns={"began": "int32"},
    unique=True,
    parameters=("renewal_grace_days",),
)
"""Customers with the period in which their first unbroken time under contract ended (beyond all where it runs)."""
