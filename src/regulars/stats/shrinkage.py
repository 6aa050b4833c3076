"""Many small segments at once: each borrows strength from the others (normal model with two levels).

How much segments truly differ (tau) is itself uncertain: with few or noisy segments the moment estimate is often 0, and
every segment would then get the very same value. Averaging over all tau instead keeps the pull continuous in what is
known of a segment, and never complete.

References:
    Efron & Morris (1975), JASA 70, 311-319. Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., ch. 5.4.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.core.estimate import Interval, unknown
from regulars.stats.intervals import z

#: Fewest segments whose spread says anything about how segments differ.
LEAST = 5
#: Units that the common spread of a unit counts for beside a segment's own.
_PRIOR_UNITS = 10
#: Values of tau that are averaged over.
_STEPS = 400

Floats: TypeAlias = NDArray[np.float64]


def moderated(variances: Sequence[float], n: Sequence[int]) -> list[float]:
    """Return sampling variances in which the spread of a segment's units is drawn to that of all units.

    The variance of two units who happen to be alike is 0 by chance; taken at its word it would outweigh all others. The
    common spread counts as ten units, so that large segments keep their own.

    Args:
        variances: of each segment's estimate, >= 0.
        n: units behind each, >= 1.

    References:
        Smyth (2004), Statistical Applications in Genetics and Molecular Biology 3(1), eq. 3, with the weight fixed.
    """
    units = np.asarray(n, dtype=np.float64)
    own = np.asarray(variances, dtype=np.float64) * units
    common = units @ own / units.sum() if len(units) else 0.0
    found: list[float] = ((units * own + _PRIOR_UNITS * common) / (units + _PRIOR_UNITS) / units).tolist()
    return found


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


def best_linear(values: Floats, variances: Floats, between: float | Floats) -> tuple[Floats, Floats]:
    """Return the best linear unbiased predictions and their standard errors, tau² being known.

    Args:
        values: one estimate per segment.
        variances: their sampling variances, > 0.
        between: tau², >= 0; a column of several gives a row for each.

    References:
        theta_i = y_i + B_i (mu - y_i) with B_i = v_i/(v_i + tau²), variance v_i (1 - B_i) + B_i² var(mu):
        Kackar & Harville (1981); what R's metafor calls blup.
    """
    weights = 1 / (variances + between)
    total = weights.sum(axis=-1, keepdims=True)
    pull = variances * weights
    mean = (weights * values).sum(axis=-1, keepdims=True) / total
    return values + pull * (mean - values), np.sqrt(variances * (1 - pull) + pull**2 / total)


def shrink(
    values: Sequence[float], variances: Sequence[float], n: Sequence[int], *, level: float = 0.95
) -> tuple[Interval, ...]:
    """Return each segment's value drawn towards the mean of all, the more the less is known about it.

    In the order given; each "no value, because ..." where there are too few. The intervals hold the doubt about the
    mean and about tau, too.

    Args:
        values: one estimate per segment.
        variances: their sampling variances, > 0 (for NPS those of the adjusted Wald: never 0).
        n: units behind each.
        level: of the intervals.

    Raises:
        ValueError: a variance is not positive.

    References:
        `best_linear`, averaged over tau; Gelman (2006), Bayesian Analysis 1, 515-534, for its uniform prior.
    """
    y, v = np.asarray(values, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if np.any(v <= 0):
        raise ValueError("every variance must be above 0")
    if len(y) < LEAST:
        why = f"fewer than {LEAST} segments: how much segments differ cannot be told"
        return tuple(unknown(why, level=level, n=units) for units in n)
    tau, weight = _taus(y, v)
    drawn, errors = best_linear(y, v, tau**2)
    middle = weight @ drawn
    error = np.sqrt(weight @ (errors**2 + (drawn - middle) ** 2))
    half = z(level) * error
    return tuple(
        Interval(value=value, low=value - by, high=value + by, level=level, method="hierarchical normal", n=units)
        for value, by, units in zip(middle.tolist(), half.tolist(), n, strict=True)
    )


def _taus(y: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Return values of tau from 0 to infinity as a column, and what each weighs after the segments were seen."""
    place = (np.arange(_STEPS) + 0.5) / _STEPS
    scale = float(np.sqrt(np.median(v) + np.var(y)))
    tau = scale * (place / (1 - place))[:, np.newaxis]
    variances = v + tau**2
    total = (1 / variances).sum(axis=1)
    mean = (y / variances).sum(axis=1) / total
    distance = ((y - mean[:, np.newaxis]) ** 2 / variances).sum(axis=1)
    # The grid is even in `place`; the last term makes it flat in tau.
    log = -(np.log(variances).sum(axis=1) + np.log(total) + distance) / 2 - 2 * np.log(1 - place)
    weight = np.exp(log - log.max())
    return tau, weight / weight.sum()
