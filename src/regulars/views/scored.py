"""What travels with every prediction, as plain values: where it comes from, and how well such went on the past."""

from typing import Any

from regulars.app.foretell import Foretold
from regulars.core.wording import counted
from regulars.kpis.kpi import Shows
from regulars.models.model import Kind
from regulars.models.scores import Measure, measures
from regulars.models.trial import Tried
from regulars.views import words
from regulars.views.shown import Facts, interval_record

#: Measures that every row of a table carries: how far off, in which order, too much or too little in total.
DECISIVE = {
    Kind.COUNT: ("rmse", "gini", "bias"),
    Kind.AMOUNT: ("rmse", "gini", "bias"),
    Kind.PROBABILITY: ("auc", "brier", "calibration_error"),
}


def number(measure: Measure, value: float | None) -> str:
    """Write a part of a score."""
    return words.value(value, Shows.SHARE if measure.share else Shows.NUMBER, "")


def scores(tried: Tried, kind: Kind) -> dict[str, Any]:
    """Return a model's score as plain values."""
    return {measure.name: interval_record(tried.score[measure.name]) for measure in measures(kind)}


def decisive(kind: Kind) -> tuple[Measure, ...]:
    """Return the measures that say most, the most important first."""
    named = {measure.name: measure for measure in measures(kind)}
    return tuple(named[name] for name in DECISIVE[kind])


def score_record(found: Foretold) -> dict[str, Any]:
    """Return the whole score of predictions, beside the simple rule's, as plain values."""
    trial, own, kind = found.said.trial, found.tried, found.outcome.kind
    return {
        "horizon_days": trial.days,
        "cutoffs": [str(day) for day in trial.cutoffs],
        **scores(own, kind),
        "naive": {"model": trial.naive, **scores(trial.of(trial.naive), kind)},
        "gain": interval_record(own.gain),
        "verdict": own.verdict(trial.naive),
    }


def score_columns(found: Foretold, prefix: str = "") -> dict[str, Any]:
    """Return what says most of the score as columns of a table: all of it stands in `score_record`."""
    trial, own = found.said.trial, found.tried
    chosen = [own.score[measure.name] for measure in decisive(found.outcome.kind)]
    told: dict[str, Any] = {f"{prefix}score_n": max(interval.n for interval in chosen)}
    for measure in decisive(found.outcome.kind):
        interval, name = own.score[measure.name], f"{prefix}score_{measure.name}"
        told |= {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
    cutoffs, verdict = f"{prefix}score_cutoffs", f"{prefix}score_verdict"
    return told | {cutoffs: len(trial.cutoffs), verdict: own.verdict(trial.naive)}


def unit(found: Foretold, currency: str) -> str:
    """Return what a prediction is counted in."""
    return currency if found.outcome.kind is Kind.AMOUNT else found.outcome.said


def travels(found: Foretold, currency: str) -> dict[str, Any]:
    """Return what must travel with every prediction, but for its score."""
    return {
        "model": found.model.name,
        "predicts": found.outcome.name,
        "unit": unit(found, currency),
        "period": str(found.period),
        "level": found.said.level,
        "method": found.said.method,
        "n": found.said.n,
        "as_of": found.known_at.isoformat(),
        "version": found.version,
        "flags": list(found.flags),
        "caveat": caveat(found),
        "notes": list(found.said.notes),
    }


def columns(found: Foretold, currency: str) -> dict[str, Any]:
    """Return what must travel with every row of a table, what says most of the score among it."""
    return {
        "model": found.model.name,
        "version": found.version,
        "unit": unit(found, currency),
        "period": str(found.period),
        "as_of": found.known_at,
        "level": found.said.level,
        "n": found.said.n,
        "flags": list(found.flags),
        **score_columns(found),
    }


def caveat(found: Foretold) -> str:
    """Say how it is counted, and when not to trust it."""
    return " ".join(part for part in (found.outcome.caveat, found.model.caveat) if part)


def scored(found: Foretold) -> str:
    """Say in one line how well such predictions went on the past."""
    trial, own = found.said.trial, found.tried
    return f"{own.verdict(trial.naive)}; {trial.tried_on}"


def made(found: Foretold) -> str:
    """Say what foretells, of how many customers it learned, and what it knew."""
    known = f"records before {found.known_at:%Y-%m-%d %H:%M} UTC"
    return f"`{found.model.name}` {found.version}, learned from {counted(found.said.n, 'customer')}; {known}"


def facts(found: Foretold) -> Facts:
    """Return in a few lines what is foretold, by what, and how well that went on the past."""
    head = found.outcome.said[:1].upper() + found.outcome.said[1:]
    return (
        (head, f"{found.period}, of {counted(len(found.table), 'customer')}, limits of {found.said.level * 100:g} %"),
        ("Model", made(found)),
        ("Score", scored(found)),
        ("Beware", "; ".join(map(words.flag, found.flags))),
    )
