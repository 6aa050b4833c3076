"""Cohorts by the period of their first activity, and whether they came back in a window of their age."""

import ibis.expr.types as ir
from ibis import _

from regulars.kpis.frame import Frame, Scope, acting, any_of, mature


def _returns(scope: Scope) -> ir.Table:
    days, definitions, as_of = acting(scope.tables), scope.definitions, scope.timeline.as_of
    step, (low, high) = definitions.retention_days, definitions.bracket_days
    aged = days.select("customer", "first_day", age=days.day - days.first_day)
    seen = aged.group_by("customer").aggregate(
        first_day=_.first_day.min(),
        bounded=any_of((_.age >= step) & (_.age < 2 * step)),
        rolling=_.age.max() >= step,
        bracket=any_of((_.age >= low) & (_.age <= high)),
    )
    old_enough = _.first_day + 2 * step <= as_of
    return seen.select(
        "customer",
        period=scope.timeline.index(seen.first_day),
        bounded=mature(_.bounded, old_enough),
        rolling=mature(_.rolling, old_enough),
        bracket=mature(_.bracket, _.first_day + high < as_of),
    )


returns = Frame(
    name="returns",
    needs=(("events", "orders"),),
    build=_returns,
    columns={"bounded": "boolean", "rolling": "boolean", "bracket": "boolean"},
    unique=True,
    parameters=("retention_days", "bracket_days"),
)
