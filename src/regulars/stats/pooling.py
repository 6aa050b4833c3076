"""Groups that are alike more or less, when something is known of them all before: each borrows from the others.

Values of groups lie around a mean of all, about which there is a prior; how far apart they lie is not known either, and
is averaged over. Groups of which little was seen stay near the mean; what is seen of any moves it.

References:
    Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 5.4, with a normal prior for the mean, and a
    half-normal one for the spread: Gelman (2006), Bayesian Analysis 1, 515-534, section 7.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats: TypeAlias = NDArray[np.float64]

#: Values of the spread that are averaged over.
_STEPS = 400


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pooled:
    """What is known of groups, in the order given, each array of shape (k,).

    Attributes:
        mean, variance: of what all groups lie around.
        means, variances: of the groups' own values.
        shared: covariance of each with the mean of all: by so much they move together.
        apart: expected square of the spread, which a group of which nothing was seen varies by beyond the mean.
    """

    mean: float
    variance: float
    means: Floats
    variances: Floats
    shared: Floats
    apart: float


def pooled(values: Floats, variances: Floats, *, mean: float, variance: float, spread: float) -> Pooled:
    """Return what is known of groups after each was measured.

    Args:
        values: measured, one per group, shape (k,).
        variances: squares of their standard errors, above 0, shape (k,).
        mean, variance: of the prior of what groups lie around; the variance above 0.
        spread: scale of the half-normal prior of the standard deviation between groups, at least 0.

    Raises:
        ValueError: a variance is not above 0.
    """
    if variance <= 0 or np.any(variances <= 0):
        raise ValueError("every variance must be above 0")
    # Quantiles of the prior, so that each weighs what the likelihood says alone.
    tau2 = (spread * ndtri(0.5 + (np.arange(_STEPS) + 0.5) / (2 * _STEPS)))[:, np.newaxis] ** 2
    weights = 1 / (variances + tau2)
    precision = 1 / variance + weights.sum(axis=1)
    middle = (mean / variance + weights @ values) / precision
    distance = (weights * (values - mean) ** 2).sum(axis=1) - precision * (middle - mean) ** 2
    likelihood = (np.log(weights).sum(axis=1) - np.log(precision) - distance) / 2
    chance = np.exp(likelihood - likelihood.max())
    chance /= chance.sum()
    pull = variances * weights
    own = values + pull * (middle[:, np.newaxis] - values)
    left = tau2 * pull + pull**2 / precision[:, np.newaxis]
    overall, means = float(chance @ middle), chance @ own
    return Pooled(
        mean=overall,
        variance=float(chance @ (1 / precision + (middle - overall) ** 2)),
        means=means,
        variances=chance @ (left + (own - means) ** 2),
        shared=chance @ (pull / precision[:, np.newaxis] + (own - means) * (middle - overall)[:, np.newaxis]),
        apart=float(chance @ tau2[:, 0]),
    )
