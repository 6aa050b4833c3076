"""Poisson bootstrap over units, for statistics without a closed form and as a check on those that have one.

A statistic is given as a function of weights: a (draws, n) array of how often each unit counts, to a (draws,) array of
values. Sums are then `weights @ x`, and one definition serves the value, the bootstrap and the jackknife.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.core.estimate import Interval, unknown

Floats: TypeAlias = NDArray[np.float64]
WeightedStatistic: TypeAlias = Callable[[Floats], Floats]

_CELLS = 2_000_000  # weights held at once: 16 MB


def poisson_bootstrap(statistic: WeightedStatistic, n: int, *, rng: np.random.Generator, draws: int = 2000) -> Floats:
    """Return `draws` values of the statistic with each unit drawn Poisson(1) times.

    The number of units varies too, as it does for customers who come by chance; chunks do not change the stream.

    References:
        Chamandy, Muralidharan, Najmi & Naidu (2012), Estimating Uncertainty for Massive Data Streams.
    """
    chunk = max(1, _CELLS // max(n, 1))
    sizes = [min(chunk, draws - start) for start in range(0, draws, chunk)]
    return np.concatenate([statistic(rng.poisson(1.0, (size, n)).astype(np.float64)) for size in sizes])


def jackknife(statistic: WeightedStatistic, n: int) -> Floats:
    """Return the statistic with each unit left out in turn; shape (n,)."""
    chunk = max(1, _CELLS // max(n, 1))
    found = []
    for start in range(0, n, chunk):
        left_out = np.arange(start, min(start + chunk, n))
        weights = np.ones((len(left_out), n))
        weights[np.arange(len(left_out)), left_out] = 0.0
        found.append(statistic(weights))
    return np.concatenate(found)


def percentile(value: float, draws: Floats, *, n: int, level: float = 0.95) -> Interval:
    """Return the percentile interval of bootstrap `draws`.

    References:
        Efron & Tibshirani (1993), An Introduction to the Bootstrap, eq. 13.5.
    """
    tail = (1 - level) / 2
    return _between(value, draws, (tail, 1 - tail), n=n, level=level, method="Poisson bootstrap, percentile")


def bca(value: float, draws: Floats, left_out: Floats, *, n: int, level: float = 0.95) -> Interval:
    """Return the bias-corrected and accelerated interval of bootstrap `draws`.

    Args:
        value: the statistic on all units.
        draws: of `poisson_bootstrap`.
        left_out: of `jackknife`.
        n: units.
        level: of the interval.

    References:
        Efron (1987), JASA 82, 171-185.
    """
    below = (np.mean(draws < value) + np.mean(draws <= value)) / 2
    bias = special.ndtri(np.clip(below, 1 / (len(draws) + 1), len(draws) / (len(draws) + 1)))
    gaps = left_out.mean() - left_out
    spread = np.sum(gaps**2)
    acceleration = np.sum(gaps**3) / (6 * spread**1.5) if spread else 0.0
    reach = bias + special.ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))
    low, high = special.ndtr(bias + reach / (1 - acceleration * reach))
    return _between(value, draws, (low, high), n=n, level=level, method="Poisson bootstrap, BCa")


def _between(value: float, draws: Floats, tails: tuple[float, float], *, n: int, level: float, method: str) -> Interval:
    if not np.all(np.isfinite(draws)):
        return unknown("some resamples have no value: too few customers", level=level, n=n)
    low, high = np.quantile(draws, tails)
    return Interval(value=float(value), low=float(low), high=float(high), level=level, method=method, n=n)
