"""One look at everything that is watched: what fires is kept once and told to its channels, or nothing of it is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from regulars.app import alert_data
from regulars.app.alert_course import Courses, newest
from regulars.app.alert_data import Late
from regulars.app.alert_life import mark
from regulars.app.alert_replay import of
from regulars.app.alert_rules import Rules, rules
from regulars.app.alerting import Fired, Watched, watch
from regulars.app.explaining import explain
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import RegularsError
from regulars.core.message import Message, Tells
from regulars.core.periods import Grain, Period, now
from regulars.state import alerts, audit, outbox
from regulars.state.alerts import RECORDS, Alert, Status
from regulars.state.audit import By
from regulars.state.store import State
from regulars.views.alert_records import of_estimate, replayed, state_of
from regulars.views.alert_words import message, plain

#: Puts a message for a channel into the outbox; whether it is new there.
Put = Callable[[State, str, Message, datetime], bool]
#: Days of which a look keeps what rules would have told.
SHOWN = 90
#: Periods that are looked back on where a check was left out for longer.
_BACK = {Grain.DAY: 14, Grain.WEEK: 4, Grain.MONTH: 2}
#: Periods that the first look at a rule tells of: what is older is history (`regulars alerts replay`).
_FIRST = 3


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What one look gave.

    Attributes:
        rules: all rules, and what is wrong with some.
        watched: those that are on, judged.
        new: alerts that fired now.
        letters: messages that were put into the outbox.
        at: when.
    """

    rules: Rules
    watched: tuple[Watched, ...]
    new: tuple[Alert, ...]
    letters: int
    at: datetime


def look(
    workspace: Workspace,
    opened: Opened,
    state: State,
    by: By,
    *,
    at: datetime | None = None,
    put: Put | None = None,
    whys: bool = True,
) -> Looked:
    """Check all rules that are on; a look over the same records fires nothing twice.

    Args:
        workspace: the company's folder.
        opened: the open generation.
        state: keeps what fires.
        by: who looks.
        at: now.
        put: tells channels; the outbox where None.
        whys: whether the cause of each alert is asked for.
    """
    at, every = at or now(), rules(workspace, opened.records)
    watched, courses = watch(every.on, workspace, opened), Courses(workspace, opened)
    checks = alerts.checks(state)
    fired = [one for each in watched for one in _since(each, checks)]
    told = [_told(one, workspace, opened, at, whys=whys) for one in fired]
    late = list(alert_data.late(courses, every.on))
    zone = workspace.settings.company.time_zone
    silent = alert_data.stopped(_moved(checks, opened, at), every.on, zone=zone, at=at)
    new: list[Alert] = []
    letters = 0
    with state.writing():
        for alert, letter, to, days in (*told, *(_of_data(one, at) for one in (*late, *([silent] if silent else ())))):
            if not alerts.fire(state, alert, cooldown_days=days):
                continue
            new.append(alert)
            audit.record(state, by, "alert.fire", alert.key, at=at)
            for channel in to:
                letters += (put or _outbox)(state, channel, letter, at)
        _keep(state, watched, late, opened, at)
    mark(workspace, state, at=at)
    return Looked(rules=every, watched=watched, new=tuple(new), letters=letters, at=at)


_Told = tuple[Alert, Message, Sequence[str], int]


def _since(one: Watched, checks: Mapping[str, alerts.Check]) -> Iterator[Fired]:
    """Yield what a rule tells of periods that were not checked yet; of the last few alone where none ever was.

    A threshold that has been passed for long when it is looked at first is told of the last period.
    """
    if one.course is None or not one.course.rows:
        return
    seen = checks.get(one.rule.name)
    last = len(one.course.rows) - 1
    for place in np.flatnonzero(one.told):
        new = last - place < _FIRST if seen is None else one.course.periods[place].end > seen.until
        if new and last - place < _BACK[one.rule.grain]:
            yield one.fired(int(place))
    if seen is None and one.judged is None and one.fires[last] and not one.told[-_FIRST:].any():
        yield one.fired(last)


def _told(fired: Fired, workspace: Workspace, opened: Opened, at: datetime, *, whys: bool) -> _Told:
    cause = why(fired, workspace, opened) if whys else ""
    letter = message(fired, workspace.settings.company.currency, cause=cause)
    alert = Alert(
        key=fired.key,
        tells=Tells.ALERT,
        rule=fired.rule.name,
        kpi=fired.kpi.name,
        first=fired.period.start,
        last=fired.period.end,
        owner=fired.rule.owner,
        title=letter.title,
        text=letter.text,
        said=plain(fired, letter),
        way=int(np.sign(fired.off.interval.value or 0.0)),
        fired_at=at,
    )
    return alert, letter, fired.rule.to, fired.rule.cooldown_days


def _of_data(one: Late, at: datetime) -> _Told:
    letter = one.message
    alert = Alert(
        key=one.key,
        tells=Tells.DATA,
        rule=one.rule,
        kpi="",
        first=one.first,
        last=one.until,
        owner=one.owner,
        title=letter.title,
        text=letter.text,
        said={"facts": [list(fact) for fact in letter.facts], "page": letter.page, "bad": True, "to": list(one.to)},
        fired_at=at,
    )
    return alert, letter, one.to, 0


def why(fired: Fired, workspace: Workspace, opened: Opened) -> str:
    """Return why a KPI moved, in a sentence, or why that cannot be told.

    Days are set against those a week before, longer periods against those before them.
    """
    period = fired.off.period
    back = timedelta(days=7) if fired.rule.grain is Grain.DAY else timedelta(days=period.days)
    against = Period(period.start - back, period.end - back)
    if fired.rule.grain is Grain.MONTH:
        against = Period(Grain.MONTH.previous(period.start), period.start)
    try:
        found = explain(
            fired.kpi.name, workspace, opened, period=period, against=against, where=fired.rule.where, by=()
        )
    except RegularsError as cause:
        return f"Why cannot be told: {cause}"
    return found.sentence


def _moved(checks: Mapping[str, alerts.Check], opened: Opened, at: datetime) -> dict[str, alerts.Check]:
    """Return how far records had come, with what they have come to by now."""
    seen = checks.get(RECORDS)
    until = opened.records.as_of
    if seen is None or seen.until >= until:
        return {} if seen is None else {RECORDS: seen}
    return {RECORDS: alerts.Check(until=until, moved_at=at, moves=seen.moves + 1)}


def _keep(state: State, watched: Sequence[Watched], late: Sequence[Late], opened: Opened, at: datetime) -> None:
    """Keep how far everything was checked, and which alerts are no longer so."""
    as_of = opened.records.as_of
    alerts.checked(state, RECORDS, as_of, {}, at=at)
    by_name = {one.rule.name: one for one in watched}
    for one in watched:
        end = (newest(one.course) if one.course else None) or as_of
        alerts.checked(state, one.rule.name, end, looked(one, opened), at=at)
    there = {one.key for one in late}
    for alert in alerts.every(state):
        if alert.status is Status.CLOSED:
            continue
        if alert.tells is Tells.DATA:
            on = None if alert.key in there else opened.records.as_of
            if alert.ended is None and on is not None and alert.rule != "data.records":
                alerts.end(state, alert.key, on)
        elif alert.rule in by_name and (on := _ended(alert, by_name[alert.rule])) != alert.ended:
            alerts.end(state, alert.key, on)


def looked(one: Watched, opened: Opened) -> dict[str, Any]:
    """Return what a rule looks like: what it would have told in the last days, and what it tells now."""
    found = of(one, opened, days=SHOWN)
    periods = one.course.periods if one.course else ()
    began = found.period.start
    return {
        "now": state_of(one),
        "sentence": replayed(found),
        "period": [str(found.period.start), str(found.period.end)],
        "could": found.could,
        "periods": found.periods,
        "rate": of_estimate(found.rate),
        "told": [str(each.fired.period.start) for each in found.told],
        "held": [str(periods[place].start) for place in np.flatnonzero(one.fires) if periods[place].start >= began],
    }


def _ended(alert: Alert, one: Watched) -> date | None:
    """Return the first day from which on a rule's condition has not held since an alert; None where it still does."""
    if one.course is None:
        return alert.ended
    places = [place for place, period in enumerate(one.course.periods) if period.start >= alert.first]
    held = [place for place in places if one.fires[place] or not one.sure[place]]
    after = max(held, default=(places[0] if places else len(one.fires)) - 1) + 1
    return one.course.periods[after].start if after < len(one.course.periods) else None


def _outbox(state: State, channel: str, letter: Message, at: datetime) -> bool:
    return outbox.put(state, channel, letter, at=at)
