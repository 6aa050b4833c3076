"""New buyers, by the period of their first order, and what became of them."""

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.periods import MONTH_DAYS
from regulars.kpis.frame import Frame, Scope, mature


def ltv_days(months: int) -> int:
    """Return `months` of mean length in days."""
    return round(months * MONTH_DAYS)


def _buyers(scope: Scope) -> ir.Table:
    days, timeline, definitions = scope.tables["purchase_days"], scope.timeline, scope.definitions
    horizon = ltv_days(definitions.cohort_months)
    # What comes before the first order is a refund of an order that the records do not hold.
    mine = days.filter((days.customer > 0) & (days.day >= days.first_day))
    rows = mine.group_by("customer").aggregate(
        first_day=_.first_day.min(),
        second_day=ibis.ifelse(_.day == _.first_day, _.next_day, ibis.null("int32")).min(),
        early_value=ibis.ifelse(_.day < _.first_day + horizon, _.value, 0).sum().cast("int64"),
    )
    repeat_closed = _.first_day + definitions.repeat_days < timeline.as_of
    return rows.select(
        "customer",
        period=timeline.index(rows.first_day),
        repeated=mature(_.second_day - _.first_day <= definitions.repeat_days, repeat_closed),
        early_value=ibis.ifelse(_.first_day + horizon <= timeline.as_of, _.early_value, ibis.null("int64")),
    )


buyers = Frame(
    name="buyers",
    needs=("orders",),
    build=_buyers,
    columns={"repeated": "boolean", "early_value": "int64"},
    unique=True,
    parameters=("repeat_days", "cohort_months"),
)
