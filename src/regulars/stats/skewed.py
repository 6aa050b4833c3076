"""Differences of means of two arms whose values are skewed, where one arm is small.

Welch's interval takes it that skewness of the arms cancels; with one customer in ten held out it does not, and the
interval misses the truth on one side. Here each arm has an interval of its own that is corrected for skewness, and the
two are put together by square-and-add. benchmarks/coverage.py measures both.
"""

import math
from dataclasses import replace

from regulars.core.estimate import Interval
from regulars.stats import arms, contrasts, effects, intervals
from regulars.stats.effects import Effect
from regulars.stats.moments import Sums


def difference(treated: Sums, control: Sums, *, level: float = 0.95) -> Effect:
    """Return the difference of two means; its p-value agrees with the interval.

    Where Σx³ is not known of both arms it is Welch's.

    Raises:
        DataError: a sum is not a finite number, or no values have such sums.

    >>> found = difference(Sums.of([3, 4, 8, 3]), Sums.of([1, 2, 3, 1])).interval
    >>> found.value, found.high - found.value > found.value - found.low
    (2.75, True)

    References:
        Hall (1992), J. Royal Statistical Society B 54, 221-228, for each arm; Zou & Donner (2008), Statistics in
        Medicine 27, 1693-1702, for the two together.
    """
    plain = effects.difference(arms.mean(treated), arms.mean(control), level=level)
    if plain.error is None or treated.cubes is None or control.cubes is None:
        return plain
    return _corrected(plain, intervals.mean(treated, level=level), intervals.mean(control, level=level))


def _corrected(plain: Effect, treated: Interval, control: Interval) -> Effect:
    found = contrasts.difference(treated, control)
    if found.value is None or found.low is None or found.high is None or not math.isfinite(found.high - found.low):
        return plain
    return replace(plain, interval=found, p_value=contrasts.p_value(found))
