"""What a treatment does to those scored highest, and by tenths of customers.

Customers who tie at the threshold count in part, so that no number depends on the order of rows. Scores and threshold
are taken as they are: out of fold, they were not made to fit these customers.
"""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.core.estimate import Interval, unknown
from regulars.stats.intervals import z
from regulars.stats.ranking import tied

Floats: TypeAlias = NDArray[np.float64]


def uplift_at(
    outcome: Floats,
    treated: Floats,
    score: Floats,
    share: float = 0.3,
    *,
    by_group: bool = False,
    level: float = 0.95,
) -> Interval:
    """Return the mean outcome of the treated less that of the others, among the `share` scored highest.

    Args:
        outcome: shape (n,).
        treated: 1 or 0, shape (n,).
        score: shape (n,).
        share: in (0, 1]; of so many customers, rounded down.
        by_group: take the share of the treated and of the others apart, each in its own order.
        level: of the interval.
    """
    drawn = treated > 0
    if by_group:
        inside = np.empty(len(score))
        for arm in (drawn, ~drawn):
            inside[arm] = _within(_places(score[arm]), 0, int(share * arm.sum()))
    else:
        inside = _within(_places(score), 0, int(share * len(score)))
    return _difference(outcome, drawn, inside, level)


def weighted_average_uplift(
    outcome: Floats, treated: Floats, score: Floats, bins: int = 10, *, level: float = 0.95
) -> Interval:
    """Return the uplift of each of `bins` parts of customers by score, averaged by how many in it were treated."""
    drawn = treated > 0
    sizes = np.full(bins, len(score) // bins) + (np.arange(bins) < len(score) % bins)
    upto = np.concatenate([[0], np.cumsum(sizes)])
    places = _places(score)
    value = variance = 0.0
    for begin, end in zip(upto[:-1].tolist(), upto[1:].tolist(), strict=True):
        inside = _within(places, begin, end)
        found = _moments(outcome, drawn, inside)
        if found is None:
            return unknown("a part of the customers has only one arm", level=level, n=len(score))
        share = float(inside[drawn].sum() / drawn.sum())
        value, variance = value + share * found[0], variance + share**2 * found[1]
    return _wald(value, variance, len(score), level)


def _places(score: Floats) -> tuple[Floats, Floats]:
    """Return how many are scored higher than each row, and how many the same, itself too."""
    counts, group, _ = tied(-score)
    return (np.cumsum(counts) - counts)[group], counts[group]


def _within(places: tuple[Floats, Floats], begin: int, end: int) -> Floats:
    """Return how far each row is among those from the `begin`-th highest score to the `end`-th: 1, 0 or a part."""
    above, alike = places
    return np.asarray(np.maximum(np.minimum(above + alike, end) - np.maximum(above, begin), 0.0) / alike)


def _difference(outcome: Floats, drawn: NDArray[np.bool_], inside: Floats, level: float) -> Interval:
    found = _moments(outcome, drawn, inside)
    n = int(np.count_nonzero(inside))
    if found is None:
        return unknown("those scored highest have only one arm", level=level, n=n)
    return _wald(*found, n, level)


def _moments(outcome: Floats, drawn: NDArray[np.bool_], inside: Floats) -> tuple[float, float] | None:
    """Return the difference of means and its variance; None where an arm has fewer than two customers."""
    means, variance = [], 0.0
    for arm in (drawn, ~drawn):
        weights, y = inside[arm], outcome[arm]
        size = float(weights.sum())
        if np.count_nonzero(weights) < 2:
            return None
        means.append(float(weights @ y) / size)
        variance += float(weights**2 @ (y - means[-1]) ** 2) / size**2
    return means[0] - means[1], variance


def _wald(value: float, variance: float, n: int, level: float) -> Interval:
    half = z(level) * math.sqrt(variance)
    method = "difference of means, Wald"
    return Interval(value=value, low=value - half, high=value + half, level=level, method=method, n=n)
