"""How far a total over many predictions may be off: what none of the predictions says by itself.

Chance averages out over customers. Doubt about parameters does not: it moves all predictions together, and so does
whatever made past totals miss.
"""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from regulars.stats.intervals import z

#: Directions of doubt that are kept of predictions.
MOST = 12
#: How such intervals are called.
METHOD = "parameters, chance and past error of totals"


def half_width(
    total: float, *, moved: Iterable[float], chance: float = 0.0, past_error: float = 0.0, level: float = 0.95
) -> float:
    """Return half the width of the interval of a total, in its unit; normal, as sums over many customers are.

    Args:
        total: the sum of what is expected of each customer.
        moved: how far it moves by one standard deviation along each independent direction of doubt about parameters.
        chance: variance of the sum around what is expected, in squared units, >= 0.
        past_error: root of the mean squared logarithm of past totals over what had been foretold of them, >= 0.
        level: coverage, in (0, 1).

    >>> half = half_width(1000, moved=[30.0, -40.0], chance=120.0**2, past_error=0.0)
    >>> round(half / 1.959964, 3)
    130.0

    References:
        Casella & Berger (2002), Statistical Inference, 2nd ed., theorem 4.4.7: the variance of a total is that of its
        expectation over the parameters plus the mean of its variance given them. Past error is taken to be independent
        of both and small (delta method: total * past_error).
    """
    variance = sum(one**2 for one in moved) + chance + (past_error * total) ** 2
    return z(level) * math.sqrt(variance)


def fewer(doubts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return no more than `MOST` directions of doubt that say the same, shape (k, n), n customers.

    Independent directions may be turned: the variance of every sum over customers stays. Turned to where customers are
    moved most, all but a few move nobody; what is left of these is one that all share: too wide rather than too narrow.

    References:
        Jolliffe (2002), Principal Component Analysis, 2nd ed., section 2.1.
    """
    if len(doubts) <= MOST:
        return doubts
    _lengths, turned = np.linalg.eigh(doubts @ doubts.T)  # ascending
    along = turned[:, ::-1].T @ doubts
    rest = np.sqrt(np.square(along[MOST - 1 :]).sum(axis=0))
    return np.concatenate([along[: MOST - 1], rest[None]])
