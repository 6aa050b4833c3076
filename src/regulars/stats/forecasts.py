"""What comes next in a course, with limits that hold, and how well such forecasts went on the past.

Seasonal naive, Theta and damped exponential smoothing are tried at rolling origins; the one with the least mean
absolute error is taken, or the seasonal naive rule where none is better. Limits are conformal: from its own errors at
those origins, step by step.

References:
    Hyndman & Koehler (2006), Another look at measures of forecast accuracy, International Journal of Forecasting 22.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from regulars.core.errors import QueryError
from regulars.core.estimate import Interval, unknown
from regulars.stats.change_points import Break
from regulars.stats.forecasting.calendars import Calendar
from regulars.stats.forecasting.choosing import Matter, Tried, chosen, filled
from regulars.stats.forecasting.completing import FORECAST, completed
from regulars.stats.forecasting.conformal import FEWEST, Bound, Spread, bound, bounds, doubted, held_before, spread_of
from regulars.stats.forecasting.rolling import Floats, Whole
from regulars.stats.intervals import t

#: Values without which nothing is foretold.
SHORTEST = 8
#: Share of periods that must have one.
_KNOWN = 2 / 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """What is foretold.

    Attributes:
        values: one per period, NaN where there is none, shape (n,).
        season: periods of a season: 7 of days, 52 of weeks, 12 of months, 4 of quarters; 1 of none.
        low, high: between which values lie.
        calendars: what may be adjusted for, as far as that foretells better.
        noise: half width of each value's own interval, NaN where unknown, shape (n,); None where values have none.
    """

    values: Floats
    season: int = 1
    low: float = -math.inf
    high: float = math.inf
    calendars: Sequence[Calendar] = ()
    noise: Floats | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Ahead:
    """What is foretold.

    Attributes:
        model: which foretells, in words.
        rule: the simple one beside it, in words.
        values: of each step, shape (ahead,).
        low, high: its limits; NaN where too few past windows reach so far.
        bounds: what limits rest on, by step.
        tried: the model at rolling origins; `naive`: the rule likewise; `in_time`: errors at the origins of the rule of
            what would have been chosen there by what had come until then.
        errors: of the model there, on the scale of `spread`, those of a running period as it was completed.
        spread: how large errors are expected to be.
        unit: what all that is tried is told in, in the course's own unit.
        scale: mean absolute error of the rule within the course, which errors are told in (MASE); 0 where it never
            changes.
        breaks: where the level shifted.
        held: of how many values at rolling origins limits of that day held, and of how many there were any.
        course: what it was made of.
        way: how a running period was completed, in words; "" where none runs.
        level: of the limits.
    """

    model: str
    rule: str
    values: Floats
    low: Floats
    high: Floats
    bounds: list[Bound | None]
    tried: Tried
    naive: Tried
    in_time: Floats
    errors: Floats
    spread: Spread
    unit: float
    scale: float
    breaks: tuple[Break, ...]
    held: tuple[int, int]
    course: Course
    way: str
    level: float

    def clipped(self, values: Floats) -> Floats:
        """Return values within the domain."""
        return np.clip(values, self.course.low, self.course.high)


def short(values: Floats) -> str:
    """Return why a course cannot be foretold; "" where it can."""
    known = int(np.isfinite(values).sum())
    if known < SHORTEST:
        told = "1 finished period has a value" if known == 1 else f"{known} finished periods have a value"
        return f"{told}; at least {SHORTEST} must"
    if known < _KNOWN * len(values):
        return f"only {known} of {len(values)} finished periods have a value"
    return ""


def foretold(course: Course, ahead: int, level: float, *, compared: int | None = None) -> Ahead:
    """Foretell a course that is long enough (`short`).

    Args:
        course: what is foretold; its first value is there.
        ahead: steps.
        level: of limits, in (0, 1).
        compared: steps over which models are compared; `ahead` where None. What is foretold of a step is the same
            whatever else is asked for as long as this is.
    """
    unit = float(np.nanmean(np.abs(course.values))) or 1.0
    seen = course.values / unit
    matter = Matter(seen=seen, values=filled(seen), ahead=compared or ahead)
    found = chosen(matter, course.season, course.calendars)
    best, rule = found.best, found.rule
    spread = spread_of(best, None if course.noise is None else course.noise / unit)
    errors = best.errors / spread.past(best.foretold)
    held, limits = held_before(best.origins, errors, level), bounds(errors, best.origins, level)
    asked = replace(matter, ahead=max(ahead, matter.ahead))
    if asked.ahead > matter.ahead:
        best = asked.tried(best.candidate, best.origins, calendar=best.calendar, since=best.since)
        errors = best.errors / spread.past(best.foretold)
        limits += bounds(errors, best.origins, level)[matter.ahead :]
    return _limited(
        Ahead(
            model=best.said,
            rule=rule.said,
            values=asked.last(best)[:ahead] * unit,
            low=np.empty(0),
            high=np.empty(0),
            level=level,
            bounds=limits[:ahead],
            tried=best,
            naive=rule,
            in_time=found.in_time,
            errors=errors[:, :ahead],
            spread=spread,
            unit=unit,
            scale=_scale(seen, rule.candidate.season),
            breaks=tuple(_in_units(one, unit) for one in found.breaks),
            held=held,
            course=course,
            way="",
        )
    )


def _limited(found: Ahead) -> Ahead:
    """Return what is foretold with limits, within its domain."""
    width = np.array([math.nan if one is None else one.width for one in found.bounds])
    half = width * found.spread.ahead(found.values / found.unit) * found.unit
    low, high = found.clipped(found.values - half), found.clipped(found.values + half)
    return replace(found, values=found.clipped(found.values), low=low, high=high)


def running(found: Ahead, parts: Floats, elapsed: float) -> Ahead:
    """Return what is foretold where the first step is a period that runs, of which a part was seen.

    Later steps are foretold as if the period had come to what it is completed to; their limits stay as wide.

    Args:
        found: what is foretold without it.
        parts: values after the same elapsed part of every period of the course and, last, of the running one; NaN
            where unknown, shape (n + 1,).
        elapsed: share of the period that is over, in (0, 1).
    """
    tried, unit = found.tried, found.unit
    told = completed(tried, float(found.values[0]) / unit, parts / unit, elapsed)
    if told.way == FORECAST:
        return replace(found, way=FORECAST)
    errors = found.errors.copy()
    errors[:, 0] = told.errors / found.spread.past(tried.foretold)[:, 0]
    known = errors[np.isfinite(errors[:, 0]), 0]
    first = bound(known, found.level) if len(known) >= FEWEST else found.bounds[0]
    values = found.values.copy()
    values[0] = told.value * unit
    if len(values) > 1:
        longer = np.append(tried.course, told.value)
        matter = Matter(seen=longer, values=filled(longer), ahead=len(values) - 1)
        values[1:] = matter.last(tried) * unit
    return _limited(replace(found, values=values, errors=errors, bounds=[first, *found.bounds[1:]], way=told.way))


def _scale(seen: Floats, season: int) -> float:
    """Return the mean absolute error of the rule within the course, one season ahead (Hyndman & Koehler, eq. 7)."""
    found = np.abs(seen[season:] - seen[:-season])
    return float(np.nanmean(found)) if np.isfinite(found).any() else 0.0


def _in_units(one: Break, unit: float) -> Break:
    found = one.shift
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    return replace(one, shift=replace(found, value=found.value * unit, low=found.low * unit, high=found.high * unit))


def mase(errors: Floats, origins: Whole, scale: float, level: float) -> Interval:
    """Return the mean absolute error of a model at rolling origins in units of the rule's (MASE).

    Errors of origins near each other go together: their variance is that of Newey and West (1987).

    Args:
        errors: NaN where nothing came, shape (origins, ahead).
        origins: ascending.
        scale: mean absolute error of the rule within the course; 0 where it never changes.
        level: of the interval.
    """
    if scale <= 0:
        return unknown("the course never changes", level=level)
    known = np.isfinite(errors).any(axis=1)
    each = np.nanmean(np.abs(errors[known]), axis=1) / scale
    n, mean = len(each), float(each.mean())
    if n < 2:
        return unknown("one past day is too few", level=level, n=n)
    stride = int(origins[1] - origins[0])
    lag = min(-(-errors.shape[1] // stride) - 1, n - 1)
    about = each - mean
    variance = float(about @ about) / n
    for apart in range(1, lag + 1):
        variance += 2 * (1 - apart / (lag + 1)) * float(about[apart:] @ about[:-apart]) / n
    half = float(t(level, n - 1)) * math.sqrt(max(variance, 0.0) / (n - 1))
    return Interval(
        value=mean,
        low=max(mean - half, 0.0),
        high=mean + half,
        level=level,
        method="mean of past days, Newey-West",
        n=n,
    )


def _whole(errors: Floats) -> Floats:
    """Return courses of errors without gaps: where nothing came, the error of the same step one origin before or after.

    Args:
        errors: shape (windows, steps); some window knows each step.
    """
    found = errors.copy()
    for step in found.T:
        known = np.flatnonzero(np.isfinite(step))
        gaps = np.flatnonzero(~np.isfinite(step))
        step[gaps] = step[known[np.abs(gaps[:, None] - known[None, :]).argmin(axis=1)]]
    return found


def paths(found: Ahead, n: int, rng: np.random.Generator) -> Floats:
    """Return joint courses of the steps, shape (n, ahead); NaN at steps that have no limits.

    Whole courses of errors of rolling origins are drawn, so that steps go together as they did, with either sign, and
    stretched so that each step has its limits (`doubted`).

    Raises:
        QueryError: no past forecast reaches as far as any step.
    """
    told = np.array([one is not None for one in found.bounds])
    limits = [one for one in found.bounds if one is not None]
    if not limits:
        raise QueryError("No past forecast reaches so far ahead. Ask for fewer periods.")
    reach = int(np.flatnonzero(told)[-1]) + 1
    whole = _whole(found.errors[found.tried.origins + reach <= len(found.tried.course)][:, told])
    which, sign = rng.integers(len(whole), size=n), rng.choice([-1.0, 1.0], size=n)
    m = min(one.worth for one in limits)
    off = (sign * np.sqrt(m / rng.chisquare(m, size=n)))[:, None] * whole[which] * doubted(whole, limits, found.level)
    scale = found.spread.ahead(found.values / found.unit)[told]
    drawn = np.full((n, len(told)), np.nan)
    drawn[:, told] = found.values[told] + off * scale * found.unit
    return found.clipped(drawn)
