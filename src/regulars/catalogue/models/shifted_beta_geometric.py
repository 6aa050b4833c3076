"""Shifted beta-geometric: contracts that end with a probability of each customer's own, so that retention rises.

References:
    Fader & Hardie (2007), How to project customer retention, J. Interactive Marketing 21(1), 76-90.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from regulars.catalogue.models.outcomes import contract_end, contract_value
from regulars.core.periods import MONTH_DAYS, YEAR_DAYS
from regulars.data.snapshot import Snapshot
from regulars.models.contracts import contracted, tenures
from regulars.models.model import Floats, Forecast, Horizon, Model
from regulars.stats.buying.shifted_beta_geometric import ShiftedBetaGeometric, fit
from regulars.stats.intervals import chance_limits
from regulars.stats.likelihood import directions
from regulars.stats.lives import Contracted

_SOURCE = "Fader & Hardie (2007), J. Interactive Marketing 21(1), 76-90"
_CAVEAT = "Tells customers apart by tenure only, in whole months; a horizon is rounded to them."


@dataclass(frozen=True, kw_only=True)
class Learned:
    """Parameters as they were found: plain numbers.

    Attributes:
        n: times under contract.
        parameters: of the beta distribution of the probability to end in a month.
        theta: their logarithms.
        covariance: of theta.
    """

    n: int
    parameters: Mapping[str, float]
    theta: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]

    @property
    def directions(self) -> Floats:
        """Independent directions of doubt about theta, one standard deviation each."""
        return directions(self.covariance)


def _learned(snapshot: Snapshot) -> Learned:
    return snapshot.kept("sbg", lambda: _fitted(snapshot))


def _fitted(snapshot: Snapshot) -> Learned:
    seen = tenures(snapshot)
    found = fit(seen)
    theta, covariance = found.plain
    law = ShiftedBetaGeometric.at(found.theta)
    return Learned(
        n=int(seen.lost.sum() + seen.kept.sum()),
        parameters={"alpha": law.alpha, "beta": law.beta},
        theta=theta,
        covariance=covariance,
    )


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Whose contract ends, by tenure."""

    learned: Learned
    horizon: Horizon
    method: str = "doubt about the parameters, on log odds"
    notes: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Times under contract that it was learned from."""
        return self.learned.n

    def predict(self, snapshot: Snapshot, level: float) -> Forecast:
        """Return the probability that a contract ends in the horizon, of who is still there when it begins."""
        lived = contracted(snapshot).lived
        skipped = round(self.horizon.lead / MONTH_DAYS)
        ahead = max(1, round(self.horizon.days / MONTH_DAYS))
        # A horizon of 100 days is more than 3 months: the hazard is carried on for the rest.
        power = self.horizon.days / MONTH_DAYS / ahead

        def ends(theta: Floats) -> Floats:
            whole = ShiftedBetaGeometric.at(theta).end_within(lived + skipped, ahead)
            return np.asarray(-np.expm1(power * np.log1p(-whole)))

        theta = np.array(self.learned.theta)
        mean = ends(theta)
        doubts = np.array([ends(theta + step) - mean for step in self.learned.directions])
        low, high = chance_limits(mean, np.sqrt(np.square(doubts).sum(axis=0)), level)
        return Forecast(mean=mean, low=low, high=high, doubts=doubts)


@dataclass(frozen=True, kw_only=True)
class Recurring:
    """What who is under contract brings, by tenure and what they pay now; `learned` None: nobody ends (the rule)."""

    learned: Learned | None
    size: int
    days: int
    method: str = "when the contract ends, paying as now until then"
    notes: tuple[str, ...] = ()
    tells_leaving: bool = True

    @property
    def n(self) -> int:
        """Times under contract that it was learned from."""
        return self.size

    def predict(self, snapshot: Snapshot, level: float) -> Forecast:
        """Return recurring revenue of the horizon, discounted."""
        now, rate = contracted(snapshot), snapshot.definitions.discount_rate
        months = max(1, round(self.days / MONTH_DAYS))
        length = self.days / months
        ends = np.arange(1, months + 1)
        worth = np.asarray(length / MONTH_DAYS * (1 + rate) ** -((ends - 0.5) * length / YEAR_DAYS), dtype=np.float64)
        paid = np.concatenate([[0.0], np.cumsum(worth)])
        if self.learned is None:
            mean = now.monthly * paid[-1]
            return Forecast(mean=mean, low=np.zeros(len(mean)), high=mean)
        theta = np.array(self.learned.theta)
        lived, place = np.unique(now.lived, return_inverse=True)
        stays = _staying(theta, lived, months)
        each = _expected(stays, worth)
        doubts = np.array(
            [
                (_expected(_staying(theta + step, lived, months), worth) - each)[place] * now.monthly
                for step in self.learned.directions
            ]
        )
        low, high = (paid[_ended_by(stays, tail)] for tail in ((1 - level) / 2, (1 + level) / 2))
        # Ends within month m + 1 with the fall of the curve there; half of that month is paid.
        falls = np.concatenate(
            [-np.diff(np.concatenate([np.ones((len(lived), 1)), stays], axis=1)), stays[:, -1:]], axis=1
        )
        middle = np.concatenate([paid[:-1] + worth / 2, paid[-1:]])
        variance = falls @ middle**2 - (falls @ middle) ** 2
        mean = each[place] * now.monthly
        return Forecast(
            mean=mean,
            low=np.minimum(low[place] * now.monthly, mean),
            high=np.maximum(high[place] * now.monthly, mean),
            spread=np.maximum(variance, 0)[place] * now.monthly**2,
            doubts=doubts,
        )

    def lives(self, snapshot: Snapshot, rng: np.random.Generator, *, doubted: bool) -> Contracted:
        """Return each one's own probability to end in a month, drawn; see models/played.py."""
        assert self.learned is not None
        now, steps, theta = contracted(snapshot), self.learned.directions, np.array(self.learned.theta)
        law = ShiftedBetaGeometric.at(theta + rng.standard_normal(len(steps)) @ steps if doubted else theta)
        return Contracted(ends=law.drawn(now.lived, rng), monthly=now.monthly, rate=snapshot.definitions.discount_rate)


def _staying(theta: Floats, lived: np.ndarray, months: int) -> Floats:
    """Return the probability to last at least so many more months, shape (n, months)."""
    law = ShiftedBetaGeometric.at(theta)
    return np.stack([1 - law.end_within(lived, ahead) for ahead in range(1, months + 1)], axis=1)


def _expected(stays: Floats, worth: Floats) -> Floats:
    """Return what one unit of money a month brings: who ends in a month pays half of it."""
    before = np.concatenate([np.ones((len(stays), 1)), stays[:, :-1]], axis=1)
    return np.asarray((before + stays) / 2 @ worth)


def _ended_by(stays: Floats, tail: float) -> np.ndarray:
    """Return the number of whole months that are lasted with probability 1 - `tail`."""
    return np.asarray((stays > 1 - tail).sum(axis=1))


def _fit_ends(snapshot: Snapshot, horizon: Horizon, _rng: np.random.Generator) -> Ends:
    return Ends(learned=_learned(snapshot), horizon=horizon)


def _fit_value(snapshot: Snapshot, horizon: Horizon, _rng: np.random.Generator) -> Recurring:
    learned = _learned(snapshot)
    return Recurring(learned=learned, size=learned.n, days=horizon.days)


def _fit_rule(snapshot: Snapshot, horizon: Horizon, _rng: np.random.Generator) -> Recurring:
    return Recurring(learned=None, size=len(contracted(snapshot).customer), days=horizon.days)


sbg_end = Model(
    name="sbg_end",
    question="Who will end the contract, by how long they have had it?",
    predicts=contract_end,
    fit=_fit_ends,
    source=_SOURCE,
    caveat=_CAVEAT,
    complexity=1,
)
contract_as_now = Model(
    name="contract_as_now",
    question="What will customers under contract bring, if nobody ends and nothing changes?",
    predicts=contract_value,
    fit=_fit_rule,
    source="Recurring revenue of today, carried on",
    caveat="Nobody leaves: too much is promised wherever somebody does.",
    naive=True,
    complexity=0,
)
sbg_value = Model(
    name="sbg_value",
    question="What will customers under contract bring, by how long they have had it and what they pay?",
    predicts=contract_value,
    fit=_fit_value,
    source=f"{_SOURCE}; Fader & Hardie (2010), Marketing Science 29, 85-93",
    caveat=f"{_CAVEAT} What they pay is taken to stay as it is.",
    complexity=1,
    lives=True,
)
