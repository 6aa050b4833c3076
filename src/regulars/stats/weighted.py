"""Estimates from weighted answers, with the error that the weights leave.

Who answers is taken as a simple random sample given the fields weighted by. Errors are Taylor-linearised: what a
respondent adds to the error of a weighted mean is their weight times what the fields weighted by do not tell of their
answer, since what these tell is known of the population and no longer a matter of chance. A weighted share or net score
has the score interval of as many unweighted answers as would have that error.

References:
    Deville & Särndal (1992), JASA 87, 376-382, eq. 3.4; Lumley (2010), Complex Surveys, ch. 7, whose R package survey
    agrees.
"""

import math
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regulars.core.estimate import Interval, unknown
from regulars.stats import intervals, nps
from regulars.stats.weighting import Weights

Floats: TypeAlias = NDArray[np.float64]

#: Answers unlike the commonest one that the design effect of the weights alone counts for.
_PRIOR = 10


def mean(values: ArrayLike, weights: Weights, *, level: float = 0.95) -> Interval:
    """Return the weighted mean with its linearised t interval, corrected for skewness as `intervals.mean` is.

    Args:
        values: shape (n,).
        weights: of the same respondents.
        level: of the interval.
    """
    y, n = np.asarray(values, dtype=np.float64), len(weights.values)
    if n <= weights.told:
        return unknown("a mean needs more respondents than facts it is weighted by", level=level, n=n)
    added, free = _added(y, weights)
    second, units = float(added @ added), n / weights.design_effect
    skew = float((added**3).sum()) / second**1.5 if second > 0 else 0.0
    quantile = intervals.t_skewed(level, max(round(units) - weights.told + 1, 2), skew * math.sqrt(units))
    value = _mean(y, weights.values)
    low, high = intervals.skew_limits(value, math.sqrt(float(added @ (added / free))), skew, quantile)
    return Interval(value=value, low=low, high=high, level=level, method="weighted, linearised t", n=n)


def standard_error(values: ArrayLike, weights: Weights) -> float:
    """Return the linearised standard error of the weighted mean of `values`, shape (n,); needs n >= 2.

    As R's survey has it, with n/(n - 1) and no correction for a finite population. Intervals correct for what the
    fields explain by chance, respondent by respondent, which matters where few stand for many.
    """
    n = len(weights.values)
    added, _ = _added(np.asarray(values, dtype=np.float64), weights)
    return math.sqrt(n / (n - 1) * float(added @ added))


def share(having: ArrayLike, weights: Weights, *, level: float = 0.95) -> Interval:
    """Return the weighted share of those who are 1 rather than 0, with Wilson's interval at the effective n.

    Args:
        having: 0 or 1, shape (n,).
        weights: of the same respondents.
        level: of the interval.

    References:
        Korn & Graubard (1998), Survey Methodology 24, 193-201, with Wilson's limits in place of Clopper-Pearson's.
    """
    y = np.asarray(having, dtype=np.float64)
    if not len(y):
        return unknown("nobody to take a share of", level=level)
    value, units = _mean(y, weights.values), effective_answers(y, weights)
    low, high = map(float, intervals.wilson_limits(value * units, units, level=level))
    method = "Wilson score" if weights.even else "Wilson score, effective n"
    return Interval(value=value, low=low, high=high, level=level, method=method, n=len(y))


def net_score(answers: ArrayLike, weights: Weights, *, level: float = 0.95) -> Interval:
    """Return the weighted mean of answers of -1, 0, 1 with Tango's score interval at the effective n.

    Args:
        answers: -1 of a detractor, 0 of a passive, 1 of a promoter; shape (n,).
        weights: of the same respondents.
        level: of the interval.
    """
    y = np.asarray(answers, dtype=np.float64)
    if not len(y):
        return unknown("no answers", level=level)
    units = effective_answers(y, weights)
    up, middle, down = (units * _mean((y == side).astype(np.float64), weights.values) for side in (1, 0, -1))
    found = nps.nps(up, middle, down, level=level)
    return replace(found, n=len(y), method=found.method + ("" if weights.even else ", effective n"))


def effective_answers(values: Floats, weights: Weights) -> float:
    """Return how many answers of a simple random sample would have the error of the weighted mean of `values`."""
    n = len(values)
    if weights.even:
        return float(n)
    centre = _mean(values, weights.values)
    spread = _mean((values - centre) ** 2, weights.values)
    added, free = _added(values, weights)
    variance = float(added @ (added / free)) if n > weights.told else math.nan
    return answers_with(values, spread, variance, weights.design_effect)


def answers_with(values: Floats, spread: float, variance: float, design_effect: float) -> float:
    """Return how many equal answers have a mean with this `variance`.

    It is itself a matter of chance, the more the fewer answers differ from the commonest one, and 0 where all are
    alike: the design effect found is drawn to that of the weights alone, which counts as ten such answers.

    Args:
        values: the answers, of which few are different, shape (n,).
        spread: variance of one answer in the population.
        variance: found of their weighted mean; NaN where there is none.
        design_effect: n Σw²/(Σw)² (Kish).
    """
    n = len(values)
    apart = n - int(np.unique(values, return_counts=True)[1].max())
    if not apart or not spread > 0 or math.isnan(variance):
        return n / design_effect
    found = variance * (n - 1) / spread
    return n * (apart + _PRIOR) / (apart * found + _PRIOR * design_effect)


def _mean(y: Floats, w: Floats) -> float:
    # Of answers that are all alike it is that answer, not nearly so.
    return float(y[0] + w @ (y - y[0]) / w.sum())


def _added(y: Floats, weights: Weights) -> tuple[Floats, Floats]:
    """Return what each respondent adds to the error of the weighted mean, and how free they were to; each shape (n,).

    The share of freedom is 1 minus the leverage on the fields weighted by (HC2: MacKinnon & White, 1985): of one of
    five respondents in a cell 4/5.
    """
    w, n = weights.values, len(y)
    rest, leverage = y - _mean(y, w), np.full(n, 1 / n)
    if weights.targets:
        pairs = zip(weights.margins, weights.targets, strict=True)
        dummies = np.concatenate([codes[:, None] == np.arange(len(cells)) for codes, cells in pairs], axis=1)
        dummies = dummies.astype(np.float64)
        # Through the k by k products: of a million respondents nothing else is quick.
        back = dummies @ np.linalg.pinv(dummies.T @ dummies, hermitian=True)
        rest, leverage = rest - back @ (dummies.T @ rest), (back * dummies).sum(axis=1)
    added = w * rest / w.sum()
    # Who is alone in a cell has no residual either.
    return np.asarray(added - added.mean()), np.maximum(1 - leverage, 1 / n)
