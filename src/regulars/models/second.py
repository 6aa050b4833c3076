"""A learned second stage: where, and by how much, a law of buying is wrong of customers with some features.

What the law expects of a customer is multiplied by a factor, learned from past days: a generalised additive model of
what came over what was expected (a Poisson regression with the expectation as its exposure). The factor carries over to
another horizon, so that short records serve a long one. Its general level is that of an older cohort, or the law's own;
the backtest tells which is better, and whether the mean of both words is better still.

References:
    Bates & Granger (1969), The combination of forecasts, Operational Research Quarterly 20, 451-468.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from regulars.core.periods import day_number
from regulars.core.wording import counted
from regulars.data.snapshot import Snapshot
from regulars.models.ahead import Ahead, Foreseeing, Foresees, joined, limits
from regulars.models.backtest import SHORTEST
from regulars.models.chances import CHUNK
from regulars.models.learning import DAYS, MOST, of, step_for
from regulars.models.model import Floats, Forecast, Horizon, Ints, Outcome
from regulars.stats import additive
from regulars.stats.likelihood import NotFitted
from regulars.stats.predictive import Counts, Sums

#: Least that is expected of a customer, as a share of the mean.
_FLOOR = 0.01
#: Limits are loosened, by steps, until they hold so much of what came on past days, of so many customers.
_LEVEL, _TIMES, _LOOSED_BY = 0.95, (1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.3, 8.0, 10.0), 20_000


@dataclass(frozen=True, kw_only=True)
class Second:
    """A fitted second stage.

    Attributes:
        base: the law, fitted.
        outcome: what is foretold.
        factor: of what came over what the law expected, by features.
        loose: times the law's variance that it takes for limits to hold what came on past days, at least 1.
        days: length of the past windows that it was learned from.
        rows: examples.
        own_level: whether the total is the law's.
        share: of the learned factor; the rest is the law's own word. Half of each is often better than either.
    """

    base: Foreseeing
    outcome: Outcome
    factor: additive.Additive
    loose: float
    days: int
    rows: int
    own_level: bool = False
    share: float = 1.0

    @property
    def method(self) -> str:
        """How limits are had."""
        return f"the law's, of a rate put right by features and {self.loose:g} times its variance: {self.base.method}"

    @property
    def n(self) -> int:
        """Customers that it was learned from."""
        return self.base.n

    @property
    def learned(self) -> Mapping[str, object]:
        """What was learned, as plain numbers."""
        return {"base": self.base.learned, "factor": self.factor, "loose": self.loose, "days": self.days}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the fit."""
        rows = counted(self.rows, "history", "histories")
        return (*self.base.notes, f"learned from {rows} on past days, and the {self.days} days after each")

    def predict(self, snapshot: Snapshot, level: float) -> Forecast:
        """Return what is foretold of the outcome's customers."""
        return self.ahead(snapshot).forecast(level)

    def ahead(self, snapshot: Snapshot) -> Ahead:
        """Return the same as distributions."""
        told, people = self.base.ahead(snapshot), self.outcome.people(snapshot)
        comes = _floored(told.comes)
        base = comes.mean
        factors = [self._factors(snapshot, people[at : at + CHUNK]) for at in range(0, max(len(people), 1), CHUNK)]
        mean, *bags = base * (1 - self.share + self.share * np.concatenate(factors, axis=1))
        if self.own_level and mean.sum():
            total = told.comes.mean.sum()
            mean, bags = mean * (total / mean.sum()), [bag * (total / bag.sum()) for bag in bags]
        moved = [(bag - mean) / max(len(bags) - 1, 1) ** 0.5 for bag in bags]
        doubts = np.concatenate([told.doubts * (mean / base), np.array(moved)])
        return Ahead(comes=comes.scaled(mean / base).loosened(self.loose), doubts=doubts, more=told.more)

    def _factors(self, snapshot: Snapshot, people: Ints) -> Floats:
        """Return the factor of each customer, then that of each bag."""
        columns = of(snapshot, people)
        return np.concatenate([self.factor.predicted(columns)[None], self.factor.spread(columns)])


def second(outcome: Outcome, base: Foresees, *, own_level: bool = False, share: float = 1.0) -> Foresees:
    """Return what fits a second stage on `base`."""

    def fit(snapshot: Snapshot, horizon: Horizon, rng: np.random.Generator) -> Second:
        # Of one base, whatever becomes of its level: a company's own second stage may stand on another.
        found = snapshot.kept(
            ("second stage", outcome.name, horizon, base), lambda: _fitted(outcome, base, snapshot, horizon, rng)
        )
        return replace(found, own_level=own_level, share=share)

    return fit


def _fitted(outcome: Outcome, base: Foresees, snapshot: Snapshot, horizon: Horizon, rng: np.random.Generator) -> Second:
    begins = day_number(outcome.begins(snapshot))
    days = min(horizon.days, (snapshot.day - begins) // 2)
    if days < min(SHORTEST, horizon.days):
        raise NotFitted(f"records of {snapshot.day - begins} days are too short to learn from")
    window = Horizon(days)
    steps = (snapshot.day - days * (back + 1) for back in range(DAYS))
    parts = [_on(outcome, base, snapshot, window, day, rng) for day in steps if day - days >= begins]
    comes, came = joined([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    expected = comes.mean
    columns = {name: np.concatenate([part[2][name] for part in parts]) for name in parts[0][2]}
    factor = additive.fit(columns, np.maximum(came, 0) / expected, kind="mean", weights=expected, rng=rng)
    return Second(
        base=base(snapshot, horizon, rng),
        outcome=outcome,
        factor=factor,
        loose=_loose(comes.scaled(factor.predicted(columns)), came),
        days=days,
        rows=len(came),
    )


def _on(
    outcome: Outcome, base: Foresees, snapshot: Snapshot, window: Horizon, day: int, rng: np.random.Generator
) -> tuple[Counts | Sums, Floats, Mapping[str, Floats]]:
    """Return what the law said of a past day would come, what came, and the features."""
    known = snapshot.past(day)
    people = outcome.people(known)
    every = step_for(len(people) * DAYS, MOST)
    chosen = people[::every]
    comes = _floored(base(known, window, rng).ahead(known).comes).taken(slice(None, None, every))
    return comes, outcome.seen(snapshot, chosen, day, window), of(known, chosen)


def _loose(comes: Counts | Sums, came: Floats) -> float:
    """Return how many times the law's variance makes limits hold what came: rates change, which laws take to stay."""
    some = slice(None, None, step_for(len(came), _LOOSED_BY))
    told, seen = comes.taken(some), np.maximum(came[some], 0)
    for times in _TIMES:
        low, high = limits(told.loosened(times), _LEVEL)
        if np.mean((low <= seen) & (seen <= high)) >= _LEVEL:
            return times
    return _TIMES[-1]


def _floored(comes: Counts | Sums) -> Counts | Sums:
    """Return it with something expected of everybody: nothing can be multiplied to something."""
    return comes.raised(_FLOOR * float(comes.mean.mean())) if len(comes) else comes
