"""KPIs that are one sum over customers, or one sum over another: their changes split into parts exactly."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import ibis
import numpy as np
from numpy.typing import NDArray

from regulars.kpis.aggregations import Unit, count
from regulars.kpis.kpi import KPI, UNIT_OF
from regulars.kpis.shares import Distinct, NetShare, Share
from regulars.kpis.sums import CostEach, Mean, Ratio, Total
from regulars.kpis.weighted import WeightedNetShare, WeightedScore, WeightedShare

Floats: TypeAlias = NDArray[np.float64]
#: Names of sums: what is summed, what it is divided by, how many units are behind it.
TOP, BOTTOM, N = "top", "bottom", "n"
#: What counts for a net share, and against it.
PLUS, MINUS = "plus", "minus"
#: What a total is divided by, the same for all of a period.
OVER = "over"


@dataclass(frozen=True, kw_only=True)
class Linear:
    """How a KPI is made of sums.

    Attributes:
        sums: reductions over units, by name: `TOP`, `N`, and `BOTTOM` of a ratio.
        ratio: whether it is a ratio.
        base: what is added; `times`: what the quotient or the sum is multiplied by, to be in the KPI's unit.
    """

    sums: Callable[[Unit], Mapping[str, Any]]
    ratio: bool
    base: float = 0.0
    times: float = 1.0

    def value(self, sums: Mapping[str, Floats]) -> Floats:
        """Return the value of sums over all customers; of a ratio of nothing, its base, as parts of it are 0 then."""
        if not self.ratio:
            return sums[TOP] * self.times
        top, bottom = sums[TOP], sums[BOTTOM]
        found: Floats = self.base + self.times * np.divide(top, bottom, out=np.zeros_like(top), where=bottom != 0)
        return found


def linear(kpi: KPI) -> Linear | None:
    """Return how `kpi` is made of sums; None where it is not."""
    found = _KNOWN.get(type(kpi.formula))
    if found is None:
        return None
    sums, ratio = found
    formula: Any = kpi.formula
    sign = getattr(formula, "sign", 1)
    each = formula.per if isinstance(formula, Mean) else 1
    return Linear(
        sums=sums,
        ratio=ratio,
        base=getattr(formula, "base", 0) / UNIT_OF.get(kpi.shows, 1),
        times=sign / each / UNIT_OF.get(kpi.shows, 1),
    )


def _total(unit: Unit) -> Mapping[str, Any]:
    over = {OVER: unit["over"].max()} if "over" in unit else {}
    return {TOP: unit["x"].sum(), N: unit["x"].count(), **over}


def _distinct(unit: Unit) -> Mapping[str, Any]:
    return {TOP: count(unit["yes"]), N: unit["yes"].count()}


def _mean(unit: Unit) -> Mapping[str, Any]:
    return {TOP: unit["x"].sum(), BOTTOM: unit["x"].count(), N: unit["x"].count()}


def _ratio(unit: Unit) -> Mapping[str, Any]:
    known = unit["a"].notnull() & unit["b"].notnull()
    a, b = (ibis.ifelse(known, unit[part], ibis.null(unit[part].type())) for part in "ab")
    return {TOP: a.sum(), BOTTOM: b.sum(), N: b.count()}


def _share(unit: Unit) -> Mapping[str, Any]:
    return {TOP: count(unit["yes"]), BOTTOM: unit["yes"].count(), N: unit["yes"].count()}


def _net_share(unit: Unit) -> Mapping[str, Any]:
    plus, minus, n = count(unit["plus"]), count(unit["minus"]), unit["plus"].count()
    return {TOP: plus - minus, PLUS: plus, MINUS: minus, BOTTOM: n, N: n}


def _weighted(unit: Unit) -> Mapping[str, Any]:
    there = unit["k"] > 0
    a, b = (ibis.ifelse(there, unit[part], 0) for part in "ab")
    return {TOP: a.sum(), BOTTOM: b.sum(), N: count(there)}


def _weighted_net(unit: Unit) -> Mapping[str, Any]:
    return {**_weighted(unit), PLUS: unit["plus"].sum(), MINUS: unit["minus"].sum()}


def _weighted_score(unit: Unit) -> Mapping[str, Any]:
    return {TOP: unit["a"].sum(), BOTTOM: unit["b"].sum(), N: unit["b"].count()}


_KNOWN: Mapping[type, tuple[Callable[[Unit], Mapping[str, Any]], bool]] = MappingProxyType(
    {
        CostEach: (_mean, True),
        Distinct: (_distinct, False),
        Mean: (_mean, True),
        NetShare: (_net_share, True),
        Ratio: (_ratio, True),
        Share: (_share, True),
        Total: (_total, False),
        WeightedNetShare: (_weighted_net, True),
        WeightedScore: (_weighted_score, True),
        WeightedShare: (_weighted, True),
    }
)
