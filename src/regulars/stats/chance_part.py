"""How much of a change is noise, and how much of each of its parts: what is left adds up, and is 0 where nothing is.

A change D is a true change and an error with variance V, so D² is expected to be the square of the true change and V.
V / D² of it, at most all, is what chance alone brings: noise = D min(1, V / D²), the positive-part estimator of Stein
with one change. A part P moves with the error of the whole by cov(P, D) / V, so that so much of the noise is its own.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


def noise(change: float, variance: float) -> float:
    """Return how much of a change is expected of chance alone; between 0 and the change.

    >>> noise(10.0, 4.0), noise(1.0, 4.0), noise(0.0, 4.0)
    (0.4, 1.0, 0.0)

    References:
        Efron & Morris (1973), JASA 68, 117-130, the positive-part rule.
    """
    return change if change**2 <= variance else variance / change


def without_noise(parts: Floats, covariance: Floats) -> tuple[float, Floats]:
    """Return the noise of all parts together, and the parts without theirs: both add up to what the parts do.

    Args:
        parts: shape (k,).
        covariance: of their errors, shape (k, k).
    """
    with_whole = covariance.sum(axis=1)
    variance, change = float(with_whole.sum()), float(parts.sum())
    if variance <= 0:
        return 0.0, parts
    chance = noise(change, variance)
    return chance, parts - with_whole / variance * chance
