"""What customers are worth from now on, one by one and together, and what of it is at stake."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regulars.app import worth
from regulars.app.foretell import LONGEST, AtRiskBy, Foretold
from regulars.core.errors import QueryError
from regulars.core.estimate import Interval
from regulars.core.periods import MONTH_DAYS
from regulars.stats.intervals import chance_limits
from regulars.views import scored
from regulars.views.predicted import Predicted, plain, rows, rows_of
from regulars.views.shown import Facts, as_arrow, as_pandas, facts_html, facts_text, interval_record

Floats = NDArray[np.float64]


#: So many times what came before is much to promise.
_MUCH = 1.25


@dataclass(frozen=True, eq=False)
class Valued:
    """Predicted CLV of all customers, or of the `top` highest, with the orders that it comes from.

    Attributes:
        clv: predictions of value.
        orders: predictions of orders, of the same customers.
        discount_rate: per year.
        before: what they brought in as many days before.
    """

    clv: Predicted
    orders: Foretold
    discount_rate: float
    before: worth.Brought

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

    @property
    def warning(self) -> str:
        """What speaks against the sum, beside its score; "" where nothing does."""
        total, before = self.totals["customer_equity"].value, self.before
        if total is None or before.days < self.clv.found.said.horizon_days or total <= _MUCH * before.value:
            return ""
        if before.value <= 0:
            return "customer equity is above nothing, which is what they brought in as many days before"
        return f"customer equity is more than they brought in as many days before by {total / before.value - 1:.0%}"

    def __len__(self) -> int:
        return len(self.clv)

    @cached_property
    def alive(self) -> "Alive":
        """P(alive) by the model of orders, in the order of its customers."""
        return alive(self.orders)

    def values(self) -> Iterator[dict[str, Any]]:
        """Yield customers, highest CLV first, with expected orders and P(alive): None where the model says none."""
        places = {who: at for at, who in enumerate(self.orders.column("customer").tolist())}
        told = {f"alive{end}": getattr(self.alive, name) for end, name in _ENDS.items()}
        told |= {f"expected_orders{end}": self.orders.column(name) for end, name in _ENDS.items()}
        customers = self.clv.found.column("customer")[self.clv.order].tolist()
        for who, row in zip(customers, self.clv.values(), strict=True):
            row.pop("alive", None)  # by the model of value, which none of the limits belong to
            at = places.get(who)
            yield row | {
                name: None if at is None or every is None else float(every[at]) for name, every in told.items()
            }

    def records(self) -> list[dict[str, Any]]:
        """Return one document."""
        (document,) = self.clv.records()
        document |= {
            "timing": self.timing,
            "before": {"value": self.before.value, "days": self.before.days, "n": self.before.n},
            "warning": self.warning,
            "totals": {name: interval_record(found) for name, found in self.totals.items()},
            "predictions": list(self.values()),
            "alive": {"caveat": UNCHECKED, "why_not": self.alive.why_not},
            "expected_orders": {
                **scored.travels(self.orders, self.clv.currency),
                "score": scored.score_record(self.orders),
                "verdict": self.orders.tried.verdict(self.orders.said.trial.naive),
            },
        }
        return [document]

    def flat(self) -> list[dict[str, Any]]:
        """Return one row per customer for tables; each carries what says most of both scores."""
        orders = self.orders
        rest = {
            **scored.columns(self.clv.found, self.clv.currency),
            "discount_rate": self.discount_rate,
            "orders_model": orders.model.name,
            "orders_version": orders.version,
            "orders_period": str(orders.period),
            **scored.score_columns(orders, "orders_"),
            "alive_why_not": self.alive.why_not,
        }
        return [{**row, **rest} for row in self.values()]

    def facts(self) -> Facts:
        """Return in a few lines what it is."""
        return (
            ("CLV", self.timing),
            ("Model", scored.made(self.clv.found)),
            ("Score", scored.scored(self.clv.found)),
            ("Orders, P(alive)", f"{scored.made(self.orders)}; {scored.scored(self.orders)}"),
            ("", self.alive.why_not or UNCHECKED),
            ("Rows", rows_of(self)),
        )

    to_arrow = as_arrow
    to_pandas = as_pandas
    __repr__ = facts_text
    _repr_html_ = facts_html


_ENDS = {"": "mean", "_low": "low", "_high": "high"}
#: What P(alive) never comes with: a score.
UNCHECKED = "P(alive) can never be checked itself: nobody says that they are gone. Only the orders that it implies can"


@dataclass(frozen=True, kw_only=True, eq=False)
class Alive:
    """The probability that customers are customers still; arrays of one length, or None with the reason.

    Attributes:
        mean: the probability.
        low, high: its limits: doubt about the model's parameters.
        why_not: why there is none.
    """

    mean: Floats | None = None
    low: Floats | None = None
    high: Floats | None = None
    why_not: str = ""


def alive(orders: Foretold) -> Alive:
    """Return P(alive) as the model of orders tells it, with limits at its level."""
    names, name = orders.table.column_names, orders.model.name
    if "alive" not in names:
        return Alive(why_not=f"`{name}` cannot tell from these records who is a customer still")
    doubts = [orders.column(one).astype(np.float64) for one in names if one.startswith("alive_doubt_")]
    if not doubts:
        return Alive(why_not=f"`{name}` does not say how sure it is of who is a customer still")
    chance = np.clip(orders.column("alive").astype(np.float64), 0.0, 1.0)
    low, high = chance_limits(chance, np.sqrt(np.square(doubts).sum(axis=0)), orders.said.level)
    return Alive(mean=chance, low=low, high=high)


@dataclass(frozen=True, eq=False)
class AtRisk:
    """Customers by value at stake, P(churn) times predicted CLV, the most first.

    Attributes:
        by: of what they are at risk.
        churn: predictions of churn.
        value: predictions of value.
        ids: customers' ids by number.
        said: what each feature is called, by name.
        currency: of money.
        top: how many are shown; all where None.
    """

    by: AtRiskBy
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

    @property
    def warning(self) -> str:
        """Why the order of the list is not to be trusted; "" where past days give no such reason."""
        return "; ".join(doubted(self.churn))

    @property
    def span(self) -> str:
        """Which days the probability and the money are of."""
        days = self.churn.said
        lead = f", {days.lead_days} days from now: time to act" if days.lead_days else ""
        clv = f"CLV of the {self.value.said.horizon_days} days from {self.value.period.start} on"
        return (
            f"{self.by.of}, {self.churn.outcome.said} within the {days.horizon_days} days from "
            f"{self.churn.period.start} on{lead}, times {clv}"
        )

    def records(self) -> list[dict[str, Any]]:
        """Return one document: the list, and how well both models did on the past."""
        return [
            {
                "of": self.by.of,
                "at_stake": interval_record(self.total),
                "span": self.span,
                "warning": self.warning,
                "unit": self.currency,
                **{name: self._said(found) for name, found in (("churn", self.churn), ("value", self.value))},
                "customers": list(self.values()),
            }
        ]

    def _said(self, found: Foretold) -> dict[str, Any]:
        score = scored.score_record(found)
        travels = scored.travels(found, self.currency)
        return {**travels, "score": score, "cutoffs": score["cutoffs"], "verdict": score["verdict"]}

    def flat(self) -> list[dict[str, Any]]:
        """Return one row per customer for tables; each carries what says most of both scores."""
        told: dict[str, Any] = {"of": self.by.of}
        for name, found in (("churn", self.churn), ("value", self.value)):
            told |= {f"{name}_model": found.model.name, f"{name}_version": found.version}
            told |= {f"{name}_period": str(found.period), f"{name}_n": found.said.n}
            told |= scored.score_columns(found, f"{name}_")
        flags = sorted({*self.churn.flags, *self.value.flags})
        told |= {"as_of": self.churn.known_at, "level": self.churn.said.level, "flags": flags, "unit": self.currency}
        return [{**plain(row), **told} for row in self.values()]

    def facts(self) -> Facts:
        """Return in a few lines what it is."""
        return (
            ("At stake", self.span),
            ("Beware", self.warning),
            ("Leaving", f"{scored.made(self.churn)}; {scored.scored(self.churn)}"),
            ("CLV", f"{scored.made(self.value)}; {scored.scored(self.value)}"),
            ("Rows", rows_of(self)),
        )

    to_arrow = as_arrow
    to_pandas = as_pandas
    __repr__ = facts_text
    _repr_html_ = facts_html


def doubted(churn: Foretold) -> Iterator[str]:
    """Yield why past days give no ground to trust who is likelier to leave than others."""
    own, naive = churn.tried, churn.said.trial.naive
    if own.model == naive:
        yield f"the simple rule `{naive}` tells who leaves, as no model did better"
    elif own.gain.low is None or own.gain.low <= 0:
        yield f"on past days, `{own.model}` was {own.verdict(naive)}"
    area = own.score["auc"]
    if area.value is None or area.low is None or area.high is None:
        yield f"whether it tells those who leave from those who stay is unknown: {area.why_not}"
    elif area.low <= _CHANCE:
        yield (
            "those who left cannot be shown to have been told from those who stayed "
            f"(AUC {area.value:.2f}, {area.low:.2f} to {area.high:.2f}, where {_CHANCE} is chance)"
        )


_CHANCE = 0.5


def days_of(months: int | None) -> int | None:
    """Return the days of a horizon in months; None where none is asked for.

    Raises:
        QueryError: it is no number of months.
    """
    most = int(LONGEST / MONTH_DAYS)
    if months is not None and not 1 <= months <= most:
        raise QueryError(f"`{months}` is no number of months. Write one from 1 to {most}.")
    return None if months is None else round(months * MONTH_DAYS)
