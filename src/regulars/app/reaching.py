"""How probable it is that a goal is reached, from the forecast of its KPI: with its score, or not at all."""

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from regulars.app.put_together import How
from regulars.app.shifted import earlier
from regulars.app.standing import Asked, Chance, Standing
from regulars.core.errors import RegularsError
from regulars.core.estimate import Interval, unknown
from regulars.core.periods import Grain, Period, split
from regulars.core.randomness import stream
from regulars.stats.intervals import wilson_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from regulars.app.forecasting import Forecast
    from regulars.stats.forecasting.conformal import Bound

#: Paths that are drawn.
DRAWS = 4000
#: Days that are left, up to which they are foretold one by one.
_DAYS = 45
#: Months that say of how many units the later ones will be.
_RECENT = 3
_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """Values of the whole period that are drawn, on how many past errors they rest, and of what forecast.

    Forecasts of neighbouring days overlap and are wrong together: errors are worth so many independent ones.
    """

    values: "NDArray[np.float64]"
    errors: int
    worth: float
    forecast: "Forecast"


def chance(found: Standing, asked: Asked, *, wanted: bool, rolling: bool) -> Chance:
    """Return the probability of reaching a goal that has begun, or why there is none."""
    if rolling:
        return _none(found, "it counts back from today, so that it is reached or not")
    if found.state == "over":
        return _none(found, "the period is over")
    if not wanted:
        return _none(found, "it was not asked for")
    if found.now.interval.value is None and found.now.interval.why_not:
        return _none(found, found.now.interval.why_not)
    if found.together.how is How.SUM and found.reached() is not found.most:
        return _none(found, "it is over it already" if found.most else "it is reached already")
    try:
        drawn = _drawn(found, asked)
    except RegularsError as cause:
        return _none(found, str(cause))
    return _none(found, drawn) if isinstance(drawn, str) else _told(found, drawn)


def _none(found: Standing, why: str) -> Chance:
    return Chance(probability=replace(found.now, interval=unknown(why, level=found.target.interval.level)))


def _told(found: Standing, drawn: _Drawn) -> Chance:
    level, target = found.target.interval.level, found.target.interval.value
    assert target is not None
    there = drawn.values <= target if found.most else drawn.values >= target
    share = float(there.mean())
    # So few past errors cannot tell what is rarer than one among them.
    share = min(max(share, 1 / (drawn.errors + 1)), drawn.errors / (drawn.errors + 1))
    low, high = wilson_limits(share * drawn.worth, drawn.worth, level=level)
    method = f"share of paths; limits of {drawn.worth:.0f} independent past errors"
    interval = Interval(value=share, low=float(low), high=float(high), level=level, method=method, n=drawn.errors)
    ends = np.quantile(drawn.values, [(1 - level) / 2, (1 + level) / 2])
    expected = Interval(
        value=float(drawn.values.mean()),
        low=min(float(ends[0]), float(drawn.values.mean())),
        high=max(float(ends[1]), float(drawn.values.mean())),
        level=level,
        method=f"forecast by {drawn.forecast.model}",
        n=found.now.interval.n,
    )
    flags = tuple(sorted({*found.now.flags, "foretold"}))
    whole = replace(found.now, period=found.period, flags=flags)
    return Chance(
        probability=replace(whole, interval=interval),
        expected=replace(whole, interval=expected),
        scored=drawn.forecast.scored,
        course=tuple(drawn.forecast.steps),
    )


def _drawn(found: Standing, asked: Asked) -> _Drawn | str:
    """Return draws of the whole period's value, or why there are none."""
    # What foretells loads much that goals without a forecast do not need.
    from regulars.app.forecasting import forecast

    grain = _grain(found, asked)
    if grain is None:
        return (
            f"`{found.kpi.name}` of months does not make up that of a longer period, so that their forecast says "
            "nothing of it"
        )
    start = asked.records.as_of if grain is Grain.DAY else grain.floor(asked.records.as_of)
    left = Period(start, found.period.end)
    ahead = max(len(split(left, grain)) - (start < asked.records.as_of), 1)
    said = forecast(
        [found.kpi.name], asked.workspace, asked.opened, grain=grain.value, ahead=ahead, where=found.said.where
    )[0]
    if said.why_not or said.scored is None:
        return str(said.why_not or "the forecast has no score on past days")
    steps, bounds = _paths(said, left)
    if steps.shape[1] < len(split(left, grain)) or not np.isfinite(steps).all():
        return "not all of the periods that are left are foretold"
    values = _whole(found, asked, steps, start)
    if isinstance(values, str):
        return values
    errors, worth = min(one.windows for one in bounds), min(one.worth for one in bounds)
    return _Drawn(values=values, errors=errors, worth=worth, forecast=said)


def _grain(found: Standing, asked: Asked) -> Grain | None:
    """Return the steps in which the rest of a period is foretold; None where steps do not make it up."""
    if found.together.how is How.OWN:
        start = found.period.start
        same = (
            one for one in (Grain.MONTH, Grain.QUARTER) if Period(one.floor(start), one.next(start)) == found.period
        )
        return next(same, None)
    left = (found.period.end - asked.records.as_of).days
    return Grain.DAY if found.together.how is How.SUM and left <= _DAYS else Grain.MONTH


def _paths(said: "Forecast", left: Period) -> "tuple[NDArray[np.float64], list[Bound]]":
    """Return draws of the steps within what is left, the running one first, and what their limits rest on."""
    assert said.ahead is not None
    steps = [said.completed, *said.steps] if said.completed is not None else list(said.steps)
    drawn = said.draws(DRAWS, stream(_SEED, f"goal {said.kpi.name} {left}"), completed=True)
    within = [place for place, one in enumerate(steps) if left.start <= one.period.start < left.end]
    bounds = (said.ahead.bounds[place] for place in within)
    return drawn[:, within], [one for one in bounds if one is not None]


def _whole(found: Standing, asked: Asked, steps: "NDArray[np.float64]", start: date) -> "NDArray[np.float64] | str":
    """Return the whole period's value for each path of its steps; the ratio of a period, not a mean of its months."""
    how, begun = found.together.how, found.period.start < start
    if how is How.CLOSING or how is How.OWN:
        return np.asarray(steps[:, -1])
    so_far = asked.of(found.period.start, start).interval if begun else None
    if so_far is not None and so_far.value is None:
        return so_far.why_not
    value = so_far.value if so_far is not None else 0.0
    assert value is not None
    if how is How.SUM:
        return np.asarray(value + steps.sum(axis=1))
    counted = [one.interval.n for one in asked.months(found.period.start, start)] if begun else []
    newest = Grain.MONTH.floor(asked.records.as_of)
    recent = [one.interval.n for one in asked.months(earlier(newest, _RECENT), newest)]
    each = float(np.mean(recent))
    total = sum(counted) + each * steps.shape[1]
    mean = (value * sum(counted) + each * steps.sum(axis=1)) / total if total else steps.mean(axis=1)
    # How far such means were off wholes on past months is doubt, too.
    noise = stream(_SEED, f"months of {found.kpi.name}").normal(0, found.together.off / 2, len(mean))
    return np.asarray(mean * (1 + noise))
