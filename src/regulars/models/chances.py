"""How likely something is to happen to a customer, learned from past days, with reasons.

A generalised additive model of the features, calibrated; a column that gives the answer away is left out and named.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from regulars.core.wording import counted
from regulars.data.snapshot import Snapshot
from regulars.models.guards import guarded
from regulars.models.learning import Examples, examples, held_out, of
from regulars.models.model import Fit, Floats, Forecast, Horizon, Ints, Outcome, joined
from regulars.stats import additive, calibration
from regulars.stats.intervals import t

#: Customers foretold at once.
CHUNK = 65_536
#: Reasons that are kept of each customer.
REASONS = 3
#: Least that a reason adds to the log odds: a tenth, more or less, of the odds.
_LEAST = 0.1
#: Samples that the model is learned from, and parts of customers that it is calibrated on.
_BAGS, _FOLDS = 6, 3

#: More columns of a snapshot's customers for a horizon, by name: what another model foretells of them.
Besides = Callable[[Snapshot, Horizon, np.ndarray], Mapping[str, Floats]]


@dataclass(frozen=True, kw_only=True)
class Chance:
    """A fitted model of a probability.

    Attributes:
        outcome: what is foretold.
        horizon: for which.
        model: log odds by features.
        calibration: from its probabilities to those that came true.
        found: what the guards against leakage found.
        n: customers that it was learned from.
        days: past days that it was learned from.
        besides: columns of other models.
        reasons: columns that may be given as reasons: those that a company can do something about.
        middles: of those of which more, or less, can only go along with more risk: the sign, and the median of
            customers. What lies on the other side of it is no reason, whatever the model made of it.
    """

    outcome: Outcome
    horizon: Horizon
    model: additive.Additive
    calibration: calibration.Calibration
    found: tuple[str, ...]
    n: int
    days: int
    besides: Besides | None
    reasons: tuple[str, ...]
    middles: Mapping[str, tuple[int, float]]
    method: str = "bootstrap of customers, on log odds"

    @property
    def learned(self) -> Mapping[str, object]:
        """What was learned, as plain numbers."""
        return {"model": self.model, "calibration": self.calibration}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the fit."""
        return (*self.found, f"learned from {counted(self.n, 'customer')} on {counted(self.days, 'past day')}")

    def predict(self, snapshot: Snapshot, level: float) -> Forecast:
        """Return the probability of each customer; `reason_1`, ... are columns that raise it most, by number."""
        people = self.outcome.people(snapshot)
        parts = [self._part(snapshot, people[at : at + CHUNK], level) for at in range(0, max(len(people), 1), CHUNK)]
        return joined(parts)

    def _part(self, snapshot: Snapshot, people: Ints, level: float) -> Forecast:
        columns = _columns(snapshot, self.horizon, people, self.besides)
        mean = self.calibration.applied(self.model.predicted(columns))
        bags = self.calibration.applied(self.model.spread(columns))
        low, high = _limits(mean, bags, level)
        doubts = (bags - bags.mean(axis=0)) / max(len(bags) - 1, 1) ** 0.5
        return Forecast(mean=mean, low=low, high=high, doubts=doubts, more=self._reasons(columns, len(people)))

    def _reasons(self, columns: Mapping[str, Floats], size: int) -> Mapping[str, Floats]:
        """Return the numbers of the terms that raise the log odds most, by how much, and the feature's values."""
        terms = self.model.terms(columns)
        added = np.array([terms[name] for name in self.reasons], np.float64).reshape(len(self.reasons), size)
        values = np.array([columns[name] for name in self.reasons]).reshape(len(self.reasons), size)
        for at, name in enumerate(self.reasons):
            sign, middle = self.middles.get(name, (0, 0.0))
            added[at] = np.where(sign * (values[at] - middle) < 0, 0.0, added[at])
        order, everybody = np.argsort(-added, axis=0, kind="stable")[:REASONS], np.arange(size)
        found: dict[str, Floats] = {}
        for rank, which in enumerate(order, 1):
            effect = added[which, everybody]
            found[f"reason_{rank}"] = np.where(effect >= _LEAST, which, -1).astype(np.float64)
            found[f"effect_{rank}"] = np.maximum(effect, 0)
            found[f"value_{rank}"] = values[which, everybody].astype(np.float64)
        return found


def chance(
    outcome: Outcome,
    *,
    besides: Besides | None = None,
    signed: bool = False,
) -> Fit:
    """Return what fits the probability of `outcome`.

    Args:
        outcome: what is foretold.
        besides: makes more columns: what another model foretells.
        signed: whether only features with a sign are learned from, each of which may only do what its sign says.
    """

    def fit(snapshot: Snapshot, horizon: Horizon, rng: np.random.Generator) -> Chance:
        seen = examples(snapshot, outcome, horizon)
        if besides is not None:
            seen = _widened(seen, snapshot, horizon, besides)
        signs = {one.name: one.risk for one in snapshot.declared if one.risk} if signed else {}
        if signed:
            seen = replace(seen, columns={name: seen.columns[name] for name in signs if name in seen.columns})
        seen, found = guarded(seen, snapshot, horizon, rng)
        kept = seen.columns
        signs = {name: sign for name, sign in signs.items() if name in kept}
        model = additive.fit(kept, seen.came, kind="probability", monotone=signs, bags=_BAGS, rng=rng)
        return Chance(
            outcome=outcome,
            horizon=horizon,
            model=model,
            calibration=_calibrated(kept, seen, signs, rng),
            found=found,
            n=len(np.unique(seen.customer)),
            days=len(np.unique(seen.day)),
            besides=besides,
            reasons=_actionable(snapshot, model),
            middles={
                one.name: (one.risk, float(np.nanmedian(kept[one.name])))
                for one in snapshot.declared
                if one.risk and one.name in kept and not np.isnan(kept[one.name]).all()
            },
        )

    return fit


def _actionable(snapshot: Snapshot, model: additive.Additive) -> tuple[str, ...]:
    may = {feature.name for feature in snapshot.declared if feature.actionable}
    return tuple(shape.column for shape in model.shapes if shape.column in may)


def _columns(snapshot: Snapshot, horizon: Horizon, people: np.ndarray, besides: Besides | None) -> Mapping[str, Floats]:
    more = besides(snapshot, horizon, people) if besides is not None else {}
    return {**of(snapshot, people), **more}


def _widened(seen: Examples, snapshot: Snapshot, horizon: Horizon, besides: Besides) -> Examples:
    """Add the columns of another model, fitted on each past day anew."""
    more: dict[str, Floats] = {}
    for day in np.unique(seen.day):
        there = seen.day == day
        known = snapshot.past(int(day))
        for name, values in besides(known, horizon, seen.customer[there]).items():
            more.setdefault(name, np.full(len(seen), np.nan))[there] = values
    return replace(seen, columns={**seen.columns, **more})


def _calibrated(
    columns: Mapping[str, Floats], seen: Examples, signs: Mapping[str, int], rng: np.random.Generator
) -> calibration.Calibration:
    """Return the calibration of predictions of customers that the model was not learned from."""
    told = held_out(columns, seen.came, seen.parts(_FOLDS), monotone=signs, bags=2, rng=rng)
    return calibration.calibrated(special.expit(told), seen.came)


def _limits(mean: Floats, bags: Floats, level: float) -> tuple[Floats, Floats]:
    """Return limits of the probability, by how far it differs between samples of customers."""
    inside = np.clip(bags, 1e-9, 1 - 1e-9)
    half = t(level, len(bags) - 1) * special.logit(inside).std(axis=0, ddof=1)
    middle = special.logit(np.clip(mean, 1e-9, 1 - 1e-9))
    return np.minimum(special.expit(middle - half), mean), np.maximum(special.expit(middle + half), mean)
