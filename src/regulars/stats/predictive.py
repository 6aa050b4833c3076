"""Intervals of what will be counted, rather than of a mean: they hold chance to come, too."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special


def gamma_poisson(
    events: ArrayLike, exposure: ArrayLike, ahead: float, *, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return limits of how many events come in the next `ahead`, at a constant rate that is itself uncertain.

    The rate is Gamma(`events`, `exposure`) distributed: what was counted and for how long, a prior's share included
    (1/2 and 0 are Jeffreys'). The count is then negative binomial.

    Args:
        events: at least 0; counted, with the prior's.
        exposure: above 0; in the unit of `ahead`, with the prior's.
        ahead: above 0.
        level: least probability within the limits; half of the rest, at most, lies on either side.

    >>> low, high = gamma_poisson([0.5, 4.5, 100.5], 90, 90)
    >>> low.tolist(), high.tolist()
    ([0.0, 0.0, 74.0], [3.0, 12.0, 130.0])

    References:
        Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 2.6.
    """
    shape, seen = np.broadcast_arrays(np.asarray(events, np.float64), np.asarray(exposure, np.float64))
    tail = (1 - level) / 2
    chance = seen / (seen + ahead)
    return _quantile(tail, shape, chance), _quantile(1 - tail, shape, chance)


def _quantile(p: float, shape: NDArray[np.float64], chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least count k with P(at most k) >= p."""
    found = np.zeros(shape.shape)
    some = shape > 0  # nothing is ever counted at rate 0
    some[some] = special.betainc(shape[some], 1.0, chance[some]) < p
    r, q = shape[some], chance[some]
    near = np.ceil(special.nbdtrik(p, r, q))
    # The inverse is a float beside whole numbers: it may miss by one.
    near = np.where(special.betainc(r, near + 1, q) < p, near + 1, near)
    found[some] = np.where(special.betainc(r, np.maximum(near, 1), q) >= p, near - 1, near)
    return found
