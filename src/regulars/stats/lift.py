"""Relative lift: by what share a treatment raised a metric over the control arm."""

import math

from regulars.core.estimate import Interval
from regulars.stats.arms import Arm
from regulars.stats.effects import Effect, missing, no_effect, student_p, welch_df
from regulars.stats.intervals import t


def lift(treated: Arm, control: Arm, *, level: float = 0.95) -> Effect:
    """Return treated/control - 1 of means, shares or ratios, with an interval that is symmetric on the log scale.

    The delta method: Var(log ratio) = v1/m1² + v0/m0². There is no lift where the control's value is not clearly above
    0 (its own interval reaches 0), nor where the treated arm's value is 0 or below: then look at the difference.
    `error` is that of the lift itself, the ratio times the error of its logarithm.

    References:
        Katz, Baptista, Azen & Pike (1978), Biometrics 34, 469-474 (of shares); Friedrich, Adhikari & Beyene (2008),
        BMC Medical Research Methodology 8, 32 (of means).

    >>> from regulars.stats import arms
    >>> found = lift(arms.share(60, 1000), arms.share(50, 1000)).interval
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.2, -0.167, 0.729)
    """
    n = treated.n + control.n
    if treated.value is None or control.value is None:
        return no_effect(missing(treated, control), level=level, n=n)
    if control.value <= 0 or control.value <= t(level, control.n - 1) * math.sqrt(control.variance):
        return no_effect("the control's value is not clearly above 0: nothing to be relative to", level=level, n=n)
    if treated.value <= 0:
        return no_effect("the treated arm's value is not above 0: see the difference", level=level, n=n)
    if not treated.variance + control.variance:
        return no_effect("all customers of an arm are alike: how sure it is cannot be known", level=level, n=n)
    ratio = treated.value / control.value
    error = math.hypot(math.sqrt(treated.variance) / treated.value, math.sqrt(control.variance) / control.value)
    df = welch_df(treated, control, weight=1 / ratio**2)
    reach = t(level, df) * error
    low, high = (ratio * math.exp(side * reach) - 1 for side in (-1, 1))
    interval = Interval(value=ratio - 1, low=low, high=high, level=level, method="log ratio, delta, t", n=n)
    return Effect(interval=interval, error=ratio * error, df=df, p_value=student_p(math.log(ratio) / error, df))
