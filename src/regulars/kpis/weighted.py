"""Shares, net shares and mean scores of rows that may weigh differently, and of which one customer may have several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import ibis
from ibis import Deferred

from regulars.core.estimate import Interval, unknown
from regulars.core.money import UNITS
from regulars.data.whole_numbers import pair_moments
from regulars.kpis.aggregations import Statistics, Unit
from regulars.kpis.sums import pair_sums
from regulars.stats import intervals, nps
from regulars.stats.moments import PairSums


@dataclass(frozen=True, slots=True)
class WeightedShare:
    """Share of the weight of rows for which `condition` holds; customers, not rows, are independent.

    Attributes:
        condition: which rows count; those for which it is null are not eligible.
        weight: a whole number that each row weighs.
    """

    condition: Deferred
    weight: Deferred | int = 1

    extensive: ClassVar[bool] = False

    def per_unit(self) -> Mapping[str, Deferred]:
        return {"a": _sum(self.condition, self.weight), **_bottom(self.condition, self.weight)}

    def across(self, unit: Unit) -> Mapping[str, Any]:
        return _across(unit)

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        if not rows or not rows[0]["b"]:
            return unknown("nothing to take a share of", level=level)
        return share_of(pair_sums(rows[0]), int(rows[0]["k"]), level=level)


@dataclass(frozen=True, slots=True)
class WeightedNetShare:
    """Share of the weight of rows for which `plus` holds less that for which `minus` does (score interval).

    Attributes:
        plus: which rows count for it; those for which it is null are not eligible.
        minus: which rows count against it.
        weight: a whole number that each row weighs.
    """

    plus: Deferred
    minus: Deferred
    weight: Deferred | int = 1

    extensive: ClassVar[bool] = False

    def per_unit(self) -> Mapping[str, Deferred]:
        plus, minus = _sum(self.plus, self.weight), _sum(self.minus, self.weight)
        return {"a": plus - minus, "plus": plus, "minus": minus, **_bottom(self.plus, self.weight)}

    def across(self, unit: Unit) -> Mapping[str, Any]:
        return {**_across(unit), "plus": unit["plus"].sum(), "minus": unit["minus"].sum()}

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        if not rows or not rows[0]["b"]:
            return unknown("no answers", level=level)
        row = rows[0]
        sums = pair_sums(row)
        plus, minus = (float(row[side]) / float(sums.b) for side in ("plus", "minus"))
        shares = (plus, minus, 1 - plus - minus)
        n = _effective(sums, int(row["k"]), shares, plus + minus - (plus - minus) ** 2)
        found = nps.nps(n * plus, n * (1 - plus - minus), n * minus, level=level)
        return replace(found, method=_named(found.method, n, sums.n), n=sums.n)


@dataclass(frozen=True, slots=True)
class WeightedScore:
    """Mean score of rows that may weigh differently; customers are independent, limits stay on the scale.

    Attributes:
        score: a whole number of 1/10,000.
        least: lowest score that its scale allows, likewise; `most`: the highest.
        weight: a whole number that each row weighs.
    """

    score: Deferred
    least: Deferred
    most: Deferred
    weight: Deferred

    extensive: ClassVar[bool] = False

    def per_unit(self) -> Mapping[str, Deferred]:
        weighed = {"a": self.score, "least": self.least, "most": self.most}
        return {**{name: (one * self.weight).sum() for name, one in weighed.items()}, "b": (self.weight * UNITS).sum()}

    def across(self, unit: Unit) -> Mapping[str, Any]:
        # All are on one scale: the weighted mean of its ends is the ends, of groups put together, too.
        return {**pair_moments(unit["a"], unit["b"]), "least": unit["least"].sum(), "most": unit["most"].sum()}

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        if not rows or not rows[0]["n"]:
            return unknown("no answers", level=level)
        sums = pair_sums(rows[0])
        found = intervals.ratio(sums, level=level)
        if found.low is None or found.high is None:
            return found
        least, most = (float(rows[0][end]) / float(sums.b) for end in ("least", "most"))
        return replace(found, low=max(found.low, least), high=min(found.high, most))


def share_of(sums: PairSums, rows: int, *, level: float) -> Interval:
    """Return the share a / b with Wilson's interval at the effective n; the units of `sums` are independent.

    Args:
        sums: of the weight of rows that count, and of all, by unit; b above 0.
        rows: how many there are in all.
        level: of the interval.
    """
    share = float(sums.a) / float(sums.b)
    n = _effective(sums, rows, (share, 1 - share), share * (1 - share))
    low, high = (float(limit) for limit in intervals.wilson_limits(share * n, n, level=level))
    method = _named("Wilson score", n, sums.n)
    return Interval(value=share, low=min(low, share), high=max(high, share), level=level, method=method, n=sums.n)


def _sum(condition: Any, weight: Any) -> Any:
    return ibis.ifelse(condition, weight, 0).sum().cast("int64")


def _bottom(condition: Any, weight: Any) -> dict[str, Any]:
    # TRICKY: Ibis 12 writes `~x` and `.notnull()` as NOT x IS NOT NULL, which engines read as NOT (x IS NOT NULL).
    known = condition | ~condition
    return {"b": _sum(known, weight), "k": condition.count()}


def _across(unit: Unit) -> dict[str, Any]:
    # Whoever has no eligible row is in no denominator.
    there = unit["k"] > 0
    a, b = (ibis.ifelse(there, unit[part], ibis.null("int64")) for part in "ab")
    return {**pair_moments(a, b), "k": unit["k"].sum()}


#: Answers unlike the commonest one that the design effect of the weights alone counts for.
_PRIOR = 10


def _effective(sums: PairSums, rows: int, shares: Sequence[float], spread: float) -> float:
    """Return how many independent answers of equal weight would tell as much.

    The variance of one answer over that of the estimate, which is linearised with customers as units. It is itself a
    matter of chance, the more the fewer answers differ from the commonest: the design effect found is drawn to that of
    the weights alone, as `stats.weighted.answers_with` does it from single answers. Never more than there are rows:
    that customers contradict themselves evenly makes no answer better than independent.

    References:
        Kish (1965), Survey Sampling, ch. 8 and 11.7; Korn & Graubard (1998), Survey Methodology 24, 193-201, for score
        intervals at the effective sample size.
    """
    n, weighed = sums.n, float(sums.n * sums.bb) / float(sums.b) ** 2
    apart = round((1 - max(shares)) * rows)
    if n < 2 or spread <= 0 or not apart:
        return min(n / weighed, rows)
    found = intervals.ratio_variance(sums) * (n - 1) / spread
    return min(n * (apart + _PRIOR) / (apart * found + _PRIOR * weighed), rows)


def _named(method: str, effective: float, n: int) -> str:
    return method if round(effective) == n else f"{method}, effective n {effective:,.0f}"
