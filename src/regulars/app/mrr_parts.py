"""The change of what customers pay a month as the movements that lead from one closing to the other.

They are the KPIs of MRR movements over the days between, so that the same movement has one value and one interval
wherever it is told. No chance is taken off them: they are what customers did, and add up to the change as they are.
"""

from collections.abc import Mapping

from regulars.app import measure
from regulars.app.explained_question import Question
from regulars.app.explanation import Part
from regulars.app.provenance import scaled
from regulars.core.estimate import Estimate
from regulars.core.periods import Period, day_of
from regulars.kpis.kpi import KPI
from regulars.kpis.sums import Total

#: The frame of customers paying at the end of the period.
_PAYING = "paying"
#: Movements with their KPIs, which way they go, and what they are in words.
_MOVEMENTS: Mapping[str, tuple[str, int, str]] = {
    "new": ("new_mrr", 1, "customers who pay for the first time"),
    "reactivation": ("reactivation_mrr", 1, "customers who pay again"),
    "expansion": ("expansion_mrr", 1, "customers who pay more"),
    "contraction": ("contraction_mrr", -1, "customers who pay less"),
    "churn": ("churned_mrr", -1, "customers who pay no more"),
}
_CHANGE, _CLOSING = "net_new_mrr", "mrr"


def applies(kpi: KPI) -> bool:
    """Whether a KPI is a sum of what customers pay a month at the end of the period."""
    return isinstance(kpi.formula, Total) and kpi.frame.name == _PAYING


def told(asked: Question) -> tuple[Estimate, tuple[Part, ...]] | None:
    """Return the change and its movements, in the KPI's unit; None where one of them has no value."""
    between = Period(*(day_of(timeline.closings[0]) for timeline in asked.timelines))
    names = [_CHANGE, _CLOSING, *(name for name, _sign, _said in _MOVEMENTS.values())]
    rows = measure.ask(
        names, asked.kpis, asked.records, grain=None, start=between.start, end=between.end, where=asked.where or None
    )
    found = {row.kpi.name: row.estimate.interval for row in rows}
    closing, after = found[_CLOSING].value, asked.after.estimate.interval.value
    if not closing or after is None or any(one.value is None for one in found.values()):
        return None
    # Revenue of a year is twelve times that of a month.
    times = after / closing
    parts = tuple(
        Part(name=name, said=said, estimate=asked.estimate(scaled(found[kpi], sign * times)))
        for name, (kpi, sign, said) in _MOVEMENTS.items()
    )
    return asked.estimate(scaled(found[_CHANGE], times)), parts
