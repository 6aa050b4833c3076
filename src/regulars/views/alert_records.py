"""Rules, replays and alerts that fired, as plain values: the same for the command line, programs and files."""

from collections.abc import Mapping
from typing import Any

from regulars.app.alert_life import precision
from regulars.app.alert_replay import AFTER, Replay
from regulars.app.alert_rules import Rules
from regulars.app.alerting import Watched
from regulars.core.estimate import Estimate, Interval
from regulars.core.periods import Period, day_number, day_of
from regulars.core.wording import counted
from regulars.decisions.alert_rule import AlertRule
from regulars.kpis.kpi import Shows
from regulars.kpis.query import Records
from regulars.state.alerts import Alert, Real
from regulars.views import words
from regulars.views.alert_words import sentence, title

#: Raised when the way in which it is told changes how often rules were right.
_VERSION = "alert outcomes 1"


def of_rules(
    every: Rules, outcomes: Mapping[str, Mapping[Real, int]], fired: Mapping[str, int], records: Records
) -> list[dict[str, Any]]:
    """Return rules with how often they fired and were right, and what is wrong with others."""
    rows = [_of_rule(rule, outcomes.get(rule.name), fired.get(rule.name, 0), records) for rule in every.every.values()]
    lacking = [
        {**dict.fromkeys(rows[0] if rows else ("name",)), "name": name, "wrong": why, "state": "wrong"}
        for name, why in every.faults.items()
    ]
    return [*rows, *lacking]


def _of_rule(rule: AlertRule, told: Mapping[Real, int] | None, fired: int, records: Records) -> dict[str, Any]:
    return {
        "name": rule.name,
        "state": "off" if rule.off else "on",
        "kpi": rule.kpi,
        "grain": str(rule.grain),
        "when": rule.when,
        "where": rule.where,
        "worth": rule.worth,
        "unit_worth": rule.unit_worth,
        "cooldown_days": rule.cooldown_days,
        "owner": rule.owner,
        "to": list(rule.to),
        "said": rule.said,
        "fired": fired,
        "precision": of_estimate(were_real(told, records)),
        "wrong": "",
    }


def were_real(told: Mapping[Real, int] | None, records: Records) -> Estimate:
    """Return the share of a rule's alerts that were real, with what travels with it: it is of no day of the records."""
    as_of = records.as_of
    return Estimate(
        interval=precision(told, level=records.definitions.level),
        period=Period(day_of(day_number(as_of) - 1), as_of),
        as_of=records.known_at,
        version=_VERSION,
    )


def of_replay(found: Replay, currency: str) -> dict[str, Any]:
    """Return a replay."""
    rule = found.watched.rule
    return {
        "rule": rule.name,
        "kpi": rule.kpi,
        "grain": str(rule.grain),
        "when": rule.when,
        "where": rule.where,
        "period": str(found.period),
        "sentence": replayed(found),
        "why_not": found.why_not,
        "periods": found.periods,
        "could_be_told": found.could,
        "per_100_periods": of_estimate(found.rate),
        "share_that_lasted": of_estimate(found.lasting),
        "false_alarms_expected": found.false_alarms,
        "alerts": [
            {
                "period": str(one.fired.off.period),
                "title": title(one.fired),
                "text": sentence(one.fired, currency),
                "lasted": one.lasted,
                "value": of_estimate(one.fired.came),
                "expected": of_estimate(one.fired.expected),
                "off": of_estimate(one.fired.off),
                "money": None if one.fired.money is None else of_estimate(one.fired.money),
            }
            for one in found.told
        ],
    }


def replayed(found: Replay) -> str:
    """Say in a sentence what a rule would have told, and what followed."""
    rule = found.watched.rule
    if found.why_not:
        return f"Cannot be replayed: {found.why_not}."
    known = [one.lasted for one in found.told if one.lasted is not None]
    told = f"Would have fired {counted(len(found.told), 'time')} in {counted(found.could, str(rule.grain))}"
    if found.could < found.periods:
        told += f" (of {found.periods:,}; it cannot be told of the others)"
    after = counted(AFTER[rule.grain], str(rule.grain))
    told += f"; {sum(known)} of {len(known)} lasted for the next {after}." if known else "."
    if found.watched.since is not None and not found.told:
        told += f" It fires since {found.watched.since}, and is told once: on the first check."
    if found.false_alarms is not None:
        told += f" Where nothing ever is the matter it would fire at most {found.false_alarms:.1f} times."
    return told


def of_alert(one: Alert) -> dict[str, Any]:
    """Return an alert that fired, with what became of it."""
    return {
        "key": one.key,
        "tells": one.tells.value,
        "rule": one.rule,
        "kpi": one.kpi,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "owner": one.owner,
        "title": one.title,
        "text": one.text,
        "fired_at": one.fired_at.isoformat(),
        "ended": None if one.ended is None else one.ended.isoformat(),
        "status": one.status.value,
        "until": None if one.until is None else one.until.isoformat(),
        "note": one.note,
        "outcome": one.outcome.value if one.outcome else None,
        "done": one.done,
        "changed_by": one.changed_by,
        **{name: one.said.get(name) for name in ("facts", "page", "came", "expected", "off", "money")},
    }


def in_units(one: Alert, currency: str) -> dict[str, Any]:
    """Return an alert that fired, its numbers with their units."""
    record, shows = of_alert(one), one.said.get("shows", "")
    units = {"money": currency, **dict.fromkeys(("came", "expected", "off"), currency if shows == "money" else shows)}
    for name, unit in units.items():
        if record[name] is not None:
            record[name] = {**record[name], "unit": unit}
    return record


def state_of(one: Watched) -> str:
    """Return what is the matter with a rule's KPI now."""
    if one.why_not:
        return one.why_not
    if one.since is not None:
        return f"fires since {one.since}"
    return "quiet" if bool(one.sure[-1]) else "cannot be told of the last period"


def of_estimate(found: Estimate) -> dict[str, Any]:
    """Return a number with what travels with it."""
    return {
        **_of_interval(found.interval),
        "period": str(found.period),
        "as_of": found.as_of.isoformat(),
        "version": found.version,
        "flags": list(found.flags),
    }


def _of_interval(found: Interval) -> dict[str, Any]:
    names = ("value", "low", "high", "level", "method", "n", "why_not")
    return {name: getattr(found, name) for name in names}


def share(found: Mapping[str, Any]) -> str:
    """Write a share, as plain values, with its limits; - where there is none."""
    if found["value"] is None:
        return "-"
    value, low, high = (words.value(found[name], Shows.SHARE, "") for name in ("value", "low", "high"))
    return f"{value} ({low} to {high}; n {found['n']})"


def right(found: Interval) -> str:
    """Write how often a rule was right."""
    return share(_of_interval(found))


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with one value in each column."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, Mapping):
            found |= {f"{name}_{part}": one for part, one in value.items() if not isinstance(one, (list, Mapping))}
        elif isinstance(value, (list, tuple)):
            found[name] = "; ".join(
                ": ".join(map(str, one)) if isinstance(one, (list, tuple)) else str(one) for one in value
            )
        else:
            found[name] = value
    return found
