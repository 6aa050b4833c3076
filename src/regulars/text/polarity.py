"""Positive, neutral, negative: the three classes, how often they are mistaken, and what that does to their balance.

A classifier that calls one complaint in five neutral makes customers look kinder than they are. How often each class is
taken for each other one is known from rated comments; the balance of all comments is corrected by it.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.core.estimate import Interval, unknown
from regulars.stats.intervals import z

Floats: TypeAlias = NDArray[np.float64]
Polarity: TypeAlias = Literal["positive", "neutral", "negative"]

POLARITIES: Final[tuple[Polarity, ...]] = ("positive", "neutral", "negative")
_VALUES: Final = {"positive": 1.0, "neutral": 0.0, "negative": -1.0}
#: Rated comments of a class from which it is known what it is taken for.
LEAST_OF_CLASS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """What rated comments were taken for, each by what others taught.

    Attributes:
        counts: comments by what they are (rows) and what they were taken for, shape (3, 3), in the order of
            `POLARITIES`.
    """

    counts: tuple[tuple[int, ...], ...]

    def worth(self) -> tuple[float, float, float] | None:
        """Return what a comment taken for positive, neutral or negative adds to net sentiment, without bias.

        A perfect classifier has (1, 0, -1). The mean of these over comments is their net sentiment, whichever comments
        are averaged, as long as mistakes are as frequent in them. None where mistakes hide the difference, or too few
        were rated.

        References:
            Rogan & Gladen (1978), American Journal of Epidemiology 107, 71-76; several classes: Buonaccorsi (2010),
            Measurement Error, ch. 2.3. Where no neutral comments are known there are more scores than equations, and
            those are taken that vary least.
        """
        solved = _solved(self)
        return None if solved is None else (float(solved[0]), float(solved[1]), float(solved[2]))


def confusion(pairs: Iterable[tuple[Polarity, Polarity]]) -> Confusion:
    """Return how often each truth, first of each pair, was taken for each class, second of each."""
    seen = Counter(pairs)
    return Confusion(counts=tuple(tuple(seen[truth, taken] for taken in POLARITIES) for truth in POLARITIES))


def net_sentiment(
    counts: Mapping[Polarity, int], mistakes: Confusion | None = None, *, level: float = 0.95
) -> Interval:
    """Return the share of positive less that of negative comments, in [-1, 1], corrected for mistakes.

    The interval holds the chance of who wrote and of which comments were rated (delta method). It takes for granted
    that comments without a rating are mistaken as often as rated ones of the same class.

    Args:
        counts: comments taken for each class.
        mistakes: of the same classifier; None leaves the balance as it was found, and says so.
        level: of the interval.

    References:
        `Confusion.worth`; Greenland (1988), Statistics in Medicine 7, 745-757, for the variance.
    """
    n = sum(counts.values())
    if not n:
        return unknown("no comment has a sentiment", level=level)
    taken = np.array([counts.get(each, 0) for each in POLARITIES]) / n
    plain = np.array([_VALUES[each] for each in POLARITIES])
    if mistakes is None:
        return _around(taken, plain, 0.0, n, level, "Wald, mistakes not corrected")
    worth = _solved(mistakes)
    if worth is None:
        return unknown("too few comments were rated, or mistakes hide the difference", level=level, n=n)
    return _around(taken, worth, _doubt(mistakes, worth, taken), n, level, "Rogan-Gladen, delta")


def _around(taken: Floats, worth: Floats, doubt: float, n: int, level: float, method: str) -> Interval:
    value = float(taken @ worth)
    # One comment of either kind more, so that all alike are not certain to stay so.
    smooth = (taken * n + np.array([0.5, 0.0, 0.5])) / (n + 1)
    spread = float(smooth @ worth**2 - (smooth @ worth) ** 2)
    half = z(level) * math.sqrt(spread / n + doubt)
    low, high = max(-1.0, value - half), min(1.0, value + half)
    value = min(max(value, -1.0), 1.0)
    return Interval(value=value, low=min(low, value), high=max(high, value), level=level, method=method, n=n)


def _known(mistakes: Confusion) -> tuple[Floats, Floats, Floats]:
    """Return counts of the classes that enough comments of are rated (rows), those as shares, and what they add."""
    rated = np.array(mistakes.counts, dtype=np.float64)
    rows = rated.sum(axis=1) >= LEAST_OF_CLASS
    kept = rated[rows]
    return kept, kept / kept.sum(axis=1, keepdims=True), np.array([_VALUES[each] for each in POLARITIES])[rows]


def _solved(mistakes: Confusion) -> Floats | None:
    """Return scores v of what is found such that the mean of v over comments of each class is what that class adds."""
    kept, shares, adds = _known(mistakes)
    if not {1.0, -1.0} <= set(adds.tolist()):
        return None
    ease = kept.sum(axis=0) + 1.0  # what is found often should vary little
    turned = shares / ease
    square = turned @ shares.T
    if np.linalg.cond(square) > 1e4:
        return None
    return np.asarray(turned.T @ np.linalg.solve(square, adds))


def _doubt(mistakes: Confusion, worth: Floats, taken: Floats) -> float:
    """Return the part of the variance that comes of mistakes being known from so many rated comments."""
    kept, shares, adds = _known(mistakes)
    # Shares of the true classes: least squares, moved into [0, 1].
    true = np.linalg.lstsq(shares.T, taken, rcond=None)[0].clip(0.0, 1.0)
    true = true / true.sum() if true.sum() else np.full(len(adds), 1 / len(adds))
    sizes = kept.sum(axis=1)
    smooth = (kept + 0.5) / (sizes[:, np.newaxis] + 1.5)
    spread = smooth @ worth**2 - (smooth @ worth) ** 2
    return float(true**2 @ (spread / sizes))
