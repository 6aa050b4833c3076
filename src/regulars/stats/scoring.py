"""How good predictions were, set beside what came.

One row is one customer: rows are taken as independent. Who was predicted on several days is summed first, or each day
is scored on its own. Where predictions tie, those who tie count in part, so that no score depends on the order of
rows. Intervals hold the chance of who the customers were; the model is taken as it is.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.core.estimate import Interval, unknown
from regulars.stats import intervals, resampling
from regulars.stats.moments import Sums, summed
from regulars.stats.ranking import tied

Floats: TypeAlias = NDArray[np.float64]

#: Customers, at most, that a bootstrap draws from; what it finds is narrowed to all of them.
_SAMPLE = 20_000
_DRAWS = 500
#: A probability of 0 or 1 that is wrong would cost endlessly: it is taken as this near to it.
_SURELY = 1e-15


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Customers with neighbouring predictions.

    Attributes:
        n: customers; not whole where ties are parted.
        predicted: their mean prediction.
        came: what came of them, on average.
        squared: mean square of what came of them.
    """

    n: float
    predicted: float
    came: float
    squared: float


# Probabilities


def brier(probabilities: Floats, came: Floats, *, level: float = 0.95) -> Interval:
    """Return the mean squared error of probabilities: 0 is best (Brier, 1950, Monthly Weather Review 78, 1-3)."""
    return _mean((probabilities - came) ** 2, level, 0.0)


def brier_skill(probabilities: Floats, came: Floats, *, level: float = 0.95) -> Interval:
    """Return the share of the squared error of knowing the base rate alone that the probabilities do away with."""
    if not len(came) or np.ptp(came) == 0:
        return unknown("what was predicted came true of all customers or of none", level=level, n=len(came))
    # That the base rate is estimated does not matter: it is where the squared error is least.
    rule = (came.mean() - came) ** 2
    return intervals.ratio(summed(rule - (probabilities - came) ** 2, rule), level=level)


def log_loss(probabilities: Floats, came: Floats, *, level: float = 0.95) -> Interval:
    """Return the mean surprise -log P(what came); 0 is best."""
    sure = np.clip(probabilities, _SURELY, 1 - _SURELY)
    return _mean(-special.xlogy(came, sure) - special.xlog1py(1 - came, -sure), level, 0.0)


def calibration_error(
    probabilities: Floats, came: Floats, *, rng: np.random.Generator, bins: int = 10, level: float = 0.95
) -> Interval:
    """Return the expected calibration error: |share foretold - share who came|, mean over bins of as many customers.

    It is above 0 by chance alone; the interval is of what would be left with customers without end.

    References:
        Naeini, Cooper & Hauskrecht (2015), AAAI 29, 2901-2907.
    """

    def gaps(sizes: Floats, said: Floats, did: Floats) -> Floats:
        # Of a resample that drew nobody: refused by `_by_bins`.
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((said - did) / sizes.sum(axis=-1, keepdims=True))

    if not len(came):
        return unknown("nobody was scored", level=level)
    return _by_bins(gaps, probabilities, came, bins, rng, level)


def reliability(predicted: Floats, came: Floats, bins: int = 10) -> tuple[Bin, ...]:
    """Return what was foretold and what came, by bins of as many customers each, least predicted first."""
    sizes, said, did = _binned(predicted, came, bins)
    squares = _binned(predicted, np.square(came), bins)[2]
    return tuple(
        Bin(n=float(n), predicted=float(told / n), came=float(was / n), squared=float(square / n))
        for n, told, was, square in zip(sizes, said, did, squares, strict=True)
        if n
    )


# Money


def expected_profit(
    probabilities: Floats,
    came: Floats,
    *,
    worth: float = 200.0,
    offer: float = 10.0,
    contact: float = 1.0,
    alpha: float = 6.0,
    beta: float = 14.0,
    level: float = 0.95,
) -> tuple[Interval, float]:
    """Return the expected maximum profit per customer of a churn campaign (EMP), and the share that it contacts.

    Whoever is contacted costs `contact`, and `offer` if they stay; a churner takes the offer and stays, worth `worth`,
    with a probability that is not known: Beta(alpha, beta). For each such probability the best customers to contact
    are chosen, and profits are averaged. Thresholds lie on the convex hull of the ROC curve, which is the isotonic
    regression on scores: a hull's segment with churners at the rate r is contacted where
    r (γ (worth - offer) - contact) > (1 - r) (offer + contact). As thresholds are the best ones, their own doubt does
    not add to that of the profit.

    References:
        Verbraken, Verbeke & Baesens (2013), IEEE Transactions on Knowledge and Data Engineering 25, 961-973, eq. 12.
        Fawcett & Niculescu-Mizil (2007), Machine Learning 68, 97-106, for hull and isotonic regression.
    """
    least = _least_acceptance(probabilities, came, worth=worth, offer=offer, contact=contact)
    contacted = special.betaincc(alpha, beta, least)
    accepted = alpha / (alpha + beta) * special.betaincc(alpha + 1, beta, least)
    profit = came * ((worth - offer) * accepted - contact * contacted) - (1 - came) * (offer + contact) * contacted
    return _mean(profit, level), float(contacted.mean())


def maximum_profit(
    probabilities: Floats,
    came: Floats,
    *,
    worth: float = 200.0,
    offer: float = 10.0,
    contact: float = 1.0,
    acceptance: float = 0.3,
    level: float = 0.95,
) -> tuple[Interval, float]:
    """Return the same where the probability that a churner accepts is known.

    References:
        Verbeke, Dejaeger, Martens, Hur & Baesens (2012), European J. of Operational Research 218, 211-229, eq. 2.
    """
    least = _least_acceptance(probabilities, came, worth=worth, offer=offer, contact=contact)
    contacted = (least < acceptance).astype(np.float64)
    each = came * (acceptance * (worth - offer) - contact) - (1 - came) * (offer + contact)
    return _mean(each * contacted, level), float(contacted.mean())


# Counts and amounts


def total_bias(predicted: Floats, came: Floats, *, level: float = 0.95) -> Interval:
    """Return predicted over actual total: 1 is right, above it too much was promised."""
    return intervals.ratio(summed(predicted, came), level=level)


def mean_absolute_error(predicted: Floats, came: Floats, *, level: float = 0.95) -> Interval:
    """Return the mean absolute error (MAE). All zeros do well by it where most customers do nothing."""
    return _mean(np.abs(predicted - came), level, 0.0)


def root_mean_squared_error(predicted: Floats, came: Floats, *, level: float = 0.95) -> Interval:
    """Return the root of the mean squared error (RMSE), in the unit of what came."""
    found = _mean((predicted - came) ** 2, level, 0.0)
    if found.value is None or found.low is None or found.high is None:
        return found
    return replace(found, low=math.sqrt(found.low), value=math.sqrt(found.value), high=math.sqrt(found.high))


def decile_error(predicted: Floats, came: Floats, *, rng: np.random.Generator, level: float = 0.95) -> Interval:
    """Return |predicted - actual|/actual of each tenth of customers by prediction, averaged over tenths (decile MAPE).

    References:
        Wang, Liu & Miao (2019), arXiv 1912.07753, section 4.2.
    """

    def gaps(sizes: Floats, said: Floats, did: Floats) -> Floats:
        # Of a resample in which nothing came: refused by `_by_bins`.
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((said - did) / did / 10)

    if len(came) < 10 or not all(one.came > 0 for one in reliability(predicted, came)):
        return unknown("nothing came of one of the tenths", level=level, n=len(came))
    return _by_bins(gaps, predicted, came, 10, rng, level)


def within(low: Floats, high: Floats, came: Floats, *, level: float = 0.95) -> Interval:
    """Return the share of outcomes within the limits; to be set beside the level that these state."""
    return intervals.wilson(int(np.count_nonzero((low <= came) & (came <= high))), len(came), level=level)


def _mean(values: Floats, level: float, least: float = -math.inf) -> Interval:
    sums = Sums(n=len(values), **{name: math.fsum(values**power) for name, power in _POWERS.items()})
    found = intervals.mean(sums, level=level)
    return found if found.low is None else replace(found, low=max(found.low, least))


_POWERS = {"total": 1, "squares": 2, "cubes": 3}


def _binned(predicted: Floats, came: Floats, bins: int) -> tuple[Floats, Floats, Floats]:
    """Return sizes and sums of what was predicted and what came, by bin, each of shape (bins,)."""
    counts, _, sums = tied(predicted, predicted, came)
    cuts = np.linspace(0, len(came), bins + 1)
    upto = np.concatenate([[0.0], np.cumsum(counts)])
    said, did = (np.diff(np.interp(cuts, upto, np.concatenate([[0.0], np.cumsum(each)]))) for each in sums)
    return np.diff(cuts), said, did


def shares_by_bin(predicted: Floats, bins: int) -> Floats:
    """Return how far each row is in each of `bins` of as many customers, least predicted first; shape (n, bins)."""
    counts, group, _ = tied(predicted)
    cuts, upto = np.linspace(0, len(predicted), bins + 1), np.cumsum(counts)[:, None]
    within = np.minimum(upto, cuts[1:]) - np.maximum(upto - counts[:, None], cuts[:-1])
    return np.asarray((np.maximum(within, 0.0) / counts[:, None])[group])


def _by_bins(
    gaps: Callable[[Floats, Floats, Floats], Floats],
    predicted: Floats,
    came: Floats,
    bins: int,
    rng: np.random.Generator,
    level: float,
) -> Interval:
    """Return the sum of absolute gaps, where chance alone makes gaps: true ones may be 0, which no bootstrap sees.

    What is found differs from the truth by the sum of absolute noise at most: that gives the lower limit. The upper one
    is that of the basic bootstrap (Davison & Hinkley, 1997, Bootstrap Methods and their Application, eq. 5.6).
    """
    n = len(came)
    value = float(np.abs(gaps(*_binned(predicted, came, bins))).sum())
    rows = np.sort(rng.choice(n, _SAMPLE, replace=False)) if n > _SAMPLE else np.arange(n)
    shares = shares_by_bin(predicted[rows], bins)
    said, did = shares * predicted[rows, None], shares * came[rows, None]
    here = gaps(shares.sum(axis=0), said.sum(axis=0), did.sum(axis=0))

    def statistic(weights: Floats) -> Floats:
        drawn = gaps(weights @ shares, weights @ said, weights @ did)
        with np.errstate(invalid="ignore"):  # the same
            apart, wider = np.abs(drawn - here), np.abs(drawn) - np.abs(here)
            return np.stack([apart.sum(axis=1), wider.sum(axis=1)], axis=1)

    draws = resampling.poisson_bootstrap(statistic, len(rows), rng=rng, draws=_DRAWS) * math.sqrt(len(rows) / n)
    if not np.isfinite(draws).all():
        return unknown("some resamples have no value: too few customers", level=level, n=n)
    low = max(value - float(np.quantile(draws[:, 0], (1 + level) / 2)), 0.0)
    high = max(value - float(np.quantile(draws[:, 1], (1 - level) / 2)), value)
    return Interval(value=value, low=low, high=high, level=level, method="Poisson bootstrap of bins", n=n)


def _least_acceptance(probabilities: Floats, came: Floats, *, worth: float, offer: float, contact: float) -> Floats:
    """Return, of each customer, the probability of taking the offer from which on contacting pays."""
    from scipy import optimize  # takes half a second to import, and few commands need it

    if not len(came):
        raise ValueError("nobody was scored")
    if worth <= offer:
        raise ValueError("a customer must be worth more than the offer")
    counts, group, (hits,) = tied(probabilities, came)
    rate = optimize.isotonic_regression(hits / counts, weights=counts).x
    # Where nobody churns no acceptance will do: 1 is beyond what the Beta law reaches.
    cost = (1 - rate) * (offer + contact) + rate * contact
    least = np.divide(cost, rate * (worth - offer), out=np.ones_like(cost), where=rate > 0)
    return np.asarray(np.minimum(least, 1.0)[group])
