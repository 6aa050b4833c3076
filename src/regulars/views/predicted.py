"""Predictions as rows that go anywhere, always with their score."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from regulars.app.predict import Predictions
from regulars.core.estimate import Interval
from regulars.data import engine
from regulars.kpis.kpi import Shows
from regulars.models.backtest import Score
from regulars.views import words
from regulars.views.shown import arrow, interval_record

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

#: What the parts of a score are called.
SCORES = {
    "error": "mean absolute error per customer",
    "squared": "mean squared error per customer",
    "bias": "predicted / came",
    "coverage": "within the limits",
    "top_tenth": "of all that came, from the tenth predicted highest",
}
_SHARES = ("coverage", "top_tenth")


def number(name: str, value: float | None) -> str:
    """Write a part of a score."""
    return words.value(value, Shows.SHARE if name in _SHARES else Shows.NUMBER, "")


def verdict(found: Predictions) -> str:
    """Say whether the model is worth more than the naive rule."""
    tried, gain = found.backtest, found.backtest.gain
    if found.model.naive:
        return "the simple rule that other models are measured against"
    if gain.value is None or gain.low is None or gain.high is None:
        return f"not known to be better than `{tried.naive}`: {gain.why_not}"
    if gain.low <= 0 <= gain.high:
        return f"not detectably better than `{tried.naive}`"
    size, *limits = (f"{abs(part) * 100:.1f}" for part in (gain.value, gain.low, gain.high))
    low, high = limits if gain.value > 0 else reversed(limits)
    side, sign = ("better", "less") if gain.value > 0 else ("worse", "more")
    return f"{side} than `{tried.naive}`: {size} % {sign} squared error ({low} to {high} %)"


@dataclass(frozen=True)
class Predicted:
    """Predictions of all customers, or of the `top` highest.

    Attributes:
        found: the predictions with their score.
        top: how many are shown; all where None.
    """

    found: Predictions
    top: int | None = None

    @cached_property
    def rows(self) -> "pa.Table":
        """`customer_id`, `mean`, `low`, `high`; highest first."""
        table = self.found.table
        return engine.to_arrow(table if self.top is None else table.limit(self.top))

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def records(self) -> list[dict[str, Any]]:
        """Return one document: what is foretold, how well that went on the past, and the predictions."""
        tried = self.found.backtest
        score = {
            "horizon_days": tried.horizon_days,
            "cutoffs": [str(day) for day in tried.cutoffs],
            **_scores(tried.score),
            "naive": {"model": tried.naive, **_scores(tried.naive_score)},
            "gain": interval_record(tried.gain),
            "verdict": verdict(self.found),
        }
        said = {**self._said, "flags": list(self.found.flags), "caveat": self.found.model.caveat}
        return [{**said, "score": score, "predictions": list(self._values())}]

    def flat(self) -> list[dict[str, Any]]:
        """Return one row per customer for tables; each carries the score."""
        tried = self.found.backtest
        scores: dict[str, Any] = {"score_cutoffs": len(tried.cutoffs), "score_why_not": tried.score.error.why_not}
        for name in SCORES:
            own: Interval = getattr(tried.score, name)
            rule: Interval = getattr(tried.naive_score, name)
            scores |= {f"score_{name}": own.value, f"score_{name}_low": own.low, f"score_{name}_high": own.high}
            scores |= {f"naive_{name}": rule.value}
        known = {"as_of": self.found.as_of, "flags": list(self.found.flags)}
        rest = {**self._said, **known, **scores, "score_verdict": verdict(self.found)}
        model = rest.pop("model")
        return [{"model": model, **row, **rest} for row in self._values()]

    @property
    def _said(self) -> dict[str, Any]:
        found = self.found
        return {
            "model": found.model.name,
            "predicts": found.model.predicts.name,
            "unit": found.model.predicts.unit,
            "period": str(found.period),
            "level": found.level,
            "method": found.method,
            "n": found.n,
            "as_of": found.as_of.isoformat(),
            "version": found.version,
        }

    def _values(self) -> Iterator[dict[str, Any]]:
        for batch in self.rows.to_batches(max_chunksize=10_000):
            for row in batch.to_pylist():
                yield {"customer_id": row["customer_id"], "value": row["mean"], "low": row["low"], "high": row["high"]}

    def to_arrow(self) -> "pa.Table":
        """Return an Arrow table."""
        return arrow(self.flat())

    def to_pandas(self) -> "pd.DataFrame":
        """Return a pandas data frame."""
        return self.to_arrow().to_pandas()


def _scores(score: Score) -> dict[str, Any]:
    return {name: interval_record(getattr(score, name)) for name in SCORES}
