"""Who is about to leave: simple rules, and what is learned from everything that is known."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from regulars.catalogue.models.bg_nbd import family
from regulars.catalogue.models.outcomes import contract_end, lapse
from regulars.data.snapshot import Snapshot
from regulars.models.buyers import buyers
from regulars.models.chances import chance
from regulars.models.learning import examples
from regulars.models.model import Floats, Forecast, Horizon, Model, Outcome
from regulars.stats.intervals import wilson_limits, z

_GROUPS = 20


@dataclass(frozen=True, kw_only=True)
class ByRecency:
    """The simple rule: who was silent as long just before fell silent so often.

    Attributes:
        n: customers that it was learned from.
        edges: days since the last order, between groups.
        sizes: examples by group.
        shares: of them that fell silent.
    """

    outcome: Outcome
    n: int
    edges: tuple[float, ...]
    sizes: tuple[int, ...]
    shares: tuple[float, ...]
    method: str = "Wilson score"
    notes: tuple[str, ...] = ()

    @property
    def learned(self) -> Mapping[str, object]:
        """What was learned, as plain numbers."""
        return {"edges": self.edges, "sizes": self.sizes, "shares": self.shares}

    def predict(self, snapshot: Snapshot, level: float) -> Forecast:
        """Return the share of the group that each customer belongs to."""
        recency = snapshot.day - _last_days(snapshot)[self.outcome.people(snapshot)]
        group = np.searchsorted(self.edges, recency, side="right")
        share = np.array(self.shares)
        low, high = wilson_limits(share * self.sizes, self.sizes, level=level)
        # Each group is off by itself, but all of its customers together.
        error = (high - low) / (2 * z(level))
        doubts = np.where(group == np.arange(len(share))[:, None], error[:, None], 0.0)
        return Forecast(mean=share[group], low=low[group], high=high[group], doubts=doubts)


def _last_days(snapshot: Snapshot) -> Floats:
    """Return every customer's last day with orders, by number; nan of who never ordered."""
    every = buyers(snapshot)
    found = np.full(snapshot.most + 1, np.nan)
    found[every.customer] = snapshot.day - 1 - every.histories.age + every.histories.recency
    return found


def _by_recency(snapshot: Snapshot, horizon: Horizon, _rng: np.random.Generator) -> ByRecency:
    seen = examples(snapshot, lapse, horizon)
    recency = np.empty(len(seen))
    for day in np.unique(seen.day):
        there = seen.day == day
        known = snapshot.past(int(day))
        recency[there] = day - _last_days(known)[seen.customer[there]]
    cuts = np.unique(np.quantile(recency, np.arange(1, _GROUPS) / _GROUPS, method="lower"))
    cuts = cuts[cuts > recency.min()]  # nobody lies below the least
    group = np.searchsorted(cuts, recency, side="right")
    sizes = np.bincount(group, minlength=len(cuts) + 1)
    shares = np.bincount(group, weights=seen.came, minlength=len(cuts) + 1) / sizes
    return ByRecency(
        outcome=lapse,
        n=len(np.unique(seen.customer)),
        edges=tuple(map(float, cuts)),
        sizes=tuple(map(int, sizes)),
        shares=tuple(map(float, shares)),
    )


@dataclass(frozen=True, kw_only=True)
class Rate:
    """The simple rule: as many as just before, whoever they are."""

    outcome: Outcome
    n: int
    share: float
    method: str = "Wilson score"
    notes: tuple[str, ...] = ()

    @property
    def learned(self) -> Mapping[str, object]:
        """What was learned, as plain numbers."""
        return {"share": self.share}

    def predict(self, snapshot: Snapshot, level: float) -> Forecast:
        """Return the same of everybody."""
        size = len(self.outcome.people(snapshot))
        low, high = wilson_limits(self.share * self.n, self.n, level=level)
        doubts = np.full((1, size), float(high - low) / (2 * z(level)))
        mean = np.full(size, self.share)
        return Forecast(mean=mean, low=np.full(size, low), high=np.full(size, high), doubts=doubts)


def _rate(snapshot: Snapshot, horizon: Horizon, _rng: np.random.Generator) -> Rate:
    seen = examples(snapshot, contract_end, horizon)
    return Rate(outcome=contract_end, n=len(np.unique(seen.customer)), share=float(seen.came.mean()))


def _by_law(snapshot: Snapshot, horizon: Horizon, people: np.ndarray) -> Mapping[str, Floats]:
    """Return what the BG/NBD says: the probability of silence, and of being a customer still."""
    every = buyers(snapshot)
    rows = np.searchsorted(every.customer, people)
    learned = family.learned(snapshot)
    law = family.law(learned, snapshot)(np.array(learned.theta), slice(None))
    histories = every.histories.taken(rows)
    return {"usual_silence": law.none_ahead(histories, horizon.days), "alive": law.alive(histories)}


lapse_by_recency = Model(
    name="lapse_by_recency",
    question="Who will fall silent, by how long ago they ordered?",
    predicts=lapse,
    fit=_by_recency,
    source="Wübben & Wangenheim (2008), Journal of Marketing 72(3), 82-93: the hiatus heuristic, with probabilities",
    caveat="Knows nothing of how often somebody usually orders.",
    naive=True,
    complexity=0,
)
lapse_learned = Model(
    name="lapse_learned",
    question="Who will fall silent, by everything that is known of them?",
    predicts=lapse,
    fit=chance(lapse, besides=_by_law),
    source="Lou, Caruana & Gehrke (2012), KDD 2012: generalised additive models by boosting",
    caveat="Says what goes along with silence, not what causes it.",
    complexity=4,
)
contract_end_rate = Model(
    name="contract_end_rate",
    question="Who will end the contract, if as many do as just did?",
    predicts=contract_end,
    fit=_rate,
    source="The share that ended within past horizons",
    caveat="The same for everybody: it cannot tell who.",
    naive=True,
    complexity=0,
)
contract_end_learned = Model(
    name="contract_end_learned",
    question="Who will end the contract, by everything that is known of them?",
    predicts=contract_end,
    fit=chance(contract_end),
    source="Lou, Caruana & Gehrke (2012), KDD 2012: generalised additive models by boosting",
    caveat="Says what goes along with leaving, not what causes it.",
    complexity=4,
)
