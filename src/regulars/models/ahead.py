"""What is to come of customers, as distributions: laws are mixed and put right there, and limits drawn at the end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from regulars.data.snapshot import Snapshot
from regulars.models.model import Fitted, Floats, Forecast, Horizon
from regulars.stats.predictive import Counts, Sums

#: Customers whose limits are drawn at once.
CHUNK = 65_536


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ahead:
    """What is to come of some customers.

    Attributes:
        comes: of each, as a distribution.
        doubts, more: as a forecast has them.
    """

    comes: Counts | Sums
    doubts: Floats
    more: Mapping[str, Floats]

    def forecast(self, level: float) -> Forecast:
        """Return it with limits."""
        mean, n = self.comes.mean, len(self.comes)
        parts = [self.comes.taken(slice(at, at + CHUNK)).limits(level) for at in range(0, n, CHUNK)]
        low, high = np.concatenate(parts, axis=1) if parts else np.zeros((2, 0))
        # Where nothing comes of nearly all of them, limits are 0 and the mean is not: they hold it, too.
        least = np.ceil(mean) if isinstance(self.comes, Counts) else mean
        return Forecast(
            mean=mean,
            low=np.minimum(low, mean),
            high=np.maximum(high, least),
            spread=self.comes.variance,
            doubts=self.doubts,
            more=self.more,
        )


class Foreseeing(Fitted, Protocol):
    """A fitted model that tells what is to come as a distribution."""

    def ahead(self, snapshot: Snapshot) -> Ahead:
        """Return what is to come of the outcome's customers, ascending by number."""
        ...


#: Fits such a model.
Foresees = Callable[[Snapshot, Horizon, np.random.Generator], Foreseeing]


def mixed(parts: Sequence[Ahead]) -> Ahead:
    """Return what comes if any of several models may be right; of what they say besides, what all of them say.

    Learned from the same customers, their parameters err together: direction by direction, not against each other.
    Whether somebody is a customer still is never seen: there, that models differ is doubt, too.
    """
    named = set.intersection(*(set(one.more) for one in parts))
    own = [name for name in parts[0].more if name in named and not name.startswith(_DOUBT)]
    more = {name: np.mean([one.more[name] for one in parts], axis=0) for name in own}
    if "alive" in more:
        apart = [one.more["alive"] - more["alive"] for one in parts]
        known = [one for part in parts for one in alive_doubts(part.more)]
        each = [*(one / max(len(parts) - 1, 1) ** 0.5 for one in apart), *(one / len(parts) ** 0.5 for one in known)]
        more |= {f"{_DOUBT}{at}": one for at, one in enumerate(each, 1)}
    doubts = np.concatenate([one.doubts for one in parts]) / len(parts) ** 0.5
    comes = [one.comes for one in parts]
    if isinstance(comes[0], Sums):
        return Ahead(comes=Sums.mixed([one for one in comes if isinstance(one, Sums)]), doubts=doubts, more=more)
    return Ahead(comes=Counts.mixed([one for one in comes if isinstance(one, Counts)]), doubts=doubts, more=more)


_DOUBT = "alive_doubt_"


def alive_doubts(more: Mapping[str, Floats]) -> list[Floats]:
    """Return how far P(alive) moves along directions of doubt, one standard deviation each."""
    return [values for name, values in more.items() if name.startswith(_DOUBT)]


def with_alive(alive: Floats, doubts: Sequence[Floats]) -> dict[str, Floats]:
    """Return P(alive) and its directions of doubt as what is said besides."""
    return {"alive": alive} | {f"{_DOUBT}{at}": one for at, one in enumerate(doubts, 1)}
