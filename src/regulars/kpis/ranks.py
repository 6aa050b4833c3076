"""Concentration: how unevenly value lies over customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import ibis
import ibis.expr.types as ir
from ibis import Deferred

from regulars.core.estimate import Interval, unknown
from regulars.data.whole_numbers import narrow, pair_moments
from regulars.kpis.aggregations import Statistics, Unit
from regulars.kpis.sums import pair_sums
from regulars.stats import concentration


@dataclass(frozen=True, slots=True)
class Gini:
    """Gini coefficient of a whole number per customer; values of 0 or less are left out."""

    value: Deferred

    extensive: ClassVar[bool] = False

    def per_unit(self) -> Mapping[str, Deferred]:
        return {"x": self.value}

    def ranked(self, units: ir.Table, unit: Mapping[str, str], groups: Sequence[str]) -> ir.Table:
        x = units[unit["x"]]
        order = {"group_by": list(groups), "order_by": x}
        # In whatever order equal values stand, rank times value less what is held up to there is the same.
        held = narrow(x.sum().over(**order, rows=(None, 0)))
        rank = ibis.row_number().over(**order).cast("int64") + 1
        return units.filter(x > 0).mutate(**{f"{unit['x']}__above": rank * x - held})

    def across(self, unit: Unit) -> Mapping[str, Any]:
        return pair_moments(unit["x__above"], unit["x"])

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        if not rows or not rows[0]["n"]:
            return unknown("no customers with a value above 0", level=level)
        return concentration.gini(pair_sums(rows[0]), level=level)


@dataclass(frozen=True, slots=True)
class TopShare:
    """Share of the total that the top `percent` of customers hold; values of 0 or less are left out."""

    value: Deferred
    percent: int = 10

    extensive: ClassVar[bool] = False

    def per_unit(self) -> Mapping[str, Deferred]:
        return {"x": self.value}

    @property
    def _excess(self) -> str:
        return f"excess_{self.percent}"

    @property
    def _threshold(self) -> str:
        return f"threshold_{self.percent}"

    def ranked(self, units: ir.Table, unit: Mapping[str, str], groups: Sequence[str]) -> ir.Table:
        above = units.filter(units[unit["x"]] > 0)
        x = above[unit["x"]]
        place = ibis.row_number().over(group_by=list(groups), order_by=x).cast("int64") + 1
        size = above.count().over(group_by=list(groups)).cast("int64")
        ranked = above.mutate(place=place, size=size)
        # The first place of which at least 100 - percent in a hundred are not above it; whole numbers, so exact.
        beyond = ranked.place * 100 >= ranked.size * (100 - self.percent)
        threshold = ibis.ifelse(beyond, ranked[unit["x"]], ibis.null("int64")).min()
        bounded = ranked.mutate(threshold=threshold.over(group_by=list(groups)) if groups else threshold.over())
        excess = ibis.greatest(bounded[unit["x"]] - bounded.threshold, 0)
        added = {f"{unit['x']}__{self._excess}": excess, f"{unit['x']}__{self._threshold}": bounded.threshold}
        return bounded.mutate(**added).drop("place", "size", "threshold")

    def across(self, unit: Unit) -> Mapping[str, Any]:
        return pair_moments(unit[f"x__{self._excess}"], unit["x"]) | {"q": unit[f"x__{self._threshold}"].max()}

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        if not rows or not rows[0]["n"]:
            return unknown("no customers with a value above 0", level=level)
        return concentration.top_share(pair_sums(rows[0]), rows[0]["q"], self.percent / 100, level=level)
