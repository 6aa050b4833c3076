"""What was learned of an action's effect: the assumed distribution, and every experiment since.

Experiments differ: the effect in one is drawn around the action's own with a spread that is learned from how much their
results disagree beyond chance. So one large experiment does not end all doubt, and many that agree do.

References:
    Gelman, Carlin, Stern, Dunson, Vehtari & Rubin (2013), Bayesian Data Analysis, 3rd ed., section 5.4, the normal
    hierarchical model; DerSimonian & Laird (1986), Controlled Clinical Trials 7, 177-188, eq. 8, for the spread.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regulars.core.errors import QueryError
from regulars.decisions.action import Effect
from regulars.stats.intervals import z


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The effect that one experiment found.

    Attributes:
        value: share of customers changed.
        error: its standard error, above 0.
        experiment: which.
    """

    value: float
    error: float
    experiment: str


def learned(assumed: Effect, results: Sequence[Result]) -> Effect:
    """Return what is known of an effect after experiments; what was assumed where there are none.

    Raises:
        QueryError: an experiment has no error, so nobody knows what it weighs.
    """
    if not results:
        return assumed
    values = np.array([one.value for one in results])
    variances = np.array([one.error for one in results]) ** 2
    if not (np.isfinite(values).all() and np.isfinite(variances).all() and (variances > 0).all()):
        raise QueryError("An experiment without a standard error teaches nothing: read it out again.")
    weights = 1 / (variances + between(values, variances))
    prior = 1 / assumed.deviation**2 if assumed.deviation > 0 else 0.0
    precision = prior + weights.sum()
    mean = (prior * assumed.mean + weights @ values) / precision
    half = z(0.95) / np.sqrt(precision)
    names = ", ".join(dict.fromkeys(one.experiment for one in results))
    return Effect(
        mean=float(np.clip(mean, -1, 1)),
        low=float(np.clip(mean - half, -1, 1)),
        high=float(np.clip(mean + half, -1, 1)),
        source=f"Measured here: {names}; with what was assumed before",
    )


def between(values: np.ndarray, variances: np.ndarray) -> float:
    """Return the variance of true effects between experiments, by moments; 0 where results agree within chance.

    Args:
        values: results, shape (k,).
        variances: squares of their standard errors, shape (k,).
    """
    weights = 1 / variances
    mean = weights @ values / weights.sum()
    beyond = weights @ (values - mean) ** 2 - (len(values) - 1)
    scale = weights.sum() - (weights**2).sum() / weights.sum()
    return max(float(beyond / scale), 0.0) if scale > 0 else 0.0
