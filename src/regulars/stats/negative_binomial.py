"""Negative binomial counts, by their mean and by how much their variance exceeds that of a Poisson variable.

Variance = mean (1 + excess). Excess 0 is Poisson, and nothing has to become infinite on the way there.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

#: Up to this mean, and this many steps, probabilities are added up one count after the other.
_SMALL, _MOST_STEPS = 60.0, 400
#: Least log ratio: where hardly anything is to come, it is all rounding.
_LEAST_RATIO = 1e-6
#: Below it a negative binomial is Poisson to all digits that matter.
_POISSON = 1e-9


def gamma_poisson(
    events: ArrayLike, exposure: ArrayLike, ahead: float, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return limits of how many events come in the next `ahead`, at a constant rate that is itself uncertain.

    The rate is Gamma(`events`, `exposure`) distributed: what was counted and for how long, a prior's share included
    (1/2 and 0 are Jeffreys'). The count is then negative binomial.

    Args:
        events: at least 0; counted, with the prior's.
        exposure: above 0; in the unit of `ahead`, with the prior's.
        ahead: above 0.
        level: least probability within the limits; half of the rest, at most, lies on either side.

    >>> low, high = gamma_poisson([0.5, 4.5, 100.5], 90, 90)
    >>> low.tolist(), high.tolist()
    ([0.0, 0.0, 74.0], [3.0, 12.0, 130.0])

    References:
        Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 2.6.
    """
    shape, seen = np.broadcast_arrays(np.asarray(events, np.float64), np.asarray(exposure, np.float64))
    excess = ahead / seen
    mean, flat = (shape * excess).ravel(), excess.ravel()
    low, high = (quantile(np.full(mean.shape, p), mean, flat).reshape(shape.shape) for p in tails(level))
    return low, high


def tails(level: float) -> tuple[float, float]:
    """Return the probabilities below the two limits of an interval."""
    return (1 - level) / 2, (1 + level) / 2


def log_ratio(excess: Floats) -> Floats:
    """Return log(1 + excess) / excess, 1 at 0: -log P(0) of a negative binomial over its mean."""
    safe = np.maximum(excess, _POISSON)
    return np.where(excess > _POISSON, np.log1p(safe) / safe, 1.0)


def excess_of(ratio: Floats) -> Floats:
    """Return the excess whose log ratio that is; 0 where the ratio is 1 or more.

    References:
        Chatzigeorgiou (2013), IEEE Communications Letters 17, 1505-1508: the bound that the search begins from.
    """
    c = np.clip(ratio, _LEAST_RATIO, 1 - _POISSON)
    u = np.maximum(c - 1 - np.log(c), 0.0)
    v = (1 + np.sqrt(2 * u) + u) / c
    # log v = c (v - 1) is concave in v, and Newton's steps from above its larger root never pass it.
    for _ in range(6):
        v = v - (np.log(v) - c * (v - 1)) / (1 / v - c)
    return np.where(ratio < 1 - _POISSON, np.maximum(v - 1, 0.0), 0.0)


def quantile(p: Floats, mean: Floats, excess: Floats) -> Floats:
    """Return the least count k with P(at most k) >= p, of negative binomials; all of shape (n,)."""
    nothing = np.exp(-mean * log_ratio(excess))
    found = np.zeros(len(mean))
    small = np.flatnonzero((nothing < p) & (mean <= _SMALL))
    found[small] = _added_up(p[small], mean[small], excess[small], nothing[small])
    rest = np.flatnonzero((mean > _SMALL) | np.isnan(found))
    found[rest] = _searched(p[rest], mean[rest], excess[rest])
    return found


def _added_up(p: Floats, mean: Floats, excess: Floats, nothing: Floats) -> Floats:
    """Return quantiles by summation, for few counts ten times as fast as a search; NaN beyond `_MOST_STEPS`."""
    found, rows = np.full(len(p), math.nan), np.arange(len(p))
    first, each = mean / (1 + excess), excess / (1 + excess)
    term, total, short = nothing, nothing, np.ones(len(p))
    for step in range(1, _MOST_STEPS):
        term = term * ((first + (step - 1) * each) / step)
        total = total + term
        under = total < p
        short += under
        if 8 * np.count_nonzero(under) <= 7 * len(under):  # taking out a few would cost more than it saves
            found[rows[~under]] = short[~under]
            rows, p, first, each = rows[under], p[under], first[under], each[under]
            term, total, short = term[under], total[under], short[under]
        if not len(rows):
            return found
    reached = total >= p
    found[rows[reached]] = short[reached]
    return found


def _searched(p: Floats, mean: Floats, excess: Floats) -> Floats:
    """Return quantiles by steps from those of a gamma variable of equal mean and variance."""
    near = special.gammaincinv(mean / (1 + excess), p) * (1 + excess)
    found = np.maximum(np.ceil(near - 0.5), 0.0)
    for step, beside in ((1, 0), (-1, -1)):  # up to the first that holds p, then down while the one below does
        rows = np.arange(len(p))
        while len(rows):
            holds = _cumulative(found[rows] + beside, mean[rows], excess[rows]) >= p[rows]
            rows = rows[holds == (step < 0)]
            found[rows] += step
    return found


def _cumulative(count: Floats, mean: Floats, excess: Floats) -> Floats:
    """Return P(at most `count`); 0 below 0."""
    poisson = excess < _POISSON
    some, safe = np.maximum(count, 0.0) + 1, np.where(poisson, 1.0, excess)
    found = np.where(poisson, special.gammaincc(some, mean), special.betainc(mean / safe, some, 1 / (1 + safe)))
    return np.where(count < 0, 0.0, found)
