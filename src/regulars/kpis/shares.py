"""Shares, net shares and counts of customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ibis import Deferred

from regulars.core.estimate import Interval, unknown
from regulars.kpis.aggregations import Statistics, Unit, count
from regulars.stats import intervals, nps


@dataclass(frozen=True, slots=True)
class Share:
    """Share of the eligible customers for whom `condition` holds; null is not eligible."""

    condition: Deferred

    extensive: ClassVar[bool] = False

    def per_unit(self) -> Mapping[str, Deferred]:
        return {"yes": self.condition}

    def across(self, unit: Unit) -> Mapping[str, Any]:
        return {"n": unit["yes"].count(), "yes": count(unit["yes"])}

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        if not rows or not rows[0]["n"]:
            return unknown("no eligible customers", level=level)
        return intervals.wilson(rows[0]["yes"], rows[0]["n"], level=level)


@dataclass(frozen=True, slots=True)
class NetShare:
    """Share for whom `plus` holds less the share for whom `minus` does (score interval); null is not eligible."""

    plus: Deferred
    minus: Deferred

    extensive: ClassVar[bool] = False

    def per_unit(self) -> Mapping[str, Deferred]:
        return {"plus": self.plus, "minus": self.minus}

    def across(self, unit: Unit) -> Mapping[str, Any]:
        return {"n": unit["plus"].count(), "plus": count(unit["plus"]), "minus": count(unit["minus"])}

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        if not rows or not rows[0]["n"]:
            return unknown("no answers", level=level)
        n, plus, minus = rows[0]["n"], rows[0]["plus"], rows[0]["minus"]
        return nps.nps(plus, n - plus - minus, minus, level=level)


@dataclass(frozen=True, slots=True)
class Distinct:
    """Number of customers for whom `condition` holds, with the interval of a count of independent arrivals."""

    condition: Deferred

    extensive: ClassVar[bool] = True

    def per_unit(self) -> Mapping[str, Deferred]:
        return {"yes": self.condition}

    def across(self, unit: Unit) -> Mapping[str, Any]:
        return {"yes": count(unit["yes"])}

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        # Nobody in a period that records cover is a true 0: the plan asks only about such periods.
        return intervals.poisson_exact(rows[0]["yes"] if rows else 0, level=level)
