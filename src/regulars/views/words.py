"""How answers are said: numbers as of `kpis/writing.py`, flags, verdicts and scores."""

from collections.abc import Mapping
from typing import Any

from regulars.kpis.answer import Change, Scored
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.writing import difference, interval, span, title, value

__all__ = [
    "FLAGS", "difference", "flag", "group", "interval", "is_to_come", "score", "span", "title", "value", "verdict",
]  # fmt: skip

#: What quality flags mean, for people.
FLAGS = {
    "unfinished": "the period is not over",
    "before_records": "the period begins before the records do",
    "fell_back": "the model that did best on past days cannot be fitted now",
    "maturing": "not all customers of the period are old enough to tell yet",
    "segment_of_today": "customers are in a saved segment by what is known today, not by what was then",
    "contaminated": "customers who were to be left alone were reached all the same",
    "small_n": "too few customers to trust the value",
    "split_finer_than_customer": "a customer can be in several groups: groups do not add up",
}


def verdict(kpi: KPI, change: Change, currency: str) -> str:
    """Say what a change means, or that none can be told from chance."""
    found = change.difference
    if found.why_not:
        return f"cannot be compared: {found.why_not}"
    if found.low is None or found.high is None or found.value is None:
        return "cannot be compared"
    if found.low <= 0 <= found.high:
        seen = difference(change.detectable, kpi.shows, currency).lstrip("+")
        return f"no detectable change; we could have seen {seen}"
    direction = "up" if found.value > 0 else "down"
    span = f"{difference(found.low, kpi.shows, currency)} to {difference(found.high, kpi.shows, currency)}"
    good = (
        ""
        if kpi.better is Better.NEITHER
        else (", better" if (found.value > 0) == (kpi.better is Better.HIGHER) else ", worse")
    )
    return f"{direction} {difference(abs(found.value), kpi.shows, currency).lstrip('+')} ({span}){good}"


def group(value: object) -> str:
    """Write the value of a split; customers without the attribute, and orders without a customer, have none.

    >>> group("NL"), group(None)
    ('NL', '(none)')
    """
    return "(none)" if value is None else str(value)


#: Measures that stand for a score in one line, as far as it has them.
_HEADLINES = {"auc": "AUC", "gini": "normalised Gini", "bias": "foretold / came"}


def score(found: Scored) -> str:
    """Write how well predictions went on the past, in one line."""
    told = {name: found.score[name] for name in _HEADLINES if name in found.score}
    said = [
        f"{_HEADLINES[name]} {value(one.value, Shows.NUMBER, '')} ({interval(one, Shows.NUMBER, '')})"
        for name, one in told.items()
        if not one.why_not
    ]
    return "; ".join([f"{found.outcome} by {found.model}: {found.verdict}", *said, found.tried])


def flag(name: str) -> str:
    """Say what a quality flag means; flags of findings explain themselves."""
    return FLAGS.get(name, name.replace("_", " "))


def is_to_come(found: Mapping[str, Any] | None) -> bool:
    """Whether the period of a number, as plain values, begins after the records end: it is foretold.

    >>> is_to_come({"period": "2025-02-01..2025-03-01", "as_of": "2025-01-31T23:00:00+00:00"})
    True
    >>> is_to_come({"period": "2025-01-01..2025-02-01", "as_of": "2025-01-15T00:00:00+00:00"})
    False
    """
    return found is not None and str(found["period"])[:10] >= str(found["as_of"])[:10]
