"""What the parts of formulas are called, for people: after the columns of the frame that they read."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import ibis
import ibis.expr.operations as ops

from regulars.core.money import UNITS
from regulars.kpis.kpi import KPI, Shows, bound


class Name(NamedTuple):
    """What a part is called, how it is written, and what the engine's whole numbers are divided by."""

    title: str
    shows: Shows
    per: int = 1


def name_of(kpi: KPI, part: str, *, main: bool) -> Name:
    """Return what a part of the formula of `kpi` is called.

    Args:
        kpi: the definition.
        part: of its formula.
        main: whether it is in the unit of the value where that adds up over customers.
    """
    columns = _columns(kpi, part)
    known = _EXCEPTIONS.get((kpi.name, part)) or _NAMES.get(" ".join(columns))
    if known is not None:
        return known
    shows = kpi.shows if main and kpi.shows in _ADD_UP else Shows.NUMBER
    return Name(", ".join(columns).replace("_", " "), shows, UNITS if shows is Shows.MONEY else 1)


def _columns(kpi: KPI, part: str) -> list[str]:
    """Return the columns of the frame that a part of the formula reads, by name."""
    rows = ibis.table({"customer": "int32", "period": "int32", **kpi.frame.columns}, name=kpi.frame.name)
    return sorted({field.name for field in bound(rows, kpi)[part].op().find(ops.Field)})


#: Of these, what one customer has is in the same unit as the value.
_ADD_UP = frozenset({Shows.MONEY, Shows.DAYS, Shows.SECONDS, Shows.SCORE})
_MONEY = {
    "came": "came",
    "churn": "monthly revenue that went",
    "churn contraction": "monthly revenue lost",
    "closing": "monthly revenue at the end",
    "closing opening": "monthly revenue less at the end than at the start",
    "contribution": "contribution",
    "contraction": "monthly revenue cut",
    "cost": "what it cost",
    "cost early_contribution": "what winning them cost",
    "discount": "discount",
    "early_contribution": "contribution of the first months",
    "early_value": "value of the first months",
    "expansion": "monthly revenue added",
    "expansion new reactivation": "monthly revenue won",
    "foretold": "foretold",
    "listed": "list price",
    "lost": "monthly revenue lost",
    "monthly": "monthly revenue",
    "net": "net revenue",
    "new": "new monthly revenue",
    "opening": "monthly revenue at the start",
    "reactivation": "monthly revenue that came back",
    "refunded": "given back",
    "sales": "sales",
    "worth": "value so far",
}
_COUNTS = {
    "active": "active",
    "active_days": "active days",
    "available": "features there are",
    "begun": "surveys begun",
    "categorised": "orders with known categories",
    "completed": "surveys completed",
    "crossed": "orders of two categories or more",
    "day": "active days",
    "dormant": "went dormant",
    "elapsed": "days of the period",
    "features": "features used",
    "items": "items",
    "lined": "orders with known lines",
    "new resurrected": "came or came back",
    "orders": "orders",
    "sessions": "sessions",
    "tickets": "cases",
    "uses": "uses of features",
}
_TIMES = {
    "handled": "time worked",
    "lasted": "time from first to last",
    "session_seconds sessions": "mean session",
    "waited": "time waited for us",
}
#: By the columns that a part reads, in order of their names.
_NAMES: Mapping[str, Name] = MappingProxyType(
    {columns: Name(title, Shows.MONEY, UNITS) for columns, title in _MONEY.items()}
    | {columns: Name(title, Shows.COUNT) for columns, title in _COUNTS.items()}
    | {columns: Name(title, Shows.SECONDS) for columns, title in _TIMES.items()}
    | {"active_days silent": Name("score", Shows.SCORE), "squared": Name("squared error", Shows.NUMBER)}
)
#: Parts that are something else than the columns that they read.
_EXCEPTIONS: Mapping[tuple[str, str], Name] = MappingProxyType(
    {
        ("arr", "x"): Name("yearly revenue", Shows.MONEY, UNITS),
        ("net_new_mrr", "x"): Name("monthly revenue more at the end than at the start", Shows.MONEY, UNITS),
        ("net_sentiment", "a"): Name("positive less negative", Shows.NUMBER, UNITS),
        ("net_sentiment", "b"): Name("comments", Shows.COUNT, UNITS),
        ("cost_to_serve", "b"): Name("active", Shows.COUNT),
        ("whale_curve_peak", "a"): Name("took back", Shows.MONEY, UNITS),
        ("revenue_per_customer", "b"): Name("ordered", Shows.COUNT),
    }
)
#: By the name of what is foretold.
FORETOLD: Mapping[str, str] = MappingProxyType(
    {
        "alive": "chance of being a customer still",
        "churn": "probability of leaving",
        "clv": "predicted CLV",
        "health": "health",
        "stake": "at stake",
    }
)
