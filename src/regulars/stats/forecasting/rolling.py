"""Rolling origins: what a model would have foretold on past days, knowing nothing later.

Source: Tashman (2000), Out-of-sample tests of forecasting accuracy, International Journal of Forecasting 16.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]

#: Groups of origins for each of which a model's parameters are found anew, of what was known before the first of them.
_FITS = 3


class Roll(Protocol):
    """A model at several origins at once."""

    def __call__(self, values: Floats, origins: Whole, ahead: int, season: int) -> Floats:
        """Return what is foretold at each origin `t` from `values[:t]`: shape (origins, ahead).

        Args:
            values: the course, without gaps, shape (n,).
            origins: how many values are known, ascending.
            ahead: steps.
            season: periods of a season; 1 where there is none.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model that may foretell.

    Attributes:
        name: of it.
        roll: what it foretells.
        season: that it knows; 1 where it knows none.
        least: values that it needs.
    """

    name: str
    roll: Roll
    season: int
    least: int


def origins_of(first: int, n: int, season: int, most: int) -> Whole:
    """Return at most `most` origins from `first` to the last value: evenly spaced, and at each place of the season."""
    stride = max(1, math.ceil((n - first) / most))
    while math.gcd(stride, season) > 1:
        stride += 1
    return np.arange(n - 1, first - 1, -stride)[::-1]


def fits(origins: Whole) -> Iterator[Whole]:
    """Yield origins in the groups that share parameters."""
    yield from (part for part in np.array_split(origins, min(_FITS, len(origins))) if len(part))
