"""A period that still runs: what it will come to, from what was seen of it and from the forecast."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from regulars.stats.forecasting.choosing import Tried
from regulars.stats.forecasting.conformal import FEWEST
from regulars.stats.forecasting.rolling import Floats

#: The forecast as it is: what was seen of the period does not help.
FORECAST = "the forecast alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """What a running period will come to.

    Attributes:
        value: of the whole period.
        errors: of past periods at each origin, whole less completed; NaN where it cannot be told, shape (origins,).
        way: how it is completed, in words.
    """

    value: float
    errors: Floats
    way: str


def completed(found: Tried, forecast: float, parts: Floats, elapsed: float) -> Completed:
    """Return what the running period will come to, by the way that was nearest in past periods.

    Past periods are completed as they would have been then: of medians of earlier ones, after the same elapsed part.

    Args:
        found: the model at rolling origins; its first step is the period that runs there.
        forecast: of the period that runs now.
        parts: what was seen of each period after the same elapsed part, the running one last; NaN where unknown.
        elapsed: share of the period that is over, in (0, 1).
    """
    origins, whole = found.origins, found.came[:, 0]
    ways: dict[str, tuple[list[float], float]] = {FORECAST: (list(found.foretold[:, 0]), forecast)}
    known = list(zip(origins, found.foretold[:, 0], strict=True))
    for name in _WAYS:
        past = [_way(name, parts, found, int(origin), value, elapsed) for origin, value in known]
        ways[name] = (past, _way(name, parts, found, len(parts) - 1, forecast, elapsed))
    errors = {name: whole - np.array(past) for name, (past, _) in ways.items()}
    told = np.all([np.isfinite(one) for one in errors.values()], axis=0)
    able = [name for name, (_, now) in ways.items() if math.isfinite(now)]
    if told.sum() < FEWEST:
        return Completed(value=forecast, errors=errors[FORECAST], way=FORECAST)
    best = min(able, key=lambda name: float(np.abs(errors[name][told]).mean()))
    return Completed(value=ways[best][1], errors=errors[best], way=best)


#: How a part becomes a whole.
_WAYS = (
    "what was seen of it and the forecast for the rest",
    "as much more as past periods were after the same elapsed part",
    "past periods after the same elapsed part and the forecast",
)


def _way(name: str, parts: Floats, found: Tried, place: int, forecast: float, elapsed: float) -> float:
    """Return what a period comes to in one way; NaN where too few earlier ones tell."""
    earlier = list(_earlier(parts, found, place))
    part = float(parts[place]) if place < len(parts) else math.nan
    if len(earlier) < FEWEST or not math.isfinite(part):
        return math.nan
    shares = np.array([one / whole for one, whole in earlier if whole])
    if not len(shares):
        return math.nan
    share = float(np.median(shares))
    grown = part / share if part > 0 and share > 0 else part + float(np.median([w - p for p, w in earlier]))
    if name == _WAYS[0]:
        return part + forecast * (1 - share)
    return grown if name == _WAYS[1] else elapsed * grown + (1 - elapsed) * forecast


def _earlier(parts: Floats, found: Tried, place: int) -> Iterator[tuple[float, float]]:
    """Yield part and whole of the periods before one."""
    for before in range(min(place, len(parts))):
        whole = found.course[before]
        if math.isfinite(parts[before]) and math.isfinite(whole):
            yield float(parts[before]), float(whole)
