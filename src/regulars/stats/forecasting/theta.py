"""The Theta method: simple exponential smoothing with half the slope of a line, of the course without its season.

References:
    Assimakopoulos & Nikolopoulos (2000), The theta model, International Journal of Forecasting 16.
    Hyndman & Billah (2003), Unmasking the Theta method, likewise 19: eq. 8.
"""

from dataclasses import dataclass

import numpy as np

from regulars.stats.forecasting.rolling import Floats, Whole, fits

#: Of a test that there is a season at all, at 10 % (chi-squared of one degree of freedom).
_SEASONAL = 2.705543454095404


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """A course without its season.

    Attributes:
        rest: shape (n,).
        season: of one cycle, from the first value on; None where there is none.
        times: whether the season multiplies.
    """

    rest: Floats
    season: Floats | None
    times: bool


def theta(values: Floats, origins: Whole, ahead: int, season: int) -> Floats:
    """Return what the method foretells; arguments as of `Roll`.

    What smooths is found by statsmodels for each group of origins; the rest is worked out at each.
    """
    rows = []
    for group in fits(origins):
        weight = smoothing(parted(values[: group[0]], season).rest)
        rows += [ahead_of(parted(values[:origin], season), weight, ahead) for origin in group]
    return np.array(rows)


def smoothing(rest: Floats) -> float:
    """Return the weight of the newest value in simple exponential smoothing, by least squares (statsmodels)."""
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    from regulars.stats.forecasting.quietly import quietly

    if np.ptp(rest) == 0:
        return 1.0
    with quietly():
        model = SimpleExpSmoothing(rest, initialization_method="known", initial_level=rest[0])
        return float(model.fit().params["smoothing_level"])


def parted(values: Floats, season: int) -> Parted:
    """Return the course without its season where there is one: classical decomposition, multiplied where it can be."""
    if season == 1 or not _seasonal(values, season):
        return Parted(rest=values, season=None, times=False)
    from statsmodels.tsa.seasonal import seasonal_decompose

    if values.min() > 0:
        found = np.asarray(seasonal_decompose(values, model="multiplicative", period=season).seasonal)
        if found.min() > 0:
            return Parted(rest=values / found, season=found[:season], times=True)
    found = np.asarray(seasonal_decompose(values, model="additive", period=season).seasonal)
    return Parted(rest=values - found, season=found[:season], times=False)


def _seasonal(values: Floats, season: int) -> bool:
    """Whether values a season apart go together more than nearer ones explain (Bartlett's formula)."""
    if len(values) < 2 * season or np.ptp(values) == 0:
        return False
    from statsmodels.tsa.stattools import acf

    found = acf(values, nlags=season, fft=True)
    return bool(len(values) * found[-1] ** 2 / np.sum(found[:-1] ** 2) > _SEASONAL)


def ahead_of(course: Parted, weight: float, ahead: int) -> Floats:
    """Return what follows a course, shape (ahead,): smoothed level and half the slope (theta = 2)."""
    from scipy.signal import lfilter

    rest, n = course.rest, len(course.rest)
    slope = np.polynomial.polynomial.polyfit(np.arange(n), rest, 1)[1]
    level = lfilter([weight], [1, weight - 1], rest, zi=[(1 - weight) * rest[0]])[0][-1]
    steps = np.arange(ahead, dtype=np.float64)
    if weight > 0:
        steps += (1 - (1 - weight) ** n) / weight
    found = level + slope * steps / 2
    if course.season is None:
        return found
    again = course.season[(n + np.arange(ahead)) % len(course.season)]
    return found * again if course.times else found + again
