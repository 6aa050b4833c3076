"""What a transaction of each customer is worth, where some spend more than others: the gamma-gamma model.

The value of a customer's transaction is Gamma(p, nu); nu, their own, is Gamma(q, gamma) across customers. Nothing ties
how much somebody spends to how often they come: `independence` tells whether the records agree.

References:
    Colombo & Jiang (1999), J. Interactive Marketing 13(3), 2-12. Fader & Hardie (2013), The Gamma-Gamma Model of
    Monetary Value, brucehardie.com/notes/025.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from regulars.core.estimate import Interval, unknown
from regulars.stats.buying.histories import CHUNK
from regulars.stats.intervals import z
from regulars.stats.likelihood import Curve, Floats, Maximum, NotFitted, maximise
from regulars.stats.ranking import ranks

#: From the axes of the search to log p, log q, log gamma. Where a customer's own values hardly vary the likelihood no
#: longer changes as p grows with p gamma held; where customers hardly differ, as q grows with gamma/q held. Each of the
#: two is an axis of its own here. Half logarithms let p and q end near 3,000, before rounding errors tell.
_AXES = np.array([[0.5, 0.0, 0.0], [0.0, 0.5, 0.0], [-0.5, 0.5, 0.5]])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spend:
    """One row per customer; arrays of shape (n,).

    Attributes:
        frequency: transactions that `mean` is taken of; a customer with none tells nothing.
        mean: their mean value, in any unit of money; a customer whose mean is not above 0 tells nothing.
        weights: how often each row counts; None: once.
    """

    frequency: Floats
    mean: Floats
    weights: Floats | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GammaGamma:
    """Parameters above 0: p and q are shapes, gamma is in the unit of `Spend.mean`.

    >>> cdnow = GammaGamma(p=6.25, q=3.74, gamma=15.44)
    >>> round(cdnow.population, 2)
    35.22
    >>> cdnow.expected(np.array([0.0, 2.0]), np.array([0.0, 22.35])).round(2).tolist()
    [35.22, 24.66]
    """

    p: float
    q: float
    gamma: float

    @classmethod
    def at(cls, theta: Floats) -> "GammaGamma":
        """Return the model whose parameters have the logarithms `theta`."""
        p, q, gamma = np.exp(theta).tolist()
        return cls(p=p, q=q, gamma=gamma)

    @property
    def population(self) -> float:
        """Mean value of a transaction across customers; infinite where q <= 1."""
        return self.p * self.gamma / (self.q - 1) if self.q > 1 else math.inf

    def log_likelihood(self, spend: Spend) -> Floats:
        """Return the log density of each customer's mean value (2013, eq. 1a); 0 for who tells nothing."""
        known = (spend.frequency > 0) & (spend.mean > 0)
        x, mean = np.where(known, spend.frequency, 1.0), np.where(known, spend.mean, 1.0)
        shape, total = self.p * x, x * mean
        found = (
            -special.betaln(shape, self.q)
            + self.q * np.log(self.gamma / total)
            - (shape + self.q) * np.log1p(self.gamma / total)
            - np.log(mean)
        )
        return np.where(known, found, 0.0)

    def posterior(self, frequency: Floats, mean: Floats) -> tuple[Floats, Floats]:
        """Return shape and rate of each customer's nu, given what they spent; a mean below 0 counts as 0."""
        return self.q + self.p * frequency, self.gamma + frequency * np.maximum(mean, 0.0)

    def expected(self, frequency: Floats, mean: Floats) -> Floats:
        """Return the expected value of each customer's transactions to come.

        It lies between the population's mean and the customer's own, the nearer to it the more often they came. A
        customer without a transaction has the population's, infinite where q <= 1.

        References:
            Fader & Hardie (2013), eq. 5.
        """
        shape, rate = self.posterior(frequency, mean)
        infinite = shape <= 1
        return np.where(infinite, math.inf, self.p * rate / np.where(infinite, 1.0, shape - 1))


def fit(spend: Spend) -> Maximum:
    """Return the maximum over log p, log q and log gamma.

    Raises:
        NotFitted: fewer than two customers spent anything, all the same, or so unevenly that there is no mean.
    """
    x, mean, weights = _telling(spend)
    if len(mean) == 0:
        raise NotFitted("nobody has a transaction of positive value")
    if weights.sum() < 2:
        raise NotFitted("fewer than two customers have a transaction of positive value")
    if mean.min() == mean.max():
        raise NotFitted("all customers spend exactly the same")
    unit = float(np.average(mean, weights=weights))
    start = np.linalg.solve(_AXES, np.log([3.0, 3.0, 2 / 3]))
    found = maximise(_Sample.of(x, unit / (x * mean), weights), start)
    theta = _AXES @ found.theta
    if theta[1] <= 0:
        raise NotFitted("spend is so uneven that it has no mean under this model")
    return replace(
        found,
        theta=theta + np.array([0.0, 0.0, math.log(unit)]),
        covariance=_AXES @ found.covariance @ _AXES.T,
        value=found.value - float(weights @ np.log(mean)),
    )


def _telling(spend: Spend) -> tuple[Floats, Floats, Floats]:
    """Return frequency, mean and weight of the customers of whom something is known."""
    weights = np.ones(len(spend.mean)) if spend.weights is None else spend.weights
    rows = (spend.frequency > 0) & (spend.mean > 0) & (weights > 0)
    return spend.frequency[rows], spend.mean[rows], weights[rows]


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Customers as the likelihood sees them: only log(1 + gamma/total) is a matter of each.

    Attributes:
        frequency: transactions of each.
        over: one unit of money over their total.
        weights: of each, and times their frequency; shape (2, n).
        logs: Σ log(total / unit).
        times: distinct frequencies.
        customers: of each distinct frequency, by weight.
    """

    frequency: Floats
    over: Floats
    weights: Floats
    logs: float
    times: Floats
    customers: Floats

    @classmethod
    def of(cls, frequency: Floats, over: Floats, weights: Floats) -> "_Sample":
        times, place = np.unique(frequency, return_inverse=True)
        pair, logs = np.stack([weights, weights * frequency]), -float(weights @ np.log(over))
        return cls(frequency, over, pair, logs, times, np.bincount(place, weights).astype(np.float64))

    def __len__(self) -> int:
        return len(self.over)

    def sampled(self, rows: int) -> "_Sample":
        some = slice(None, None, max(1, len(self) // rows))
        return _Sample.of(self.frequency[some], self.over[some], self.weights[0, some])

    def sums(self, gamma: float) -> Floats:
        """Return Σ and Σ x (rows) of log(1 + gamma/total), of its slope in log gamma and of that squared."""
        found = np.zeros((2, 3))
        for first in range(0, len(self), CHUNK):
            rows = slice(first, first + CHUNK)
            ratio = gamma * self.over[rows]
            share = ratio / (1 + ratio)
            found += self.weights[:, rows] @ np.stack([np.log1p(ratio), share, share * share], axis=1)
        return found

    def curve(self, theta: Floats) -> Curve:
        found = self.in_logs(_AXES @ theta)
        return Curve(found.value, _AXES.T @ found.gradient, _AXES.T @ found.hessian @ _AXES)

    def in_logs(self, theta: Floats) -> Curve:
        """Return the curve over log p, log q and log gamma."""
        p, q, gamma = np.exp(theta)
        (log, share, square), (x_log, x_share, x_square) = self.sums(gamma)
        n, c, shape = self.customers.sum(), self.customers, p * self.times
        value = -(c @ special.betaln(shape, q)) + q * (n * theta[2] - self.logs - log) - p * x_log
        digamma, trigamma = special.digamma(shape + q), special.polygamma(1, shape + q)
        in_p = c @ (shape * (digamma - special.digamma(shape))) - p * x_log
        in_q = q * (c @ digamma - n * special.digamma(q) + n * theta[2] - self.logs - log)
        bend_p = c @ (shape**2 * (trigamma - special.polygamma(1, shape))) + in_p
        bend_q = q**2 * (c @ trigamma - n * special.polygamma(1, q)) + in_q
        p_q, p_gamma, q_gamma = q * (c @ (shape * trigamma)), -p * x_share, q * (n - share)
        bend_gamma = p * (x_square - x_share) + q * (square - share)
        bends = [[bend_p, p_q, p_gamma], [p_q, bend_q, q_gamma], [p_gamma, q_gamma, bend_gamma]]
        return Curve(float(value), np.array([in_p, in_q, q * (n - share) - p * x_share]), np.array(bends))


@dataclass(frozen=True, slots=True, kw_only=True)
class Independence:
    """How frequency and mean value go together across customers; the model takes both to be 0.

    Attributes:
        linear: Pearson's correlation.
        ranks: Spearman's, which a few big spenders do not sway. Where spend is skewed it is a little above 0 (.04 for
            values as of CDNOW) even if the two are independent: the mean of few values lies low more often.
    """

    linear: Interval
    ranks: Interval


def independence(spend: Spend, *, level: float = 0.95) -> Independence:
    """Return the correlation of how often and for how much customers buy, among those who tell anything.

    References:
        Fisher (1921), Metron 1, 3-32. Bonett & Wright (2000), Psychometrika 65, 23-28, for ranks.
    """
    x, mean, weights = _telling(spend)
    n = round(float(weights.sum()))
    same = len(x) and (x.min() == x.max() or mean.min() == mean.max())
    if n < 4 or same:
        why = "all have the same frequency or the same mean" if same else "a correlation needs four customers"
        none = unknown(why, level=level, n=n)
        return Independence(linear=none, ranks=none)
    linear = _correlation(x, mean, weights)
    ordered = _correlation(ranks(x, weights), ranks(mean, weights), weights)
    return Independence(
        linear=_fisher(linear, 1.0, n, "Fisher z", level),
        ranks=_fisher(ordered, 1 + ordered**2 / 2, n, "Fisher z, Bonett-Wright", level),
    )


def _fisher(value: float, factor: float, n: int, method: str, level: float) -> Interval:
    inner = min(max(value, -1 + 1e-15), 1 - 1e-15)
    centre, half = math.atanh(inner), z(level) * math.sqrt(factor / (n - 3))
    low, high = math.tanh(centre - half), math.tanh(centre + half)
    return Interval(value=value, low=low, high=high, level=level, method=method, n=n)


def _correlation(a: Floats, b: Floats, weights: Floats) -> float:
    a, b = a - np.average(a, weights=weights), b - np.average(b, weights=weights)
    return float(weights @ (a * b) / math.sqrt((weights @ (a * a)) * (weights @ (b * b))))
