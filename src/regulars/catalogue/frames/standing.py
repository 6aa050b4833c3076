"""Customers who stood at a period's start, under contract or in touch, and where they stand at its end."""

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.kpis.frame import Frame, Scope, acting, spread


def _standing(scope: Scope, at: ir.Table) -> ir.Table:
    """Return who stood at each period's start, and whether at its end.

    Args:
        scope: the question.
        at: `customer` and `period`, once for each boundary at which the customer stood; boundary b is the instant
            before the first day of period b.
    """
    started = at.filter(at.period < scope.timeline.count)
    ended = at.select("customer", period=(at.period - 1).cast("int32"), there=ibis.literal(True))
    both = started.left_join(ended, ["customer", "period"])
    return both.select("customer", "period", kept=both.there.notnull())


def _under_contract(scope: Scope) -> ir.Table:
    timeline, spells = scope.timeline, scope.tables["contract_spells"]
    # Someone stands at a boundary if start_day < day <= end_day.
    first = ibis.greatest(timeline.index(spells.start_day) + 1, 0)
    last = ibis.least(timeline.index(spells.end_day), timeline.count)
    return _standing(scope, spread(spells, first, last).select("customer", "period"))


def _in_touch(scope: Scope) -> ir.Table:
    threshold = scope.timeline.days_before(scope.timeline.bounds[1:], scope.definitions.lapse_days)
    days = acting(scope.tables).join(threshold, "day")
    last = days.filter(days.next_day.isnull() | (days.next_day >= days.end))
    return _standing(scope, last.select("customer", "period"))


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
