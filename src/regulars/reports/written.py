"""What a number's record says, for people: value, interval, n, change, flags, reason, score.

A record is what `Page.record()` holds for a number: value, low, high, level, method, n, why_not, period, as_of,
version, flags, unit. Here it is only put into words; rounding is done in `views/words.py`.
"""

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from regulars.core.estimate import SET, Interval
from regulars.core.periods import Period
from regulars.kpis.answer import Scored
from regulars.kpis.kpi import Shows
from regulars.views import words

#: A number with what travels with it, as plain values.
Number = Mapping[str, Any]


def shows(unit: str | None) -> tuple[Shows, str]:
    """Return what a number of this unit is, and its currency, "" of what is no money.

    >>> shows("share"), shows("EUR"), shows(None)
    ((<Shows.SHARE: 'share'>, ''), (<Shows.MONEY: 'money'>, 'EUR'), (<Shows.NUMBER: 'number'>, ''))
    """
    if unit is None:
        return Shows.NUMBER, ""
    return (Shows(unit), "") if unit in tuple(Shows) else (Shows.MONEY, unit)


def interval_of(number: Number) -> Interval:
    """Return the interval that a record was made of: a limit without a number is unbounded."""
    unknown = bool(number["why_not"]) or number["value"] is None
    low, high = number["low"], number["high"]
    return Interval(
        value=None if unknown else number["value"],
        low=None if unknown else -math.inf if low is None else low,
        high=None if unknown else math.inf if high is None else high,
        level=number["level"],
        method=number["method"],
        n=number["n"],
        why_not=(number["why_not"] or "it is not known") if unknown else "",
    )


def limit(number: float | None, unit: str | None, *, change: bool = False) -> str:
    """Write one number in its unit; `change` where it is a difference."""
    kind, currency = shows(unit)
    if change and (number is None or math.isfinite(number)):
        return words.difference(number, kind, currency)
    return words.value(number, kind, currency)


def value(number: Number, *, change: bool = False) -> str:
    """Write the value; `change` where it is a difference.

    >>> value({"value": 0.25, "unit": "share", "why_not": ""}), value({"value": None, "why_not": "x"})
    ('25.0 %', 'no value')
    """
    return "no value" if number["value"] is None else limit(number["value"], number.get("unit"), change=change)


def interval(number: Number, *, change: bool = False) -> str:
    """Write the limits of the interval; "" where there is no value, and "as set" of what somebody set."""
    found = interval_of(number)
    if found.why_not:
        return ""
    if found.method == SET:
        return SET
    unit = number.get("unit")
    return f"{limit(found.low, unit, change=change)} to {limit(found.high, unit, change=change)}"


def n(number: Number) -> str:
    """Write on how many independent units it rests."""
    return f"n {number['n']:,}"


def reason(number: Number) -> str:
    """Say why there is no value; "" where there is one."""
    return f"no value, because {interval_of(number).why_not}" if number["value"] is None else ""


def said(number: Number, *, change: bool = False) -> str:
    """Write the whole number in one line, or why there is none."""
    if number["value"] is None:
        return f"{reason(number)} ({n(number)})"
    if number["method"] == SET:
        return f"{value(number, change=change)} ({SET})"
    return f"{value(number, change=change)} ({interval(number, change=change)}; {n(number)})"


def level(number: Number) -> str:
    """Write how much of the time the interval would hold the truth."""
    return f"{number['level'] * 100:g} %"


def flags(number: Number) -> tuple[str, ...]:
    """Say what the quality flags mean."""
    return tuple(words.flag(name) for name in number.get("flags", ()))


def verdict(answer: Number) -> str:
    """Say how an answer moved against the period before; "" where nothing was compared."""
    return str(answer["change"]["verdict"]) if answer.get("change") and answer["value"] is not None else ""


def tone(answer: Number) -> str:
    """Return how an answer moved: better, worse or moved; "" where chance may explain it, or nothing was compared."""
    change = answer.get("change")
    if not change or change["value"] is None or change["low"] is None or change["high"] is None:
        return ""
    if change["low"] <= 0 <= change["high"]:
        return ""
    return next((way for way in ("better", "worse") if verdict(answer).endswith(f", {way}")), "moved")


def against(answer: Number) -> str:
    """Say how a group differs from the others of its table; "" where that was not asked."""
    found = answer.get("against_others")
    if not found:
        return ""
    if not found["differs"]:
        return "like the others"
    return f"{limit(found['value'], answer.get('unit'), change=True)} (q {found['q']:.2g})"


def scores(answer: Number) -> tuple[str, ...]:
    """Say how well the predictions went that an answer is made of, one line each."""
    return tuple(
        words.score(Scored(**{**one, "score": {name: interval_of(found) for name, found in one["score"].items()}}))
        for one in answer.get("scores", ())
    )


def period(text: str) -> str:
    """Write a period as people say it.

    >>> period("2024-12-01..2025-01-01"), period("2024-12-01..2024-12-09")
    ('2024-12', '2024-12-01 to 2024-12-08')
    """
    start, _, end = text.partition("..")
    return words.span(Period(date.fromisoformat(start), date.fromisoformat(end))) if end else text


def instant(text: str) -> str:
    """Write an instant in universal time.

    >>> instant("2025-01-01T00:00:00+00:00")
    '2025-01-01 00:00 UTC'
    """
    found = datetime.fromisoformat(text)
    return f"{(found.astimezone(UTC) if found.tzinfo else found):%Y-%m-%d %H:%M} UTC"
