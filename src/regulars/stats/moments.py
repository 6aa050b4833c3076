"""Sums over independent units, added up exactly, and the moments they give.

A sum may arrive as int, Decimal, Fraction or float. Every central moment is taken in exact rational arithmetic before
it becomes a float: the textbook formula n*Σx² - (Σx)² is then free of the cancellation it is known for (Chan, Golub &
LeVeque, 1983), and the same sums give the same bytes wherever and in whatever order they were added.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from numbers import Rational
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

#: Rows of which sums are correctly rounded.
_FEW = 10_000

Number: TypeAlias = int | float | Decimal | Fraction


def exact(number: Number) -> Fraction:
    """Return `number` as the fraction that it stands for.

    >>> exact(Decimal("0.1")), exact(0.5)
    (Fraction(1, 10), Fraction(1, 2))
    """
    if isinstance(number, Rational):  # numpy's integers too: int() keeps them from overflowing
        return Fraction(int(number.numerator), int(number.denominator))
    return Fraction(number if isinstance(number, Decimal) else float(number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums of one variable x over independent units.

    Attributes:
        n: units.
        total: Σx.
        squares: Σx².
        cubes: Σx³, which corrects intervals for skewness; None where it was not had.
    """

    n: int
    total: Number
    squares: Number
    cubes: Number | None = None

    @classmethod
    def of(cls, values: Iterable[Number]) -> Sums:
        """Return the sums of `values`.

        >>> Sums.of([1, 2, 4])
        Sums(n=3, total=Fraction(7, 1), squares=Fraction(21, 1), cubes=Fraction(73, 1))
        """
        x = [exact(value) for value in values]
        return cls(
            n=len(x),
            total=sum(x, Fraction()),
            squares=sum((v * v for v in x), Fraction()),
            cubes=sum((v * v * v for v in x), Fraction()),
        )

    def __add__(self, other: Sums) -> Sums:
        """Return the sums over the units of both; they must not share a unit."""
        lacks_cubes = self.cubes is None or other.cubes is None
        return Sums(
            n=self.n + other.n,
            total=exact(self.total) + exact(other.total),
            squares=exact(self.squares) + exact(other.squares),
            cubes=None if lacks_cubes else exact(self.cubes) + exact(other.cubes),  # type: ignore[arg-type]
        )

    @property
    def mean(self) -> float:
        """Σx/n; needs n >= 1."""
        return float(exact(self.total) / self.n)

    @property
    def variance(self) -> float:
        """Variance of x between units, with n - 1; needs n >= 2."""
        spread = self.n * exact(self.squares) - exact(self.total) ** 2
        return float(max(spread, Fraction()) / (self.n * (self.n - 1)))

    @property
    def skewness(self) -> float:
        """Skewness of x between units (third central moment over the 3/2 power of the second); 0 where unknown."""
        if self.cubes is None:
            return 0.0
        total, squares = exact(self.total), exact(self.squares)
        second = self.n * squares - total**2  # n² times the central moment
        parts = (self.n**2 * exact(self.cubes), -3 * self.n * total * squares, 2 * total**3)
        third = _settled(parts)  # n³ times
        return float(third) / float(second) ** 1.5 if second > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSums:
    """Sums of two variables a and b over independent units.

    Attributes:
        n: units.
        a: Σa; `b`: Σb; `aa`: Σa²; `ab`: Σab; `bb`: Σb².
        aaa: Σa³; `aab`: Σa²b; `abb`: Σab²; `bbb`: Σb³; all four or none.
    """

    n: int
    a: Number
    b: Number
    aa: Number
    ab: Number
    bb: Number
    aaa: Number | None = None
    aab: Number | None = None
    abb: Number | None = None
    bbb: Number | None = None

    @classmethod
    def of(cls, pairs: Iterable[tuple[Number, Number]]) -> PairSums:
        """Return the sums of `pairs` (a, b)."""
        known = [(exact(a), exact(b)) for a, b in pairs]

        def total(i: int, j: int) -> Fraction:
            return sum((a**i * b**j for a, b in known), Fraction())

        return cls(
            n=len(known),
            a=total(1, 0),
            b=total(0, 1),
            aa=total(2, 0),
            ab=total(1, 1),
            bb=total(0, 2),
            aaa=total(3, 0),
            aab=total(2, 1),
            abb=total(1, 2),
            bbb=total(0, 3),
        )

    def __add__(self, other: PairSums) -> PairSums:
        """Return the sums over the units of both; they must not share a unit."""
        names = ("a", "b", "aa", "ab", "bb") + (("aaa", "aab", "abb", "bbb") if self.cubed and other.cubed else ())
        both = {name: exact(getattr(self, name)) + exact(getattr(other, name)) for name in names}
        return PairSums(n=self.n + other.n, **both)

    @property
    def covariance(self) -> float:
        """Covariance of a and b between units, with n - 1; needs n >= 2."""
        return float((self.n * exact(self.ab) - exact(self.a) * exact(self.b)) / (self.n * (self.n - 1)))

    @property
    def cubed(self) -> bool:
        """Whether the sums of third order are there."""
        return None not in (self.aaa, self.aab, self.abb, self.bbb)

    def minus(self, ratio: Number) -> Sums:
        """Return the sums of a - ratio*b, exactly.

        >>> PairSums.of([(3, 1), (5, 2)]).minus(2)
        Sums(n=2, total=Fraction(2, 1), squares=Fraction(2, 1), cubes=Fraction(2, 1))
        """
        r = exact(ratio)
        cubes = None
        if self.aaa is not None and self.aab is not None and self.abb is not None and self.bbb is not None:
            parts = (exact(self.aaa), -3 * r * exact(self.aab), 3 * r**2 * exact(self.abb), -(r**3) * exact(self.bbb))
            cubes = _settled(parts)
        return Sums(
            n=self.n,
            total=exact(self.a) - r * exact(self.b),
            squares=exact(self.aa) - 2 * r * exact(self.ab) + r**2 * exact(self.bb),
            cubes=cubes,
        )


def summed(a: NDArray[np.float64], b: NDArray[np.float64]) -> PairSums:
    """Return the sums of two arrays of shape (n,): correctly rounded, of many rows in long double."""

    def total(products: NDArray[np.float64]) -> float:
        # A correctly rounded sum costs 20 times as much as one in long double.
        return math.fsum(products) if len(products) <= _FEW else float(products.sum(dtype=np.longdouble))

    aa, ab, bb = a * a, a * b, b * b
    return PairSums(
        n=len(a),
        a=total(a),
        b=total(b),
        aa=total(aa),
        ab=total(ab),
        bb=total(bb),
        aaa=total(aa * a),
        aab=total(aa * b),
        abb=total(a * bb),
        bbb=total(bb * b),
    )


def _settled(parts: tuple[Fraction, ...]) -> Fraction:
    """Return the sum of `parts`, or 0 where they cancel but for what is below their own precision.

    Third-order products come from engines with 15 or 16 digits: what is left of 12 equal ones is noise, not skewness.
    """
    found = sum(parts, Fraction())
    return found if abs(found) > Fraction(1, 10**12) * sum(map(abs, parts)) else Fraction()
