"""Limits of what a customer will do, by what customers did of whom as much was foretold."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_GROUPS = 40
_LEAST = 50
_GRID = tuple(np.round(np.concatenate([[0.0, 0.0025, 0.005], np.arange(1, 100) / 100, [0.995, 0.9975, 1.0]]), 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Groups of customers by what was foretold of them, lowest first; plain numbers.

    Attributes:
        edges: between groups.
        means: of what was foretold, by group.
        variances: of what came around it, by group.
        quantiles: of what came, by group and by share (`SHARES`).
    """

    edges: tuple[float, ...]
    means: tuple[float, ...]
    variances: tuple[float, ...]
    quantiles: tuple[tuple[float, ...], ...]

    def limits(self, mean: Floats, level: float) -> tuple[Floats, Floats]:
        """Return limits of customers with these means; beyond the highest group they grow in proportion."""
        group, factor = self._placed(mean)
        table = np.array(self.quantiles)
        tails = ((1 - level) / 2, (1 + level) / 2)
        low, high = (np.array([np.interp(tail, _GRID, row) for row in table])[group] * factor for tail in tails)
        return np.minimum(low, mean), np.maximum(high, mean)

    def variance(self, mean: Floats) -> Floats:
        """Return the variance of what comes around the mean."""
        group, factor = self._placed(mean)
        return np.asarray(np.array(self.variances)[group] * factor**2)

    def _placed(self, mean: Floats) -> tuple[NDArray[np.int_], Floats]:
        group = np.searchsorted(self.edges, mean, side="right")
        last = len(self.means) - 1
        beyond = (group == last) & (mean > self.means[last]) & (self.means[last] > 0)
        return group, np.where(beyond, mean / (self.means[last] or 1.0), 1.0)


def alike(mean: Floats, came: Floats) -> Alike:
    """Return the groups of some customers of whom it is known what came."""
    size = max(_LEAST, -(-len(mean) // _GROUPS))
    order = np.argsort(mean, kind="stable")
    parts: Sequence[NDArray[np.int_]] = np.array_split(order, max(1, len(mean) // size))
    return Alike(
        edges=tuple(float((mean[a[-1]] + mean[b[0]]) / 2) for a, b in pairwise(parts)),
        means=tuple(float(mean[part].mean()) for part in parts),
        variances=tuple(float(np.square(came[part] - mean[part]).mean()) for part in parts),
        quantiles=tuple(tuple(map(float, np.quantile(came[part], _GRID))) for part in parts),
    )
