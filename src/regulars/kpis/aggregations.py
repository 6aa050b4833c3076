"""How customers become one number with an interval.

Three steps: `per_unit` (what is kept of each customer), `across` (sufficient statistics over customers: counts, sums,
squares and cross products, all whole numbers, so that the same bytes come out of every engine and thread count) and
`estimate` (arithmetic on those few numbers). Statistics, not rows, leave the engine. A customer whose value is null is
not eligible and is in no denominator.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import ibis
import ibis.expr.types as ir
from ibis import Deferred

from regulars.core.estimate import Interval

Statistics = Mapping[str, Any]
Unit = Mapping[str, Any]

#: What third-order products are taken in, so that they fit.
CUBE_SCALE = 100.0


class Aggregation(Protocol):
    """The grammar's verbs; see the module."""

    @property
    def extensive(self) -> bool:
        """Whether the value grows with the number of customers (a total), so that groups do not compare by it."""
        ...

    def per_unit(self) -> Mapping[str, Deferred]:
        """Return what is kept of each customer, by part."""
        ...

    def across(self, unit: Unit) -> Mapping[str, Any]:
        """Return reductions over customers of the parts in `unit`."""
        ...

    def estimate(self, rows: Sequence[Statistics], level: float) -> Interval:
        """Return the value with its interval; `rows` is one row, or one per value of `Keyed.key`, or none."""
        ...


@runtime_checkable
class Ranked(Protocol):
    """An aggregation that must see customers in order before it can sum them."""

    def ranked(self, units: ir.Table, unit: Mapping[str, str], groups: Sequence[str]) -> ir.Table:
        """Return `units` with rank columns added, ranked within `groups`; `unit` names the column of each part."""
        ...


@runtime_checkable
class Keyed(Protocol):
    """An aggregation whose statistics are kept apart by one part of `per_unit` (a life table by day, a histogram)."""

    @property
    def key(self) -> str:
        """The part."""
        ...


def additive(formula: Aggregation) -> bool:
    """Whether the statistics of disjoint groups of customers add up to those of the groups together."""
    return not isinstance(formula, (Ranked, Keyed))


def merge(first: Statistics, second: Statistics, *, sign: int = 1) -> Statistics:
    """Return the statistics of both groups together, or with `sign` -1 of `first` without its part `second`."""
    # Engines say null for the sum over a group in which nobody is eligible.
    return {name: (first[name] or 0) + sign * (second[name] or 0) for name in first}


def square(x: Any, y: Any = None) -> Any:
    """Return Σxy, exactly: 64-bit products would overflow on money, decimal(38, 0) holds them on every engine."""
    # TRICKY: DuckDB keeps the product of two decimals of up to 18 digits in 18 digits; of 19, in 38.
    wide = x.cast("decimal(19, 0)")
    return (wide * (wide if y is None else y.cast("decimal(19, 0)"))).sum()


def cube(x: Any, y: Any, z: Any, *, scale: float = CUBE_SCALE) -> Any:
    """Return Σxyz/scale³; exact products would not fit 128 bits, so each customer's is taken in floating point first.

    Only the sum must be exact for the result not to depend on order: a single product is the same everywhere. With six
    decimals, small whole numbers stay exact and 10^8 of a currency per customer still fits.
    """
    product = (x.cast("float64") / scale) * (y.cast("float64") / scale) * (z.cast("float64") / scale)
    return product.cast("decimal(38, 6)").sum()


def count(condition: Any) -> Any:
    """Return how many customers fulfil `condition`."""
    return ibis.ifelse(condition, 1, 0).sum()
