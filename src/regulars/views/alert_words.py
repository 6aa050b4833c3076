"""An alert in words, as channels and pages tell it: what came, what was expected, what it is worth, and whose it is."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from regulars.app.alerting import Fired
from regulars.core.alert_when import Turn
from regulars.core.estimate import Estimate
from regulars.core.message import Message, Tells
from regulars.core.periods import Grain
from regulars.core.wording import counted
from regulars.decisions.alert_rule import AlertRule
from regulars.kpis.kpi import Shows
from regulars.views import words

#: What is told where nobody can say what an alert is worth.
UNTOLD = "cannot be told: the KPI is no sum of money, and the rule has no `unit_worth`"


def message(fired: Fired, currency: str, *, cause: str = "") -> Message:
    """Return what a team is told of a rule that fires.

    Args:
        fired: what.
        currency: of the company.
        cause: why the KPI moved, in a sentence; "" where that was not asked.
    """
    return Message(
        tells=Tells.ALERT,
        key=f"alert:{fired.key}",
        title=title(fired),
        text=" ".join(filter(None, (sentence(fired, currency), _doubt(fired), cause))),
        facts=tuple(_facts(fired, currency, cause)),
        page=page(fired),
        owner=fired.rule.owner,
        bad=fired.bad,
    )


def title(fired: Fired) -> str:
    """Return an alert in a line."""
    name, when = words.title(fired.kpi.name), fired.rule.waits_for
    way = "lower" if (fired.off.interval.value or 0.0) < 0 else "higher"
    span = words.span(fired.off.period)
    where = f" ({fired.rule.where})" if fired.rule.where else ""
    if when.turn is Turn.UNUSUAL:
        return f"{name}{where} {way} than expected, {span}"
    if when.turn in (Turn.FALLS, Turn.RISES):
        return f"{name}{where} {way} than {_before(fired.rule)}, {span}"
    limit = words.value(when.amount, fired.kpi.shows, "").strip()
    return f"{name}{where} {when.turn} {limit}, {span}"


def sentence(fired: Fired, currency: str) -> str:
    """Return what came and what was to be expected, each with its limits."""
    rule, shows = fired.rule, fired.kpi.shows
    at = "on" if rule.grain is Grain.DAY else "in"
    came = f"{words.title(fired.kpi.name)} was {_limits(fired.came, shows, currency)} {at} {words.span(fired.period)}"
    expected = _limits(fired.expected, shows, currency, n=False)
    off = _limits(fired.off, shows, currency, change=True, n=False)
    turn = rule.waits_for.turn
    if turn is Turn.UNUSUAL and fired.run > 1:
        return (
            f"{came}. Over the {counted(fired.run, str(rule.grain))} to its end, {expected} a {rule.grain} was to be "
            f"expected; it was off by {off} a {rule.grain}."
        )
    if turn is Turn.UNUSUAL:
        return f"{came}; {expected} was to be expected. It is off by {off}."
    if turn in (Turn.FALLS, Turn.RISES):
        return f"{came}, and {expected} {_before(rule)}: {off}. The rule says `{rule.when}`."
    return f"{came}. The rule says `{rule.when}`."


def _doubt(fired: Fired) -> str:
    """Say where chance alone may have brought a value beyond its limit."""
    low, high = fired.off.interval.low or 0.0, fired.off.interval.high or 0.0
    return "Chance alone may explain it: limits reach across." if low <= 0 <= high else ""


def _limits(found: Estimate, shows: Shows, currency: str, *, change: bool = False, n: bool = True) -> str:
    one, write = found.interval, words.difference if change else words.value
    if one.low == one.high == one.value:
        return write(one.value, shows, currency)
    span = f"{write(one.low, shows, currency)} to {write(one.high, shows, currency)}"
    return f"{write(one.value, shows, currency)} ({span}{f'; n {one.n:,}' if n else ''})"


def _facts(fired: Fired, currency: str, cause: str) -> list[tuple[str, str]]:
    rule = fired.rule
    money = UNTOLD if fired.money is None else _limits(fired.money, Shows.MONEY, currency, change=True, n=False)
    facts = [("Rule", f"{rule.name}: {rule.kpi} by {rule.grain}, {rule.when}")]
    facts += [("Customers", rule.where)] if rule.where else []
    facts += [("Worth", money), ("Cause", cause or "not asked")]
    if fired.p is not None:
        odds = max(round(1 / fired.p), 100) if fired.p > 1e-6 else 1_000_000
        facts.append(("By chance", f"at most 1 in {odds:,} such {rule.grain}s is as odd"))
    level = f"{fired.came.interval.level * 100:g} %"
    facts.append(("Limits", f"{level}; {fired.expected.interval.method}, n {fired.expected.interval.n:,}"))
    facts.append(("Records before", f"{fired.came.as_of:%Y-%m-%d %H:%M} UTC"))
    facts.append(("Definition", fired.off.version))
    if fired.came.flags:
        facts.append(("Beware", "; ".join(words.flag(one) for one in fired.came.flags)))
    return facts


def page(fired: Fired) -> str:
    """Return the page of an alert's KPI, in the month in which it fires."""
    asked = {"period": f"{fired.period.start:%Y-%m}", **({"where": fired.rule.where} if fired.rule.where else {})}
    return f"kpis/{quote(fired.kpi.name)}?{urlencode(asked)}"


def plain(fired: Fired, told: Message) -> dict[str, Any]:
    """Return the numbers of an alert as they are kept with it."""
    return {
        "period": str(fired.off.period),
        "grain": str(fired.rule.grain),
        "when": fired.rule.when,
        "where": fired.rule.where,
        "shows": fired.kpi.shows.value,
        "run": fired.run,
        "bad": fired.bad,
        "p": fired.p,
        "page": told.page,
        "facts": [list(fact) for fact in told.facts],
        "to": list(fired.rule.to),
        "came": _plain(fired.came),
        "expected": _plain(fired.expected),
        "off": _plain(fired.off),
        "money": None if fired.money is None else _plain(fired.money),
    }


def _plain(found: Estimate) -> Mapping[str, Any]:
    one = found.interval
    return {
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "level": one.level,
        "method": one.method,
        "n": one.n,
        "why_not": one.why_not,
        "period": str(found.period),
        "as_of": found.as_of.isoformat(),
        "version": found.version,
        "flags": list(found.flags),
    }


def _before(rule: AlertRule) -> str:
    return "a week before" if rule.grain is Grain.DAY else f"in the {rule.grain} before"
