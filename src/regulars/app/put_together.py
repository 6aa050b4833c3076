"""How the months of a KPI make up a longer period: found in its own numbers, so that it holds of any KPI.

Revenue of months adds up; recurring revenue of a quarter is that of its last month; an order value is a mean of those
of its months; the share of customers who bought twice is none of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from regulars.core.estimate import Interval
from regulars.core.periods import Grain, Period

#: Quarters that are set beside their months.
WINDOWS = 3
#: Rounding, as a share.
_EXACT = 1e-9
#: How far a mean of months may be off the whole, as a share, to stand for it.
_NEAR = 0.02


class How(StrEnum):
    """What months do."""

    SUM = "sum"
    """They add up."""
    CLOSING = "closing"
    """The last one is the whole."""
    MEAN = "mean"
    """Their mean, weighted by n, is the whole, or near it."""
    OWN = "own"
    """The whole is something of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """How months make up a longer period.

    Attributes:
        how: what they do.
        off: by how much a mean of months was off at most, as a share; 0 of the others.
    """

    how: How
    off: float = 0.0


#: Of what nothing is known.
UNKNOWN = Together(how=How.OWN)


def quarters(first: date, last: date) -> tuple[Period, ...]:
    """Return the last whole quarters from `first` to before `last`, the earliest first."""
    found: list[Period] = []
    end = Grain.QUARTER.floor(last)
    while len(found) < WINDOWS and Grain.QUARTER.previous(end) >= first:
        found.append(Period(Grain.QUARTER.previous(end), end))
        end = Grain.QUARTER.previous(end)
    return tuple(reversed(found))


def together(compared: Sequence[tuple[Sequence[Interval], Interval]]) -> Together:
    """Return how months make up wholes.

    Args:
        compared: the months of each quarter, and the quarter.
    """
    known = [
        (np.array([one.value for one in months], dtype=float), np.array([one.n for one in months]), float(whole.value))
        for months, whole in compared
        if whole.value is not None and all(one.value is not None for one in months)
    ]
    # Zeros say nothing about how months make up a whole.
    telling = [one for one in known if one[0].any()]
    if not telling:
        return Together(how=How.OWN)
    if all(_same(months.sum(), whole) for months, _n, whole in telling):
        return Together(how=How.SUM)
    moving = [one for one in telling if np.ptp(one[0]) > 0]
    if moving and all(_same(months[-1], whole) for months, _n, whole in moving):
        return Together(how=How.CLOSING)
    means = [(float(np.average(months, weights=n)) if n.sum() else np.nan, whole) for months, n, whole in telling]
    off = max(abs(mean - whole) / abs(whole) if whole else np.inf for mean, whole in means)
    return Together(how=How.MEAN, off=off) if off <= _NEAR else Together(how=How.OWN)


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _EXACT * max(abs(one), abs(other))
