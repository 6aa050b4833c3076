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
        low, high = limits(self.comes, level)
        return Forecast(
            mean=self.comes.mean,
            low=low,
            high=high,
            spread=self.comes.variance,
            doubts=self.doubts,
            more=self.more,
        )


def limits(comes: Counts | Sums, level: float) -> tuple[Floats, Floats]:
    """Return limits of each customer; the mean lies within."""
    mean, n = comes.mean, len(comes)
    parts = [comes.taken(slice(at, at + CHUNK)).limits(level) for at in range(0, n, CHUNK)]
    low, high = np.concatenate(parts, axis=1) if parts else np.zeros((2, 0))
    # Where nothing comes of nearly all of them, limits are 0 and the mean is not.
    least = np.ceil(mean) if isinstance(comes, Counts) else mean
    return np.minimum(low, mean), np.maximum(high, least)


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
    own = [name for name in parts[0].more if name in named and not name.startswith(ALIVE_DOUBT)]
    more = {name: np.mean([one.more[name] for one in parts], axis=0) for name in own}
    if "alive" in more:
        apart = [one.more["alive"] - more["alive"] for one in parts]
        known = [one for part in parts for one in alive_doubts(part.more)]
        each = [*(one / max(len(parts) - 1, 1) ** 0.5 for one in apart), *(one / len(parts) ** 0.5 for one in known)]
        more |= {f"{ALIVE_DOUBT}{at}": one for at, one in enumerate(each, 1)}
    doubts = np.concatenate([one.doubts for one in parts]) / len(parts) ** 0.5
    return Ahead(comes=_together([one.comes for one in parts], Counts.mixed, Sums.mixed), doubts=doubts, more=more)


def joined(parts: Sequence[Counts | Sums]) -> Counts | Sums:
    """Return all of several groups of customers."""
    return _together(parts, Counts.joined, Sums.joined)


def _together(
    parts: Sequence[Counts | Sums],
    counts: Callable[[Sequence[Counts]], Counts],
    sums: Callable[[Sequence[Sums]], Sums],
) -> Counts | Sums:
    """Return several of one kind as one."""
    if isinstance(parts[0], Sums):
        return sums([one for one in parts if isinstance(one, Sums)])
    return counts([one for one in parts if isinstance(one, Counts)])


#: What begins the names of directions of doubt about P(alive).
ALIVE_DOUBT = "alive_doubt_"


def alive_doubts(more: Mapping[str, Floats]) -> list[Floats]:
    """Return how far P(alive) moves along directions of doubt, one standard deviation each."""
    return [values for name, values in more.items() if name.startswith(ALIVE_DOUBT)]


def with_alive(alive: Floats, doubts: Sequence[Floats]) -> dict[str, Floats]:
    """Return P(alive) and its directions of doubt as what is said besides."""
    return {"alive": alive} | {f"{ALIVE_DOUBT}{at}": one for at, one in enumerate(doubts, 1)}
