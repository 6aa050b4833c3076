"""Many small segments at once: each borrows strength from the others (normal-normal empirical Bayes).

References:
    Efron & Morris (1975), JASA 70, 311-319. Viechtbauer (2010), J. Stat. Software 36(3).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.core.estimate import Interval, unknown
from regulars.stats.intervals import z

#: Fewest segments whose spread says anything about how segments differ.
LEAST = 5

Floats = NDArray[np.float64]
Heterogeneity: TypeAlias = Callable[[Floats, Floats], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrinkage:
    """What the segments say together.

    Attributes:
        pooled: the mean over segments; the plain inverse-variance mean where there is no shrinkage.
        between: variance of the true values between segments (tau²); None where `why_not` says so.
        segments: shrunken values in the order given; each "no value, because ..." where there is no shrinkage.
        why_not: reason there is no shrinkage, or "".
    """

    pooled: Interval
    between: float | None
    segments: tuple[Interval, ...]
    why_not: str = ""


def dersimonian_laird(values: Floats, variances: Floats) -> float:
    """Return tau² by moments, in closed form.

    References:
        DerSimonian & Laird (1986), Controlled Clinical Trials 7, 177-188.
    """
    weights = 1 / variances
    mean = weights @ values / weights.sum()
    q = float(weights @ (values - mean) ** 2)
    scale = weights.sum() - (weights @ weights) / weights.sum()
    return max(0.0, (q - (len(values) - 1)) / float(scale))


def reml(values: Floats, variances: Floats) -> float:
    """Return tau² by restricted maximum likelihood (Fisher scoring from the moment estimate).

    References:
        Viechtbauer (2005), J. Educational and Behavioral Statistics 30, 261-293.
    """
    tau2 = dersimonian_laird(values, variances)
    for _ in range(200):
        weights = 1 / (variances + tau2)
        total = weights.sum()
        mean = weights @ values / total
        squares, cubes = weights @ weights, weights @ weights**2
        trace = total - squares / total
        information = squares - 2 * cubes / total + (squares / total) ** 2
        score = weights**2 @ (values - mean) ** 2 - trace
        step = float(score / information)
        tau2, before = max(0.0, tau2 + step), tau2
        if abs(tau2 - before) <= 1e-12 * (1e-12 + before):
            break
    return tau2


def best_linear(values: Floats, variances: Floats, between: float) -> tuple[Floats, Floats]:
    """Return the best linear unbiased predictions and their standard errors, tau² being known.

    References:
        theta_i = y_i + B_i (mu - y_i) with B_i = v_i/(v_i + tau²), variance v_i (1 - B_i) + B_i² var(mu):
        Kackar & Harville (1981); what R's metafor calls blup.
    """
    weights = 1 / (variances + between)
    pull = variances * weights
    mean = weights @ values / weights.sum()
    return values + pull * (mean - values), np.sqrt(variances * (1 - pull) + pull**2 / weights.sum())


def shrink(
    values: Sequence[float],
    variances: Sequence[float],
    n: Sequence[int],
    *,
    level: float = 0.95,
    heterogeneity: Heterogeneity = dersimonian_laird,
) -> Shrinkage:
    """Return each segment's value drawn towards the mean of all, the more the less is known about it.

    The intervals hold the doubt about the mean and about tau² too. Without the latter they cover 84 to 93 % of small
    segments' true scores; with it 94 % or more.

    Args:
        values: one estimate per segment.
        variances: their sampling variances, > 0 (for NPS those of the adjusted Wald: never 0).
        n: units behind each.
        level: of the intervals.
        heterogeneity: how the variance between segments is had.

    Raises:
        ValueError: a variance is not positive.

    References:
        `best_linear` for the values; Morris (1983), JASA 78, 47-55, for the intervals.
    """
    y, v = np.asarray(values, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if np.any(v <= 0):
        raise ValueError("every variance must be above 0")
    if len(y) < LEAST:
        why = f"fewer than {LEAST} segments: how much segments differ cannot be told"
        alone = tuple(unknown(why, level=level, n=units) for units in n)
        pooled = _pooled(y, v, 0.0, sum(n), level) if len(y) else unknown("no segments", level=level)
        return Shrinkage(pooled=pooled, between=None, segments=alone, why_not=why)
    tau2 = heterogeneity(y, v)
    drawn, _ = best_linear(y, v, tau2)
    segments = tuple(
        _normal(value, error, units, "empirical Bayes, Morris", level)
        for value, error, units in zip(drawn, _morris_errors(y, v, tau2), n, strict=True)
    )
    return Shrinkage(pooled=_pooled(y, v, tau2, sum(n), level), between=tau2, segments=segments)


def _morris_errors(y: Floats, v: Floats, tau2: float) -> Floats:
    """Return standard errors with a slightly weaker pull, and with the variance of the pull itself."""
    k, weights = len(y), 1 / (v + tau2)
    mean, typical = weights @ y / weights.sum(), weights @ v / weights.sum()
    pull = (k - 3) / (k - 1) * v * weights
    doubt = 2 / (k - 3) * pull**2 * (typical + tau2) * weights
    return np.sqrt(v * (1 - pull) + pull**2 / weights.sum() + doubt * (y - mean) ** 2)


def _pooled(y: Floats, v: Floats, tau2: float, n: int, level: float) -> Interval:
    weights = 1 / (v + tau2)
    method = "random-effects mean" if tau2 else "inverse-variance mean"
    return _normal(weights @ y / weights.sum(), 1 / math.sqrt(weights.sum()), n, method, level)


def _normal(value: float, error: float, n: int, method: str, level: float) -> Interval:
    half = z(level) * float(error)
    middle = float(value)
    return Interval(value=middle, low=middle - half, high=middle + half, level=level, method=method, n=n)
