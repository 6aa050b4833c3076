"""Intervals of what will be counted or spent, rather than of a mean: they hold chance to come, too."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from regulars.stats.negative_binomial import excess_of, log_ratio, quantile, tails

Floats = NDArray[np.float64]
#: Which of some customers: by number, by range, or whether each.
Rows = NDArray[np.int_] | NDArray[np.bool_] | slice

#: Shares of zeros below it are lost in rounding.
_DROWNED = 1e-12
#: Steps of a bisection: enough for nine digits.
_HALVINGS = 30


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
        any_at_all = np.flatnonzero(self.none < tails(level)[1])
        own, limits = _Own.of(self.taken(any_at_all)), np.zeros((2, len(self)))
        for side, p in enumerate(tails(level)):
            some = own.exceeding(p)
            count = own.taken(some)
            found = quantile((p - (1 - count.alive)) / count.alive, count.mean, count.excess)
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
        some = -np.expm1(-factor * own.mean * log_ratio(factor * own.excess))
        none = np.where(self.mean > 0, 1 - own.alive * some, self.none)
        return Counts(self.mean * factor, none, self.alive, self.pairs * factor**2)

    def loosened(self, times: float) -> "Counts":
        """Return them with `times` the variance, at least 1."""
        return replace(self, pairs=self.variance * times - self.mean + self.mean**2)

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
    def joined(parts: "Sequence[Counts]") -> "Counts":
        """Return all of several groups of customers."""
        fields = zip(*((one.mean, one.none, one.alive, one.pairs) for one in parts), strict=True)
        return Counts(*(np.concatenate(field) for field in fields))

    @staticmethod
    def mixed(parts: "Sequence[Counts]") -> "Counts":
        """Return what comes if any of several laws may be the right one, each as likely as another."""
        fields = zip(*((one.mean, one.none, one.alive, one.pairs) for one in parts), strict=True)
        return Counts(*(np.mean(field, axis=0) for field in fields))


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums of so many values as `Counts` describes, each Gamma(`value`, nu) distributed; arrays of shape (n,).

    nu is the customer's own and uncertain, Gamma(`shape`, `rate`), as the gamma-gamma model has it. Where anything
    comes at all, nu times the sum is taken to be gamma with the mean and variance that it has: the sum is then a
    multiple of a beta prime variable.

    Attributes:
        counts: of the values.
        value: shape p of a single value, above 0.
        shape: of the distribution of nu, above 1.
        rate: of the same, above 0, in the unit of money.
        worth: what one unit of the money to come counts for, at most 1: less where it is discounted.

    >>> counts = Counts.of([2.0, 8.0], [0.4, 0.01], [0.8, 1.0])
    >>> low, high = Sums.of(counts, value=6.25, shape=10.0, rate=50.0).limits(0.95)
    >>> low.round().tolist(), high.round().tolist()
    ([0.0, 37.0], [346.0, 800.0])
    """

    counts: Counts
    value: Floats
    shape: Floats
    rate: Floats
    worth: Floats

    @classmethod
    def of(
        cls, counts: Counts, *, value: ArrayLike, shape: ArrayLike, rate: ArrayLike, worth: ArrayLike = 1.0
    ) -> "Sums":
        """Return sums of arguments that broadcast."""
        _mean, *rest = _together(counts.mean, value, shape, rate, worth)
        return cls(counts, *rest)

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def mean(self) -> Floats:
        """Expected sum."""
        return self.counts.mean * self._each

    def limits(self, level: float) -> tuple[Floats, Floats]:
        """Return limits that hold `level` of the probability; half of the rest lies on either side."""
        any_at_all = np.flatnonzero(self.counts.none < tails(level)[1])
        own, limits = _Own.of(self.counts.taken(any_at_all)), np.zeros((2, len(self)))
        for side, p in enumerate(tails(level)):
            there = own.exceeding(p)
            some = any_at_all[there]
            count, p_value, a, b = own.taken(there), self.value[some], self.shape[some], self.rate[some]
            typical, spread = count.if_any
            kappa = 1 / (spread + 1 / (p_value * typical))
            inner = (p - count.none) / (1 - count.none)
            if p < 0.5:
                below = special.betaincinv(kappa, a, inner)
                above = 1 - below
            else:  # the side that is near 0 keeps its digits
                above = special.betaincinv(a, kappa, 1 - inner)
                below = 1 - above
            limits[side, some] = b * p_value * typical / kappa * below / above * self.worth[some]
        return limits[0], limits[1]

    @property
    def variance(self) -> Floats:
        """Of the sum; it has none where `shape` is 2 or less: that of 2.5 is taken, which is large."""
        expected, safe = self.counts.mean, np.maximum(self.shape, 2.5)
        once, twice = self.rate / (safe - 1), self.rate**2 / ((safe - 1) * (safe - 2))  # E[1/nu], E[1/nu²]
        inner = (self.counts.variance + expected**2) * twice - (expected * once) ** 2
        return np.asarray(self.worth**2 * (expected * self.value * twice + self.value**2 * inner))

    def loosened(self, times: float) -> "Sums":
        """Return them of counts with `times` the variance, at least 1."""
        return replace(self, counts=self.counts.loosened(times))

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
        parts = (self.value, self.shape, self.rate, self.worth)
        return Sums(self.counts.taken(rows), *(part[rows] for part in parts))

    @staticmethod
    def joined(parts: "Sequence[Sums]") -> "Sums":
        """Return all of several groups of customers."""
        counts = Counts.joined([one.counts for one in parts])
        fields = zip(*((one.value, one.shape, one.rate, one.worth) for one in parts), strict=True)
        return Sums(counts, *(np.concatenate(field) for field in fields))

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
            zeros = 1 - alive + alive * np.exp(-own * log_ratio(np.maximum(second - own, 0.0)))
            least, most = np.where(zeros > none, alive, least), np.where(zeros > none, most, alive)
        own = mean / most
        return cls(np.where(mean > 0, none, 1.0), most, own, np.maximum(second - own, 0.0))

    @classmethod
    def _by_alive(cls, counts: Counts) -> "_Own":
        """Match mean and zeros, given who is gone."""
        safe = np.where(counts.alive > 0, counts.alive, 1.0)
        own, some = counts.mean / safe, (1 - counts.none) / safe
        excess = excess_of(-np.log1p(-np.minimum(some, 1 - _DROWNED)) / np.maximum(own, 1e-300))
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


def _together(*parts: ArrayLike) -> list[Floats]:
    return [np.asarray(part) for part in np.broadcast_arrays(*(np.asarray(part, np.float64) for part in parts))]
