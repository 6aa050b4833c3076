"""What cohorts are followed by: the period in which a customer began, and the periods of what came after."""

import ibis.expr.types as ir
from ibis import _

from regulars.kpis.frame import Frame, Scope, acting


def _returning(scope: Scope) -> ir.Table:
    days, index = acting(scope.tables), scope.timeline.index
    known = days.filter(days.day < scope.timeline.as_of)
    placed = known.select(
        "customer", "prev_day", before=index(known.prev_day), period=index(known.day), began=index(known.first_day)
    )
    return placed.filter(placed.prev_day.isnull() | (placed.before < placed.period)).drop("prev_day", "before")


returning = Frame(
    name="returning", needs=(("events", "orders"),), build=_returning, columns={"began": "int32"}, unique=True
)
"""Periods in which a customer was active (events, else orders), by the period of the first time."""


def _buying(scope: Scope) -> ir.Table:
    days, index = scope.tables["purchase_days"], scope.timeline.index
    known = days.filter((days.customer > 0) & (days.day < scope.timeline.as_of))
    sums = known.group_by("customer", "first_day", period=index(known.day)).aggregate(
        orders=_.orders.sum().cast("int64"),
        net=(_.sales.sum() - _.refunded.sum()).cast("int64"),
        value=_.value.sum().cast("int64"),
    )
    lives = sums.filter(sums.first_day.notnull())
    # What comes before (a refund of something older than the records) does not count.
    return lives.mutate(began=index(lives.first_day)).filter(_.began <= _.period).drop("first_day")


buying = Frame(
    name="buying",
    needs=("orders",),
    build=_buying,
    columns={"began": "int32", "orders": "int64", "net": "int64", "value": "int64"},
    unique=True,
)
"""What customers bought and returned per period, by the period of the first order."""


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
