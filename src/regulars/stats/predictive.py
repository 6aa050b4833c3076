"""Intervals of what will be counted or spent, rather than of a mean: they hold chance to come, too.

A negative binomial is told here by its mean and by how much its variance exceeds that of a Poisson variable: variance =
mean (1 + excess). Excess 0 is Poisson, and nothing has to become infinite on the way there.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
#: Which of some customers: by number, by range, or whether each.
Rows = NDArray[np.int_] | NDArray[np.bool_] | slice

#: Up to this mean, and this many steps, probabilities are added up one count after the other.
_SMALL, _MOST_STEPS = 60.0, 400
#: Shares of zeros below it are lost in rounding.
_DROWNED = 1e-12
#: Least log ratio: where hardly anything is to come, it is all rounding.
_LEAST_RATIO = 1e-6
#: Steps of a bisection: enough for nine digits.
_HALVINGS = 30
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


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Counts to come of customers of whom a law of buying tells the mean, the chance of 0 and the chance to be alive.

    Nothing comes of a customer who is gone. The count of one who is not is taken to be negative binomial, with the
    mean, the share of zeros and the spread that the law says. Where the spread is not known, zeros tell it, given who
    is alive; they tell little of it where many transactions are to come.

    Attributes:
        mean: expected count, at least 0; shape (n,).
        none: probability of a count of 0.
        alive: probability that the customer is not gone yet; at least 1 - `none`.
        pairs: E[N(N - 1)], as `ordered_pairs` has it; nan where it is not known.

    >>> low, high = Counts.of([0.1, 2.0, 8.0], [0.95, 0.4, 0.01], [0.3, 0.8, 1.0]).limits(0.95)
    >>> low.tolist(), high.tolist()
    ([0.0, 0.0, 1.0], [1.0, 9.0, 19.0])
    """

    mean: Floats
    none: Floats
    alive: Floats
    pairs: Floats

    @classmethod
    def of(cls, mean: ArrayLike, none: ArrayLike, alive: ArrayLike, pairs: ArrayLike = math.nan) -> "Counts":
        """Return counts of arguments that broadcast."""
        return cls(*_together(mean, none, alive, pairs))

    def __len__(self) -> int:
        return len(self.mean)

    def limits(self, level: float) -> tuple[Floats, Floats]:
        """Return limits that hold at least `level` of the probability; half of the rest, at most, lies on each side."""
        any_at_all = np.flatnonzero(self.none < _tails(level)[1])
        own, limits = _Own.of(self.taken(any_at_all)), np.zeros((2, len(self)))
        for side, p in enumerate(_tails(level)):
            some = own.exceeding(p)
            count = own.taken(some)
            found = _quantile((p - (1 - count.alive)) / count.alive, count.mean, count.excess)
            limits[side, any_at_all[some]] = found
        return limits[0], limits[1]

    @property
    def variance(self) -> Floats:
        """Of the count."""
        known = ~np.isnan(self.pairs)
        pairs = self.pairs if known.all() else np.where(known, self.pairs, _Own.of(self).pairs)
        return np.asarray(np.maximum(pairs + self.mean - self.mean**2, 0.0))

    def scaled(self, factor: Floats) -> "Counts":
        """Return what comes of customers whose rate of buying is `factor` times as high; shape (n,), above 0."""
        own = _Own.of(self)
        some = -np.expm1(-factor * own.mean * _log_ratio(factor * own.excess))
        none = np.where(self.mean > 0, 1 - own.alive * some, self.none)
        return Counts(self.mean * factor, none, self.alive, self.pairs * factor**2)

    def raised(self, least: Floats | float) -> "Counts":
        """Return them with means of at least `least`: of whom less is expected, more may be there still."""
        if_there = self.mean / np.where(self.alive > 0, self.alive, 1.0)
        short = (self.mean < least) & (if_there > 0)
        alive = np.where(short, np.minimum(least / np.where(short, if_there, 1.0), 1.0), self.alive)
        times = np.where(short, alive / np.where(short, self.alive, 1.0), 1.0)
        return Counts(self.mean * times, 1 - (1 - self.none) * times, alive, self.pairs * times)

    def taken(self, rows: Rows) -> "Counts":
        """Return some of the customers."""
        return Counts(self.mean[rows], self.none[rows], self.alive[rows], self.pairs[rows])

    @staticmethod
    def mixed(parts: "Sequence[Counts]") -> "Counts":
        """Return what comes if any of several laws may be the right one, each as likely as another."""
        fields = zip(*((one.mean, one.none, one.alive, one.pairs) for one in parts), strict=True)
        return Counts(*(np.mean(field, axis=0) for field in fields))


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums of so many values as `Counts` describes, each Gamma(`value`, nu) distributed.

    nu is the customer's own and uncertain, Gamma(`shape`, `rate`), as the gamma-gamma model has it. Where anything
    comes at all, nu times the sum is taken to be gamma with the mean and variance that it has: the sum is then a
    multiple of a beta prime variable.

    Attributes:
        counts: of the values.
        value: shape p of a single value, above 0.
        shape: of the distribution of nu, above 1; shape (n,).
        rate: of the same, above 0, in the unit of money.
        worth: what one unit of the money to come counts for, at most 1: less where it is discounted.

    >>> counts = Counts.of([2.0, 8.0], [0.4, 0.01], [0.8, 1.0])
    >>> low, high = Sums.of(counts, value=6.25, shape=10.0, rate=50.0).limits(0.95)
    >>> low.round().tolist(), high.round().tolist()
    ([0.0, 37.0], [346.0, 800.0])
    """

    counts: Counts
    value: float
    shape: Floats
    rate: Floats
    worth: Floats

    @classmethod
    def of(cls, counts: Counts, *, value: float, shape: ArrayLike, rate: ArrayLike, worth: ArrayLike = 1.0) -> "Sums":
        """Return sums of arguments that broadcast."""
        _mean, *rest = _together(counts.mean, shape, rate, worth)
        return cls(counts, value, *rest)

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def mean(self) -> Floats:
        """Expected sum."""
        return self.counts.mean * self._each

    def limits(self, level: float) -> tuple[Floats, Floats]:
        """Return limits that hold `level` of the probability; half of the rest lies on either side."""
        any_at_all = np.flatnonzero(self.counts.none < _tails(level)[1])
        own, limits = _Own.of(self.counts.taken(any_at_all)), np.zeros((2, len(self)))
        for side, p in enumerate(_tails(level)):
            there = own.exceeding(p)
            some = any_at_all[there]
            count, a, b = own.taken(there), self.shape[some], self.rate[some]
            typical, spread = count.if_any
            kappa = 1 / (spread + 1 / (self.value * typical))
            inner = (p - count.none) / (1 - count.none)
            if p < 0.5:
                below = special.betaincinv(kappa, a, inner)
                above = 1 - below
            else:  # the side that is near 0 keeps its digits
                above = special.betaincinv(a, kappa, 1 - inner)
                below = 1 - above
            limits[side, some] = b * self.value * typical / kappa * below / above * self.worth[some]
        return limits[0], limits[1]

    @property
    def variance(self) -> Floats:
        """Of the sum; it has none where `shape` is 2 or less: that of 2.5 is taken, which is large."""
        expected, safe = self.counts.mean, np.maximum(self.shape, 2.5)
        once, twice = self.rate / (safe - 1), self.rate**2 / ((safe - 1) * (safe - 2))  # E[1/nu], E[1/nu²]
        inner = (self.counts.variance + expected**2) * twice - (expected * once) ** 2
        return np.asarray(self.worth**2 * (expected * self.value * twice + self.value**2 * inner))

    @property
    def _each(self) -> Floats:
        """What an order is expected to bring."""
        return self.worth * self.value * self.rate / (self.shape - 1)

    def raised(self, least: Floats | float) -> "Sums":
        """Return them with means of at least `least`: of whom less is expected, more may be there still."""
        return replace(self, counts=self.counts.raised(least / self._each))

    def scaled(self, factor: Floats) -> "Sums":
        """Return what comes of customers who buy `factor` times as often; shape (n,), above 0."""
        return replace(self, counts=self.counts.scaled(factor))

    def taken(self, rows: Rows) -> "Sums":
        """Return some of the customers."""
        return Sums(self.counts.taken(rows), self.value, self.shape[rows], self.rate[rows], self.worth[rows])

    @staticmethod
    def mixed(parts: "Sequence[Sums]") -> "Sums":
        """Return what comes if any of several laws of buying may be the right one; of one law of spending."""
        counts = Counts.mixed([one.counts for one in parts])
        weights = np.array([one.counts.mean for one in parts])
        whole = weights.sum(axis=0)
        worth = (weights * np.array([one.worth for one in parts])).sum(axis=0) / np.where(whole > 0, whole, 1.0)
        return replace(parts[0], counts=counts, worth=np.where(whole > 0, worth, parts[0].worth))


@dataclass(frozen=True, slots=True, eq=False)
class _Own:
    """Counts to come: 0 with probability 1 - alive, else negative binomial (mean, excess)."""

    none: Floats
    alive: Floats
    mean: Floats
    excess: Floats

    @classmethod
    def of(cls, counts: Counts) -> "_Own":
        known = ~np.isnan(counts.pairs)
        if known.all():
            return cls._by_pairs(counts)
        if not known.any():
            return cls._by_alive(counts)
        some, rest = cls._by_pairs(counts), cls._by_alive(counts)
        fields = ((getattr(one, name) for one in (some, rest)) for name in ("none", "alive", "mean", "excess"))
        return cls(*(np.where(known, *both) for both in fields))

    @classmethod
    def _by_pairs(cls, counts: Counts) -> "_Own":
        """Match mean, zeros and pairs: whoever leaves before anything comes is as good as gone."""
        mean, none = counts.mean, counts.none
        second = counts.pairs / np.maximum(mean, 1e-300)
        least, most = np.clip(1 - none, 1e-300, 1.0), np.ones(len(mean))
        for _ in range(_HALVINGS):
            alive = (least + most) / 2
            own = mean / alive
            zeros = 1 - alive + alive * np.exp(-own * _log_ratio(np.maximum(second - own, 0.0)))
            least, most = np.where(zeros > none, alive, least), np.where(zeros > none, most, alive)
        own = mean / most
        return cls(np.where(mean > 0, none, 1.0), most, own, np.maximum(second - own, 0.0))

    @classmethod
    def _by_alive(cls, counts: Counts) -> "_Own":
        """Match mean and zeros, given who is gone."""
        safe = np.where(counts.alive > 0, counts.alive, 1.0)
        own, some = counts.mean / safe, (1 - counts.none) / safe
        excess = _excess(-np.log1p(-np.minimum(some, 1 - _DROWNED)) / np.maximum(own, 1e-300))
        return cls(np.where(counts.mean > 0, counts.none, 1.0), safe, own, excess)

    def exceeding(self, p: float) -> NDArray[np.bool_]:
        """Return whose quantile is above 0."""
        return self.none < p

    def taken(self, rows: NDArray[np.bool_]) -> "_Own":
        return _Own(self.none[rows], self.alive[rows], self.mean[rows], self.excess[rows])

    @property
    def pairs(self) -> Floats:
        """E[N(N - 1)]."""
        return self.alive * self.mean * (self.excess + self.mean)

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
