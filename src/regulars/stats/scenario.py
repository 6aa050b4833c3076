"""What changes in a scenario, and what that does to a rate of staying, a multiple of a margin, or money from a price.

Five points of retention are not five percent of it: 80 % becomes 85 % or 84 %.

References:
    Gupta & Lehmann (2003), J. Interactive Marketing 17(1), 9-24. Gupta, Lehmann & Stuart (2004), Valuing customers,
    J. Marketing Research 41(1), 7-18: the elasticity of value with respect to retention.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regulars.stats.discounting import multiple_from_now

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How much something changes.

    Attributes:
        amount: as a share: 0.05 is 5 points, or 5 % of what there is.
        points: whether it is added; else what there is grows by this share of itself.

    >>> [round(Change(amount=0.05, points=points).of(0.8), 9) for points in (True, False)]
    [0.85, 0.84]
    """

    amount: float
    points: bool

    def of(self, rate: float) -> float:
        """Return `rate` changed, wherever that leads."""
        return rate + self.amount if self.points else rate * (1 + self.amount)

    def of_each(self, rates: ArrayLike) -> Floats:
        """Return rates changed, each kept between 0 and 1."""
        old = np.asarray(rates, dtype=np.float64)
        return np.clip(old + self.amount if self.points else old * (1 + self.amount), 0.0, 1.0)

    def times(self, factor: float) -> "Change":
        """Return `factor` times as much of it."""
        return replace(self, amount=self.amount * factor)

    def __str__(self) -> str:
        number = f"{self.amount * 100:+.3g}"
        return f"{number} {'point' if number in ('+1', '-1') else 'points'}" if self.points else f"{number} %"


def gain(retention: float, rate: float, change: Change) -> float:
    """Return by what share a customer's worth grows, margins at the start of each period, if retention changes.

    Args:
        retention: share of customers who stay, per period, constant and the same for all.
        rate: of discount per period.
        change: of retention.

    >>> round(gain(0.8, 0.12, Change(amount=0.05, points=True)), 4)
    0.1852
    """
    return multiple_from_now(change.of(retention), rate) / multiple_from_now(retention, rate) - 1


def price_factor(change: float, elasticity: ArrayLike, margin: float = 1.0) -> Floats:
    """Return what money becomes, as a multiple, if all prices change and the cost of a unit stays.

    Volume becomes (1 + change)^elasticity; of each unit the price changes by `change`, the margin by change/margin.

    Args:
        change: of prices, as a share above -1.
        elasticity: percent of volume per percent of price; usually below 0.
        margin: share of the price that money counts, in (0, 1]: 1 of revenue.

    >>> round(float(price_factor(0.10, -1.0)), 9), round(float(price_factor(0.10, -1.0, margin=0.4)), 4)
    (1.0, 1.1364)

    References:
        Nagle & Müller (2018), The Strategy and Tactics of Pricing, 6th ed., ch. 9: the break-even sales change.
    """
    volume = np.exp(np.asarray(elasticity, dtype=np.float64) * math.log1p(change))
    return np.asarray(volume * (1 + change / margin))


#: Where the search for the least change ends, in multiples of what was asked; and its steps.
_FURTHEST, _STEPS, _HALVINGS = 64.0, 48, 40


def least_multiple(brings: Callable[[float], float], enough: float) -> float | None:
    """Return the least multiple of a change that brings `enough`; None where none up to 64 times as much does.

    Args:
        brings: of a multiple; 0 at 0, continuous.
        enough: above 0.

    >>> least_multiple(lambda times: 10 * times, 25.0)
    2.5
    """
    steps = np.geomspace(1 / _FURTHEST, _FURTHEST, _STEPS)
    high = next((float(times) for times in steps if brings(float(times)) >= enough), None)
    if high is None:
        return None
    low = 0.0 if high == steps[0] else float(steps[int(np.searchsorted(steps, high)) - 1])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if brings(middle) >= enough else (middle, high)
    return round(high, 9)
