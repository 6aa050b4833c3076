"""What each customer had been worth by the period's end."""

import ibis
import ibis.expr.types as ir

from regulars.kpis.frame import Frame, Scope, spread


def _values(scope: Scope) -> ir.Table:
    timeline, days = scope.timeline, scope.tables["purchase_days"]
    rows = days.filter((days.customer > 0) & (days.day >= days.first_day))
    # A day's running total holds for every closing from the day itself until the customer's next row.
    first = timeline.closing_index(rows.day + 1)
    last = ibis.ifelse(rows.row_after.isnull(), timeline.count - 1, timeline.closing_index(rows.row_after + 1) - 1)
    return spread(rows.select("customer", worth=rows.worth_after, day=rows.day, row_after=rows.row_after), first, last)


values = Frame(name="values", needs=("orders",), build=_values, columns={"worth": "int64"}, unique=True)
"""Customers who had ordered by the period's end (or as-of), with the sum of their value so far."""
