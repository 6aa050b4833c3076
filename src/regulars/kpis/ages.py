"""How customers of a cohort become one number per age, and cohorts one curve.

Running totals need no row per customer and age: the sums of x, x² and x³ at an age are the sums of their changes up to
it, and those are exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Protocol

import ibis.expr.types as ir
from ibis import Deferred, _

from regulars.core.estimate import Interval
from regulars.data.whole_numbers import cube, square
from regulars.kpis.aggregations import Statistics, merge
from regulars.kpis.frame import flag
from regulars.kpis.sums import Mean
from regulars.stats import intervals
from regulars.stats.cohorts import matured_retention, pooled_retention

#: The statistics of one cohort by age; None where the age is not over.
Ages = Sequence[Statistics | None]


class ByAge(Protocol):
    """The grammar's verbs for cohorts; see the module."""

    def units(self, rows: ir.Table) -> ir.Table:
        """Return `customer`, `began`, `period` and what is needed besides, one row for each of the frame."""
        ...

    def across(self, units: ir.Table) -> Mapping[str, Any]:
        """Return reductions over the customers of one cohort and age."""
        ...

    def follow(self, found: Mapping[int, Statistics], ages: int) -> list[Statistics]:
        """Return the statistics at ages 0 to `ages`; `n` is the size of the cohort, in each of them."""
        ...

    def estimate(self, statistics: Statistics, level: float) -> Interval:
        """Return the value of one cohort at one age."""
        ...

    def pool(self, cohorts: Sequence[Ages], age: int, level: float) -> Interval:
        """Return the value at `age` over all cohorts that have reached it (one has)."""
        ...


@dataclass(frozen=True, slots=True)
class Active:
    """Share of a cohort with a row at that age; everybody has one at age 0.

    Customers come back, so ages do not chain: the pooled row is the share of those old enough, not a survival curve.
    """

    def units(self, rows: ir.Table) -> ir.Table:
        return rows.select("customer", "began", "period")

    def across(self, units: ir.Table) -> Mapping[str, Any]:
        return {"yes": units.count()}

    def follow(self, found: Mapping[int, Statistics], ages: int) -> list[Statistics]:
        there = [found[age]["yes"] if age in found else 0 for age in range(ages + 1)]
        return [{"n": there[0], "yes": yes} for yes in there]

    def estimate(self, statistics: Statistics, level: float) -> Interval:
        return intervals.wilson(statistics["yes"], statistics["n"], level=level)

    def pool(self, cohorts: Sequence[Ages], age: int, level: float) -> Interval:
        return matured_retention(_triangle(cohorts, age), age, level=level)


@dataclass(frozen=True, slots=True)
class Staying:
    """Share of a cohort not lost by the end of the period of that age, over one row per customer: when they were lost.

    Who is lost stays lost, so the pooled row is the chain-ladder curve with Greenwood's interval.
    """

    def units(self, rows: ir.Table) -> ir.Table:
        return rows.select("customer", "began", "period")

    def across(self, units: ir.Table) -> Mapping[str, Any]:
        return {"lost": units.count()}

    def follow(self, found: Mapping[int, Statistics], ages: int) -> list[Statistics]:
        size = sum(row["lost"] for row in found.values())
        lost = accumulate(found[age]["lost"] if age in found else 0 for age in range(ages + 1))
        return [{"n": size, "yes": size - gone} for gone in lost]

    def estimate(self, statistics: Statistics, level: float) -> Interval:
        return intervals.wilson(statistics["yes"], statistics["n"], level=level)

    def pool(self, cohorts: Sequence[Ages], age: int, level: float) -> Interval:
        sizes = [ages[0]["n"] if ages[0] else None for ages in cohorts]
        triangle = [[size, *row] for size, row in zip(sizes, _triangle(cohorts, age), strict=True)]
        return pooled_retention(triangle, level=level)[age]


@dataclass(frozen=True, slots=True)
class Running:
    """Mean per customer of the cohort of all that `value` added up to by the end of the period of that age.

    Attributes:
        value: a whole number per row.
        per: a whole number that means are divided by.
    """

    value: Deferred
    per: int = 1

    def units(self, rows: ir.Table) -> ir.Table:
        added = rows.select("customer", "began", "period", added=self.value.cast("int64"))
        so_far = _.added.sum().over(group_by="customer", order_by="period", rows=(None, 0))
        return added.mutate(after=so_far.cast("int64"))

    def across(self, units: ir.Table) -> Mapping[str, Any]:
        after, before = units.after, units.after - units.added
        return {
            "n": flag(units.period == units.began).sum(),
            "x": units.added.sum(),
            "xx": square(after) - square(before),
            "xxx": cube(after, after, after) - cube(before, before, before),
        }

    def follow(self, found: Mapping[int, Statistics], ages: int) -> list[Statistics]:
        nothing: Statistics = dict.fromkeys(("n", "x", "xx", "xxx"), 0)
        return list(accumulate((found.get(age, nothing) for age in range(ages + 1)), merge))

    def estimate(self, statistics: Statistics, level: float) -> Interval:
        return Mean(self.value, per=self.per).estimate([statistics], level)

    def pool(self, cohorts: Sequence[Ages], age: int, level: float) -> Interval:
        reached = [row for row in (ages[age] for ages in cohorts) if row]
        *_rest, together = accumulate(reached, merge)
        return self.estimate(together, level)


def _triangle(cohorts: Sequence[Ages], age: int) -> list[list[int | None]]:
    """Return how many were counted at ages 0 to `age`."""
    return [[row["yes"] if row else None for row in ages[: age + 1]] for ages in cohorts]
