"""Round numbers along an axis."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from regulars.kpis.kpi import Shows
from regulars.views.charts.measure import Measure
from regulars.views.charts.picture import Spot


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """An axis from its first to its last tick.

    Attributes:
        places: values, ascending.
        texts: of each.
    """

    places: tuple[float, ...]
    texts: tuple[str, ...]

    @property
    def low(self) -> float:
        """The first value of the axis."""
        return self.places[0]

    @property
    def high(self) -> float:
        """The last value of the axis."""
        return self.places[-1]


def extent(spots: Iterable[Spot], measure: Measure, *also: float) -> tuple[float, float]:
    """Return between which values an axis runs, so that all values and limits are on it.

    It goes a little beyond those where a limit is unbounded, yet never below 0 or above 100 % where no value does.

    Args:
        spots: those with a value.
        measure: what they are.
        also: further values that must be on it.
    """
    given = list(spots)
    limits = {limit for spot in given for limit in (spot.low, spot.high)}
    numbers = [*also, *(spot.value for spot in given if spot.value is not None), *filter(math.isfinite, limits)]
    low, high = first, last = min(numbers), max(numbers)
    size = max(abs(low), abs(high))
    if high - low <= max(size * 1e-9, 1e-250):
        pad = 0.1 * size or (0.1 if measure.shows is Shows.SHARE else 1.0)
        low, high = low - pad, high + pad
    pad = 0.15 * (high - low)
    low, high = low - pad * (-math.inf in limits), high + pad * (math.inf in limits)
    floor = 0.0 if first >= 0 else -math.inf
    ceiling = 1.0 if measure.shows is Shows.SHARE and last <= 1 else math.inf
    return max(low, floor), min(high, ceiling)


def ticks(low: float, high: float, measure: Measure, most: int = 5) -> Ticks:
    """Return round values from `low` or less to `high` or more: at most `most`, and three where that is less.

    >>> ticks(0.37, 0.62, Measure(shows=Shows.SHARE)).texts
    ('30 %', '40 %', '50 %', '60 %', '70 %')
    """
    ruler = measure.ruler(low, high)
    start, end = low * ruler.factor, high * ruler.factor
    for step in _steps((end - start) / most):
        if measure.shows is Shows.COUNT and ruler.factor == 1 and step != int(step):
            continue
        # What is a tick but for a rounding error is one: 0.3 / 0.1 is less than 3.
        first, last = math.floor(start / step + 1e-9), math.ceil(end / step - 1e-9)
        if last - first < max(most, 3):
            break
    digits = _digits(step)
    shown = [place * step for place in range(first, max(last, first + 1) + 1)]
    return Ticks(
        places=tuple(place / ruler.factor for place in shown), texts=tuple(ruler.text(place, digits) for place in shown)
    )


def _steps(least: float) -> Iterator[float]:
    power = math.floor(math.log10(least))
    while True:
        yield from (float(f"{head}e{power}") for head in (1, 2, 2.5, 5))
        power += 1


def _digits(step: float) -> int:
    return next((digits for digits in range(12) if math.isclose(round(step, digits), step, rel_tol=1e-9)), 12)
