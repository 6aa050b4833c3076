"""Intervals of what will be counted or spent, rather than of a mean: they hold chance to come, too.

A negative binomial is told here by its mean and by how much its variance exceeds that of a Poisson variable: variance =
mean (1 + excess). Excess 0 is Poisson, and nothing has to become infinite on the way there.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

#: Up to this mean, and this many steps, probabilities are added up one count after the other.
_SMALL, _MOST_STEPS = 60.0, 400
#: Shares of zeros below it are lost in rounding.
_DROWNED = 1e-12
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
    low, high = (_quantile(np.full(mean.shape, p), mean, flat).reshape(shape.shape) for p in _tails(level))
    return low, high


def ordered_pairs(mean: ArrayLike, half: ArrayLike, steady: ArrayLike, size: ArrayLike) -> Floats:
    """Return E[N(N - 1)] of the count to come of customers who may leave in between.

    For a rate λ and a stay τ it is E[λ²] E[τ²] if the one does not depend on the other: so in the Pareto/NBD, and near
    enough in the BG/NBD. How long they stay the means tell, by Simpson's rule.

    Args:
        mean: expected count.
        half: expected count in the first half of the time.
        steady: expected count of a customer who is there and never leaves: E[λ] times the time ahead. That some have
            left already is in the two means.
        size: shape of the gamma distribution of λ, given what was seen.

    >>> ordered_pairs(6.0, 3.0, 6.0, 2.0).tolist()  # nobody leaves: variance 6 + 6²/2 = 54 + 6 - 6²
    54.0
    """
    m, h, rate, k = _together(mean, half, steady, size)
    return np.maximum((1 + 1 / k) * rate * (5 * m - 4 * h) / 3, 0.0)


def zero_inflated(
    mean: ArrayLike, none: ArrayLike, alive: ArrayLike, *, pairs: ArrayLike | None = None, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return limits of a count of which a model of buying tells the mean, the chance of 0 and the chance to be alive.

    Nothing comes of a customer who is gone. The count of one who is not is taken to be negative binomial, with the
    mean and the share of zeros that the model says; Poisson where even that has too many zeros. The zeros tell little
    of the spread where many transactions are to come: there `pairs` is needed.

    Args:
        mean: expected count, at least 0.
        none: probability of a count of 0.
        alive: probability that the customer is not gone yet; at least 1 - `none`.
        pairs: E[N(N - 1)], as `ordered_pairs` has it: the spread is at least what it says.
        level: least probability within the limits; half of the rest, at most, lies on either side.

    >>> low, high = zero_inflated([0.1, 2.0, 8.0], [0.95, 0.4, 0.01], [0.3, 0.8, 1.0])
    >>> low.tolist(), high.tolist()
    ([0.0, 0.0, 1.0], [1.0, 9.0, 19.0])
    """
    counts = _Counts.of(mean, none, alive, pairs)
    limits = np.zeros((2, *counts.none.shape))
    for side, p in enumerate(_tails(level)):
        some = counts.exceeding(p)
        count = counts.taken(some)
        limits[side, some] = _quantile((p - (1 - count.alive)) / count.alive, count.mean, count.excess)
    return limits[0], limits[1]


def compound(
    mean: ArrayLike,
    none: ArrayLike,
    alive: ArrayLike,
    *,
    value: float,
    shape: ArrayLike,
    rate: ArrayLike,
    pairs: ArrayLike | None = None,
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Return limits of the sum of so many values as `zero_inflated` describes, each Gamma(`value`, nu) distributed.

    nu is the customer's own and uncertain, Gamma(`shape`, `rate`), as the gamma-gamma model has it. Where anything
    comes at all, nu times the sum is taken to be gamma with the mean and variance that it has: the sum is then a
    multiple of a beta prime variable.

    Args:
        mean: expected count, at least 0.
        none: probability of a count of 0.
        alive: probability that the customer is not gone yet; at least 1 - `none`.
        value: shape p of a single value, above 0.
        shape: of the distribution of nu, above 1.
        rate: of the same, above 0, in the unit of money.
        pairs: as in `zero_inflated`.
        level: probability within the limits; half of the rest lies on either side.

    >>> low, high = compound([2.0, 8.0], [0.4, 0.01], [0.8, 1.0], value=6.25, shape=10.0, rate=50.0)
    >>> low.round().tolist(), high.round().tolist()
    ([0.0, 37.0], [346.0, 800.0])
    """
    counts = _Counts.of(mean, none, alive, pairs)
    shapes, rates = (np.broadcast_to(np.asarray(part, np.float64), counts.none.shape) for part in (shape, rate))
    limits = np.zeros((2, *counts.none.shape))
    for side, p in enumerate(_tails(level)):
        some = counts.exceeding(p)
        count, a, b = counts.taken(some), shapes[some], rates[some]
        typical, spread = count.if_any
        kappa = 1 / (spread + 1 / (value * typical))
        inner = (p - count.none) / (1 - count.none)
        if p < 0.5:
            below = special.betaincinv(kappa, a, inner)
            above = 1 - below
        else:  # the side that is near 0 keeps its digits
            above = special.betaincinv(a, kappa, 1 - inner)
            below = 1 - above
        limits[side, some] = b * value * typical / kappa * below / above
    return limits[0], limits[1]


def count_variance(mean: ArrayLike, none: ArrayLike, alive: ArrayLike, *, pairs: ArrayLike | None = None) -> Floats:
    """Return the variance of the count that `zero_inflated` describes; arguments as there."""
    expected = np.asarray(mean, np.float64)
    if pairs is not None:
        # Exactly: what limits need beside it makes them wide rather than narrow.
        return np.asarray(np.maximum(np.asarray(pairs, np.float64) + expected - expected**2, 0.0))
    counts = _Counts.of(mean, none, alive, pairs)
    return np.maximum(expected * (1 + counts.excess + counts.mean) - expected**2, 0.0)


def compound_variance(
    mean: ArrayLike,
    none: ArrayLike,
    alive: ArrayLike,
    *,
    value: float,
    shape: ArrayLike,
    rate: ArrayLike,
    pairs: ArrayLike | None = None,
) -> Floats:
    """Return the variance of the sum that `compound` describes; arguments as there.

    It has none where `shape` is 2 or less: it is then taken as that of 2.5, which is large.
    """
    expected, a, b = _together(mean, shape, rate)
    spread, safe = count_variance(mean, none, alive, pairs=pairs), np.maximum(a, 2.5)
    once, twice = b / (safe - 1), b**2 / ((safe - 1) * (safe - 2))  # E[1/nu], E[1/nu²]
    return expected * value * twice + value**2 * ((spread + expected**2) * twice - (expected * once) ** 2)


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """Counts to come: 0 with probability 1 - alive, else negative binomial (mean, excess)."""

    none: Floats
    alive: Floats
    mean: Floats
    excess: Floats

    @classmethod
    def of(cls, mean: ArrayLike, none: ArrayLike, alive: ArrayLike, pairs: ArrayLike | None) -> "_Counts":
        expected, nothing, there, both = _together(mean, none, alive, math.nan if pairs is None else pairs)
        safe = np.where(there > 0, there, 1.0)
        own, some = expected / safe, (1 - nothing) / safe
        excess = _excess(-np.log1p(-np.minimum(some, 1 - _DROWNED)) / np.maximum(own, 1e-300))
        if pairs is not None:
            told = np.maximum(both / np.maximum(expected, 1e-300) - own, 0.0)
            excess = np.where(some > 1 - _DROWNED, told, np.maximum(told, excess))
        return cls(np.where(expected > 0, nothing, 1.0), safe, own, excess)

    def exceeding(self, p: float) -> NDArray[np.bool_]:
        """Return whose quantile is above 0."""
        return self.none < p

    def taken(self, rows: NDArray[np.bool_]) -> "_Counts":
        return _Counts(self.none[rows], self.alive[rows], self.mean[rows], self.excess[rows])

    @property
    def if_any(self) -> tuple[Floats, Floats]:
        """Mean and squared coefficient of variation of the count, given that it is not 0."""
        some = (1 - self.none) / self.alive
        squared = (1 + self.excess + self.mean) * some / self.mean - 1
        return np.maximum(self.mean / some, 1.0), np.maximum(squared, 0.0)


def _tails(level: float) -> tuple[float, float]:
    return (1 - level) / 2, (1 + level) / 2


def _together(*parts: ArrayLike) -> list[Floats]:
    return [np.asarray(part) for part in np.broadcast_arrays(*(np.asarray(part, np.float64) for part in parts))]


def _log_ratio(excess: Floats) -> Floats:
    """Return log(1 + excess) / excess, 1 at 0: -log P(0) of a negative binomial over its mean."""
    safe = np.maximum(excess, _POISSON)
    return np.where(excess > _POISSON, np.log1p(safe) / safe, 1.0)


def _excess(ratio: Floats) -> Floats:
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


def _quantile(p: Floats, mean: Floats, excess: Floats) -> Floats:
    """Return the least count k with P(at most k) >= p, of negative binomials; all of shape (n,)."""
    nothing = np.exp(-mean * _log_ratio(excess))
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
