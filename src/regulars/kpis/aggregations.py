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


def count(condition: Any) -> Any:
    """Return how many customers fulfil `condition`."""
    return ibis.ifelse(condition, 1, 0).sum()
