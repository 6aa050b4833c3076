"""A share of customers in a treated arm less that in the control arm, right where they are few or all or none.

Newcombe's interval is closed and serves everywhere; Miettinen and Nurminen's inverts a test, so that its p-value and
interval are one. Those of Wald and of Agresti and Caffo are for comparison.
"""

import math
from typing import TypeAlias

from scipy import special

from regulars.core.errors import DataError
from regulars.core.estimate import Interval
from regulars.stats import contrasts
from regulars.stats.contrasts import Statistic
from regulars.stats.effects import Effect, no_effect
from regulars.stats.falling_root import falling_root
from regulars.stats.intervals import wilson, z

#: Customers of an arm who did something, and all of the arm.
Share: TypeAlias = tuple[int, int]


def newcombe(treated: Share, control: Share, *, level: float = 0.95) -> Effect:
    """Return the difference of two shares with the hybrid score interval; its p-value agrees with the interval.

    Raises:
        DataError: not 0 <= successes <= n.

    >>> found = newcombe((56, 70), (48, 80)).interval
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)

    References:
        Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.
    """
    if why := _missing(treated, control):
        return no_effect(why, level=level, n=treated[1] + control[1])
    interval = contrasts.difference(wilson(*treated, level=level), wilson(*control, level=level))
    return _effect(interval, treated, control, contrasts.p_value(interval))


def miettinen_nurminen(treated: Share, control: Share, *, level: float = 0.95) -> Effect:
    """Return the difference of two shares with the score interval.

    Raises:
        DataError: not 0 <= successes <= n.

    >>> found = miettinen_nurminen((56, 70), (48, 80)).interval
    >>> round(found.low, 4), round(found.high, 4)
    (0.0528, 0.3382)

    References:
        Miettinen & Nurminen (1985), Statistics in Medicine 4, 213-226; Newcombe (1998), method 6.
    """
    n = treated[1] + control[1]
    if why := _missing(treated, control):
        return no_effect(why, level=level, n=n)
    value, q = _gap(treated, control), z(level)
    low = falling_root(lambda d: _score(treated, control, d) - q, -1.0, value)
    high = falling_root(lambda d: _score(treated, control, d) + q, value, 1.0)
    interval = Interval(value=value, low=low, high=high, level=level, method="Miettinen-Nurminen score", n=n)
    return _effect(interval, treated, control, float(special.erfc(abs(_score(treated, control, 0.0)) / math.sqrt(2))))


def agresti_caffo(treated: Share, control: Share, *, level: float = 0.95) -> Effect:
    """Return the difference with Wald's interval after a success and a failure more in each arm.

    References:
        Agresti & Caffo (2000), The American Statistician 54, 280-288.
    """
    return _around(treated, control, 1, "Agresti-Caffo", level)


def wald(treated: Share, control: Share, *, level: float = 0.95) -> Effect:
    """Return the difference with the plain interval: too short where successes or failures are few."""
    return _around(treated, control, 0, "Wald", level)


def pooled_test(treated: Share, control: Share) -> Statistic | None:
    """Test whether two shares are one: Pearson's chi-squared; None where an arm is empty, or all did it or none.

    >>> round(pooled_test((56, 70), (48, 80)).value, 4)
    7.0234
    """
    if _missing(treated, control):
        return None
    n = treated[1] + control[1]
    pooled = (treated[0] + control[0]) / n
    variance = pooled * (1 - pooled) * (1 / treated[1] + 1 / control[1])
    if not variance:
        return None
    value = _gap(treated, control) ** 2 / variance
    return Statistic(value=value, df=1, p_value=float(special.chdtrc(1, value)))


def _missing(treated: Share, control: Share) -> str:
    for name, (successes, n) in (("treated", treated), ("control", control)):
        if not 0 <= successes <= n < math.inf:
            raise DataError(f"The {name} arm: {successes} of {n} customers is no share. Give counts from 0 to n.")
        if not n:
            return f"the {name} arm: nobody is in it"
    return ""


def _gap(treated: Share, control: Share) -> float:
    return treated[0] / treated[1] - control[0] / control[1]


def _spread(share: float, n: float) -> float:
    return share * (1 - share) / n


def _effect(interval: Interval, treated: Share, control: Share, p_value: float) -> Effect:
    error = math.sqrt(sum(_spread(x / n, n) for x, n in (treated, control)))
    return Effect(interval=interval, error=error, df=math.inf, p_value=p_value)


def _around(treated: Share, control: Share, more: int, method: str, level: float) -> Effect:
    """Return Wald's interval with so many successes and failures more in each arm."""
    n = treated[1] + control[1]
    if why := _missing(treated, control):
        return no_effect(why, level=level, n=n)
    grown = [(x + more, size + 2 * more) for x, size in (treated, control)]
    value, middle = _gap(treated, control), _gap(grown[0], grown[1])
    half = z(level) * math.sqrt(sum(_spread(x / size, size) for x, size in grown))
    if not half:
        return no_effect("all customers of an arm are alike: how sure it is cannot be known", level=level, n=n)
    # Of few customers the middle lies so far inwards that the value may lie outside.
    low, high = min(max(middle - half, -1.0), value), max(min(middle + half, 1.0), value)
    interval = Interval(value=value, low=low, high=high, level=level, method=method, n=n)
    return _effect(interval, treated, control, contrasts.p_value(interval))


def _score(treated: Share, control: Share, d: float) -> float:
    """Return the score statistic of a true difference d: what is seen beyond it, in errors as they are under it."""
    (n1, n0), base = (treated[1], control[1]), _restricted(treated, control, d)
    gap = _gap(treated, control) - d
    variance = (_spread(base + d, n1) + _spread(base, n0)) * (n1 + n0) / (n1 + n0 - 1)
    if variance <= 1e-300:
        return math.copysign(math.inf, gap) if gap else 0.0
    return gap / math.sqrt(variance)


def _restricted(treated: Share, control: Share, d: float) -> float:
    """Return the control's likeliest share where the treated one is d above it (the closed root of a cubic)."""
    (x1, n1), (x0, n0) = treated, control
    n, x = n1 + n0, x1 + x0
    # The coefficients over that of the cube: huge arms overflow nothing.
    b = ((n1 + 2 * n0) * d - n - x) / n
    c = ((n0 * d - n - 2 * x0) * d + x) / n
    e = x0 * d * (1 - d) / n
    q = (b / 3) ** 3 - b * c / 6 + e / 2
    p = math.copysign(math.sqrt(max((b / 3) ** 2 - c / 3, 0.0)), q)
    turn = (math.pi + math.acos(max(-1.0, min(1.0, q / p**3)))) / 3 if p else 0.0
    return min(max(2 * p * math.cos(turn) - b / 3, max(0.0, -d)), min(1.0, 1 - d))
