"""Scenarios: what a company's customers bring in two worlds, one of which has one thing changed.

Each round draws the parameters of the law (as far as they are doubted), then each customer's own rates given what they
did, then what they do, all of it the same in both worlds. Expected values are those of rounds at the likeliest
parameters; rounds with drawn parameters tell how far sums may be off.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.data.snapshot import Snapshot
from regulars.models.model import Fitted, Floats
from regulars.stats.lives import Lives

#: Customers times rounds that are drawn; and rounds, at least and at most.
_DRAWS, _LEAST, _MOST = 6_000_000, 100, 200
#: Customers times rounds that are held to look for the least change that pays.
_HELD = 400_000
#: Days after which a change is measured, at most; and rounds that tell how much customers differ by then.
_READ, _LOOKS = 365, 10

#: What is changed: from the lives of a round and its standard normal draw of what is doubted of the change to the other
#: lives, and what their money is multiplied by.
Changes: TypeAlias = Callable[[Lives, float], tuple[Lives, float]]


@runtime_checkable
class Living(Fitted, Protocol):
    """A fitted model that draws each customer's own rates."""

    @property
    def tells_leaving(self) -> bool:
        """Whether the records tell how soon customers leave."""
        ...

    def lives(self, snapshot: Snapshot, rng: np.random.Generator, *, doubted: bool) -> Lives:
        """Return the outcome's customers, ascending by number, with rates drawn given what they did.

        Args:
            snapshot: what they did.
            rng: of draws.
            doubted: whether parameters are drawn, too; else they are the likeliest.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Played:
    """Both worlds; n customers, s rounds, g groups.

    Attributes:
        before, after: what each customer is expected to bring, shape (n,).
        until: days after which it would be measured; the next three are of these.
        shows: expected difference of what one customer brings.
        variance: of what one customer brings without the change, over customers.
        gone: share of customers who have left, without and with the change, shape (2,).
        kept: mean retention of who is a customer still, without and with the change, shape (2,).
        kept_doubts: the same by round with drawn parameters, shape (s, 2).
        sums_before, sums_after: what came in each round, by group, shape (s, g).
    """

    before: Floats
    after: Floats
    until: int
    shows: float
    variance: float
    gone: Floats
    kept: Floats
    kept_doubts: Floats
    sums_before: Floats
    sums_after: Floats

    def of_money(self, share: float) -> "Played":
        """Return it with only a share of all money counted."""
        return replace(
            self,
            before=self.before * share,
            after=self.after * share,
            shows=self.shows * share,
            variance=self.variance * share**2,
            sums_before=self.sums_before * share,
            sums_after=self.sums_after * share,
        )

    def with_past_errors(self, error: float, rng: np.random.Generator) -> "Played":
        """Return it with sums of each round off as totals were on past days, both worlds by the same factor.

        Args:
            error: standard deviation of the logarithm of past totals over what had been foretold of them.
            rng: of which round is off by how much.
        """
        rounds = len(self.sums_before)
        off = np.exp(error * rng.permutation(special.ndtri((np.arange(rounds) + 0.5) / rounds)))[:, None]
        return replace(self, sums_before=self.sums_before * off, sums_after=self.sums_after * off)


def limits(expected: float, drawn: Floats, level: float) -> tuple[float, float]:
    """Return limits of a sum by quantiles of rounds; what is expected lies within.

    Few customers may bring most of a difference: it is not normal.
    """
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], method="median_unbiased")
    return min(float(low), expected), max(float(high), expected)


def played(
    living: Living,
    snapshot: Snapshot,
    changes: Changes,
    *,
    days: int,
    rows: NDArray[np.bool_],
    groups: NDArray[np.intp],
    per: str,
    rng: np.random.Generator,
    rounds: int | None = None,
) -> Played:
    """Return what customers bring with and without a change.

    Args:
        living: the fitted law.
        snapshot: what customers did.
        changes: what is changed.
        days: of the horizon.
        rows: which customers count, shape (all,).
        groups: number of the group of each of those, shape (n,).
        per: of what span retention is told.
        rng: of draws.
        rounds: how often they are drawn; as many customers are worth where None.
    """
    n, many = int(rows.sum()), int(groups.max(initial=0)) + 1
    # The law's own sum over all rates that a customer may have; rounds tell by how much it changes.
    whole = living.predict(snapshot, snapshot.definitions.level).mean[rows]
    rounds, until = rounds or rounds_of(n), min(days, _READ)
    expected, known, gone, shows = np.zeros((2, n)), np.zeros(2), np.zeros(2), 0.0
    kept, sums, squares = np.zeros((rounds, 2)), np.zeros((2, rounds, many)), list[float]()
    looks = int(np.clip(_DRAWS // max(n, 1), _LOOKS, rounds))
    for _ in range(looks):
        lives = living.lives(snapshot, rng, doubted=False)
        other, times = changes(lives, 0.0)
        expected += [lives.worth(days)[rows], times * other.worth(days)[rows]]
        shows += float(np.mean((times * other.worth(until) - lives.worth(until))[rows])) / looks
        known += [mean_kept(one, rows, per) / looks for one in (lives, other)]
        gone += [float(one.gone(until)[rows].mean()) / looks for one in (lives, other)]
        if len(squares) < _LOOKS:
            squares.append(float(np.var(lives.both(lives, until, rng)[0][rows])))
    for at in range(rounds):
        lives = living.lives(snapshot, rng, doubted=True)
        other, times = changes(lives, float(rng.standard_normal()))
        kept[at] = [mean_kept(one, rows, per) for one in (lives, other)]
        before, after = (one[rows] for one in lives.both(other, days, rng))
        sums[0, at] = np.bincount(groups, before, minlength=many)
        sums[1, at] = np.bincount(groups, times * after, minlength=many)
    return Played(
        before=whole,
        after=whole + (expected[1] - expected[0]) / looks,
        until=until,
        shows=shows,
        variance=float(np.mean(squares)),
        gone=gone,
        kept=known,
        kept_doubts=kept,
        sums_before=sums[0],
        sums_after=sums[1],
    )


def mean_kept(lives: Lives, rows: NDArray[np.bool_], per: str) -> float:
    """Return mean retention of those who count, as far as they are customers still."""
    there = lives.alive[rows]
    return float(there @ lives.kept(per)[rows] / max(float(there.sum()), 1e-300))


def rounds_of(customers: int) -> int:
    """Return how often so many customers are drawn."""
    return int(np.clip(_DRAWS // max(customers, 1), _LEAST, _MOST))


def brings(
    living: Living,
    snapshot: Snapshot,
    change: Callable[[float], Changes],
    *,
    days: int,
    rows: NDArray[np.bool_],
    rng: np.random.Generator,
) -> Callable[[float], float]:
    """Return what tells how much more all customers are expected to bring by a multiple of a change.

    Args:
        living, snapshot, days, rows, rng: as of `played`.
        change: makes the change of a multiple.
    """
    few = max(2, math.ceil(_HELD / max(int(rows.sum()), 1) / 4)) if rows.any() else 1
    held = [living.lives(snapshot, rng, doubted=False) for _ in range(min(few, 24))]
    before = sum(float(one.worth(days)[rows].sum()) for one in held) / len(held)

    def more(times: float) -> float:
        after = 0.0
        for one in held:
            other, factor = change(times)(one, 0.0)
            after += factor * float(other.worth(days)[rows].sum())
        return after / len(held) - before

    return more
