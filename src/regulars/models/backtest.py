"""How well models would have foretold what came: the same for every model, on the same days of the past.

Rolling origin: on several past days each model is fitted on what was known then, and its predictions are set beside
what came, and beside a simple rule's on the same days.

References:
    Tashman (2000), Out-of-sample tests of forecasting accuracy, International Journal of Forecasting 16, 437-450.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from regulars.core.errors import CatalogueError
from regulars.core.estimate import Interval, unknown
from regulars.core.periods import day_number
from regulars.core.randomness import stream
from regulars.core.registry import OWN
from regulars.core.wording import counted
from regulars.data.snapshot import Snapshot
from regulars.models import choice, scores
from regulars.models.model import Fitted, Floats, Forecast, Horizon, Ints, Kind, Model
from regulars.models.scores import Seen, measures
from regulars.models.trial import Trial, Tried
from regulars.stats.likelihood import NotFitted

#: Most past days on which models are tried.
CUTOFFS = 4
#: Least days that a horizon is cut to where records are too short for the one that was asked for.
SHORTEST = 7

#: Least customers that a score may be of.
LEAST = 10

#: Told which model is tried on which of the past days.
Progress = Callable[[str, date], None]


def naive_for(outcome: str, models: Sequence[Model]) -> Model:
    """Return the simple rule that models of `outcome` are measured against.

    Raises:
        CatalogueError: there is none, or several.
    """
    rules = [one for one in models if one.naive and one.predicts.name == outcome]
    if len(rules) != 1:
        names = ", ".join(f"`{rule.name}`" for rule in rules) or "none"
        raise CatalogueError(f"One model of `{outcome}` must be declared `naive=True`; found: {names}.")
    return rules[0]


def backtest(
    models: Sequence[Model],
    snapshot: Snapshot,
    horizon: Horizon,
    *,
    level: float,
    seed: int,
    progress: Progress = lambda *_: None,
) -> Trial:
    """Return what trying `models` on the past found; arguments and errors as of `tried_out`."""
    return tried_out(models, snapshot, horizon, level=level, seed=seed, progress=progress).trial


@dataclass(frozen=True, kw_only=True, eq=False)
class TriedOut:
    """What trying models on the past found.

    Attributes:
        trial: the scores, and which model is chosen.
        past: what the chosen one foretold on each of the days, beside what came.
    """

    trial: Trial
    past: Mapping[date, Seen]


def tried_out(
    models: Sequence[Model],
    snapshot: Snapshot,
    horizon: Horizon,
    *,
    level: float,
    seed: int,
    progress: Progress = lambda *_: None,
) -> TriedOut:
    """Try `models` of one outcome, one of them the naive rule, on up to `CUTOFFS` past days a horizon apart.

    Each day has at least as many records before it as the outcome's models learn from. Costs as many fits and
    predictions as models and days.

    Raises:
        CatalogueError: a model gives no proper predictions.
    """
    outcome = models[0].predicts
    naive = naive_for(outcome.name, models)
    begins = outcome.begins(snapshot)
    length, cutoffs = days_to_try(begins, snapshot.as_of, horizon, outcome.horizons)
    found: dict[str, list[Seen | str]] = {model.name: [] for model in models}
    notes: dict[str, tuple[str, ...]] = {}
    totals: dict[str, list[float | None]] = {model.name: [] for model in models}
    for cutoff in cutoffs:
        known = snapshot.before(cutoff)
        people = outcome.people(known)
        came = outcome.seen(snapshot, people, day_number(cutoff), length)
        for model in models:
            progress(model.name, cutoff)
            forecast = _foretold(model, known, length, level, seed, notes)
            seen = forecast if isinstance(forecast, str) else _beside(people, forecast, came)
            found[model.name].append(seen)
            totals[model.name].append(None if isinstance(seen, str) else _total(seen))
    tried = [
        _tried(model, found[model.name], found[naive.name], level, begins, snapshot.as_of, horizon) for model in models
    ]
    told = [replace(one, notes=notes.get(one.model, ()), totals=tuple(totals[one.model])) for one in tried]
    named = {model.name: model for model in models}
    means = {name: [seen for seen in days if isinstance(seen, Seen)] for name, days in found.items()}
    scored = [one for one in told if not one.why_not]
    gains = {one.model: one.gain for one in scored}
    if level != choice.LEVEL:
        rule = means[naive.name]
        gains = {name: _gain(named[name], means[name], rule, choice.LEVEL) for name in gains}
    ordered, why = choice.ordered(told, named, means, gains)
    trial = Trial(
        outcome=outcome.name,
        asked_days=horizon.days,
        days=length.days,
        lead_days=horizon.lead,
        cutoffs=cutoffs,
        naive=naive.name,
        tried=ordered,
        chosen=ordered[0].model,
        why=why,
    )
    return TriedOut(trial=trial, past=dict(zip(cutoffs, means[trial.chosen], strict=False)))


def days_to_try(begins: date, as_of: date, horizon: Horizon, horizons: int) -> tuple[Horizon, tuple[date, ...]]:
    """Return the horizon that can be tried on the past, and the days from which it is.

    Where records are too short for the horizon that was asked for, it is cut to what leaves `horizons` of its length to
    learn from before the one that is foretold.
    """

    def days(length: Horizon) -> tuple[date, ...]:
        steps = (as_of - timedelta(days=length.reach + back * length.days) for back in range(CUTOFFS))
        learned = timedelta(days=horizons * length.days + (horizons - 1) * length.lead)
        return tuple(day for day in steps if day - learned >= begins)

    if found := days(horizon):
        return horizon, found
    shorter = replace(horizon, days=((as_of - begins).days - horizons * horizon.lead) // (horizons + 1))
    return (shorter, days(shorter)) if shorter.days >= SHORTEST else (horizon, ())


def fitted(model: Model, known: Snapshot, horizon: Horizon, seed: int) -> Fitted:
    """Return `model` fitted; draws are the same on every run.

    They are the same for every model, too: what several share does not depend on which of them is fitted first.

    Raises:
        NotFitted: what it needs to learn is not in the records.
    """
    return model.fit(known, horizon, stream(seed, f"{known.as_of}/{horizon}"))


def foretold(model: Model, known: Snapshot, horizon: Horizon, level: float, seed: int) -> tuple[Fitted, Forecast]:
    """Return `model` fitted, and what it foretells.

    Raises:
        NotFitted: it cannot be fitted, or it is a company's own and fails: that takes nothing from the others.
        CatalogueError: a model of the package gives no proper predictions.
    """
    try:
        learned = fitted(model, known, horizon, seed)
        return learned, model.predictions(known, learned, level)
    except NotFitted:
        raise
    except Exception as cause:
        if not model.fit.__module__.startswith(OWN):
            raise
        raise NotFitted(f"it fails: {type(cause).__name__}: {cause}") from cause


def _foretold(
    model: Model, known: Snapshot, horizon: Horizon, level: float, seed: int, notes: dict[str, tuple[str, ...]]
) -> Forecast | str:
    """Return what `model` foretells, or why it cannot."""
    try:
        learned, forecast = foretold(model, known, horizon, level, seed)
    except NotFitted as cause:
        return str(cause)
    notes.setdefault(model.name, tuple(learned.notes))  # the latest day comes first
    return forecast


def _beside(people: Ints, forecast: Forecast, came: Floats) -> Seen:
    there = ~np.isnan(came)
    inside = (forecast.low <= came) & (came <= forecast.high)
    return Seen(
        customer=people[there],
        mean=forecast.mean[there].astype(np.float32),
        inside=inside[there],
        came=came[there].astype(np.float32),
    )


def _total(seen: Seen) -> float | None:
    came = float(seen.came.sum(dtype=np.float64))
    return float(seen.mean.sum(dtype=np.float64)) / came if came else None


def _tried(
    model: Model,
    own: Sequence[Seen | str],
    rule: Sequence[Seen | str],
    level: float,
    begins: date,
    as_of: date,
    horizon: Horizon,
) -> Tried:
    days = [one for one in own if isinstance(one, Seen)]
    why_not = next((one for one in own if isinstance(one, str)), "")
    horizons = model.predicts.horizons
    need = (horizons + 1) * SHORTEST + horizons * horizon.lead
    if not own:
        long = counted((as_of - begins).days, "day")
        why_not = f"records of {long} are too short to try it: that takes {need:,} days"
    elif not why_not and len(np.unique(np.concatenate([one.customer for one in days]))) < LEAST:
        why_not = f"past days had fewer than {LEAST} customers to try it on"
    kind = model.predicts.kind
    if why_not:
        nothing = unknown(why_not, level=level)
        blank = {measure.name: nothing for measure in measures(kind)}
        return Tried(model=model.name, version=model.version, score=blank, gain=nothing, why_not=why_not)
    beside = [one for one in rule if isinstance(one, Seen)]
    comparable = not model.naive and len(beside) == len(days)
    gain = _gain(model, days, beside, level)
    return Tried(
        model=model.name,
        version=model.version,
        score={measure.name: measure.take(days, level) for measure in measures(kind)},
        gain=gain,
        auc_gain=scores.auc_gain(days, beside, level) if kind is Kind.PROBABILITY and comparable else None,
        deciles=scores.deciles(days),
    )


def _gain(model: Model, days: Sequence[Seen], beside: Sequence[Seen], level: float) -> Interval:
    """Return the share of the rule's squared error that a model does away with on the same days."""
    if model.naive:
        return unknown("it is the rule itself", level=level)
    if len(beside) != len(days):
        return unknown("the simple rule could not be tried on these days", level=level)
    return scores.gain(days, beside, level)
