"""Exponential smoothing with a damped trend and a season: level, slope and season follow what comes.

References:
    Gardner & McKenzie (1985), Forecasting trends in time series, Management Science 31.
    Hyndman, Koehler, Ord & Snyder (2008), Forecasting with Exponential Smoothing: table 2.1,
    (A,Ad,N), (A,Ad,A), (A,Ad,M).
"""

from dataclasses import dataclass

import numpy as np

from regulars.stats.forecasting.rolling import Floats, Whole, fits


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What statsmodels found.

    Attributes:
        level, slope, season: weights of the newest error.
        damping: of the slope from one step to the next.
        first: level and slope before the first value.
        seasons: of one cycle before the first value, the newest last; empty where there is none.
        times: whether the season multiplies.
    """

    level: float
    slope: float
    season: float
    damping: float
    first: tuple[float, float]
    seasons: tuple[float, ...]
    times: bool


def damped(values: Floats, origins: Whole, ahead: int, season: int) -> Floats:
    """Return what the model foretells; arguments as of `Roll`. Parameters are found for each group of origins."""
    rows: list[Floats] = []
    for group in fits(origins):
        rows += followed(values, weights(values[: group[0]], season), group, ahead)
    return np.array(rows)


def weights(values: Floats, season: int) -> Weights:
    """Return the parameters that are likeliest (statsmodels)."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    from regulars.stats.forecasting.quietly import quietly

    if np.ptp(values) == 0:
        return Weights(
            level=1.0, slope=0.0, season=0.0, damping=0.9, first=(float(values[0]), 0.0), seasons=(), times=False
        )
    times = season > 1 and bool(values.min() > 0)
    seasonal = {"seasonal": "mul" if times else "add", "seasonal_periods": season} if season > 1 else {}
    model = ETSModel(values, error="add", trend="add", damped_trend=True, initialization_method="heuristic", **seasonal)
    # A course that is fitted exactly has an infinite likelihood.
    with quietly(), np.errstate(divide="ignore", invalid="ignore"):
        found = model.fit(disp=False, maxiter=200)
    named = dict(zip(model.param_names, map(float, found.params), strict=True))
    return Weights(
        level=named["smoothing_level"],
        slope=named["smoothing_trend"],
        season=named.get("smoothing_seasonal", 0.0),
        damping=named["damping_trend"],
        first=(float(found.initial_level), float(found.initial_trend)),
        seasons=tuple(np.asarray(found.initial_seasonal, dtype=float)) if season > 1 else (),
        times=times,
    )


def followed(values: Floats, found: Weights, origins: Whole, ahead: int) -> list[Floats]:
    """Return what is foretold at each origin: the recursion of the model along the course, stopped there."""
    level, slope = found.first
    cycle = list(found.seasons)
    wanted, rows = set(map(int, origins)), []
    for place, value in enumerate(values[: origins[-1]]):
        base, at = level + found.damping * slope, place % max(len(cycle), 1)
        now = cycle[at] if cycle else (1.0 if found.times else 0.0)
        error = (value - base * now) / now if found.times else value - base - now
        level = base + found.level * error
        slope = found.damping * slope + found.slope * error
        if cycle and found.times:  # as statsmodels, beside the new level; the book divides by the one before
            cycle[at] = now + found.season / (1 - found.level) * (value / level - now)
        elif cycle:
            cycle[at] = now + found.season * error
        if place + 1 in wanted:
            rows.append(_ahead(level, slope, np.array(cycle), place + 1, found, ahead))
    return rows


def _ahead(level: float, slope: float, cycle: Floats, origin: int, found: Weights, ahead: int) -> Floats:
    flat = level + slope * np.cumsum(found.damping ** np.arange(1, ahead + 1))
    if not len(cycle):
        return flat
    again = cycle[(origin + np.arange(ahead)) % len(cycle)]
    return flat * again if found.times else flat + again
