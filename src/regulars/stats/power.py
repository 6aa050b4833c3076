"""How many answers or customers it takes to know, or to see a change."""

import math

from scipy import special

from regulars.stats.intervals import z


def sample_size(variance: float, margin: float, *, level: float = 0.95) -> int:
    """Return how many units give a mean an interval of -/+ `margin`.

    Args:
        variance: of one unit (for NPS at worst 1, typically 0.57).
        margin: half width, in the unit of the mean (0.05 is 5 NPS points).
        level: of the interval.

    >>> sample_size(0.57, 0.05), sample_size(1, 0.10)
    (876, 385)
    """
    return math.ceil(z(level) ** 2 * variance / margin**2)


def sample_size_change(before: float, after: float, change: float, *, level: float = 0.95, power: float = 0.8) -> int:
    """Return how many units per period show a `change` of a mean with probability `power`.

    Args:
        before: variance of one unit before; `after`: after.
        change: the difference of means to be seen.
        level: 1 minus the test's two-sided error.
        power: probability of seeing it.

    >>> sample_size_change(0.57, 0.57, 0.05)
    3580
    """
    return math.ceil(_reach(level, power) ** 2 * (before + after) / change**2)


def minimum_detectable(before: float, after: float, *, level: float = 0.95, power: float = 0.8) -> float:
    """Return the smallest difference of two independent estimates that is seen with probability `power`.

    Args:
        before: sampling variance of one estimate; `after`: of the other.
        level: 1 minus the test's two-sided error.
        power: probability of seeing it.

    >>> round(minimum_detectable(0.57 / 3580, 0.57 / 3580), 4)
    0.05
    """
    return _reach(level, power) * math.sqrt(before + after)


def _reach(level: float, power: float) -> float:
    return z(level) + float(special.ndtri(power))
