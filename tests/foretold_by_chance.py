"""Predictions that were drawn by chance, as if models had made them: for tests of what is done with predictions."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from regulars.app import foretell as app_foretell
from regulars.app import kept
from regulars.app.kept import Said
from regulars.app.workspace import Opened, Workspace
from regulars.core.estimate import Interval
from regulars.core.periods import day_number
from regulars.models.trial import Trial, Tried
from regulars.views import scored


def foretell(folder: Path, *more: str) -> None:
    """Keep predictions of value, lapse and `more` that were drawn by chance, as if they had been made."""
    workspace = Workspace.at(folder)
    rng = np.random.default_rng(3)
    with workspace.opened() as opened:
        path = opened.generation.path
        people = opened.records.run(opened.records.tables["people"].select("customer"))
        for outcome in ("value", "lapse", *more):
            before = day_number(date(2025, 5, 1))
            table = _drawn(rng, outcome, len(people))
            past = table.select(["customer", "mean"]).append_column("came", table["mean"])
            past = past.append_column("day", pa.array([before] * len(people), pa.int32()))
            kept.keep(path, outcome, _said(outcome, workspace, opened), table, past)


#: What is foretold, and by which model.
OUTCOMES = {"value": "bg_nbd_value", "lapse": "bg_nbd_silence", "orders": "mbg_nbd"}
_FEATURES = 8


def _drawn(rng: np.random.Generator, outcome: str, count: int) -> pa.Table:
    mean = rng.beta(2, 3, count) if outcome == "lapse" else rng.gamma(1.0, 100.0 if outcome == "value" else 0.5, count)
    high = np.minimum(mean * 1.2, 1.0) if outcome == "lapse" else mean * 1.4
    columns = {"customer": np.arange(1, count + 1, dtype=np.int32), "mean": mean, "low": mean * 0.7, "high": high}
    columns |= {"spread": mean.astype(np.float32), "doubt_1": (0.05 * mean).astype(np.float32)}
    columns["past_error"] = np.full(count, 0.1)
    for rank in (1, 2):
        columns[f"reason_{rank}"] = rng.integers(-1, _FEATURES, count).astype(np.float32)
        columns[f"value_{rank}"] = rng.integers(0, 100, count).astype(np.float32)
    return pa.table(columns)


def _said(outcome: str, workspace: Workspace, opened: Opened) -> Said:
    """Say of predictions what would be said if a model had made them."""
    definitions, model = opened.records.definitions, OUTCOMES[outcome]
    found, chosen = app_foretell._asked(outcome, workspace.models, opened.records)
    horizon = app_foretell.default_horizon(found, opened.records)
    one = Interval(value=0.1, low=0.05, high=0.15, level=0.95, method="drawn", n=1)
    score = {measure.name: one for measure in scored.decisive(found.kind)}
    tried = Tried(model=model, version=1, score=score, gain=one)
    asked: dict[str, Any] = {"outcome": outcome, "asked_days": 90, "days": 90, "lead_days": 0, "cutoffs": ()}
    rest: dict[str, Any] = {"notes": (), "learned": {}, "instead": ""}
    return Said(
        outcome=outcome,
        model=model,
        model_version=1,
        horizon_days=horizon.days,
        lead_days=0,
        as_of=date(2025, 8, 1),
        level=definitions.level,
        method="drawn by chance",
        n=1,
        columns=tuple(feature.name for feature in workspace.features[:_FEATURES]),
        trial=Trial(**asked, naive=model, tried=(tried,), chosen=model, why=""),
        key=kept.key_of(chosen, workspace.features, horizon, definitions.level, definitions),
        definitions=kept.digest_of(definitions),
        **rest,
    )
