"""How unevenly value lies over customers: Gini, Lorenz curve, top share, whale curve.

Both measures are ratios of sums over customers once each customer's rank or the threshold is known, and so is their
linearisation (influence function); a query engine can therefore give the sums, and `PairSums` is all that is needed.
Values below 0 have no Lorenz curve: read the whale curve instead.

Intervals stand on the logit scale with the corrections of `intervals.py`. For 200 customers with heavy-tailed spend
they cover 93 to 94 % (the plain linearised ones 88 to 90 %), for 50 customers 91 % (Gini); benchmarks/coverage.py.
"""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from regulars.core.estimate import Interval, unknown
from regulars.stats.intervals import above_zero, ratio, skew_limits, t_skewed
from regulars.stats.moments import PairSums, Sums, exact, summed

#: Fewest customers at the top whose share has an interval worth its name: with 5 it covers 86 %, with 20 93 %.
LEAST_TOP = 20

Floats = NDArray[np.float64]
_NEGATIVE = "some values are below 0: a share of the total has no meaning; see the whale curve"


def lorenz(values: ArrayLike) -> tuple[Floats, Floats]:
    """Return shares of customers and the shares of the total that the least of them hold, from (0, 0) to (1, 1)."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    held = np.concatenate(([0.0], np.cumsum(ordered)))
    return np.linspace(0.0, 1.0, len(held)), held / held[-1]


def gini_sums(values: ArrayLike) -> PairSums:
    """Return the sums that `gini` needs: b = x, and a = r x - C with rank r and running total C, ascending.

    a = Σ_j max(x - x_j, 0), so ties need no care; as a window query: rank times value minus running total.
    """
    x = np.sort(np.asarray(values, dtype=np.float64))
    a = np.arange(1, len(x) + 1) * x - np.cumsum(x)
    return summed(a, x)


def gini(sums: PairSums, *, level: float = 0.95, least: float = 0.0) -> Interval:
    """Return the Gini coefficient from the sums of `gini_sums`: Σa/(nΣb) * n/(n - 1), nearly free of bias.

    Args:
        sums: of `gini_sums`.
        level: of the interval.
        least: the least value; refuses when below 0.

    References:
        Langel & Tillé (2013), J. Royal Statistical Society A 176, 521-540, for the linearised variable
        z = (2a + T - n x - G(T + n x))/(nT). Deltas (2003), Review of Economics and Statistics 85, 226-234, for
        n/(n - 1).
    """
    n, whole = sums.n, exact(sums.b)
    if why := _refusal(n, whole, least):
        return unknown(why, level=level, n=n)
    value = exact(sums.a) / (n * whole)
    residual = sums.minus(Fraction(n) * (1 + value) / 2)
    error = math.sqrt(residual.variance * n) * float(2 / (n * whole))
    return _share(float(value * n / (n - 1)), error, residual, level, "Gini, linearised, logit")


def top_share_sums(values: ArrayLike, share: float = 0.1) -> tuple[PairSums, float]:
    """Return the sums that `top_share` needs, b = x and a = max(x - threshold, 0), and the threshold."""
    x = np.sort(np.asarray(values, dtype=np.float64))
    threshold = float(x[max(math.ceil(len(x) * (1 - share) - 1e-9) - 1, 0)])
    return summed(np.maximum(x - threshold, 0.0), x), threshold


def top_share(
    sums: PairSums, threshold: float, share: float = 0.1, *, level: float = 0.95, least: float = 0.0
) -> Interval:
    """Return the share of the total held by the top `share` of customers, from the sums of `top_share_sums`.

    Args:
        sums: of `top_share_sums`.
        threshold: the (1 - share)-quantile Q.
        share: of customers, in (0, 1).
        level: of the interval.
        least: the least value; refuses when below 0.

    References:
        Langel & Tillé (2011), J. Statistical Planning and Inference 141, 2976-2985, for quantile shares:
        z = (max(x - Q, 0) + share Q - S x)/T; the same variance as Beach & Davidson (1983), Review of Economic Studies
        50, 723-735.
    """
    n, whole = sums.n, exact(sums.b)
    if why := _refusal(n, whole, least):
        return unknown(why, level=level, n=n)
    if n * share < LEAST_TOP:
        return unknown(f"fewer than {LEAST_TOP} customers in the top {share:.0%}", level=level, n=n)
    value = (exact(sums.a) + n * exact(share) * exact(threshold)) / whole
    residual = sums.minus(value)
    error = math.sqrt(residual.variance * n) / float(whole)
    return _share(float(value), error, residual, level, "top share, linearised, logit")


def whale_curve_peak(values: ArrayLike) -> tuple[float, int]:
    """Return the most that customers, best first, add up to as a share of the total, and how many it takes.

    Above 1 where some customers lose money. Kaplan & Narayanan (2001), J. Cost Management 15(5).

    >>> whale_curve_peak([60, 50, -10])
    (1.1, 2)
    """
    running = np.cumsum(np.sort(np.asarray(values, dtype=np.float64))[::-1])
    best = int(np.argmax(running))
    return float(running[best] / running[-1]), best + 1


def whale_curve_share(values: ArrayLike, share: float, *, level: float = 0.95) -> Interval:
    """Return what the best `share` of customers add up to, as a share of the total of all; values may be below 0.

    The best share ends within a customer, of whom a part counts. Linearised as `top_share` is: with the threshold t,
    a = max(x - t, 0) + share t and b = x, so that nothing but sums over customers is uncertain.

    Args:
        values: of each customer.
        share: of customers, best first, in (0, 1].
        level: of the interval.

    >>> round(whale_curve_share([60, 50, 50, 40, 40, 40, -10, -10], 0.75).value, 4)
    1.0769
    """
    x = np.sort(np.asarray(values, dtype=np.float64))
    n = len(x)
    if n < 2:
        return unknown("concentration needs two customers", level=level, n=n)
    threshold = float(x[max(math.ceil(n * (1 - share) - 1e-9) - 1, 0)])
    pairs = summed(np.maximum(x - threshold, 0) + share * threshold, x)
    if not above_zero(pairs, level=level):
        return unknown("all customers together cannot be told to bring anything", level=level, n=n)
    return ratio(pairs, level=level)


def _refusal(n: int, whole: Fraction, least: float) -> str:
    if n < 2:
        return "concentration needs two customers"
    if least < 0:
        return _NEGATIVE
    return "" if whole > 0 else "the total is 0"


def _share(value: float, error: float, residual: Sums, level: float, method: str) -> Interval:
    n, skewness = residual.n, residual.skewness
    reach, skew = t_skewed(level, n, skewness), skewness / math.sqrt(n)
    if 0 < value < 1:
        odds = math.log(value / (1 - value))
        low, high = (float(special.expit(y)) for y in skew_limits(odds, error / (value * (1 - value)), skew, reach))
    else:
        low, high = (min(max(y, 0.0), 1.0) for y in skew_limits(value, error, skew, reach))
    return Interval(value=value, low=low, high=high, level=level, method=method, n=n)
