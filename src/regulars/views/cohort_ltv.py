"""Cohort LTV as rows that go anywhere: what was seen, and what is a forecast, beside its score."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from regulars.app.cohort_ltv import Cell, CohortLtv, LtvRow, Score
from regulars.models.model import Kind
from regulars.views.scored import scores
from regulars.views.shown import as_arrow, as_pandas, interval_record, typed

CAVEAT = (
    "Money per acquired customer, first order included, not discounted: margin where costs are known, else net "
    "revenue. Age 0 is the day of the first order. ~: a forecast, which adds what is still expected; it knows no "
    "season and no growth."
)


@dataclass(frozen=True, eq=False)
class Ltv:
    """Cohort LTV.

    Attributes:
        found: the answer.
        currency: of money.
    """

    found: CohortLtv
    currency: str

    def records(self) -> list[dict[str, Any]]:
        """Return one dict per cohort and age; those that are forecast carry the score."""
        score = {} if self.found.score is None else _score(self.found.score)
        return [{**record, "score": score if cell.forecast else None} for record, cell in self._cells()]

    def flat(self) -> list[dict[str, Any]]:
        """Return one level of columns per cohort and age."""
        score = {} if self.found.score is None else _flat(_score(self.found.score))
        return [
            {
                **record,
                **typed(cell.estimate),
                **(score if cell.forecast else dict.fromkeys(score)),
            }
            for record, cell in self._cells()
        ]

    to_arrow = as_arrow
    to_pandas = as_pandas

    def _cells(self) -> Iterator[tuple[dict[str, Any], Cell]]:
        for row in (*self.found.rows, self.found.pooled):
            for age, cell in enumerate(row.cells):
                yield self._record(row, age, cell), cell

    def _record(self, row: LtvRow, age: int, cell: Cell) -> dict[str, Any]:
        estimate = cell.estimate
        return {
            "cohorts": "ltv",
            "cohort": "pooled" if row.cohort is None else str(row.cohort.start),
            "grain": str(self.found.grain),
            "size": row.size,
            "age_months": age,
            "forecast": cell.forecast,
            **interval_record(estimate.interval),
            "to_come": cell.to_come,
            "unit": self.currency,
            "period": str(estimate.period),
            "as_of": estimate.as_of.isoformat(),
            "version": estimate.version,
            "flags": list(estimate.flags),
        }


def _score(score: Score) -> dict[str, Any]:
    """Return what forecasts were made with, and how well that went on past days."""
    return {
        "model": score.model,
        "model_version": str(score.tried.version),
        "learned_from": score.n,
        "horizon_days": score.trial.days,
        "cutoffs": [str(day) for day in score.trial.cutoffs],
        **scores(score.tried, Kind.AMOUNT),
        "totals": list(score.tried.totals),
        "naive": score.trial.naive,
        "verdict": score.tried.verdict(score.trial.naive),
        "tried_on": score.trial.tried_on,
        "notes": list(score.notes),
    }


def _flat(score: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in score.items():
        if isinstance(value, dict):
            flat |= {f"score_{name}": value["value"], f"score_{name}_low": value["low"]}
            flat |= {f"score_{name}_high": value["high"]}
        elif name in ("model", "naive", "verdict", "tried_on", "learned_from", "horizon_days"):
            flat[f"score_{name}"] = value
    return flat
