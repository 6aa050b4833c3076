"""What models of buying know of each customer."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Rows computed at once: their arrays stay in the processor's cache.
CHUNK = 65_536


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Histories:
    """One row per customer; arrays of shape (n,), times in one unit (days).

    Attributes:
        frequency: repeat transactions: after the first; >= 0.
        recency: from the first transaction to the last; 0 where none was repeated, at most `age`.
        age: from the first transaction until now; >= 0.
        log_gaps: sum of the logarithms of the gaps between transactions; None where the model does not need it.
        weights: how often each row counts; None: once.
    """

    frequency: Floats
    recency: Floats
    age: Floats
    log_gaps: Floats | None = None
    weights: Floats | None = None

    def __len__(self) -> int:
        return len(self.frequency)

    @property
    def total(self) -> float:
        """Customers, by weight."""
        return float(len(self)) if self.weights is None else float(self.weights.sum())

    def taken(self, rows: slice | NDArray[np.int_]) -> "Histories":
        """Return some of the rows."""
        return replace(
            self,
            frequency=self.frequency[rows],
            recency=self.recency[rows],
            age=self.age[rows],
            log_gaps=None if self.log_gaps is None else self.log_gaps[rows],
            weights=None if self.weights is None else self.weights[rows],
        )

    def chunks(self) -> Iterator[tuple[slice, "Histories"]]:
        """Return the rows by the chunk, and where each stands."""
        for first in range(0, len(self), CHUNK):
            rows = slice(first, first + CHUNK)
            yield rows, self.taken(rows)
