"""Trials, renewals, ends and returns of contracts and of customers in touch."""

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.catalogue.frames.entrants import LIFE
from regulars.kpis.frame import Frame, Scope, acting, any_of, flag, mature, spread


def _trials(scope: Scope) -> ir.Table:
    rows, window, as_of = scope.tables["contracts"], scope.definitions.trial_days, scope.timeline.as_of
    first = rows.group_by("customer").aggregate(
        trial_day=rows.start_day.min(where=rows.monthly == 0), paid_day=rows.start_day.min(where=rows.monthly > 0)
    )
    tried = first.filter(first.trial_day.notnull() & (first.paid_day.isnull() | (first.paid_day >= first.trial_day)))
    return tried.select(
        "customer",
        period=scope.timeline.index(tried.trial_day),
        paid=mature(tried.paid_day - tried.trial_day <= window, tried.trial_day + window < as_of),
    )


trials = Frame(
    name="trials",
    needs=("subscriptions",),
    build=_trials,
    columns={"paid": "boolean"},
    unique=True,
    parameters=("trial_days",),
)
"""Customers by the period in which their first trial began."""


def _renewals(scope: Scope) -> ir.Table:
    rows, grace, as_of = scope.tables["contracts"], scope.definitions.renewal_grace_days, scope.timeline.as_of
    # A change of plan ends a price, not a contract: it was not due.
    changed = rows.end_reason.isin(("upgraded", "downgraded")).fill_null(False)
    due = rows.filter((rows.spell > 0) & (rows.end_day < as_of) & ~changed)
    per_customer = (
        due.mutate(period=scope.timeline.index(due.end_day))
        .group_by("customer", "period")
        .aggregate(ended=_.end_day.max(), until=_.spell_end.max())
    )
    return per_customer.select("customer", "period", renewed=mature(_.until > _.ended, _.ended + grace < as_of))


renewals = Frame(
    name="renewals",
    needs=("subscriptions",),
    build=_renewals,
    columns={"renewed": "boolean"},
    unique=True,
    parameters=("renewal_grace_days",),
)
"""Customers with a contract that came to its end in the period."""


def _ends(scope: Scope) -> ir.Table:
    spells, grace = scope.tables["contract_spells"], scope.definitions.renewal_grace_days
    # While a renewal may still come, or a payment still go through, nothing is lost.
    ended = spells.filter((spells.end_day + grace < scope.timeline.as_of) & spells.end_reason.notnull())
    return (
        ended.mutate(period=scope.timeline.index(ended.end_day))
        .group_by("customer", "period")
        .aggregate(involuntary=any_of(_.end_reason == "payment_failed"))
    )


ends = Frame(
    name="ends",
    needs=("subscriptions",),
    build=_ends,
    columns={"involuntary": "boolean"},
    unique=True,
    parameters=("renewal_grace_days",),
)
"""Customers whose time under contract ended in the period, with a reason known."""


def _lapses(scope: Scope) -> ir.Table:
    definitions, as_of = scope.definitions, scope.timeline.as_of
    if "contract_spells" in scope.tables:
        spells = scope.tables["contract_spells"]
        lapsed = spells.select("customer", "next_day", lapse_day=spells.end_day)
    else:
        days, threshold = acting(scope.tables), definitions.lapse_days
        silent = days.filter(days.next_day.isnull() | (days.next_day > days.day + threshold))
        lapsed = silent.select("customer", "next_day", lapse_day=silent.day + threshold)
    gone = lapsed.filter(lapsed.lapse_day < as_of)
    # Who left twice in a period counts by the first time.
    rows = (
        gone.mutate(period=scope.timeline.index(gone.lapse_day))
        .group_by("customer", "period")
        .aggregate(lapse_day=_.lapse_day.min(), next_day=_.next_day.min())
    )
    window = definitions.winback_days
    back = mature(rows.next_day - rows.lapse_day <= window, rows.lapse_day + window < as_of)
    return rows.select("customer", "period", back=back)


lapses = Frame(
    name="lapses",
    needs=(("subscriptions", "events", "orders"),),
    build=_lapses,
    columns={"back": "boolean"},
    unique=True,
    parameters=("lapse_days", "winback_days", "renewal_grace_days"),
)
"""Customers who left (contract ended, or silent past the threshold) in the period; `back` if they returned in time."""


def _tenures(scope: Scope) -> ir.Table:
    timeline, spells = scope.timeline, scope.tables["contract_spells"]
    known = spells.filter(spells.start_day < timeline.as_of)
    first, until = timeline.index(known.start_day), timeline.index(known.end_day)
    rows = spread(known, ibis.greatest(first, 0), ibis.least(until, timeline.count - 1))
    # Ages of a contract on the last day before the period, and on the last day it was seen in it.
    last = ibis.least(timeline.end(rows.period), timeline.as_of) - 1
    seen = rows.mutate(
        entry=(timeline.start(rows.period) - 1 - rows.start_day).cast("int32"),
        exit=(ibis.least(rows.end_day, last) - rows.start_day).cast("int32"),
        over=rows.end_day <= last,
    )
    zero = ibis.literal(0, type="int32")
    late = seen.filter(seen.entry >= 0).select(
        "customer", "period", days=_.entry, late=ibis.literal(1, type="int32"), ended=zero, censored=zero
    )
    left = seen.select(
        "customer", "period", days=seen.exit, late=zero, ended=flag(seen.over), censored=flag(~seen.over)
    )
    return left.union(late)


tenures = Frame(
    name="tenures",
    needs=("subscriptions",),
    build=_tenures,
    columns=LIFE,
    unique=True,
    parameters=("renewal_grace_days",),
)
"""Time under contract as lived in the period: who was there before it enters late (left truncation), who is there after
it is censored."""


def _gaps(scope: Scope) -> ir.Table:
    days, as_of = scope.tables["purchase_days"], scope.timeline.as_of
    orders = days.filter((days.customer > 0) & (days.orders > 0))
    placed = orders.join(scope.timeline.calendar, "day")
    # One gap each: several of one customer would not be independent, and who orders often would outvote the others.
    placed = placed.filter(placed.prev_day.isnull() | (placed.prev_day < placed.start))
    last = ibis.coalesce(placed.next_day, ibis.literal(as_of - 1, type="int32"))
    return placed.select(
        "customer",
        "period",
        days=(last - placed.day).cast("int32"),
        late=ibis.literal(0, type="int32"),
        ended=flag(placed.next_day.notnull()),
        censored=flag(placed.next_day.isnull()),
    )


gaps = Frame(name="gaps", needs=("orders",), build=_gaps, columns=LIFE, unique=True)
"""Days from a customer's first order day of the period to their next one; an open gap is censored, not dropped."""
