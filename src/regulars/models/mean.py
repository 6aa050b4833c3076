"""The mean of what several models say: less often far off than any one of them.

References:
    Bates & Granger (1969), The combination of forecasts, Operational Research Quarterly 20, 451-468.
    Makridakis, Spiliotis & Assimakopoulos (2020), The M4 competition, Int. J. of Forecasting 36, 54-74.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regulars.data.snapshot import Snapshot
from regulars.models.model import Fit, Fitted, Forecast, Horizon


@dataclass(frozen=True, kw_only=True)
class Mean:
    """Several fitted models of one outcome."""

    parts: tuple[Fitted, ...]

    @property
    def n(self) -> int:
        """Customers that each was learned from."""
        return self.parts[0].n

    @property
    def method(self) -> str:
        """How limits are had."""
        return f"mean of limits: {self.parts[0].method}"

    @property
    def learned(self) -> object:
        """What was learned, as plain numbers."""
        return [part.learned for part in self.parts]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the fits."""
        return tuple(dict.fromkeys(note for part in self.parts for note in part.notes))

    def predict(self, snapshot: Snapshot, level: float) -> Forecast:
        """Return the mean of the parts, of their limits and of what else all of them say."""
        told = [part.predict(snapshot, level) for part in self.parts]
        spreads = [one.spread for one in told if one.spread is not None]
        more = set.intersection(*(set(one.more) for one in told))
        return Forecast(
            mean=np.mean([one.mean for one in told], axis=0),
            low=np.mean([one.low for one in told], axis=0),
            high=np.mean([one.high for one in told], axis=0),
            spread=np.mean(spreads, axis=0) if len(spreads) == len(told) else None,
            # Learned from the same customers, the parts err together: direction by direction, not against each other.
            doubts=_together([one.doubts for one in told]),
            more={name: np.mean([one.more[name] for one in told], axis=0) for name in told[0].more if name in more},
        )


def _together(doubts: list[np.ndarray]) -> np.ndarray:
    """Return the directions of all parts, each as large as if it were that of all."""
    return np.concatenate(doubts) / len(doubts) ** 0.5


def mean_of(fits: Sequence[Fit]) -> Fit:
    """Return what fits several models, and foretells their mean.

    Raises:
        NotFitted: one of them cannot be fitted.
    """

    def fit(snapshot: Snapshot, horizon: Horizon, rng: np.random.Generator) -> Mean:
        return Mean(parts=tuple(one(snapshot, horizon, rng) for one in fits))

    return fit
