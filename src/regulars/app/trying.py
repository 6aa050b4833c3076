"""Models of one outcome tried on the past; the best of them fitted on all that is known, and what it foretells."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from regulars.app.kept import Said, digest_of, plain
from regulars.core.errors import QueryError
from regulars.core.periods import day_number
from regulars.data.snapshot import Snapshot
from regulars.models.ahead import ALIVE_DOUBT, alive_doubts, with_alive
from regulars.models.backtest import Progress, fitted, foretold, tried_out
from regulars.models.model import Fitted, Forecast, Horizon, Kind, Model, less_sure
from regulars.models.scores import Seen
from regulars.models.trial import Trial
from regulars.stats.likelihood import NotFitted
from regulars.stats.predictive_totals import fewer

#: Of all random streams of models.
SEED = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Made:
    """What was foretold just now.

    Attributes:
        said: how, and how well that went on the past.
        table: predictions by customer.
        past: what was foretold on past days, beside what came: `customer`, `day`, `mean`, `came`.
    """

    said: Said
    table: pa.Table
    past: pa.Table


def foretell(
    chosen: Sequence[Model],
    snapshot: Snapshot,
    horizon: Horizon,
    *,
    level: float,
    only: str = "",
    key: str = "",
    progress: Progress = lambda *_: None,
) -> Made:
    """Try models of one outcome on the past, fit the best on all that is known and foretell; nothing is kept.

    Args:
        chosen: the models, the naive rule among them.
        snapshot: all that is known.
        horizon: how far ahead.
        level: of the limits.
        only: name of the model that foretells, however it did on the past; the best where "".
        key: of everything that it is made with.
        progress: told what is tried.

    Raises:
        QueryError: none of them could be tried on the past, or none can be fitted.
    """
    out = tried_out(chosen, snapshot, horizon, level=level, seed=SEED, progress=progress)
    trial = out.trial
    named = {model.name: model for model in chosen}
    failed: dict[str, str] = {}
    scored = [one for one in trial.tried if only in ("", one.model) and not one.why_not]
    if not scored:
        if only:
            _raise_what_is_wrong(named[only], snapshot, horizon, level)
        raise QueryError(_unscored(trial, only))
    for one in scored:
        model = named[one.model]
        try:
            progress(model.name, snapshot.as_of)
            learned, forecast = foretold(model, snapshot, horizon, level, SEED)
        except NotFitted as cause:
            failed[model.name] = str(cause)
            continue
        instead = "; ".join(
            f"`{name}` comes before it, but cannot be fitted now: {why}" for name, why in failed.items()
        )
        said = _said(model, learned, snapshot, horizon, level, trial, instead, key)
        if model.predicts.kind is Kind.PROBABILITY:
            forecast = less_sure(forecast, one.odds_error, level)
        table = _table(model.predicts.people(snapshot), forecast, one.past_error)
        return Made(said=said, table=table, past=_past(out.past))
    raise QueryError(
        f"`{only or trial.outcome}` cannot foretell anything here: {'; '.join(dict.fromkeys(failed.values()))}."
    )


def _raise_what_is_wrong(model: Model, snapshot: Snapshot, horizon: Horizon, level: float) -> None:
    """Fit a model that was asked for by name, so that whoever writes it sees where it fails."""
    with suppress(NotFitted):
        model.predictions(snapshot, fitted(model, snapshot, horizon, SEED), level)


def _unscored(trial: Trial, only: str) -> str:
    """Say why nothing is foretold: there is no prediction without its score.

    What the simple rule lacks, all others lack, too.
    """
    why = trial.of(only or trial.naive).why_not
    return f"`{only or trial.outcome}` cannot be tried on the past, so nothing is foretold: {why}."


def _said(
    model: Model,
    learned: Fitted,
    snapshot: Snapshot,
    horizon: Horizon,
    level: float,
    trial: Trial,
    instead: str,
    key: str,
) -> Said:
    return Said(
        outcome=trial.outcome,
        model=model.name,
        model_version=model.version,
        horizon_days=horizon.days,
        lead_days=horizon.lead,
        as_of=snapshot.as_of,
        level=level,
        method=learned.method,
        n=learned.n,
        notes=tuple(note for note in (model.predicts.says(snapshot), *learned.notes) if note),
        columns=tuple(getattr(learned, "reasons", ())),
        learned=plain(learned.learned),
        trial=trial,
        instead=instead,
        key=key,
        definitions=digest_of(snapshot.definitions),
    )


def _table(people: np.ndarray, forecast: Forecast, past_error: float) -> pa.Table:
    columns: dict[str, Any] = {"customer": people.astype(np.int32)}
    columns |= {name: getattr(forecast, name) for name in ("mean", "low", "high")}
    # What only makes intervals of sums needs no more than single precision.
    spread = np.full(len(people), np.nan) if forecast.spread is None else forecast.spread
    columns["spread"] = spread.astype(np.float32)
    columns |= {f"doubt_{at}": one.astype(np.float32) for at, one in enumerate(fewer(forecast.doubts), 1)}
    alive, more = alive_doubts(forecast.more), dict(forecast.more)
    if alive:
        more = {name: values for name, values in more.items() if not name.startswith(ALIVE_DOUBT)}
        more |= with_alive(more["alive"], list(fewer(np.array(alive))))
    columns |= {name: values.astype(np.float32) for name, values in more.items()}
    return pa.table(columns | {"past_error": np.full(len(people), past_error, dtype=np.float32)})


def _past(past: Mapping[date, Seen]) -> pa.Table:
    """Return what was foretold on past days as rows; `day` is the last that was known, as a day number."""
    days = [np.full(len(seen.came), day_number(day) - 1, dtype=np.int32) for day, seen in past.items()]
    columns = {name: [getattr(seen, name) for seen in past.values()] for name in ("customer", "mean", "came")}
    nothing = {"customer": np.int32, "mean": np.float32, "came": np.float32}
    return pa.table(
        {name: np.concatenate([np.zeros(0, nothing[name]), *parts]) for name, parts in columns.items()}
        | {"day": np.concatenate([np.zeros(0, np.int32), *days])}
    )
