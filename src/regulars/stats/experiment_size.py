"""How many customers an experiment takes, what it could see, and in how many weeks.

`treated` is the share of customers who get the treatment. Arms of equal size see most; with nine in ten treated it
takes 2.8 times as many customers.
"""

import math

from scipy import special

from regulars.core.errors import QueryError
from regulars.stats.falling_root import falling_root
from regulars.stats.intervals import z
from regulars.stats.power import minimum_detectable


def detectable_mean(
    customers: float, variance: float, *, treated: float = 0.5, level: float = 0.95, power: float = 0.8
) -> float:
    """Return the smallest difference of means that is seen with probability `power`, in the metric's unit.

    Args:
        customers: of both arms together; infinite is what nobody shows.
        variance: of one customer; what CUPED leaves of it (1 - rho²) where there is a covariate.
        treated: share treated, in (0, 1).
        level: 1 minus the test's two-sided error.
        power: probability of seeing it.

    Raises:
        QueryError: an argument out of its range, by name.

    >>> round(detectable_mean(10_000, 225.0), 3), round(detectable_mean(10_000, 225.0, treated=0.9), 3)
    (0.84, 1.401)
    """
    _check(customers=customers, variance=variance, treated=treated, level=level, power=power)
    if not customers:
        return math.inf
    arms = customers * treated, customers * (1 - treated)
    return minimum_detectable(variance / arms[0], variance / arms[1], level=level, power=power)


def customers_for_mean(
    effect: float, variance: float, *, treated: float = 0.5, level: float = 0.95, power: float = 0.8
) -> int:
    """Return how many customers, both arms together, show that difference of means with probability `power`.

    Raises:
        QueryError: an argument out of its range, by name.

    >>> customers_for_mean(0.84, 225.0), customers_for_mean(0.84, 225.0, treated=0.9)
    (10012, 27810)

    References:
        Cohen (1988), Statistical Power Analysis, ch. 2.
    """
    _check(effect=abs(effect), variance=variance, treated=treated, level=level, power=power)
    reach = minimum_detectable(variance / treated, variance / (1 - treated), level=level, power=power)
    return math.ceil((reach / effect) ** 2)


def detectable_share(
    customers: float,
    base: float,
    *,
    treated: float = 0.5,
    falls: bool = False,
    level: float = 0.95,
    power: float = 0.8,
) -> float:
    """Return the smallest rise of a share that is seen with probability `power`; infinite where not even one to 1 is.

    Args:
        customers: of both arms together.
        base: share of the control arm, in [0, 1].
        treated: share treated, in (0, 1).
        falls: return the smallest fall, as a number above 0.
        level: 1 minus the test's two-sided error.
        power: probability of seeing it.

    Raises:
        QueryError: an argument out of its range, by name.

    >>> round(detectable_share(100, 0.5, power=0.9), 4)  # R: power.prop.test(n = 50, p1 = .50, power = .90)
    0.3026
    """
    _check(customers=customers, base=base, treated=treated, level=level, power=power)
    start = 1 - base if falls else base
    if not customers or start == 1:
        return math.inf
    found = falling_root(lambda d: _reach(start, d, treated, level, power) / math.sqrt(customers) - d, 0.0, 1 - start)
    return found if found < 1 - start else math.inf


def customers_for_share(
    base: float, change: float, *, treated: float = 0.5, level: float = 0.95, power: float = 0.8
) -> int:
    """Return how many customers, both arms together, show that change of a share with probability `power`.

    Args:
        base: share of the control arm.
        change: that of the treated arm less `base`; above or below 0.
        treated: share treated, in (0, 1).
        level: 1 minus the test's two-sided error.
        power: probability of seeing it.

    Raises:
        QueryError: an argument out of its range, by name.

    >>> customers_for_share(0.5, 0.25, power=0.9)  # R: power.prop.test(p1 = .50, p2 = .75, power = .90), n = 76.7
    154

    References:
        Fleiss, Levin & Paik (2003), Statistical Methods for Rates and Proportions, 3rd ed., ch. 4, without continuity
        correction.
    """
    _check(effect=abs(change), base=base, treated=treated, level=level, power=power)
    if not 0 <= base + change <= 1:
        raise QueryError(f"`change` leads from {base} to {base + change:.6g}: a share is from 0 to 1.")
    return math.ceil((_reach(base, change, treated, level, power) / change) ** 2)


def weeks(customers: float, weekly: float) -> float:
    """Return in how many whole weeks so many customers become eligible; infinite where nobody does.

    The time in which their outcome is awaited comes on top.

    >>> weeks(10_012, 900), weeks(10_012, 0)
    (12, inf)
    """
    _check(customers=customers, weekly=weekly)
    return math.ceil(customers / weekly) if weekly and math.isfinite(customers) else math.inf


def _reach(base: float, change: float, treated: float, level: float, power: float) -> float:
    """Return the change that one customer would show, times the root of how many there are."""
    other, rest = base + change, 1 - treated
    pooled = treated * other + rest * base
    null = pooled * (1 - pooled) * (1 / treated + 1 / rest)
    alternative = max(other * (1 - other), 0.0) / treated + base * (1 - base) / rest
    return z(level) * math.sqrt(max(null, 0.0)) + float(special.ndtri(power)) * math.sqrt(alternative)


#: Ranges of arguments: least, most, whether the ends belong to it.
_RANGES = {
    "customers": (0.0, math.inf, True),
    "weekly": (0.0, math.inf, True),
    "variance": (0.0, math.inf, False),
    "effect": (0.0, math.inf, False),
    "base": (0.0, 1.0, True),
    "treated": (0.0, 1.0, False),
    "level": (0.0, 1.0, False),
    "power": (0.0, 1.0, False),
}


def _check(**arguments: float) -> None:
    for name, value in arguments.items():
        least, most, ends = _RANGES[name]
        if not (least < value < most or (ends and value in (least, most))):
            raise QueryError(f"`{name}` is {value}: it must be between {least:g} and {most:g}.")
