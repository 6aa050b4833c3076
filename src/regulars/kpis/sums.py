"""Totals, means and ratios of sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

import ibis
from ibis import Deferred

from regulars.core.estimate import Interval, unknown
from regulars.data.whole_numbers import moments, pair_moments
from regulars.kpis.aggregations import Statistics, Unit
from regulars.stats import intervals
from regulars.stats.moments import PairSums, Sums, exact


def _sums(row: Statistics, scale: Fraction) -> Sums:
    total, squares, cubes = (exact(row["x" * order]) / scale**order for order in (1, 2, 3))
    return Sums(n=row["n"], total=total, squares=squares, cubes=cubes)


@dataclass(frozen=True, slots=True)
class Total:
    """Sum over customers, whose number is itself random (compound Poisson).

    Attributes:
        value: what each customer adds.
        over: what the sum is divided by, the same for all of a period (the days of a mean per day); 1 where None.
        usual: what a customer who is there could add; where nobody adds anything, the sum is a true 0 with a limit of
            chance. None where that is no value.
    """

    value: Deferred
    over: Deferred | None = None
    usual: Deferred | None = None

    extensive: ClassVar[bool] = True

    def per_unit(self) -> Mapping[str, Deferred]:
        parts = {"x": self.value, "over": self.over, "u": self.usual}
        return {name: part for name, part in parts.items() if part is not None}

    def across(self, unit: Unit) -> Mapping[str, Any]:
        usual = {"u": unit["u"].sum(), "k": unit["u"].count()} if "u" in unit else {}
        return moments(unit["x"]) | ({"over": unit["over"].sum()} if "over" in unit else {}) | usual

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        if rows and not rows[0]["n"] and rows[0].get("k"):
            return _nobody(Fraction(int(rows[0]["u"]), int(rows[0]["k"])), level)
        if not rows or not rows[0]["n"]:
            return unknown("no records in the period", level=level)
        row = rows[0]
        each = Fraction(int(row["over"]), int(row["n"])) if "over" in row else Fraction(1)
        return intervals.total(_sums(row, each), level=level)


def _nobody(usual: Fraction, level: float) -> Interval:
    """Return 0 with what chance allows where nobody came: as many as a Poisson count of 0 does, each with the usual."""
    most = (intervals.poisson_exact(0, level=level).high or 0.0) * float(usual)
    method = "nobody, Poisson limit of 0 of the usual amount"
    return Interval(value=0.0, low=0.0, high=max(most, 0.0), level=level, method=method, n=0)


@dataclass(frozen=True, slots=True)
class Mean:
    """Mean over customers.

    Attributes:
        value: what is averaged; a customer with null is left out.
        per: a whole number that every value is divided by.
    """

    value: Deferred
    per: int = 1

    extensive: ClassVar[bool] = False

    def per_unit(self) -> Mapping[str, Deferred]:
        return {"x": self.value}

    def across(self, unit: Unit) -> Mapping[str, Any]:
        return moments(unit["x"])

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        if not rows or not rows[0]["n"]:
            return unknown("no customers in the period", level=level)
        return intervals.mean(_sums(rows[0], Fraction(self.per)), level=level)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Sum of `top` over sum of `bottom`: customers, not rows, are independent (delta method).

    Attributes:
        top: what is summed above.
        bottom: what is summed below; a customer with null in either is left out.
        part: whether `top` is a part of `bottom`, so that the ratio cannot leave [0, 1].
        rate: whether it is measured against `bottom` although it may now and then exceed it (refunds against sales).
        sure: whether there is no value where the sum of `bottom` cannot be told to be above 0.
        base: a whole number that is added to it, or that it is taken off where `sign` is -1.
        sign: 1 or -1.
    """

    top: Deferred
    bottom: Deferred
    part: bool = False
    rate: bool = False
    sure: bool = False
    base: int = 0
    sign: int = 1

    extensive: ClassVar[bool] = False

    def per_unit(self) -> Mapping[str, Deferred]:
        return {"a": self.top, "b": self.bottom}

    def across(self, unit: Unit) -> Mapping[str, Any]:
        known = unit["a"].notnull() & unit["b"].notnull()
        a, b = (ibis.ifelse(known, unit[part], ibis.null(unit[part].type())) for part in "ab")
        return pair_moments(a, b)

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        if not rows or not rows[0]["n"]:
            return unknown("no customers in the period", level=level)
        found = self._quotient(pair_sums(rows[0]), level)
        if found.value is None or found.low is None or found.high is None:
            return found
        value, low, high = (self.base + self.sign * one for one in (found.value, found.low, found.high))
        return replace(found, value=value, low=min(low, high), high=max(low, high))

    def _quotient(self, sums: PairSums, level: float) -> Interval:
        if self.sure and not intervals.above_zero(sums, level=level):
            return intervals.fieller(sums, level=level)  # says why not
        if sums.b and not sums.aa and (self.part or self.rate):
            return _none_seen(sums, level)
        found = (intervals.fieller if self.sure else intervals.ratio)(sums, level=level)
        return within_0_and_1(found) if self.part else found


@dataclass(frozen=True, slots=True)
class CostEach:
    """What customers cost, over how many came: the money is in the books, how many came for it is chance (Poisson).

    Attributes:
        cost: of a customer; one with null is left out.
    """

    cost: Deferred

    extensive: ClassVar[bool] = False

    def per_unit(self) -> Mapping[str, Deferred]:
        return {"x": self.cost}

    def across(self, unit: Unit) -> Mapping[str, Any]:
        return {"n": unit["x"].count(), "x": unit["x"].sum()}

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        if not rows or not rows[0]["n"]:
            return unknown("no customers came in the period", level=level)
        n, cost = int(rows[0]["n"]), int(rows[0]["x"])
        if not cost:
            return unknown("nothing was spent on them", level=level, n=n)
        came = intervals.poisson_exact(n, level=level)
        assert came.low
        assert came.high
        return replace(came, value=cost / n, low=cost / came.high, high=cost / came.low, method="Poisson exact, of n")


def _none_seen(sums: PairSums, level: float) -> Interval:
    """Return 0 with what n customers without any still allow: not "0 to 0", which would claim certainty.

    If of n customers none had anything above, at most the Wilson limit of 0 in n do; each is granted a whole average.
    """
    most = intervals.wilson(0, sums.n, level=level).high
    return Interval(value=0.0, low=0.0, high=most, level=level, method="none seen, Wilson limit of 0 in n", n=sums.n)


def pair_sums(row: Statistics) -> PairSums:
    """Return the sums of a row of statistics."""
    return PairSums(n=int(row["n"]), **{name: exact(row[name]) for name in _PRODUCTS})


_PRODUCTS = ("a", "b", "aa", "ab", "bb", "aaa", "aab", "abb", "bbb")


def within_0_and_1(found: Interval) -> Interval:
    """Return the interval without what a share cannot be."""
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(found.low, 0.0), high=min(found.high, 1.0))
