"""Contracts that end at renewal: how long they last, where some customers are likelier to end theirs than others.

Each customer ends at every renewal with a probability of their own, which never changes; across customers it is
Beta(alpha, beta). Retention rises with tenure all the same, because those who end early are soon gone.

References:
    Fader & Hardie (2007), J. Interactive Marketing 21(1), 76-90. Fader & Hardie (2010), Marketing Science 29, 85-93.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regulars.stats.likelihood import Curve, Floats, Maximum, NotFitted, maximise

#: From the axes of the search to log alpha and log beta. Where customers are alike the likelihood no longer changes as
#: both grow together, the second axis; its half logarithms end near a thousandfold, before rounding errors tell.
AXES = np.array([[1.0, 0.5], [0.0, 0.5]])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tenures:
    """Customers by the periods of contract that they have had; cohorts of different ages simply add up.

    Attributes:
        lost: at t, customers who ended in period t + 1; shape (m,), m >= 1.
        kept: at t, customers who still had their contract after t periods, when they were last seen; shape (m + 1,).
        entered: at t, customers who came under observation only after t periods: had they ended before, nobody would
            know of them; shape (m + 1,). None: all were seen from the start.

    Raises:
        ValueError: the shapes do not fit, a number is negative, or more ended in a period than were there.
    """

    lost: Floats
    kept: Floats
    entered: Floats | None = None

    def __post_init__(self) -> None:
        late = self.kept * 0 if self.entered is None else self.entered
        if len(self.lost) == 0 or not len(self.kept) == len(late) == len(self.lost) + 1:
            raise ValueError("`kept` and `entered` need one place more than `lost`, which needs at least one")
        if min(self.lost.min(), self.kept.min(), late.min()) < 0:
            raise ValueError("a number of customers cannot be negative")
        if (self.stayed < -1e-9 * self.lost.sum()).any():
            raise ValueError("more customers ended in a period than had been seen until then")

    @property
    def stayed(self) -> Floats:
        """Customers under observation who got through period t + 1; shape (m,)."""
        later = self.kept.copy() if self.entered is None else self.kept - self.entered
        later[:-1] += self.lost
        return np.cumsum(later[::-1])[-2::-1]

    @property
    def at_risk(self) -> Floats:
        """Customers under observation when period t + 1 began; shape (m,)."""
        return self.lost + self.stayed


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftedBetaGeometric:
    """Parameters of Beta(alpha, beta), above 0: the probability to end, across customers at the start.

    >>> high_end = ShiftedBetaGeometric(alpha=0.668, beta=3.806)
    >>> high_end.survival([0, 1, 12]).round(3).tolist()
    [1.0, 0.851, 0.378]
    """

    alpha: float
    beta: float

    @classmethod
    def at(cls, theta: Floats) -> "ShiftedBetaGeometric":
        """Return the model whose parameters have the logarithms `theta`."""
        alpha, beta = np.exp(theta).tolist()
        return cls(alpha=alpha, beta=beta)

    def log_likelihood(self, tenures: Tenures) -> float:
        """Return the log-likelihood of all customers."""
        return _Sample(tenures).in_logs(np.log([self.alpha, self.beta])).value

    def retention(self, periods: ArrayLike) -> Floats:
        """Return the share of those with t - 1 periods who have a t-th, for whole t >= 1."""
        before = np.asarray(periods, dtype=np.float64) - 1
        return np.asarray((self.beta + before) / (self.alpha + self.beta + before))

    def survival(self, periods: ArrayLike) -> Floats:
        """Return the share of new customers who last at least so many periods, whole and >= 0."""
        return np.asarray(np.exp(self._log_survival(periods)))

    def end_within(self, lived: ArrayLike, ahead: int) -> Floats:
        """Return the probability that the contract ends within the next `ahead` periods.

        Args:
            lived: whole periods that the customer has had, >= 0.
            ahead: >= 0.
        """
        now = np.asarray(lived, dtype=np.int64)
        logs = self._log_survival(np.stack([now, now + ahead]))
        return np.asarray(-np.expm1(logs[1] - logs[0]))

    def drawn(self, lived: ArrayLike, rng: np.random.Generator) -> Floats:
        """Return a probability to end in a period of each, drawn given whole periods lived: Beta(alpha, beta + t)."""
        return rng.beta(self.alpha, self.beta + np.asarray(lived, dtype=np.float64))

    def expected_remaining(self, lived: ArrayLike, discount: float) -> Floats:
        """Return the discounted number of renewals still to come, just before a renewal is due.

        The renewal that is due counts in full, the one after it 1/(1 + discount), and so on. Infinite at discount 0
        where alpha <= 1: a few stay so long that the mean has no limit.

        Args:
            lived: whole periods that the customer has had, >= 0.
            discount: rate per period, >= 0.

        References:
            Fader & Hardie (2010), eq. 6, where n = lived + 1.
        """
        b = self.beta + np.asarray(lived, dtype=np.float64)
        if discount <= 0:
            return b / (self.alpha - 1) if self.alpha > 1 else np.full_like(b, math.inf)
        return np.asarray(b / (self.alpha + b) * _gauss(b + 1, self.alpha + b + 1, 1 / (1 + discount)))

    def expected_lifetime(self, discount: float) -> float:
        """Return the discounted number of periods of a new customer, the first included and in full."""
        return 1 + float(self.expected_remaining(0, discount)) / (1 + discount)

    def _log_survival(self, periods: ArrayLike) -> Floats:
        whole = np.asarray(periods, dtype=np.int64)
        until = np.arange(whole.max(initial=0))
        # A sum over periods keeps its digits where differences of log-gamma functions lose them.
        return np.concatenate([[0.0], -np.cumsum(np.log1p(self.alpha / (self.beta + until)))])[whole]


def fit(tenures: Tenures) -> Maximum:
    """Return the maximum over log alpha and log beta.

    Raises:
        NotFitted: nobody ended, nobody stayed, or all were seen for one period only.
    """
    ended, risk = float(tenures.lost.sum()), tenures.at_risk
    if not ended:
        raise NotFitted("nobody has ended yet")
    if ended >= risk.sum():
        raise NotFitted("nobody has ever renewed")
    if (risk > 0).sum() < 2:
        raise NotFitted(
            "customers were seen for one period only: whether those who stay are likelier to, it cannot tell"
        )
    start = np.log([1.0, risk.sum() / ended - 1])
    found = maximise(_Sample(tenures), np.linalg.solve(AXES, start))
    return replace(found, theta=AXES @ found.theta, covariance=AXES @ found.covariance @ AXES.T)


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Each period is a trial of all who are at risk in it: late entry and different ages need nothing more."""

    tenures: Tenures

    def __len__(self) -> int:
        return len(self.tenures.lost)

    def sampled(self, rows: int) -> "_Sample":
        return self

    def curve(self, theta: Floats) -> Curve:
        found = self.in_logs(AXES @ theta)
        return Curve(found.value, AXES.T @ found.gradient, AXES.T @ found.hessian @ AXES)

    def in_logs(self, theta: Floats) -> Curve:
        """Return the curve over log alpha and log beta."""
        alpha, beta = np.exp(theta)
        stayed, risk, ended = self.tenures.stayed, self.tenures.at_risk, self.tenures.lost.sum()
        lived = np.arange(len(stayed))
        kept, both = beta + lived, alpha + beta + lived
        # Ends with probability alpha/both, stays with kept/both.
        value = self.tenures.lost @ np.log(alpha / both) + stayed @ np.log(kept / both)
        a, b, ab = alpha / both, beta / both, beta / kept
        slope = np.array([ended - risk @ a, stayed @ ab - risk @ b])
        cross = risk @ (a * b)
        bends = [[-(risk @ (a * (1 - a))), cross], [cross, stayed @ (ab * (1 - ab)) - risk @ (b * (1 - b))]]
        return Curve(float(value), slope, np.array(bends))


def _gauss(b: Floats, c: Floats, z: float) -> Floats:
    """Return 2F1(1, b; c; z) for c > b > 0 and 0 <= z < 1.

    By Gauss's continued fraction from its end: all its parts are positive, and 12/sqrt(1/z - 1) of them leave an error
    below 1e-12, also where the power series needs a million terms.

    References:
        Olver et al. (2010), NIST Handbook of Mathematical Functions, section 15.7.
    """
    rest: NDArray[np.float64] = np.ones(np.shape(b))
    for k in range(int(12 / math.sqrt(1 / z - 1)) + 10, 0, -1):
        even = k * (c - b + k - 1) / ((c + 2 * k - 2) * (c + 2 * k - 1))
        odd = (b + k) * (c + k - 1) / ((c + 2 * k - 1) * (c + 2 * k))
        rest = 1 - even * z / (1 - odd * z / rest)
    return 1 / (1 - b / c * z / rest)
