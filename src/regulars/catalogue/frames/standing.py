"""Customers who stood at a period's start, under contract or in touch, and where they stand at its end."""

import ibis
import ibis.expr.types as ir

from regulars.core.periods import day_number, day_of
from regulars.kpis.frame import Frame, Scope, acting, spread
from regulars.kpis.recurring import COLUMNS, movements, paying_at


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
    openings, closings = scope.timeline.bounds[1:-1], scope.timeline.bounds[2:]
    return _those_who_paid(movements(scope.tables["contracts"], openings, closings))


def _those_who_paid(rows: ir.Table) -> ir.Table:
    paying = rows.filter(rows.opening > 0)
    return paying.select("customer", "period", "opening", "closing", lost=paying.contraction + paying.churn)


recurring = Frame(
    name="recurring",
    needs=("subscriptions",),
    build=_recurring,
    columns={"opening": "int64", "closing": "int64", "lost": "int64"},
    unique=True,
    whole=True,
)
"""Customers paying at the period's start with their monthly revenue then and at its end."""


def _recurring_year(scope: Scope) -> ir.Table:
    closings = scope.timeline.bounds[2:]
    openings = [_year_before(day) for day in closings]
    return _those_who_paid(movements(scope.tables["contracts"], openings, closings))


def _year_before(day: int) -> int:
    found = day_of(day)
    last = 28 if (found.month, found.day) == (2, 29) else found.day
    return day_number(found.replace(year=found.year - 1, day=last))


recurring_year = Frame(
    name="recurring_year",
    needs=("subscriptions",),
    build=_recurring_year,
    columns=recurring.columns,
    unique=True,
    whole=True,
)
"""Customers paying twelve months before the period's end with their monthly revenue then and at its end."""


def _mrr_movements(scope: Scope) -> ir.Table:
    return movements(scope.tables["contracts"], scope.timeline.bounds[1:-1], scope.timeline.bounds[2:])


mrr_movements = Frame(
    name="mrr_movements",
    needs=("subscriptions",),
    build=_mrr_movements,
    columns=COLUMNS,
    unique=True,
    whole=True,
)
"""Customers paying at the period's start or its end, and how their monthly revenue moved (kpis/recurring.py)."""


def _paying(scope: Scope) -> ir.Table:
    return paying_at(scope.tables["contracts"], scope.timeline.closings)


paying = Frame(name="paying", needs=("subscriptions",), build=_paying, columns={"monthly": "int64"}, unique=True)
"""Customers paying at the end of the period, or as-of where that comes first, with their monthly revenue."""
