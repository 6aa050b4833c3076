"""Customers with rates of their own, known: what they bring in two worlds that differ in how soon they leave.

Both worlds share every draw (common random numbers): who leaves in the one with the higher hazard stays in the other
with probability 1 - lower/higher, and then goes on at the lower hazard; until then both bring the same. So the
difference of the two is known far better than either.

References:
    Law (2015), Simulation Modeling and Analysis, 5th ed., section 11.2: common random numbers. Fader, Hardie & Lee
    (2005), Marketing Science 24, 275-284, eq. 8 before mixing. Fader & Hardie (2007), J. Interactive Marketing 21(1).
"""

import math
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.core.periods import MONTH_DAYS, YEAR_DAYS

Floats = NDArray[np.float64]
#: Days of the spans that retention is told of.
SPANS = {"year": YEAR_DAYS, "month": MONTH_DAYS}
#: Retention by order: the chance to come again after one.
ORDER = "order"
#: Hazard, per day or month, at which nobody leaves.
_NEVER = 1e-12


class Lives(Protocol):
    """Customers whose rates are known."""

    @property
    def alive(self) -> Floats:
        """Each one's probability not to have left yet."""
        ...

    def kept(self, per: str) -> Floats:
        """Return each one's retention over a `year`, a `month` or from an `order` to the next, if still a customer."""
        ...

    def keeping(self, kept: Floats, per: str) -> "Lives":
        """Return the same customers with other retention; as near to it as can be."""
        ...

    def leaving(self, times: Floats) -> "Lives":
        """Return the same customers with `times` the hazard of leaving, >= 0."""
        ...

    def worth(self, days: int) -> Floats:
        """Return what each is expected to bring, discounted."""
        ...

    def gone(self, days: int) -> Floats:
        """Return each one's probability to be no customer any more after so many days."""
        ...

    def both(self, other: "Lives", days: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return what each brings here and in the other world, drawn with the same luck."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Buying:
    """Customers who order at random until they leave unseen; arrays of shape (n,).

    Attributes:
        alive: probability that they have not left yet.
        rate: orders per day while they are customers.
        hazard: of leaving, per day; at most `rate` where they leave at orders.
        each: money of an order on average.
        shape: of the gamma distribution of one order's money.
        at_orders: whether they leave right after an order (BG/NBD), else at any moment (Pareto/NBD).
        force: discount per day, continuous.
    """

    alive: Floats
    rate: Floats
    hazard: Floats
    each: Floats
    shape: float
    at_orders: bool
    force: float

    def kept(self, per: str) -> Floats:
        """Return retention; from an order to the next: the chance to come again."""
        if per != ORDER:
            return np.exp(-self.hazard * SPANS[per])
        stays = 1 - self.hazard / self.rate if self.at_orders else self.rate / (self.rate + self.hazard)
        return np.asarray(stays)

    def keeping(self, kept: Floats, per: str) -> "Buying":
        """Return them with other retention; whoever leaves at orders leaves at the first one at the earliest."""
        with np.errstate(divide="ignore"):
            if per != ORDER:
                hazard = -np.log(kept) / SPANS[per]
            else:
                hazard = self.rate * (1 - kept) / (1 if self.at_orders else kept)
        return self._with(hazard)

    def leaving(self, times: Floats) -> "Buying":
        """Return them with `times` the hazard."""
        return self._with(self.hazard * times)

    def _with(self, hazard: Floats) -> "Buying":
        most = self.rate if self.at_orders else np.full(len(self.rate), 1e6)
        return replace(self, hazard=np.minimum(hazard, most))

    def worth(self, days: int) -> Floats:
        """Return expected money: alive * each * rate * (1 - exp(-(hazard + force) days)) / (hazard + force)."""
        return self.alive * self.each * self.rate * _lasting(self.hazard + self.force, days)

    def gone(self, days: int) -> Floats:
        """Return the probability to be no customer any more by then."""
        return np.asarray(1 - self.alive * np.exp(-self.hazard * days))

    def both(self, other: Lives, days: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return money in both worlds, orders one by one."""
        assert isinstance(other, Buying)
        sooner, later = np.maximum(self.hazard, other.hazard), np.minimum(self.hazard, other.hazard)
        n, end = len(self.rate), float(days)
        there = rng.random(n) < self.alive
        first = np.where(there, _waits(sooner, rng), 0.0)
        until = np.minimum(first, end)
        stays = there & (first < end) & (rng.random(n) * sooner >= later)
        second = np.where(stays, first + _waits(later, rng), first)
        more = np.where(stays, np.minimum(second, end) - until, 0.0)
        orders = self._orders(sooner, until, there & (first < end), rng)
        further = self._orders(later, more, stays & (second < end), rng)
        short = self._money(orders, until / 2, rng)
        long = short + self._money(further, until + more / 2, rng)
        stronger = self.hazard >= other.hazard
        return np.where(stronger, short, long), np.where(stronger, long, short)

    def _orders(self, hazard: Floats, days: Floats, left: NDArray[np.bool_], rng: np.random.Generator) -> Floats:
        """Return how many orders so many days bring; the one after which they leave is among them."""
        if not self.at_orders:
            return rng.poisson(self.rate * days).astype(np.float64)
        return np.asarray(rng.poisson(np.maximum(self.rate - hazard, 0.0) * days) + left, dtype=np.float64)

    def _money(self, orders: Floats, when: Floats, rng: np.random.Generator) -> Floats:
        spent = rng.standard_gamma(self.shape * orders) / self.shape
        return np.asarray(spent * self.each * np.exp(-self.force * when))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contracted:
    """Customers under contract, who end it with a probability of their own each month; arrays of shape (n,).

    Attributes:
        ends: probability to end in a month.
        monthly: what they pay a month.
        rate: of discount, a year.
    """

    ends: Floats
    monthly: Floats
    rate: float

    @property
    def alive(self) -> Floats:
        """All are under contract."""
        return np.ones(len(self.ends))

    def kept(self, per: str) -> Floats:
        """Return retention.

        Raises:
            ValueError: it is asked by order.
        """
        return np.asarray((1 - self.ends) ** _months_in(per))

    def keeping(self, kept: Floats, per: str) -> "Contracted":
        """Return them with other retention."""
        return replace(self, ends=1 - kept ** (1 / _months_in(per)))

    def leaving(self, times: Floats) -> "Contracted":
        """Return them with `times` the hazard."""
        return replace(self, ends=-np.expm1(times * np.log1p(-np.minimum(self.ends, 1 - 1e-12))))

    def worth(self, days: int) -> Floats:
        """Return expected money; who ends in a month pays half of it."""
        stays, found = np.ones(len(self.ends)), np.zeros(len(self.ends))
        for one in _paid(days, self.rate):
            later = stays * (1 - self.ends)
            found += (stays + later) / 2 * one
            stays = later
        return found * self.monthly

    def gone(self, days: int) -> Floats:
        """Return the probability to have ended by then."""
        return np.asarray(1 - (1 - self.ends) ** (days / MONTH_DAYS))

    def both(self, other: Lives, days: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return money in both worlds, month by month."""
        assert isinstance(other, Contracted)
        sooner, later = np.maximum(self.ends, other.ends), np.minimum(self.ends, other.ends)
        first = _month(sooner, rng)
        stays = rng.random(len(first)) * sooner >= later
        second = np.where(stays, first + _month(later, rng), first)
        worth = _paid(days, self.rate)
        whole = np.concatenate([[0.0], np.cumsum(worth)])
        # Who ends in a month pays half of it; who ends after the last one pays them all.
        money = np.concatenate([whole[:-1] + worth / 2, whole[-1:]])
        short, long = (
            money[np.minimum(when - 1, len(worth)).astype(np.intp)] * self.monthly for when in (first, second)
        )
        stronger = self.ends >= other.ends
        return np.where(stronger, short, long), np.where(stronger, long, short)


def _lasting(rate: Floats, days: float) -> Floats:
    """Return the integral of exp(-rate t) over the days."""
    return np.asarray(days * special.exprel(-rate * days))


def _waits(hazard: Floats, rng: np.random.Generator) -> Floats:
    """Return days until whoever has such a hazard leaves; far ahead where nobody would."""
    return rng.standard_exponential(len(hazard)) / np.maximum(hazard, _NEVER)


def _month(ends: Floats, rng: np.random.Generator) -> Floats:
    """Return the month in which a contract ends, 1 the first; far ahead where it never does."""
    hazard = -np.log1p(-np.minimum(ends, 1 - 1e-12))
    return np.maximum(np.ceil(np.minimum(_waits(hazard, rng), 1e9)), 1.0)


def _months_in(per: str) -> float:
    if per not in SPANS:
        raise ValueError(f"contracts have no retention by {per}")
    return SPANS[per] / MONTH_DAYS


def _paid(days: int, rate: float) -> Floats:
    """Return what one unit of money a month is worth in each month of the horizon, at its middle."""
    months = max(1, round(days / MONTH_DAYS))
    length = days / months
    middle = (np.arange(months) + 0.5) * length / YEAR_DAYS
    return np.asarray(length / MONTH_DAYS * np.exp(-middle * math.log1p(rate)))
