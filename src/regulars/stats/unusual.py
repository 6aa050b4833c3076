"""Whether the newest value of a series is unusual: one-step-ahead residuals against those of its own past.

Every number about a period is made of what came before it alone, so the same call says what a watch would have said
on each past period (a replay) and what it says of the newest. The residual of one period finds single bad ones; the
mean of the last two and three finds a level that has moved by less than a single period's noise.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regulars.stats import one_step
from regulars.stats.contrasts import benjamini_hochberg

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Shares of false alerts: of all periods of one series, and of all alerts of one period over all series.
ALPHA, FALSE_DISCOVERY = 0.01, 0.1
#: Lengths of the runs of periods that are judged, and how much of `ALPHA` each is given. Runs overlap, so that together
#: they may have more than all of it: measured, fewer than 1 in 100 periods is told falsely (tests/stats).
RUNS, _GIVEN = (1, 2, 3), (0.25, 0.25, 0.75)
#: Values that the model is learned on before its residuals count; residuals needed to judge by, and kept.
LEARNS, LEAST, KEPT = 28, 60, 400
#: Beyond so many scales a residual counts no more in a run, and from so many on runs with it are none to compare with:
#: one bad period alone is found as such, and must not hide a level that moves.
_COUNTED, _SINGLE = 4.0, 3.5
#: Share of past residuals that are the tail; at least so many.
_TAIL, _TAIL_LEAST = 0.1, 6
#: Past residuals of a day of the week that weigh as much as those of all days.
_SHRUNK = 10
#: Residuals that are needed before their scale is told.
_FIRST = 8
_NORMAL = 1.4826
#: A high quantile of sizes, where it lies in standard deviations of a normal law, and how many times as large a size as
#: the median it must mean for events to be rare.
_HIGH, _HIGH_NORMAL, _RARE = 0.95, 1.96, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was to be expected of each period of each series, and how odd it is what came; arrays (series, periods).

    Attributes:
        expected: one-step-ahead forecast, as a median; NaN before enough was learned.
        low, high: limits of single periods, at `level`; NaN where it cannot be told.
        p: conformal p-value of the period with the one or two before it; NaN where it cannot be told.
        run: of how many periods the shortest run that ends here and is odd is, else the oddest: 1, 2 or 3; 0 where it
            cannot be told.
        came, foretold: mean of that run, a period, and what was foretold of it before it began; NaN as `p`.
        foretold_low, foretold_high: limits of what was foretold, at `level`.
        counted: past residuals that it is judged by.
    """

    expected: Floats
    low: Floats
    high: Floats
    p: Floats
    run: NDArray[np.int64]
    came: Floats
    foretold: Floats
    foretold_low: Floats
    foretold_high: Floats
    counted: NDArray[np.int64]


def judged(
    values: ArrayLike,
    *,
    known: ArrayLike | None = None,
    season: int = 7,
    year: int = 364,
    level: float = 0.95,
    learns: int = LEARNS,
    least: int = LEAST,
) -> Judged:
    """Judge every period of one series or of several by what came before it.

    Args:
        values: (series, periods) or (periods,), in order without gaps; NaN where there is no value.
        known: the same shape, or (periods,): periods that are explained otherwise (holidays, broken records); they are
            neither judged nor learned from.
        season: periods after which a week repeats itself: 7 of days, 1 of anything longer.
        year: periods after which a year does: 364 of days, 52 of weeks, 12 of months.
        level: of limits.
        learns: values that the model is learned on first.
        least: past residuals that are needed to judge by.

    References:
        Vovk, Gammerman & Shafer (2005), Algorithmic Learning in a Random World, sec. 2.2 (conformal p-values);
        Lei et al. (2018), JASA 113, 1094-1111, sec. 5.2 (studentised residuals).
    """
    raw = np.atleast_2d(np.asarray(values, np.float64))
    told = np.isfinite(raw)
    if known is not None:
        told &= ~np.broadcast_to(np.asarray(known, np.bool_), raw.shape)
    unit = _units(raw, told, learns)
    x = np.where(told, np.arcsinh(np.where(told, raw, 0.0) / unit), np.nan)
    ahead = one_step.ahead(x, season=season, year=year, learns=learns, steps=max(RUNS))
    spread = _spread(x - ahead[0], season)
    size = np.abs(x - ahead[0]) / spread
    usual_size = _NORMAL * _before(size, _typical)
    bound, single = _COUNTED * spread * usual_size, size > _SINGLE * usual_size
    found = _Found.of(raw.shape)
    for length, given in zip(RUNS, _GIVEN, strict=True):
        means, odd, wide = _of_run(x, ahead, spread, bound, length)
        usual = ~_any_of_run(single, length) if length > 1 else np.ones(x.shape, np.bool_)
        own, limit, n = _conformal(odd, usual, least, 1 - level)
        # Values are averaged, not their area sines: the days of a run may lie far from each other.
        mean, low, high = ((np.sinh(means + side * limit * wide) * unit).mean(axis=0) for side in (0, -1, 1))
        found.take(length, np.minimum(own / given, 1.0), (mean, low, high), n)
    foretold, foretold_low, foretold_high = found.limits
    return Judged(
        expected=np.sinh(ahead[0]) * unit,
        low=found.single[0],
        high=found.single[1],
        p=found.p,
        run=found.run,
        came=_mean_of(np.where(told, raw, np.nan), found.run),
        foretold=foretold,
        foretold_low=foretold_low,
        foretold_high=foretold_high,
        counted=found.counted,
    )


@dataclass(kw_only=True)
class _Found:
    """What runs of all lengths tell of each period; `own` is the p-value of the run that is told of."""

    p: Floats
    own: Floats
    run: NDArray[np.int64]
    counted: NDArray[np.int64]
    limits: tuple[Floats, Floats, Floats]
    single: tuple[Floats, Floats]

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> "_Found":
        """Return that nothing is known yet."""
        none, zero = np.full(shape, np.nan), np.zeros(shape, np.int64)
        return cls(p=none, own=none, run=zero, counted=zero, limits=(none, none, none), single=(none, none))

    def take(self, length: int, p: Floats, limits: tuple[Floats, Floats, Floats], n: NDArray[np.int64]) -> None:
        """Take in what runs of one length tell, the shortest first.

        The shortest run that is odd on its own is told of: longer ones hold periods of which nothing is the matter.
        """
        if length == 1:
            self.single = limits[1:]
        with np.errstate(invalid="ignore"):
            better = np.isfinite(p) & ~(self.own <= np.maximum(p, ALPHA))
        self.own, self.run, self.counted = (
            np.where(better, new, old) for new, old in ((p, self.own), (length, self.run), (n, self.counted))
        )
        mean, low, high = (np.where(better, new, old) for new, old in zip(limits, self.limits, strict=True))
        self.limits, self.p = (mean, low, high), np.fmin(self.p, p)


def fires(p: ArrayLike, *, alpha: float = ALPHA, false_discovery: float = FALSE_DISCOVERY) -> Bools:
    """Return which p-values, (series, periods), are called unusual: each on its own, and among all of its period.

    Args:
        p: NaN where it cannot be told; such series do not count among the others.
        alpha: most that a p-value may be.
        false_discovery: share of false ones among all that are called so in a period (Benjamini and Hochberg, 1995).
    """
    each = np.atleast_2d(np.asarray(p, np.float64))
    small = np.nan_to_num(each, nan=1.0) <= alpha
    found = np.zeros(each.shape, np.bool_)
    for period in np.flatnonzero(small.any(axis=0)):
        there = np.isfinite(each[:, period])
        found[there, period] = benjamini_hochberg(each[there, period]) <= false_discovery
    return found & small


def cooled(fired: ArrayLike, periods: int, way: ArrayLike | None = None) -> Bools:
    """Return which of what fires is told: the first, and none within so many periods after one that was.

    Args:
        fired: (series, periods) or (periods,).
        periods: within which nothing more is told.
        way: the same shape: which way each is off; a fall is told though a rise was. All go one way where None.
    """
    each = np.atleast_2d(np.asarray(fired, np.bool_))
    ways = np.zeros(each.shape) if way is None else np.sign(np.atleast_2d(np.asarray(way, np.float64)))
    told = np.zeros(each.shape, np.bool_)
    for series, period in zip(*np.nonzero(each), strict=True):
        near = slice(max(period - periods, 0), period)
        told[series, period] = not (told[series, near] & (ways[series, near] == ways[series, period])).any()
    return told


def _units(raw: Floats, told: Bools, learns: int) -> Floats:
    """Return for each series what a value is divided by before its area sine is taken: half of a usual early value.

    The area sine is linear near 0 and a logarithm far from it: values may be 0 or below, and a fall by a fifth is the
    same whatever the level.
    """
    found = np.ones((len(raw), 1))
    for row, (values, known) in enumerate(zip(raw, told, strict=True)):
        early = values[known][:learns]
        if len(early):
            middle = float(np.median(early))
            spread = float(np.median(np.abs(early - middle))) * _NORMAL
            found[row, 0] = max(abs(middle) / 2, spread) or float(np.abs(early).max()) or 1.0
    return found


def _middle(past: Floats) -> float:
    return float(np.median(past))


def _typical(past: Floats) -> float:
    """Return the median size; where most are next to nothing, as of rare events, the one that their 95 % quantile says.

    Both are the same of a normal law. Else each event would be odd beside days without one, and so would its runs.
    """
    middle, high = (float(one) for one in np.quantile(past, (0.5, _HIGH)))
    by_high = high / (_HIGH_NORMAL * _NORMAL)
    return by_high if by_high > _RARE * middle else middle


def _before(sizes: Floats, made: Callable[[Floats], float] = _middle) -> Floats:
    """Return what is made of the last `KEPT` sizes before each period that has one; NaN where there are few."""
    found = np.full(sizes.shape, np.nan)
    for row in range(len(sizes)):
        known = np.flatnonzero(np.isfinite(sizes[row]))
        for place in range(_FIRST, len(known)):
            found[row, known[place]] = made(sizes[row, known[max(place - KEPT, 0) : place]])
    return found


def _spread(residual: Floats, season: int) -> Floats:
    """Return how much wider residuals of each period's day of the week are than those of all days, by the past alone.

    Its square is drawn towards 1, as far as few residuals of such a day are known.
    """
    found = np.ones(residual.shape)
    size = np.abs(residual)
    every = _before(size)
    for place in range(season if season > 1 else 0):
        own = size[:, place::season]
        n = np.cumsum(np.isfinite(own), axis=1) - np.isfinite(own)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = (_before(own) / every[:, place::season]) ** 2
        ratio = np.clip(np.where(np.isfinite(ratio), ratio, 1.0), 0.1, 10.0)
        found[:, place::season] = np.sqrt((n * ratio + _SHRUNK) / (n + _SHRUNK))
    return found


def _of_run(x: Floats, ahead: Floats, spread: Floats, bound: Floats, length: int) -> tuple[Floats, Floats, Floats]:
    """Return what was foretold of the run that ends at each period, how far off it was, in spreads, and its spread.

    A run in which a period has no value is not judged. What was foretold has shape (length, series, periods).
    """
    foretold = np.full((length, *x.shape), np.nan)
    odd, wide = (np.full(x.shape, np.nan) for _ in range(2))
    if x.shape[1] < length:
        return foretold, odd, wide
    runs = x.shape[1] - length + 1
    places = [slice(step, step + runs) for step in range(length)]
    means = np.stack([ahead[step][:, :runs] for step in range(length)])
    errors = np.stack([x[:, at] for at in places]) - means
    if length > 1:
        limits = np.stack([bound[:, at] for at in places])
        errors = np.clip(errors, -limits, limits)
    wide[:, length - 1 :] = np.sqrt(np.mean([spread[:, at] ** 2 for at in places], axis=0))
    foretold[:, :, length - 1 :] = means
    odd[:, length - 1 :] = np.abs(errors.mean(axis=0)) / wide[:, length - 1 :]
    return foretold, odd, wide


def _any_of_run(single: Bools, length: int) -> Bools:
    """Return whether any period of the run that ends at each is so."""
    found = single.copy()
    for back in range(1, length):
        found[:, back:] |= single[:, :-back]
    return found


def _conformal(odd: Floats, usual: Bools, least: int, alpha: float) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return each period's p-value among those before it, the oddness of p = alpha, and how many those are.

    What is usual is compared with what was so; what is not, as a run with one bad period, with all that came before.

    A conformal p-value cannot be below 1 / (n + 1), with which nothing is found among many series. Beyond the upper
    tenth the tail is therefore that of an exponential law with the mean excess of the past over it (Pickands, 1975,
    Annals of Statistics 3, 119-131, with shape 0: heavier than a normal tail). Within, it is the rank.
    """
    p, bound, counted = np.full(odd.shape, np.nan), np.full(odd.shape, np.nan), np.zeros(odd.shape, np.int64)
    for row in range(len(odd)):
        every = np.flatnonzero(np.isfinite(odd[row]))
        alike = {True: every[usual[row, every]], False: every}
        for at in every:
            known = alike[bool(usual[row, at])]
            place = int(np.searchsorted(known, at))
            if place >= least:
                past = np.sort(odd[row, known[max(place - KEPT, 0) : place]])
                p[row, at], bound[row, at] = _tail(past, odd[row, at], alpha)
                counted[row, at] = len(past)
    return p, bound, counted


def _tail(past: Floats, value: float, alpha: float) -> tuple[float, float]:
    """Return the p-value of `value` among sorted oddness of the past, and the oddness whose p-value is `alpha`.

    Where most of the past is next to nothing, as of rare events, its tail has steps and no law: the rank alone counts.
    """
    n = len(past)
    rank = float((1 + n - np.searchsorted(past, value)) / (n + 1))
    if past[int(_HIGH * n)] > _RARE * _HIGH_NORMAL * _NORMAL * past[n // 2]:
        return rank, float(past[min(int(np.ceil((1 - alpha) * (n + 1))), n) - 1])
    k = max(_TAIL_LEAST, round(_TAIL * n))
    threshold, share = past[n - k], k / (n + 1)
    excess = float((past[n - k :] - threshold).sum()) / (k - 1)
    bound = threshold + excess * max(np.log(share / alpha), 0.0)
    if excess <= 0 and past[0] == threshold < value:
        return 0.0, float(bound)  # It never moved before.
    if value <= threshold or excess <= 0:
        return rank, float(bound)
    return share * float(np.exp(-(value - threshold) / excess)), float(bound)


def _mean_of(values: Floats, run: NDArray[np.int64]) -> Floats:
    """Return the mean of the run that ends at each period."""
    found = np.full(values.shape, np.nan)
    for length in RUNS:
        mean = np.full(values.shape, np.nan)
        if values.shape[1] >= length:
            places = [values[:, step : values.shape[1] - length + 1 + step] for step in range(length)]
            mean[:, length - 1 :] = np.mean(places, axis=0)
        found = np.where(run == length, mean, found)
    return found
