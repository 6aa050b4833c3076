"""What a series was expected to be in its next few periods, as of each of them: robust, and blind to what follows.

Robust exponential smoothing of level and season runs at several speeds, and with several shares of last year's course
taken off, side by side for all series; before each period the one whose past errors were smallest foretells.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: How quickly the level follows, and which share of last year's course is taken off, as tried side by side.
_FOLLOWS, _YEARLY = (0.03, 0.08, 0.2, 0.45), (0.0, 0.5, 1.0)
#: How quickly the season follows, the scale of errors, and the errors by which the best is chosen.
_SEASON, _SCALE, _MEMORY = 0.12, 0.05, 0.99
#: Beyond so many scales an error moves the level no further.
_CLIPPED = 2.5
#: Errors of one sign beyond so many scales, so many in a row, after which the level has moved: it follows so quickly.
_MOVED, _IN_A_ROW, _QUICK = 1.5, 4, 0.45
#: Mean absolute error to standard deviation, of a normal law.
_TO_DEVIATION = 1.2533


def ahead(x: Floats, *, season: int, year: int, learns: int, steps: int) -> Floats:
    """Return forecasts (steps, series, periods): at [h, s, t], of period t + h, made before period t.

    Args:
        x: (series, periods); NaN where there is no value, or none to learn from.
        season: periods after which a week repeats itself; 1 where nothing does.
        year: periods after which a year does.
        learns: values that are needed before the first forecast.
        steps: how many periods ahead.

    References:
        Gelper, Fried & Croux (2010), Journal of Forecasting 29, 285-300: robust exponential smoothing, eq. 6-8.
    """
    count, periods = x.shape
    course = _last_year(x, season, year, steps)
    state, found = _State.of(count, season), np.full((steps, count, periods), np.nan)
    for at in range(periods):
        state.begin(x, course, at, learns)
        best = np.argmin(state.loss, axis=1)
        for step in range(min(steps, periods - at)):
            mean = state.mean(at + step, course[:, at + step])
            found[step, :, at] = np.where(state.ready, mean[np.arange(count), best], np.nan)
        state.learn(x[:, at], course[:, at], at)
    return found


def _last_year(x: Floats, season: int, year: int, steps: int) -> Floats:
    """Return the smoothed course of a year before, (series, periods): the last one that is known where it has gaps.

    Each is the mean of a season around the same place of last year, all of which is known `steps` periods before.
    """
    count, periods = x.shape
    found = np.full((count, periods), np.nan)
    half = season // 2
    if periods <= year + half or year <= half + steps:
        return found
    around = sliding_window_view(np.pad(x, ((0, 0), (half, half)), constant_values=np.nan), 2 * half + 1, axis=1)
    known = np.isfinite(around).sum(axis=2)
    mean = np.where(known > half, np.nansum(around, axis=2) / np.maximum(known, 1), np.nan)
    found[:, year:] = mean[:, : periods - year]
    place = np.maximum.accumulate(np.where(np.isfinite(found), np.arange(periods), 0), axis=1)
    return np.take_along_axis(found, place, axis=1)


@dataclass(kw_only=True)
class _State:
    """What is known of each series before a period; arrays (series, ways), and seasons (series, ways, season)."""

    level: Floats
    seasons: Floats
    scale: Floats
    loss: Floats
    row: NDArray[np.int64]
    ready: Bools
    yearly: Bools
    follows: Floats = field(default_factory=lambda: np.tile(_FOLLOWS, len(_YEARLY)))
    shares: Floats = field(default_factory=lambda: np.repeat(_YEARLY, len(_FOLLOWS)))

    @classmethod
    def of(cls, count: int, season: int) -> "_State":
        """Return what is known of that many series before anything came."""
        shape = (count, len(_FOLLOWS) * len(_YEARLY))
        return cls(
            level=np.zeros(shape),
            seasons=np.zeros((*shape, season)),
            scale=np.ones(shape),
            loss=np.zeros(shape),
            row=np.zeros(shape, np.int64),
            ready=np.zeros(count, np.bool_),
            yearly=np.zeros(count, np.bool_),
        )

    def begin(self, x: Floats, course: Floats, at: int, learns: int) -> None:
        """Begin with series of which enough is known by now, and with last year's course where it is known first."""
        told = np.isfinite(x[:, :at])
        for one in np.flatnonzero(~self.ready & (told.sum(axis=1) >= learns)):
            self._learn_first(int(one), x[one, :at])
        first = ~self.yearly & self.ready & np.isfinite(course[:, at])
        self.level[first] -= self.shares * course[first, at][:, None]
        self.yearly |= first

    def _learn_first(self, one: int, past: Floats) -> None:
        season, places = self.seasons.shape[2], np.arange(len(past))
        level = np.nanmedian(past)
        own = np.zeros(season)
        for place in range(season if season > 1 else 0):
            values = past[(places % season == place) & np.isfinite(past)] - level
            own[place] = np.median(values) * len(values) / (len(values) + 1) if len(values) else 0.0
        error = past - level - own[places % season]
        self.level[one], self.seasons[one] = level, own
        self.scale[one] = max(float(np.nanmedian(np.abs(error))) * 1.4826, 1e-9)
        self.ready[one] = True

    def mean(self, at: int, course: Floats) -> Floats:
        """Return what each way foretells of a period."""
        off = np.where(self.yearly & np.isfinite(course), course, 0.0)
        return self.level + self.seasons[:, :, at % self.seasons.shape[2]] + self.shares * off[:, None]

    def learn(self, value: Floats, course: Floats, at: int) -> None:
        """Learn from what came in a period; from nothing where nothing did."""
        told = (np.isfinite(value) & self.ready)[:, None]
        error = np.where(told, value[:, None] - self.mean(at, course), 0.0)
        size = np.abs(error) / self.scale
        side = np.where(size > _MOVED, np.sign(error), 0).astype(np.int64)
        row = np.where(side * self.row > 0, self.row + side, side)
        self.row = np.where(told, row, self.row)
        moved = np.abs(self.row) >= _IN_A_ROW
        clipped = np.where(moved, error, np.clip(error, -_CLIPPED * self.scale, _CLIPPED * self.scale))
        follows = np.where(moved, np.maximum(self.follows, _QUICK), self.follows)
        self.level += follows * clipped
        place = at % self.seasons.shape[2]
        if self.seasons.shape[2] > 1:
            self.seasons[:, :, place] += np.where(moved, 0.0, _SEASON * (1 - follows) * clipped)
        bounded = np.minimum(np.abs(error), _CLIPPED * self.scale) * _TO_DEVIATION
        self.scale = np.where(told, np.maximum((1 - _SCALE) * self.scale + _SCALE * bounded, 1e-9), self.scale)
        self.loss = np.where(told, _MEMORY * self.loss + np.minimum(np.abs(error), 4 * self.scale), self.loss)
