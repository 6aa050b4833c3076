"""What trying all models on the past found, of several outcomes, as rows that go anywhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regulars.app.foretell import Foretold
from regulars.models.model import Kind
from regulars.models.trial import Trial
from regulars.views.scored import scored, scores
from regulars.views.shown import as_arrow, as_pandas, interval_record, table_html, table_text


@dataclass(frozen=True, eq=False)
class Backtested:
    """What the best model of each outcome foretells, with all that was tried: a sequence of it.

    Attributes:
        found: predictions, one of each outcome.
    """

    found: Sequence[Foretold]

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, at: int) -> Foretold:
        return self.found[at]

    def __iter__(self) -> Iterator[Foretold]:
        return iter(self.found)

    def records(self) -> list[dict[str, Any]]:
        """Return one document per outcome: the days, and every model with its score, the best first."""
        return [trial_record(one.said.trial, one.outcome.kind) for one in self.found]

    def flat(self) -> list[dict[str, Any]]:
        """Return one row per outcome and model, with all of its score."""
        return [_flat(trial, one) for trial in self.records() for one in trial["models"]]

    to_arrow = as_arrow
    to_pandas = as_pandas

    def __repr__(self) -> str:
        return table_text(_HEADS, self._cells())

    def _repr_html_(self) -> str:
        return table_html(_HEADS, self._cells())

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (one.outcome.name, one.said.trial.chosen, str(one.period), f"{one.said.n:,}", scored(one))
            for one in self.found
        ]


_HEADS = ("Outcome", "Chosen", "Period", "n", "Score")


def trial_record(trial: Trial, kind: Kind) -> dict[str, Any]:
    """Return all that was tried as plain values, best first."""
    return {
        "outcome": trial.outcome,
        "horizon_days": trial.days,
        "asked_days": trial.asked_days,
        "lead_days": trial.lead_days,
        "cutoffs": [str(day) for day in trial.cutoffs],
        "chosen": trial.chosen,
        "why": trial.why,
        "naive": trial.naive,
        "models": [
            {
                "model": one.model,
                "version": str(one.version),
                "chosen": one.model == trial.chosen,
                **scores(one, kind),
                "gain": interval_record(one.gain),
                "verdict": one.verdict(trial.naive),
                "totals": list(one.totals),
                "deciles": [{"n": part.n, "foretold": part.foretold, "came": part.came} for part in one.deciles],
                "notes": list(one.notes),
                "why_not": one.why_not,
            }
            for one in trial.tried
        ],
    }


def _flat(trial: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: trial[name] for name in ("outcome", "horizon_days", "asked_days", "lead_days", "naive")}
    row |= {"cutoffs": ", ".join(trial["cutoffs"])}
    for name, value in one.items():
        if isinstance(value, Mapping):
            row |= {name: value["value"], f"{name}_low": value["low"], f"{name}_high": value["high"]}
            row |= {"n": max(value["n"], row.get("n", 0))}
        elif not isinstance(value, list):
            row[name] = value
    return row
