"""How sure we are of what is made of sums over customers: they are in groups by chance, each left out in turn.

Sums by group leave the engine, not customers. What is made of two periods, of shares of them or of products takes no
formula of its own, and customers who are in both periods count as the same ones.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats: TypeAlias = NDArray[np.float64]
METHOD = "grouped jackknife over customers"


def left_out(sums: Floats) -> Floats:
    """Return sums over all groups, then without each in turn, as large as if none were missing.

    Args:
        sums: the first axis is the groups, two or more.

    Returns:
        The first axis has one place more: that of all.
    """
    groups = len(sums)
    total = sums.sum(axis=0)
    return np.concatenate([total[None], (total[None] - sums) * (groups / (groups - 1))])


@dataclass(frozen=True)
class Spread:
    """What values made of `left_out` sums say of themselves.

    Attributes:
        values: on all customers, one per part.
        covariance: of the parts.
        freedom: degrees of freedom of it.
    """

    values: Floats
    covariance: Floats
    freedom: int

    @property
    def errors(self) -> Floats:
        """Standard errors."""
        found: Floats = np.sqrt(np.diagonal(self.covariance))
        return found

    def half_width(self, level: float) -> Floats:
        """Return by how much limits lie off the values."""
        return self.errors * quantile(self.freedom, level)


def quantile(freedom: int, level: float) -> float:
    """Return how many standard errors the limits of `level` are away (Student's t)."""
    return float(special.stdtrit(max(freedom, 1), (1 + level) / 2))


def spread(replicates: Floats, filled: int) -> Spread:
    """Return values with their covariance.

    Args:
        replicates: shape (groups + 1, parts), of sums by `left_out`.
        filled: groups in which there is anybody.

    References:
        Shao & Tu (1995), The Jackknife and Bootstrap, ch. 2.3; Kott (2001), J. Official Statistics 17, 521-526.
    """
    values, without = replicates[0], replicates[1:]
    groups = len(without)
    off = without - without.mean(axis=0)
    return Spread(values=values, covariance=(groups - 1) / groups * off.T @ off, freedom=max(filled - 1, 1))
