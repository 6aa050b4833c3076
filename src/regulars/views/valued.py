"""What customers are worth from now on, one by one and together, and what of it is at stake."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from regulars.app import worth
from regulars.app.foretell import Foretold
from regulars.core.estimate import Interval
from regulars.views.predicted import Predicted, rows, scores
from regulars.views.shown import arrow, interval_record

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class Valued:
    """Predicted CLV of all customers, or of the `top` highest, with the orders that it comes from.

    Attributes:
        clv: predictions of value.
        orders: predictions of orders, of the same customers.
        discount_rate: per year.
    """

    clv: Predicted
    orders: Foretold
    discount_rate: float

    @cached_property
    def totals(self) -> dict[str, Interval]:
        """Sums over all customers."""
        found, level = self.clv.found, self.clv.found.said.level
        return {
            "customer_equity": worth.total(found, level=level),
            "expected_orders": worth.total(self.orders, level=level),
        }

    @property
    def timing(self) -> str:
        """How money is counted: horizon, discount, timing."""
        days, rate = self.clv.found.said.horizon_days, self.discount_rate
        return (
            f"{self.clv.found.outcome.said} of the {days} days from {self.clv.found.said.as_of} on, discounted by "
            f"{rate:.1%} a year to that day, money at the middle of when it comes"
        )

    def __len__(self) -> int:
        return len(self.clv)

    def values(self) -> Iterator[dict[str, Any]]:
        """Yield customers, highest CLV first, with expected orders and P(alive)."""
        expected = dict(zip(self.orders.column("customer").tolist(), self.orders.column("mean").tolist(), strict=True))
        customers = self.clv.found.column("customer")[self.clv.order]
        for who, row in zip(customers.tolist(), self.clv.values(), strict=True):
            yield {**row, "expected_orders": expected.get(who)}

    def records(self) -> list[dict[str, Any]]:
        """Return one document."""
        (document,) = self.clv.records()
        trial = self.orders.said.trial
        document |= {
            "timing": self.timing,
            "totals": {name: interval_record(found) for name, found in self.totals.items()},
            "predictions": list(self.values()),
            "expected_orders": {
                "model": self.orders.model.name,
                "version": self.orders.version,
                "period": str(self.orders.period),
                "score": scores(self.orders.tried, self.orders.outcome.kind),
                "verdict": self.orders.tried.verdict(trial.naive),
            },
        }
        return [document]

    def flat(self) -> list[dict[str, Any]]:
        """Return one row per customer for tables; each carries the score."""
        return [
            {**row, "expected_orders": told["expected_orders"], "timing": self.timing}
            for row, told in zip(self.clv.flat(), self.values(), strict=True)
        ]

    def to_arrow(self) -> "pa.Table":
        """Return an Arrow table."""
        return arrow(self.flat())

    def to_pandas(self) -> "pd.DataFrame":
        """Return a pandas data frame."""
        return self.to_arrow().to_pandas()


@dataclass(frozen=True, eq=False)
class AtRisk:
    """Customers by value at stake, P(churn) times predicted CLV, the most first.

    Attributes:
        churn: predictions of churn.
        value: predictions of value.
        ids: customers' ids by number.
        said: what each feature is called, by name.
        currency: of money.
        top: how many are shown; all where None.
    """

    churn: Foretold
    value: Foretold
    ids: np.ndarray
    said: Mapping[str, str]
    currency: str
    top: int | None = None

    @cached_property
    def risk(self) -> worth.Risk:
        """Everybody's value at stake."""
        return worth.at_risk(self.churn, self.value, self.churn.said.level)

    @cached_property
    def total(self) -> Interval:
        """All of it together."""
        return worth.at_stake(self.risk, self.churn, self.value, self.churn.said.level)

    def __len__(self) -> int:
        size = len(self.risk.customer)
        return size if self.top is None else min(self.top, size)

    def values(self) -> Iterator[dict[str, Any]]:
        """Yield customers with stake, probability, CLV and reasons."""
        size, risk = len(self), self.risk
        churn = rows(self.churn, risk.churn[:size], self.ids, self.said)
        value = rows(self.value, risk.value[:size], self.ids, self.said)
        for at, (leaving, valued) in enumerate(zip(churn, value, strict=True)):
            yield {
                "customer_id": leaving["customer_id"],
                "at_stake": float(risk.stake[at]),
                "at_stake_low": float(risk.low[at]),
                "at_stake_high": float(risk.high[at]),
                "churn": leaving["value"],
                "churn_low": leaving["low"],
                "churn_high": leaving["high"],
                "clv": valued["value"],
                "clv_low": valued["low"],
                "clv_high": valued["high"],
                "reasons": leaving.get("reasons", []),
            }

    def records(self) -> list[dict[str, Any]]:
        """Return one document: the list, and how well both models did on the past."""
        return [
            {
                "at_stake": interval_record(self.total),
                "unit": self.currency,
                **{name: self._said(found) for name, found in (("churn", self.churn), ("value", self.value))},
                "customers": list(self.values()),
            }
        ]

    def _said(self, found: Foretold) -> dict[str, Any]:
        trial = found.said.trial
        return {
            "model": found.model.name,
            "predicts": found.outcome.name,
            "version": found.version,
            "period": str(found.period),
            "as_of": found.known_at.isoformat(),
            "level": found.said.level,
            "method": found.said.method,
            "n": found.said.n,
            "flags": list(found.flags),
            "notes": list(found.said.notes),
            "caveat": " ".join(part for part in (found.outcome.caveat, found.model.caveat) if part),
            "score": scores(found.tried, found.outcome.kind),
            "cutoffs": [str(day) for day in trial.cutoffs],
            "verdict": found.tried.verdict(trial.naive),
        }

    def flat(self) -> list[dict[str, Any]]:
        """Return one row per customer for tables; each carries both scores."""
        told: dict[str, Any] = {}
        for name, found in (("churn", self.churn), ("value", self.value)):
            told |= {f"{name}_model": found.model.name, f"{name}_version": found.version}
            told |= {
                f"{name}_period": str(found.period),
                f"{name}_score_verdict": found.tried.verdict(found.said.trial.naive),
            }
            for measure, interval in found.tried.score.items():
                told |= {f"{name}_score_{measure}": interval.value}
        told |= {"as_of": self.churn.known_at, "level": self.churn.said.level, "unit": self.currency}
        return [{**row, "reasons": "; ".join(row["reasons"]), **told} for row in self.values()]

    def to_arrow(self) -> "pa.Table":
        """Return an Arrow table."""
        return arrow(self.flat())

    def to_pandas(self) -> "pd.DataFrame":
        """Return a pandas data frame."""
        return self.to_arrow().to_pandas()
