"""Alerts that fired: each once, whatever is loaded or checked again, and what became of it."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select, update

from regulars.core.errors import UnknownName
from regulars.core.message import Tells
from regulars.state.database import Record
from regulars.state.instants import instant, stored
from regulars.state.store import State
from regulars.state.tables import alert_checks, alerts

#: Stands for the records themselves in the place of a rule.
RECORDS = "*"
#: Alerts that are named where one is not found.
_NAMED = 200


class Status(StrEnum):
    """What became of an alert."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    """Somebody has seen it."""
    SNOOZED = "snoozed"
    """Put off; its rule fires no other until then."""
    CLOSED = "closed"
    """It is said whether it was real."""


class Real(StrEnum):
    """Whether an alert was worth telling."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One alert.

    Attributes:
        key: the same for the same thing: rule and first day of the period.
        tells: of a KPI, or of data.
        rule: which fired it.
        kpi: what it watches; "" of data.
        first, last: first day of the period, and the day after its last.
        owner: team that it is for.
        title, text: what was told.
        said: numbers and facts of it, as plain values.
        way: -1 of what is lower than expected, 1 of what is higher, 0 of neither.
        fired_at: when.
        ended: day from which on it is no longer so; None as long as it is.
        status: what became of it.
        until: when it comes back, if it was put off.
        note: of whoever acknowledged it or put it off.
        outcome: whether it was real; None where nobody has said.
        done: what was done about it.
        changed_by, changed_at: who said something of it last, and when.
    """

    key: str
    tells: Tells
    rule: str
    kpi: str
    first: date
    last: date
    owner: str
    title: str
    text: str
    said: Mapping[str, Any]
    way: int = 0
    fired_at: datetime
    ended: date | None = None
    status: Status = Status.OPEN
    until: datetime | None = None
    note: str = ""
    outcome: Real | None = None
    done: str = ""
    changed_by: str = ""
    changed_at: datetime | None = field(default=None, compare=False)

    def waits(self, at: datetime) -> bool:
        """Whether somebody is to look at it: open, or put off until an instant that has come."""
        back = self.status is Status.SNOOZED and self.until is not None and self.until <= at
        return self.status is Status.OPEN or back


@dataclass(frozen=True, kw_only=True)
class Check:
    """How far a rule was checked.

    Attributes:
        until: day after the last period that was.
        moved_at: when that became so.
        moves: how often it has moved on.
        said: what it looked like then, as plain values.
    """

    until: date
    moved_at: datetime
    moves: int
    said: Mapping[str, Any] = field(default_factory=dict)


def fire(state: State, alert: Alert, *, cooldown_days: int = 0) -> bool:
    """Keep an alert; return whether it is new.

    It is not where it was told before, where its rule told another of its way within the cool-down before it or is put
    off.

    Args:
        state: keeps it.
        alert: what fires.
        cooldown_days: days after an alert within which its rule tells no other.
    """
    with state.writing() as transaction:
        if transaction.row(select(alerts.c.key).where(alerts.c.key == alert.key)):
            return False
        own = alerts.c.rule == alert.rule
        since = (alert.first - timedelta(days=cooldown_days)).isoformat()
        near = (alerts.c.first > since) & (alerts.c.first <= alert.first.isoformat()) & (alerts.c.way == alert.way)
        off = (alerts.c.status == Status.SNOOZED.value) & (alerts.c.until > stored(alert.fired_at))
        if transaction.row(select(alerts.c.key).where(own & (near | off)).limit(1)):
            return False
        transaction.change(insert(alerts).values(_row(alert)))
    return True


def every(state: State, *, rules: Collection[str] | None = None, most: int = 1_000) -> list[Alert]:
    """Return alerts, the newest first; of some rules, or of all where None."""
    wanted = select(alerts).order_by(alerts.c.fired_at.desc(), alerts.c.key).limit(most)
    if rules is not None:
        wanted = wanted.where(alerts.c.rule.in_(sorted(rules)))
    with state.reading() as transaction:
        return [_alert(row) for row in transaction.rows(wanted)]


def named(state: State, key: str) -> Alert:
    """Return an alert.

    Raises:
        UnknownName: there is none of that key.
    """
    with state.reading() as transaction:
        row = transaction.row(select(alerts).where(alerts.c.key == key))
    if row is None:
        raise UnknownName("alert", key, [one.key for one in every(state, most=_NAMED)])
    return _alert(row)


def change(
    state: State,
    key: str,
    *,
    status: Status,
    by: str,
    at: datetime,
    until: datetime | None = None,
    note: str | None = None,
    outcome: Real | None = None,
    done: str | None = None,
) -> Alert:
    """Say what became of an alert; what is None stays as it is, but for until when it is put off.

    Raises:
        UnknownName: there is none of that key.
    """
    values: dict[str, Any] = {
        "status": status.value,
        "until": None if until is None else stored(until),
        "changed_by": by[:80],
        "changed_at": stored(at),
    }
    values |= {} if note is None else {"note": note}
    values |= {} if outcome is None else {"outcome": outcome.value}
    values |= {} if done is None else {"done": done}
    with state.writing() as transaction:
        named(state, key)
        transaction.change(update(alerts).where(alerts.c.key == key).values(values))
        return named(state, key)


def end(state: State, key: str, on: date | None) -> None:
    """Say from which day on an alert is no longer so; None where it is again."""
    with state.writing() as transaction:
        transaction.change(
            update(alerts).where(alerts.c.key == key).values(ended=None if on is None else on.isoformat())
        )


def outcomes(state: State) -> Mapping[str, Mapping[Real, int]]:
    """Return how often each rule was said to be right, wrong, or neither could be told."""
    found: dict[str, dict[Real, int]] = {}
    with state.reading() as transaction:
        rows = transaction.rows(select(alerts.c.rule, alerts.c.outcome).where(alerts.c.outcome != ""))
    for row in rows:
        own = found.setdefault(row["rule"], dict.fromkeys(Real, 0))
        own[Real(row["outcome"])] += 1
    return found


def checks(state: State) -> Mapping[str, Check]:
    """Return how far each rule was checked."""
    with state.reading() as transaction:
        rows: Sequence[Record] = transaction.rows(select(alert_checks))
    return {
        row["rule"]: Check(
            until=date.fromisoformat(row["until"]),
            moved_at=instant(row["moved_at"]),
            moves=row["moves"],
            said=json.loads(row["said"]),
        )
        for row in rows
    }


def checked(state: State, rule: str, until: date, said: Mapping[str, Any], *, at: datetime) -> None:
    """Keep how far a rule was checked, and what it looked like; a later day than before moves it on."""
    here = alert_checks.c.rule == rule
    with state.writing() as transaction:
        row = transaction.row(select(alert_checks).where(here))
        values: dict[str, Any] = {"until": until.isoformat(), "moved_at": stored(at)}
        looks = {"said": json.dumps(said, sort_keys=True)}
        if row is None:
            transaction.change(insert(alert_checks).values(rule=rule, moves=0, **values, **looks))
        elif row["until"] < values["until"]:
            transaction.change(update(alert_checks).where(here).values(moves=row["moves"] + 1, **values, **looks))
        else:
            transaction.change(update(alert_checks).where(here).values(**looks))


def _row(one: Alert) -> dict[str, Any]:
    kept = {
        name: getattr(one, name) for name in ("key", "rule", "kpi", "owner", "title", "text", "way", "note", "done")
    }
    return kept | {
        "tells": one.tells.value,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "said": json.dumps(one.said, sort_keys=True),
        "fired_at": stored(one.fired_at),
        "ended": None if one.ended is None else one.ended.isoformat(),
        "status": one.status.value,
        "until": None if one.until is None else stored(one.until),
        "outcome": one.outcome.value if one.outcome else "",
        "changed_by": one.changed_by,
        "changed_at": stored(one.changed_at or one.fired_at),
    }


def _alert(row: Record) -> Alert:
    names = ("key", "rule", "kpi", "owner", "title", "text", "way", "note", "done", "changed_by")
    return Alert(
        **{name: row[name] for name in names},
        tells=Tells(row["tells"]),
        first=date.fromisoformat(row["first"]),
        last=date.fromisoformat(row["last"]),
        said=json.loads(row["said"]),
        fired_at=instant(row["fired_at"]),
        ended=None if row["ended"] is None else date.fromisoformat(row["ended"]),
        status=Status(row["status"]),
        until=None if row["until"] is None else instant(row["until"]),
        outcome=Real(row["outcome"]) if row["outcome"] else None,
        changed_at=instant(row["changed_at"]),
    )
