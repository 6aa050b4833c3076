"""What customers bring after what they cost: contribution, what serving them takes, what winning them took.

Amounts of orders are net of discounts and refunds already. What is not known is not 0: without costs of goods there is
no contribution, without a cost of a minute no cost to serve (and then contribution is before it).
"""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.catalogue.frames.buyers import ltv_days
from regulars.catalogue.frames.entrants import LIFE
from regulars.core.money import UNITS
from regulars.data.facts import units
from regulars.kpis import serving
from regulars.kpis.frame import Frame, Scope, acting, flag, mature

_CASES = (("tickets", "ticket_events"),)
_SERVING = ("service_minute_cost", "service_capacity_minutes")
#: Parameters of what an order and a case cost.
_COSTS = ("order_cost", "payment_share", *_SERVING)
_NO_COSTS = "costs of goods are not known for nearly all orders (`orders.cost`)"
_NO_SPEND = "nothing was spent on acquisition (`spend` with the purpose `acquisition`)"
_NO_RATE = (
    "what a minute of service costs is not known: set `definitions.service_minute_cost`, or "
    "`definitions.service_capacity_minutes` and map `spend` with the purpose `service`"
)
_NO_MINUTES = "no case says how long it was worked on (`tickets.handle_minutes`)"


def _times(amount: ir.IntegerValue, factor: float | ir.FloatingValue) -> ir.IntegerValue:
    """Return so many times a whole number, a half rounded up."""
    # TRICKY: engines take a number with a point for a decimal of as many digits as it has, and then overflow.
    return (amount.cast("float64") * factor + 0.5).floor().cast("int64")


# --- orders ------------------------------------------------------------------------------------------------------


def _with_costs(scope: Scope) -> ir.Table:
    """Return days of orders if their `value` is a margin, else none (data/building.py decides for all records)."""
    days = scope.tables["purchase_days"]
    return days.filter(_differing(days).count().as_scalar() > 0)


def _differing(days: ir.Table) -> ir.Table:
    return days.filter(days.value != days.sales - days.refunded)


def _order_margins(scope: Scope) -> ir.Table:
    """Return `customer`, `day` and `margin`: net revenue less cost of goods, delivery and payment."""
    definitions, days = scope.definitions, _with_costs(scope).filter(_.customer > 0)
    fees = days.orders * round(definitions.order_cost * UNITS) + _times(days.sales, definitions.payment_share)
    return days.select("customer", "day", margin=(days.value - fees).cast("int64"))


# --- service -----------------------------------------------------------------------------------------------------


def _rated(scope: Scope) -> ir.Table | None:
    """Return known customers' cases with their `cost` (null where no time is known); None without a cost of a minute.

    By capacity, a minute costs what all days with spend on service did, over the capacity of those days.
    """
    definitions, tables = scope.definitions, scope.tables
    if "ticket_courses" not in tables:
        return None
    cases = tables["ticket_courses"].filter(_.customer > 0).select("customer", "day", "handled")
    if definitions.service_minute_cost is not None:
        return cases.mutate(cost=_times(cases.handled, definitions.service_minute_cost))
    if definitions.service_capacity_minutes is None or "spend" not in tables:
        return None
    rated = cases.cross_join(serving.spent(tables, scope.timeline.as_of))
    rate = rated.total.cast("float64") / (rated.days.cast("float64") * serving.capacity_units(definitions))
    return rated.select("customer", "day", "handled", cost=_times(rated.handled, rate))


def _servings(scope: Scope) -> ir.Table:
    cases = _rated(scope)
    if cases is None:
        cases = scope.tables["ticket_courses"].mutate(cost=ibis.null("int64"))
    zero = ibis.literal(0, type="int32")
    known = cases.filter((cases.customer > 0) & cases.cost.notnull()).join(scope.timeline.calendar, "day")
    served = known.select("customer", "period", "cost", active=zero)
    days = acting(scope.tables).join(scope.timeline.calendar, "day").select("customer", "period").distinct()
    # Where no case has a cost, nobody is known to have cost nothing.
    told = days.filter(cases.cost.count().as_scalar() > 0)
    active = told.mutate(cost=ibis.literal(0, type="int64"), active=ibis.literal(1, type="int32"))
    return served.union(active.select(served.columns))


def _no_servings(scope: Scope) -> Iterator[tuple[str, ir.Table]]:
    cases = _rated(scope)
    yield _NO_MINUTES, scope.tables["ticket_courses"].filter(_.handled.notnull())
    yield _NO_RATE, scope.tables["ticket_courses"].limit(0) if cases is None else cases.filter(_.cost.notnull())


servings = Frame(
    name="servings",
    needs=(*_CASES, ("events", "orders")),
    build=_servings,
    columns={"cost": "int64", "active": "int32"},
    parameters=_SERVING,
    lacks=_no_servings,
)
"""Active customers of the period, and what the cases that came in during it took, at the cost of a minute."""


# --- contribution ------------------------------------------------------------------------------------------------


def _contribution_days(scope: Scope) -> ir.Table:
    """Return `customer`, `day` and `contribution`: margins of orders, less what cases cost where that is known."""
    margins = _order_margins(scope).rename(contribution="margin")
    cases = _rated(scope)
    if cases is None:
        return margins
    told = cases.filter(cases.cost.notnull() & (_differing(scope.tables["purchase_days"]).count().as_scalar() > 0))
    return margins.union(told.select("customer", "day", contribution=(-told.cost).cast("int64")))


def _contributing(scope: Scope) -> ir.Table:
    rows = _contribution_days(scope).join(scope.timeline.calendar, "day")
    return rows.group_by("customer", "period").aggregate(contribution=_.contribution.sum().cast("int64"))


contributing = Frame(
    name="contributing",
    needs=("orders",),
    build=_contributing,
    columns={"contribution": "int64"},
    unique=True,
    parameters=_COSTS,
    lacks=lambda scope: [(_NO_COSTS, _differing(scope.tables["purchase_days"]))],
)
"""Known customers who ordered, returned or asked for help in the period, with what that contributed."""


# --- acquisition -------------------------------------------------------------------------------------------------


def _acquisition(scope: Scope) -> ir.Table:
    """Return acquisition spend by the day for which it counts: `day`, `channel`, `spent`."""
    rows, lag = scope.tables["spend"], scope.definitions.acquisition_lag_days
    known = rows.filter((rows.purpose == "acquisition") & (rows.spent_day < scope.timeline.as_of))
    return known.select("channel", day=(known.spent_day + lag).cast("int32"), spent=units(known.amount))


def _won(scope: Scope) -> ir.Table:
    """Return new customers with what winning each took.

    What was spent on a channel is shared by those who came by it; what was spent on one by which nobody came, or on
    none, by all. So costs of all add up to all that was spent, up to 1/10,000 each.
    """
    people, calendar = scope.tables["people"], scope.timeline.calendar
    new = people.filter(_.entered_day.notnull()).select("customer", "acquisition_channel", day="entered_day")
    new = new.join(calendar, "day").select("customer", "period", "day", channel=_.acquisition_channel)
    spent = _acquisition(scope).join(calendar, "day").group_by("period", "channel").aggregate(spent=_.spent.sum())
    came = new.group_by(when=new.period, by=new.channel).aggregate(came=_.count())
    shares = spent.left_join(came, [spent.period == came.when, spent.channel == came.by])
    shares = shares.select("period", "channel", "spent", "came")
    own = shares.filter(shares.came.notnull()).rename(when="period", by="channel")
    rest = shares.filter(shares.came.isnull()).group_by(since=shares.period).aggregate(rest=_.spent.sum())
    size = _.count().over(group_by="period")
    each = new.mutate(all_new=size).left_join(own, [_.period == own.when, _.channel == own.by]).drop("when", "by")
    both = each.left_join(rest, each.period == rest.since)
    cost = (both.spent // both.came).fill_null(0) + (both.rest // both.all_new).fill_null(0)
    return both.select("customer", "period", "day", cost=cost.cast("int64"))


def _no_spend(scope: Scope) -> Iterator[tuple[str, ir.Table]]:
    yield _NO_SPEND, _acquisition(scope)


won = Frame(
    name="won",
    needs=("spend", ("orders", "subscriptions", "events")),
    build=lambda scope: _won(scope).select("customer", "period", "cost"),
    columns={"cost": "int64"},
    unique=True,
    parameters=("acquisition_lag_days",),
    lacks=_no_spend,
)
"""Customers by the period in which they first ordered, subscribed or acted, with what winning them took."""


def _paybacks(scope: Scope) -> ir.Table:
    as_of, horizon = scope.timeline.as_of, ltv_days(scope.definitions.cohort_months)
    paid_for = _won(scope).filter((_.cost > 0) & (_.day < as_of))
    came = paid_for.select("period", "cost", person="customer", began="day")
    days = _contribution_days(scope).group_by("customer", "day").aggregate(contribution=_.contribution.sum())
    lived = days.join(came, [days.customer == came.person, days.day >= came.began])
    so_far = lived.contribution.sum().over(group_by=lived.customer, order_by=lived.day, rows=(None, 0))
    running = lived.mutate(so_far=so_far, early=ibis.ifelse(lived.day < lived.began + horizon, lived.contribution, 0))
    reached = ibis.ifelse(running.so_far >= running.cost, running.day, ibis.null("int32"))
    each = running.group_by(buyer=running.customer).aggregate(
        paid_day=reached.min(), early=running.early.sum().cast("int64")
    )
    everyone = came.filter(_differing(scope.tables["purchase_days"]).count().as_scalar() > 0)
    rows = everyone.left_join(each, everyone.person == each.buyer)
    last = ibis.coalesce(rows.paid_day, ibis.literal(as_of - 1, type="int32"))
    old = rows.began + horizon <= as_of
    return rows.select(
        "period",
        "cost",
        customer="person",
        early_contribution=ibis.ifelse(old, rows.early.fill_null(0), ibis.null("int64")),
        paid=mature(rows.paid_day < rows.began + horizon, old),
        days=(last - rows.began).cast("int32"),
        late=ibis.literal(0, type="int32"),
        ended=flag(rows.paid_day.notnull()),
        censored=flag(rows.paid_day.isnull()),
    )


def _no_paybacks(scope: Scope) -> Iterator[tuple[str, ir.Table]]:
    yield _NO_COSTS, _differing(scope.tables["purchase_days"])
    yield _NO_SPEND, _acquisition(scope)


paybacks = Frame(
    name="paybacks",
    needs=("spend", "orders"),
    build=_paybacks,
    columns={"cost": "int64", "early_contribution": "int64", "paid": "boolean", **LIFE},
    unique=True,
    parameters=("acquisition_lag_days", "cohort_months", *_COSTS),
    lacks=_no_paybacks,
)
"""New customers whom it took money to win: what they contributed in their first months, and after how many days that
came to what winning them took; those whom it has not yet are censored."""
