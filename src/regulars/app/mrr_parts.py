"""The change of what customers pay a month as the movements that lead from one closing to the other."""

import ibis.expr.types as ir
import numpy as np

from regulars.app.change_parts import Split
from regulars.app.explained_sums import Looked, Sums
from regulars.data.whole_numbers import narrow
from regulars.kpis.cells import GROUPS, by_chance
from regulars.kpis.linear import TOP
from regulars.kpis.recurring import DOWNS, MOVEMENTS, movements
from regulars.kpis.sums import Total
from regulars.stats import grouped_jackknife

#: The frame of customers paying at the end of the period.
_PAYING = "paying"


def applies(looked: Looked) -> bool:
    """Whether a KPI is a sum of what customers pay a month at the end of the period."""
    return isinstance(looked.kpi.formula, Total) and looked.kpi.frame.name == _PAYING


def parts(looked: Looked, whole: Sums) -> Split:
    """Return what each movement adds, in units of the sums; they are of the time between the two closings."""
    opening, closing = (timeline.closings[0] for timeline in looked.timelines)
    rows = movements(looked.records.tables["contracts"], [opening], [closing])
    rows = rows.filter(rows.period == 0)
    if not looked.split.everyone:
        rows = _counted(rows, looked.split.people)
    sums = {name: narrow(rows[name].sum()) for name in (*MOVEMENTS, "closing")}
    found = np.zeros((GROUPS, len(MOVEMENTS)))
    paid = 0.0
    for row in looked.records.run(rows.group_by(chance=by_chance(rows.customer)).aggregate(**sums)):
        found[row["chance"]] = [(-1 if name in DOWNS else 1) * float(row[name] or 0) for name in MOVEMENTS]
        paid += float(row["closing"] or 0)
    # Revenue of a year is twelve times that of a month.
    times = whole.after.sums[TOP].sum() / paid if paid else 1.0
    return Split(names=MOVEMENTS, values=grouped_jackknife.left_out(found) * times)


def _counted(rows: ir.Table, people: ir.Table | None) -> ir.Table:
    assert people is not None
    return rows.semi_join(people.select("customer"), "customer")
