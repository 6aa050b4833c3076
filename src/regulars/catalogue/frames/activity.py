"""What customers did in the period: their days, events and sessions; orders where no events are known."""

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.kpis.frame import Frame, Scope, acting, flag


def _activity(scope: Scope) -> ir.Table:
    days = scope.tables["activity_days"].join(scope.timeline.calendar, "day")
    return days.mutate(elapsed=(ibis.least(days.end, scope.timeline.as_of) - days.start).cast("int32"))


activity = Frame(
    name="activity",
    needs=("events",),
    build=_activity,
    columns={
        "day": "int32",
        "events": "int32",
        "sessions": "int32",
        "session_seconds": "int64",
        "elapsed": "int32",
    },
    parameters=("session_minutes",),
)
"""Customer-days with events; `elapsed` is the number of days of the period before as-of."""


def _recent(scope: Scope) -> ir.Table:
    """Return active days once for every period in whose last 28 days (before as-of) they lie, with its `end`."""
    return acting(scope.tables).join(scope.timeline.days_before(scope.timeline.closings, 28), "day")


def _reach(scope: Scope) -> ir.Table:
    days = _recent(scope)
    last = days.filter(days.next_day.isnull() | (days.next_day >= days.end))
    return last.select("customer", "period", "day", silent=(last.end - last.day).cast("int32"))


reach = Frame(
    name="reach",
    needs=(("events", "orders"),),
    build=_reach,
    columns={"day": "int32", "silent": "int32"},
    unique=True,
)
"""Customers active in the 28 days up to the period's end (or as-of); `silent` days since, 1 = the last day itself."""


def _lifecycle(scope: Scope) -> ir.Table:
    timeline = scope.timeline
    placed = acting(scope.tables).join(timeline.calendar, "day")
    # The first active day of a period tells how the customer came into it, the last how they leave it.
    came = placed.filter(placed.prev_day.isnull() | (placed.prev_day < placed.start))
    new = came.prev_day.isnull()
    retained = (came.prev_day >= timeline.start(came.period - 1)).fill_null(False)
    arrivals = came.select(
        "customer",
        "period",
        new=flag(new),
        retained=flag(retained),
        resurrected=flag(~(new | retained)),
        dormant=ibis.literal(0, type="int32"),
    )
    left = placed.filter(placed.next_day.isnull() | (placed.next_day >= timeline.end(placed.period + 1)))
    zero = ibis.literal(0, type="int32")
    departures = left.select(
        "customer",
        period=(left.period + 1).cast("int32"),
        new=zero,
        retained=zero,
        resurrected=zero,
        dormant=ibis.literal(1, type="int32"),
    )
    # Before the timeline every earlier day has one number, so who is dormant there is not known and not asked.
    return arrivals.union(departures.filter(_.period >= 0))


lifecycle = Frame(
    name="lifecycle",
    needs=(("events", "orders"),),
    build=_lifecycle,
    columns={"new": "int32", "retained": "int32", "resurrected": "int32", "dormant": "int32"},
    unique=True,
    whole=True,
)
"""Customers active in the period (new, retained, resurrected) or in the one before but not in it (dormant)."""


def _engagement(scope: Scope) -> ir.Table:
    days = _recent(scope)
    return days.group_by("customer", "period").aggregate(
        active_days=days.count().cast("int32"),
        sessions=days.sessions.sum().cast("int64"),
        silent=(days.end - days.day).min().cast("int32"),
    )


engagement = Frame(
    name="engagement",
    needs=("events",),
    build=_engagement,
    columns={"active_days": "int32", "sessions": "int64", "silent": "int32"},
    unique=True,
)
"""Customers active in the 28 days up to the period's end (or as-of), with how many of those days."""
