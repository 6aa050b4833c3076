"""Predictions as rows that go anywhere, always with their score."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from regulars.app.foretell import Foretold
from regulars.data import engine
from regulars.kpis.kpi import Shows
from regulars.kpis.query import Records
from regulars.models.model import Kind
from regulars.models.scores import Measure, measures
from regulars.models.trial import Trial, Tried
from regulars.views import words
from regulars.views.shown import arrow, interval_record

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

#: How a prediction of each kind is written.
SHOWS = {Kind.COUNT: Shows.NUMBER, Kind.AMOUNT: Shows.MONEY, Kind.PROBABILITY: Shows.SHARE}
#: Columns that only make intervals of sums.
_INNER = ("spread", "doubt_", "alive_doubt_", "past_error", "customer", "reason_", "effect_", "value_")


def number(measure: Measure, value: float | None) -> str:
    """Write a part of a score."""
    return words.value(value, Shows.SHARE if measure.share else Shows.NUMBER, "")


def scores(tried: Tried, kind: Kind) -> dict[str, Any]:
    """Return a model's score as plain values."""
    return {measure.name: interval_record(tried.score[measure.name]) for measure in measures(kind)}


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


@dataclass(frozen=True, eq=False)
class Predicted:
    """Predictions of all customers, or of the `top` highest.

    Attributes:
        found: the predictions with their score.
        ids: customers' ids by number.
        said: what each feature is called, by name.
        currency: of money.
        top: how many are shown; all where None.
    """

    found: Foretold
    ids: np.ndarray
    said: Mapping[str, str]
    currency: str
    top: int | None = None

    @cached_property
    def order(self) -> np.ndarray:
        """Rows of those shown, highest first."""
        order = np.lexsort((self.found.column("customer"), -self.found.column("mean")))
        return order if self.top is None else order[: self.top]

    def __len__(self) -> int:
        return len(self.order)

    @property
    def kind(self) -> Kind:
        """What is foretold."""
        return self.found.outcome.kind

    def records(self) -> list[dict[str, Any]]:
        """Return one document: what is foretold, how well that went on the past, and the predictions."""
        found, trial = self.found, self.found.said.trial
        naive = trial.of(trial.naive)
        score = {
            "horizon_days": trial.days,
            "cutoffs": [str(day) for day in trial.cutoffs],
            **scores(found.tried, self.kind),
            "naive": {"model": trial.naive, **scores(naive, self.kind)},
            "gain": interval_record(found.tried.gain),
            "verdict": found.tried.verdict(trial.naive),
        }
        said = {**self.travels, "flags": list(found.flags), "caveat": self.caveat, "notes": list(found.said.notes)}
        return [{**said, "score": score, "predictions": list(self.values())}]

    def flat(self) -> list[dict[str, Any]]:
        """Return one row per customer for tables; each carries the score."""
        known = {"as_of": self.found.known_at, "flags": list(self.found.flags)}
        rest = {**self.travels, **known, **self.score_columns}
        model = rest.pop("model")
        return [{"model": model, **_plain(row), **rest} for row in self.values()]

    @property
    def score_columns(self) -> dict[str, Any]:
        """The score as columns of a table."""
        trial, own = self.found.said.trial, self.found.tried
        rule = trial.of(trial.naive)
        told: dict[str, Any] = {"score_cutoffs": len(trial.cutoffs), "score_why_not": own.why_not}
        for measure in measures(self.kind):
            interval = own.score[measure.name]
            name = f"score_{measure.name}"
            told |= {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
            told |= {f"naive_{measure.name}": rule.score[measure.name].value}
        return {**told, "score_verdict": own.verdict(trial.naive)}

    @property
    def travels(self) -> dict[str, Any]:
        """What must travel with every prediction."""
        found = self.found
        return {
            "model": found.model.name,
            "predicts": found.outcome.name,
            "unit": self.currency if self.kind is Kind.AMOUNT else found.outcome.said,
            "period": str(found.period),
            "level": found.said.level,
            "method": found.said.method,
            "n": found.said.n,
            "as_of": found.known_at.isoformat(),
            "version": found.version,
        }

    @property
    def caveat(self) -> str:
        """When not to trust it."""
        return " ".join(part for part in (self.found.outcome.caveat, self.found.model.caveat) if part)

    def values(self) -> Iterator[dict[str, Any]]:
        """Yield the predictions, highest first."""
        yield from rows(self.found, self.order, self.ids, self.said)

    def to_arrow(self) -> "pa.Table":
        """Return an Arrow table."""
        return arrow(self.flat())

    def to_pandas(self) -> "pd.DataFrame":
        """Return a pandas data frame."""
        return self.to_arrow().to_pandas()


def ids(records: Records) -> np.ndarray:
    """Return the ids of customers by number."""
    people = engine.to_arrow(records.tables["people"].select("customer", "customer_id"))
    numbers = people["customer"].to_numpy()
    found = np.full(int(numbers.max(initial=0)) + 1, "", dtype=object)
    found[numbers] = people["customer_id"].to_numpy(zero_copy_only=False)
    return found


def rows(found: Foretold, order: np.ndarray, ids: np.ndarray, said: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield what is foretold of some customers: id, value, limits, what else the model says, reasons."""
    table = found.table.take(order)
    columns = {name: table[name].to_numpy() for name in table.column_names}
    more = [name for name in columns if not name.startswith(_INNER) and name not in ("mean", "low", "high")]
    reasoned = "reason_1" in columns
    for at, who in enumerate(columns["customer"]):
        row = {
            "customer_id": str(ids[who]),
            "value": float(columns["mean"][at]),
            "low": float(columns["low"][at]),
            "high": float(columns["high"][at]),
        }
        row |= {name: float(columns[name][at]) for name in more}
        yield {**row, "reasons": reasons(columns, at, found.said.columns, said)} if reasoned else row


def reasons(columns: Mapping[str, Any], at: int, names: tuple[str, ...], said: Mapping[str, str]) -> list[str]:
    """Return in words what goes along with a customer's higher probability, the most first; never its causes."""
    found = []
    for rank in range(1, 1 + sum(name.startswith("reason_") for name in columns)):
        which = int(columns[f"reason_{rank}"][at])
        if which < 0:
            continue
        name, value = names[which], float(columns[f"value_{rank}"][at])
        found.append(reason(name, value, said))
    return found


def reason(name: str, value: float, said: Mapping[str, str]) -> str:
    """Write one feature of a customer."""
    text = said.get(name, f"{name} {{}}")
    if np.isnan(value):
        return "unknown: " + text.replace("{} ", "").replace("{}", "")
    return text.format(words.value(value, Shows.NUMBER, ""))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: "; ".join(value) if isinstance(value, list) else value for name, value in row.items()}
