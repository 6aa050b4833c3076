"""Health of customers as rows that go anywhere; where no score is justified, only how long they have been silent."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from regulars.app.healthy import Health
from regulars.views import scored
from regulars.views.predicted import plain, rows, rows_of
from regulars.views.shown import Facts, as_arrow, as_pandas, facts_html, facts_text


@dataclass(frozen=True, eq=False)
class Healthy:
    """Customers, the least healthy first.

    Attributes:
        health: scores and what justifies them.
        ids: customers' ids by number.
        said: what each feature is called, by name.
        top: how many are shown; all where None.
    """

    health: Health
    ids: np.ndarray
    said: Mapping[str, str]
    top: int | None = None

    @property
    def verdict(self) -> str:
        """Whether a score is justified, and why not."""
        if self.health.justified:
            return "a score is justified: " + "; ".join(one.said for one in self.health.conditions)
        return "no score is justified: " + "; ".join(one.said for one in self.health.conditions if not one.met)

    @cached_property
    def order(self) -> np.ndarray:
        """Rows, the least healthy first; by silence where no score is justified."""
        found = self.health.found
        worst = found.column("mean") if self.health.justified else np.nan_to_num(self.health.silent, nan=np.inf)
        return np.lexsort((found.column("customer"), -worst))[: self.top]

    def __len__(self) -> int:
        return len(self.order)

    def values(self) -> list[dict[str, Any]]:
        """Return customers with score, its limits, percentile and what goes along with it."""
        scores, percentiles = self.health.scores[self.order], self.health.percentiles[self.order]
        told = rows(self.health.found, self.order, self.ids, self.said)
        if not self.health.justified:
            silent = self.health.silent[self.order]
            return [
                {"customer_id": row["customer_id"], "score": None, "days_silent": _known(days), "why_not": self.verdict}
                for row, days in zip(told, silent, strict=True)
            ]
        return [
            {
                "customer_id": row["customer_id"],
                "score": float(score),
                "low": 100 * (1 - row["high"]),
                "high": 100 * (1 - row["low"]),
                "percentile": float(percentile),
                "reasons": row.get("reasons", []),
            }
            for row, score, percentile in zip(told, scores, percentiles, strict=True)
        ]

    def records(self) -> list[dict[str, Any]]:
        """Return one document: whether a score is justified, how well it did on the past, and the customers."""
        conditions = [{"said": one.said, "met": one.met} for one in self.health.conditions]
        return [
            {
                **scored.travels(self.health.found, ""),
                "score": scored.score_record(self.health.found),
                "justified": self.health.justified,
                "conditions": conditions,
                "customers": self.values(),
            }
        ]

    def flat(self) -> list[dict[str, Any]]:
        """Return one row per customer for tables; each carries what says most of the score."""
        rest = {**scored.columns(self.health.found, ""), "justified": self.health.justified, "verdict": self.verdict}
        return [{**plain({**row, "reasons": row.get("reasons", [])}), **rest} for row in self.values()]

    def facts(self) -> Facts:
        """Return in a few lines what it is."""
        return (("Health", self.verdict), *scored.facts(self.health.found), ("Rows", rows_of(self)))

    to_arrow = as_arrow
    to_pandas = as_pandas
    __repr__ = facts_text
    _repr_html_ = facts_html


def _known(days: float) -> float | None:
    return None if np.isnan(days) else float(days)
