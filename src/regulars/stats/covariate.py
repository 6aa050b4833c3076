"""Effects made surer by what was known of customers before the experiment began.

A covariate from before cannot be changed by the treatment, so that taking its part out of the outcome leaves the
effect and cuts its variance by the square of their correlation. Of skewed spend that is often next to nothing; so the
cut is always said. A customer without a past has spent 0 in it, which is a value; nobody may be left without one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from regulars.core.errors import DataError
from regulars.core.estimate import Interval
from regulars.stats import arms
from regulars.stats.effects import Effect, difference, no_effect, student_p
from regulars.stats.intervals import t
from regulars.stats.moments import PairSums, Sums
from regulars.stats.regression import CONSTANT, checked, told_apart

_TREATED = "treated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """An effect with a covariate's part taken out.

    Attributes:
        effect: adjusted.
        plain: without the covariate.
        theta: what is taken out of the outcome per unit of the covariate; None where that is unknown.
        rho: correlation of outcome and covariate over all arms; None where unknown.
        cut: share of the plain effect's variance that is gone, as achieved; below 0 where it grew. None where unknown.
    """

    effect: Effect
    plain: Effect
    theta: float | None
    rho: float | None
    cut: float | None


def cuped(treated: PairSums, control: PairSums, *others: PairSums, level: float = 0.95) -> Adjusted:
    """Return the difference of means of a - theta b, with theta = Cov(a, b)/Var(b) over all arms together.

    Args:
        treated: of the treated arm: a the outcome, b the covariate from before the experiment.
        control: of the control arm.
        others: further arms of the experiment, which help to tell theta.
        level: of the intervals.

    Raises:
        DataError: a sum is not a finite number, or no values have such sums.

    References:
        Deng, Xu, Kohavi & Walker (2013), Improving the Sensitivity of Online Controlled Experiments by Utilizing
        Pre-Experiment Data, WSDM, 123-132, eq. 4 and 5.
    """
    for pairs in (treated, control, *others):
        arms.check_pairs(pairs)
    plain = difference(arms.mean(treated.minus(0)), arms.mean(control.minus(0)), level=level)
    if plain.error is None:  # an outcome that does not vary is there, too
        return Adjusted(effect=plain, plain=plain, theta=None, rho=None, cut=None)
    every = sum(others, treated + control)
    spread, along = (
        arms.mean(Sums(n=every.n, total=x, squares=xx)).variance * every.n
        for x, xx in ((every.a, every.aa), (every.b, every.bb))
    )
    if not along:
        why = "the covariate is the same for everybody: nothing to take out"
        none = no_effect(why, level=level, n=plain.interval.n)
        return Adjusted(effect=none, plain=plain, theta=None, rho=None, cut=None)
    theta = every.covariance / along
    effect = difference(arms.mean(treated.minus(theta)), arms.mean(control.minus(theta)), level=level)
    return Adjusted(
        effect=effect,
        plain=plain,
        theta=theta,
        rho=every.covariance / math.sqrt(spread) / math.sqrt(along),
        cut=None if effect.error is None else 1 - (effect.error / plain.error) ** 2,
    )


def lin(outcome: ArrayLike, treated: ArrayLike, covariates: Mapping[str, ArrayLike], *, level: float = 0.95) -> Effect:
    """Return the effect by least squares with covariates that are centred and interact with the treatment.

    Each arm has slopes of its own, so that the adjustment never makes the effect less sure, with many customers. Errors
    are White's with n/(n - k) (HC1), the customers taken as they are.

    Args:
        outcome: of each customer, shape (n,).
        treated: 0 or 1, shape (n,).
        covariates: from before the experiment, by name, each shape (n,); one that follows from others is left out.
        level: of the interval.

    Raises:
        DataError: values that are not finite or of other length, or a treatment that is not 0 or 1.

    References:
        Lin (2013), Annals of Applied Statistics 7, 295-318; MacKinnon & White (1985), J. of Econometrics 29, 305-325,
        for HC1.
    """
    try:
        y, columns, _ = checked(
            outcome, {_TREATED: treated} | {f"covariate `{k}`": x for k, x in covariates.items()}, None
        )
    except ValueError as cause:
        raise DataError(
            f"{str(cause).removesuffix(' is needed')} is needed, and no customer may be left out."
        ) from cause
    arm = columns.pop(_TREATED)
    if not np.isin(arm, (0, 1)).all():
        raise DataError("`treated`: 0 or 1 is needed of every customer.")
    n, of_arm = len(y), int(arm.sum())
    if min(of_arm, n - of_arm) < 2 + len(columns):
        why = f"an arm has fewer than {2 + len(columns)} customers, which its slopes and their doubt need"
        return no_effect(why, level=level, n=n)
    centred = {name: x - x.mean() for name, x in columns.items()}
    own = {f"{name} if treated": x * arm for name, x in centred.items()}
    base = told_apart({CONSTANT: np.ones(n), _TREATED: arm, **centred, **own})
    scores = base.q.T @ y
    residual, df = y - base.q @ scores, n - len(base.names)
    place = base.names.index(_TREATED)
    value, row = float(base.back[place] @ scores), base.q @ base.back[place]
    error = math.sqrt(float((row * residual) @ (row * residual)) * n / df)
    if error <= 1e-12 * float(np.abs(y).max()):
        return no_effect("all customers of an arm are alike: how sure it is cannot be known", level=level, n=n)
    half = t(level, df) * error
    interval = Interval(value=value, low=value - half, high=value + half, level=level, method="Lin, HC1, t", n=n)
    return Effect(interval=interval, error=error, df=df, p_value=student_p(value / error, df))
