"""The mean of what several models say: less often far off than any one of them.

References:
    Bates & Granger (1969), The combination of forecasts, Operational Research Quarterly 20, 451-468.
    Makridakis, Spiliotis & Assimakopoulos (2020), The M4 competition, Int. J. of Forecasting 36, 54-74.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regulars.data.snapshot import Snapshot
from regulars.models.ahead import Ahead, Foreseeing, Foresees, mixed
from regulars.models.model import Forecast, Horizon


@dataclass(frozen=True, kw_only=True)
class Mean:
    """Several fitted models of one outcome."""

    parts: tuple[Foreseeing, ...]

    @property
    def n(self) -> int:
        """Customers that each was learned from."""
        return self.parts[0].n

    @property
    def method(self) -> str:
        """How limits are had."""
        return f"mixture of models: {self.parts[0].method}"

    @property
    def learned(self) -> object:
        """What was learned, as plain numbers."""
        return [part.learned for part in self.parts]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the fits."""
        return tuple(dict.fromkeys(note for part in self.parts for note in part.notes))

    def predict(self, snapshot: Snapshot, level: float) -> Forecast:
        """Return what comes if any of the parts may be right, and the mean of what else all of them say."""
        return self.ahead(snapshot).forecast(level)

    def ahead(self, snapshot: Snapshot) -> Ahead:
        """Return the same as distributions."""
        return mixed([part.ahead(snapshot) for part in self.parts])


def mean_of(fits: Sequence[Foresees]) -> Foresees:
    """Return what fits several models, and foretells their mean.

    Raises:
        NotFitted: one of them cannot be fitted.
    """

    def fit(snapshot: Snapshot, horizon: Horizon, rng: np.random.Generator) -> Mean:
        return Mean(parts=tuple(one(snapshot, horizon, rng) for one in fits))

    return fit
