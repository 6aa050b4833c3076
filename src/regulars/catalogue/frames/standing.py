"""Customers who stood at a period's start, under contract or in touch, and where they stand at its end."""

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.catalogue.frames.activity import acting
from regulars.kpis.frame import Frame, Scope, flag, spread


def _standing(scope: Scope, intervals: ir.Table) -> ir.Table:
    """Return openings and closings from disjoint or overlapping intervals (customer, since, until)."""
    timeline = scope.timeline
    # Boundary b is the instant before the first day of period b; someone stands there if since < day <= until.
    first = ibis.greatest(timeline.index(intervals.since) + 1, 0)
    last = ibis.least(timeline.index(intervals.until), timeline.count)
    at = spread(intervals, first, last)
    opening = at.mutate(opening=flag(at.period < timeline.count), closing=ibis.literal(0, type="int32"))
    closing = at.mutate(
        period=(at.period - 1).cast("int32"),
        opening=ibis.literal(0, type="int32"),
        closing=ibis.literal(1, type="int32"),
    )
    both = (
        opening.union(closing)
        .group_by("customer", "period")
        .aggregate(opening=_.opening.max(), closing=_.closing.max())
    )
    return both.select(
        "customer", "period", kept=ibis.ifelse(both.opening == 1, both.closing == 1, ibis.null("boolean"))
    )


def _under_contract(scope: Scope) -> ir.Table:
    spells = scope.tables["contract_spells"]
    return _standing(scope, spells.select("customer", since=spells.start_day, until=spells.end_day))


def _in_touch(scope: Scope) -> ir.Table:
    days, threshold = acting(scope), scope.definitions.lapse_days
    until = ibis.least(days.next_day.fill_null(days.day + threshold), days.day + threshold)
    return _standing(scope, days.select("customer", since=days.day, until=until))


subscribers = Frame(
    name="subscribers",
    needs=("subscriptions",),
    build=_under_contract,
    columns={"kept": "boolean"},
    unique=True,
    whole=True,
    parameters=("renewal_grace_days",),
)
"""Customers under contract at the period's start; `kept` if they are at its end."""

regulars = Frame(
    name="regulars",
    needs=(("events", "orders"),),
    build=_in_touch,
    columns={"kept": "boolean"},
    unique=True,
    whole=True,
    parameters=("lapse_days",),
)
"""Customers active within the lapse threshold before the period's start; `kept` if they are at its end."""


def _recurring(scope: Scope) -> ir.Table:
    timeline, rows = scope.timeline, scope.tables["contracts"]
    intervals = rows.select("customer", "monthly", since=rows.start_day, until=rows.end_day)
    first = ibis.greatest(timeline.index(intervals.since) + 1, 0)
    at = spread(intervals, first, ibis.least(timeline.index(intervals.until), timeline.count))
    zero = ibis.literal(0, type="int64")
    opening = at.select(
        "customer", "period", opening=ibis.ifelse(at.period < timeline.count, at.monthly, 0), closing=zero
    )
    closing = at.select("customer", period=(at.period - 1).cast("int32"), opening=zero, closing=at.monthly)
    sums = (
        opening.union(closing)
        .group_by("customer", "period")
        .aggregate(opening=_.opening.sum().cast("int64"), closing=_.closing.sum().cast("int64"))
    )
    paying = sums.filter(sums.opening > 0)
    return paying.mutate(lost=ibis.greatest(paying.opening - paying.closing, 0))


recurring = Frame(
    name="recurring",
    needs=("subscriptions",),
    build=_recurring,
    columns={"opening": "int64", "closing": "int64", "lost": "int64"},
    unique=True,
    whole=True,
)
"""Customers paying at the period's start with their monthly revenue then and at its end."""
