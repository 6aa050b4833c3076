"""Customers who may leave after any transaction: BG/NBD and MBG/NBD, also with regular timing (BG/CNBD-k, MBG/CNBD-k).

While a customer stays, the gaps between transactions are Erlang-k with rate lambda (k = 1: exponential); after each
transaction the customer leaves for good with chance p. Over customers lambda ~ gamma(r, rate alpha) and
p ~ beta(a, b). The likelihood of x repeat transactions, the last at t, by the age T, is the one constant

    exp((k-1) log_gaps) / (k-1)!^x * Gamma(r+kx)/Gamma(r) * alpha^r * B(a, b+d)/B(a, b)

times the sum of two ways in which it came about: the customer stays and waits, or has left after the last transaction,

    sum over j < k of (r+kx)_j/j! (T-t)^j / (alpha+T)^(r+kx+j)     and     a/(b+d-1) / (alpha+t)^(r+kx),

where d is how often the customer did not leave if still there: x, or x + 1 where the first transaction counts, too;
with d = 0 nobody can have left.

References:
    Fader, Hardie & Lee (2005), Marketing Science 24, 275-284: BG/NBD, eq. 6-10. Batislam, Denizel & Filiztekin (2007),
    Int. J. Research in Marketing 24, 201-209: MBG/NBD. Platzer & Reutterer (2016), Marketing Science 35, 779-799, for
    regular timing; Reutterer, Platzer & Schröder (2021), Int. J. Research in Marketing 38, 194-215: (M)BG/CNBD-k.
    Fader & Hardie (2007), Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.stats.buying.bg_ahead import repeats, repeats_in_phases
from regulars.stats.buying.bg_curve import BgLikelihood, Designs, phases
from regulars.stats.buying.histories import Histories
from regulars.stats.likelihood import Each, Floats, Maximum, NotFitted, maximise, own_parameters

_NONE: Designs = MappingProxyType({})
#: Where the search begins: logs of r, alpha (in mean ages), a, b.
_START = np.log([0.5, 0.2, 0.7, 2.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BgNbd:
    """One customer base; parameters are numbers, or one per row where covariates act.

    Attributes:
        r: shape of the gamma distribution of rates; the smaller, the more they differ.
        alpha: its rate, in the unit of time of the histories (days).
        a, b: of the beta distribution of the chance to leave after a transaction.
        leaves_at_first: whether customers may leave after their first transaction, too (MBG/NBD).
        k: regularity of timing; 1 is random.
        at_orders: that customers leave right after a transaction.

    >>> cdnow = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)  # weeks
    >>> one = Histories(frequency=np.array([2.0]), recency=np.array([30.43]), age=np.array([38.86]))
    >>> [round(float(found[0]), 3) for found in (cdnow.alive(one), cdnow.expected(one, [39.0])[0])]
    [0.727, 1.226]
    """

    r: Each
    alpha: Each
    a: Each
    b: Each
    leaves_at_first: bool = False
    k: int = 1
    at_orders: ClassVar[bool] = True

    @classmethod
    def at(cls, theta: Floats, designs: Designs = _NONE, *, leaves_at_first: bool = False, k: int = 1) -> "BgNbd":
        """Return the model at logs of r, alpha, a, b, followed by the covariates' coefficients."""
        r, alpha, a, b = (np.exp(log)[()] for log in own_parameters(theta, 4, designs))
        return cls(r=r, alpha=alpha, a=a, b=b, leaves_at_first=leaves_at_first, k=k)

    def log_likelihood(self, h: Histories) -> Floats:
        """Return the log-likelihood of each row, shape (n,), with all constants."""
        shape, stays = self._shape(h), self._stays(h)
        rates = special.gammaln(shape) - special.gammaln(self.r) - shape * np.log1p(h.age / self.alpha)
        rates -= self.k * h.frequency * np.log(self.alpha)
        chances = special.betaln(self.a, self.b + stays) - special.betaln(self.a, self.b)
        waits = np.log(sum(self._phases(h)))
        return rates + chances + waits + np.logaddexp(0.0, self._log_odds_of_leaving(h)) + _constant(h, self.k)

    def alive(self, h: Histories) -> Floats:
        """Return P(still a customer at age | history), shape (n,)."""
        return np.asarray(special.expit(-self._log_odds_of_leaving(h)))

    def none_ahead(self, h: Histories, ahead: float) -> Floats:
        """Return P(no transaction in (age, age + ahead] | history), shape (n,)."""
        odds = self._log_odds_of_leaving(h)
        later = replace(h, age=h.age + ahead)
        waits = np.exp(-self._shape(h) * np.log1p(ahead / (self.alpha + h.age)))
        waits *= sum(self._phases(later)) / sum(self._phases(h))
        return np.minimum(special.expit(odds) + special.expit(-odds) * waits, 1.0)

    def expected(self, h: Histories, aheads: Sequence[float]) -> Floats:
        """Return E[transactions in (age, age + ahead] | history] for each of m horizons, shape (m, n)."""
        alive = self.alive(h)
        if self.k == 1 and all(np.ndim(one) == 0 for one in (self.r, self.alpha, self.a, self.b)):
            # The history matters by frequency and age alone: of a base of two years a quarter is left to compute.
            some, places = _distinct(h.frequency, h.age)
            return alive * self._expected_while_there(h.taken(some), aheads)[:, places]
        return alive * self._expected_while_there(h, aheads)

    def _expected_while_there(self, h: Histories, aheads: Sequence[float]) -> Floats:
        shape, b = self._shape(h), self.b + self._stays(h)
        spans = [ahead / (self.alpha + h.age) for ahead in aheads]
        if self.k == 1:
            return repeats(shape, self.a, b, spans)
        return repeats_in_phases(self._phases(h), shape, self.a, b, spans)

    def drawn(self, h: Histories, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return a rate of buying and a hazard of leaving of each row, given the history and that it is there still.

        Both per unit of time, shape (n,); given that, rate and chance to leave are independent.

        Raises:
            ValueError: timing is regular (k > 1), so that no constant hazard tells it.
        """
        if self.k > 1:
            raise ValueError("of regular timing there is no constant hazard of leaving")
        rate = np.maximum(rng.standard_gamma(self._shape(h)) / (self.alpha + h.age), 1e-300)
        return rate, rate * rng.beta(self.a, self.b + self._stays(h))

    def expected_new(self, aheads: Sequence[float]) -> Floats:
        """Return E[repeat transactions by each age] of a new customer, shape (m,).

        References:
            Fader, Hardie & Lee (2005), eq. 9.
        """
        zero = np.zeros(1)
        return self.expected(Histories(frequency=zero, recency=zero, age=zero), aheads)[:, 0]

    def pmf(self, counts: int, age: float) -> Floats:
        """Return P(0, 1, ... `counts` repeat transactions by `age`), shape (counts + 1,).

        References:
            Fader, Hardie & Lee (2005), eq. 8, with the counts of Erlang-k gaps.
        """
        x = np.arange(counts + 2.0)
        reached = np.ones(len(x))  # P(rate high enough for x transactions): a negative binomial tail
        reached[1:] = special.betainc(self.k * x[1:], self.r, age / (self.alpha + age))
        stays = x[:-1] + self.leaves_at_first
        alive = np.exp(special.betaln(self.a, self.b + stays) - special.betaln(self.a, self.b))
        left = np.where(stays > 0, alive * self.a / np.maximum(self.b + stays - 1, self.b), 0.0)
        return np.asarray(alive * -np.diff(reached) + left * reached[:-1])

    def _shape(self, h: Histories) -> Floats:
        """Return the shape of the gamma distribution of the rate, given the history."""
        return np.asarray(self.r + self.k * h.frequency)

    def _stays(self, h: Histories) -> Floats:
        return h.frequency + self.leaves_at_first

    def _phases(self, h: Histories) -> list[Floats]:
        return phases(self._shape(h), (h.age - h.recency) / (self.alpha + h.age), self.k)

    def _log_odds_of_leaving(self, h: Histories) -> Floats:
        stays = self._stays(h)
        silence = self._shape(h) * np.log1p((h.age - h.recency) / (self.alpha + h.recency))
        # Where nobody can have left, b only keeps the logarithm defined.
        odds = np.log(self.a / np.maximum(self.b + stays - 1, self.b)) + silence - np.log(sum(self._phases(h)))
        return np.where(stays > 0, odds, -np.inf)


def _distinct(x: Floats, y: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return one row of each distinct pair, and for each row the place of its pair among them."""
    order = np.lexsort((x, y))
    new = np.ones(len(x), dtype=bool)
    new[1:] = (np.diff(x[order]) != 0) | (np.diff(y[order]) != 0)
    places = np.empty(len(x), dtype=np.intp)
    places[order] = np.cumsum(new) - 1
    return order[new], places


def _constant(h: Histories, k: int) -> Each:
    """Return what no parameter changes: 0 for k = 1."""
    if k == 1:
        return 0.0
    if h.log_gaps is None:
        raise ValueError("regular timing (k > 1) is told from `log_gaps`, which these histories lack")
    return (k - 1) * h.log_gaps - math.lgamma(k) * h.frequency


def fit(h: Histories, designs: Designs = _NONE, *, leaves_at_first: bool = False, k: int = 1) -> Maximum:
    """Return the most likely parameters as `BgNbd.at` takes them.

    Args:
        h: histories; with `log_gaps` where k > 1.
        designs: covariates that scale alpha (1), a (2) or b (3).
        leaves_at_first: whether customers may leave after their first transaction, too.
        k: regularity of timing.

    Raises:
        NotFitted: the histories tell no parameters; the message says why.
        ValueError: covariates of another parameter, or k > 1 without `log_gaps`.
    """
    if not designs.keys() <= {1, 2, 3}:
        raise ValueError(f"covariates act on alpha, a and b (1, 2, 3), not on {sorted(designs)}")
    if not (h.age > 0).any():
        raise NotFitted("all customers were first seen on the day of the snapshot")
    again = h.frequency > 0
    if (again.sum() if h.weights is None else h.weights[again].sum()) < 2:
        raise NotFitted("fewer than two customers have bought again")
    unit = float(np.average(h.age, weights=h.weights))
    scaled = replace(h, recency=h.recency / unit, age=h.age / unit)
    start = np.concatenate([_START, np.zeros(sum(design.shape[1] for design in designs.values()))])
    found = maximise(BgLikelihood.of(scaled, designs, leaves_at_first, k), start)
    theta = found.theta.copy()
    theta[1] += math.log(unit)
    left_out = _constant(h, k) - k * math.log(unit) * h.frequency
    weighted = left_out if h.weights is None else left_out * h.weights
    return replace(found, theta=theta, value=found.value + float(weighted.sum()))


def chosen_k(h: Histories, leaves_at_first: bool, most: int = 6) -> int:
    """Return the regularity of timing with the highest likelihood, climbing from 1.

    Raises:
        NotFitted: not even random timing can be fitted.
    """
    k, value = 1, fit(h, leaves_at_first=leaves_at_first).value
    while k < most:
        try:
            next_value = fit(h, leaves_at_first=leaves_at_first, k=k + 1).value
        except NotFitted:
            break
        if next_value <= value:
            break
        k, value = k + 1, next_value
    return k
