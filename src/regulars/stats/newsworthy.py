"""Whether the newest value of a course is news: beyond what periods usually do, and beyond chance of its units."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from regulars.stats.intervals import t, z

#: Periods before each that say what is usual, at least and at most; and how many surprises it takes to know them.
LEAST, MOST, SURPRISES = 4, 8, 12
#: Periods of a course before anything of it can be told.
ENOUGH = LEAST + SURPRISES + 1
#: How many times as much the first periods have to be as later ones not to count.
_UNSETTLED = 2.0
#: A standard deviation in median absolute deviations, and the variance of a median in that of a mean, both normal.
_DEVIATION, _MEDIAN = 1.4826, math.pi / 2

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surprise:
    """How far a value is off what is usual.

    Attributes:
        usual: what was to be expected, in the unit of the values.
        low, high: between which it usually is.
        p_usual: probability of one as far off, as periods usually are.
        p_chance: the same as chance of its units goes.
        periods: past surprises that say what is usual.
        up: whether it is above.
    """

    usual: float
    low: float
    high: float
    p_usual: float
    p_chance: float
    periods: int
    up: bool

    @property
    def p(self) -> float:
        """Of no news: both must be improbable (an intersection-union test holds its level)."""
        return max(self.p_usual, self.p_chance)


def surprise(values: ArrayLike, errors: ArrayLike, *, level: float, ratio: bool) -> Surprise | None:
    """Return how far the last value is off the usual; None where too little is known of what is.

    What is usual is the median of the up to eight periods before, moved by how far values usually are off it. How far
    that is, is told by their median absolute deviation (t with as many degrees of freedom as there are, less one); a
    value that is not farther off than some past ones is no rarer than its rank among them.

    Args:
        values: in order, shape (n,); NaN where there is none.
        errors: standard errors of them, shape (n,).
        level: of what is usual.
        ratio: whether values are compared by ratio; all must be above 0 then.

    References:
        Berger (1982), Technometrics 24, 295-300 (intersection-union tests).
    """
    told, spread = np.asarray(values, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if ratio:
        if not (told[np.isfinite(told)] > 0).all():
            return None
        told, spread = np.log(told), spread / told
    levels = np.array([_level(told[:place]) for place in range(len(told))])
    off = told - levels
    past = off[:-1][np.isfinite(off[:-1])]
    if len(past) < SURPRISES or not np.isfinite(off[-1]):
        return None
    drift = float(np.median(past))
    scale = _DEVIATION * float(np.median(np.abs(past - drift))) or float(past.std(ddof=1))
    if not scale:
        return None
    reach, away = scale * math.sqrt(1 + 1 / len(past)), float(off[-1]) - drift
    rank = int((np.abs(past - drift) >= abs(away)).sum()) / (len(past) + 1)
    usual = levels[-1] + drift
    ends = [usual + side * t(level, len(past) - 1) * reach for side in (-1, 1)]
    expected, low, high = (math.exp(one) if ratio else float(one) for one in (usual, *ends))
    return Surprise(
        usual=expected,
        low=low,
        high=high,
        p_usual=max(rank, 2 * float(special.stdtr(len(past) - 1, -abs(away) / reach))),
        p_chance=_by_chance(away, spread, told),
        periods=len(past),
        up=away > 0,
    )


def settled(values: ArrayLike) -> int:
    """Return the place from which on a course has settled: where records begin, whoever is seen looks new.

    As long as the median of the first eight periods is twice that of the later ones, or half of it, four are left out.
    """
    told = np.asarray(values, dtype=np.float64)
    place = 0
    while len(told) - place >= 2 * MOST:
        first, later = (np.median(part[np.isfinite(part)]) if np.isfinite(part).any() else np.nan
                        for part in (told[place : place + MOST], told[place + MOST :]))  # fmt: skip
        if not (first > 0 and later > 0) or 1 / _UNSETTLED < first / later < _UNSETTLED:
            break
        place += LEAST
    return place


def _level(before: Floats) -> float:
    known = before[np.isfinite(before)][-MOST:]
    return float(np.median(known)) if len(known) >= LEAST else math.nan


def _by_chance(away: float, errors: Floats, values: Floats) -> float:
    """Return the probability of being as far off where only chance of units moves values."""
    known = np.isfinite(values[:-1]) & np.isfinite(errors[:-1])
    recent = errors[:-1][known][-MOST:]
    if not np.isfinite(errors[-1]) or not len(recent):
        return 1.0
    error = math.sqrt(errors[-1] ** 2 + _MEDIAN * float((recent**2).mean()) / len(recent))
    return float(special.erfc(abs(away) / error / math.sqrt(2))) if error else float(away == 0)


def error(low: float, high: float, level: float) -> float:
    """Return the standard error that an interval stands for: half its width in normal quantiles."""
    return (high - low) / (2 * z(level))
