"""What to fix first: what goes wrong, by the money that goes along with it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ibis import _

from regulars.app.aftermath import SPENT, YEAR, After, Aftermath
from regulars.app.provenance import scaled
from regulars.core.estimate import Estimate, Interval
from regulars.core.periods import day_number
from regulars.core.wording import counted
from regulars.kpis.query import Records
from regulars.stats.power import sample_size_change


@dataclass(frozen=True, kw_only=True)
class Fix:
    """Something that goes wrong, and the money that goes along with it.

    Attributes:
        name, said, owner: of it.
        customers: to whom it happened in the last year of the records.
        difference: money of one customer in the days after, less than of the others.
        at_risk: the same of all of them, above 0: money that goes along with it in a year.
        cost: of mending it, as the company says; None where it does not.
        found: whether the difference is told from chance.
        plan: how to measure that mending it helps.
    """

    name: str
    said: str
    owner: str
    customers: int
    difference: Estimate
    at_risk: Estimate
    cost: float | None
    found: bool
    plan: str


def fixes(found: Aftermath, records: Records, costs: Mapping[str, float]) -> tuple[Fix, ...]:
    """Return what goes wrong by the money that goes along with it, the most first; then what chance explains, then
    what is not known.

    Args:
        found: what customers did afterwards.
        records: what is asked.
        costs: of mending, by name.
    """
    wanted = [row for row in found.rows if row.outcome is SPENT and row.group in ("wrong", "detractor", "complained")]
    rows = [_fix(row, found.days, records, costs) for row in wanted if row.difference is not None]
    return tuple(sorted(rows, key=_rank))


def _rank(row: Fix) -> tuple[bool, bool, float, str]:
    value = row.at_risk.interval.value
    return not row.found, value is None, -(value or 0.0), row.name


def _fix(row: After, days: int, records: Records, costs: Mapping[str, float]) -> Fix:
    end = day_number(records.as_of)
    hit = row.exposure.rows.filter((_.group == row.group) & (_.customer > 0) & (_.day >= end - YEAR) & (_.day < end))
    customers = int(records.run(hit.aggregate(n=hit.customer.nunique()))[0]["n"])
    assert row.difference is not None
    gap = row.difference.interval
    return Fix(
        name=row.exposure.name,
        said=f"{row.group}s {row.exposure.said}" if row.group == "detractor" else row.exposure.said,
        owner=row.exposure.owner,
        customers=customers,
        difference=row.difference,
        at_risk=replace(row.difference, interval=_lost(gap, customers)),
        cost=costs.get(row.exposure.name),
        found=row.found and (gap.value or 0.0) < 0,
        plan=_plan(gap, row.spread, customers, days),
    )


def _lost(gap: Interval, customers: int) -> Interval:
    """Return what all of them bring less; a limit below 0 says that they may as well bring more."""
    return scaled(gap, -float(customers))


def _plan(gap: Interval, spread: float, customers: int, days: int) -> str:
    """Say how long a trial would take that mends it for a random half of those to whom it happens."""
    if gap.value is None or not gap.value or not spread or not customers:
        return "no trial can be planned: nothing is known of the difference"
    both = 2 * sample_size_change(spread**2, spread**2, abs(gap.value))
    months = math.ceil(12 * both / customers)
    trial = f"mend it for a random half and compare what they bring in {days} days"
    if months > 36:
        return f"{trial}: that takes {both:,} customers, more than three years bring; measure satisfaction instead"
    return f"{trial}: {both:,} customers, about {counted(months, 'month')}, show a difference of that size"
