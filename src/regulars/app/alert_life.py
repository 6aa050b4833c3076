"""What becomes of alerts that fired: seen, put off, closed with whether they were real; and how often rules were right.

Each change stands in the audit log; words that somebody wrote stand with the alert alone. Which alerts wait stands in a
file beside the store, too: kept pages that show them are made again when it changes.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from regulars.app.workspace import Workspace
from regulars.core import replaced
from regulars.core.errors import QueryError, nearest, reaching
from regulars.core.estimate import Interval, unknown
from regulars.core.periods import now, start_of_day
from regulars.state import alerts, audit
from regulars.state.alerts import Alert, Real, Status
from regulars.state.audit import By
from regulars.state.instants import stored
from regulars.state.store import State
from regulars.stats.intervals import wilson
from regulars.text.characters import printable

#: Characters of a note; days that an alert is put off for, at most.
LONGEST, MOST_DAYS = 500, 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said of an alert.

    Attributes:
        status: what becomes of it.
        until: day on which it comes back, if it is put off.
        note: of whoever says it; None where nothing is.
        real: whether it was; of what is closed.
        done: what was done about it.
        seen: when it was changed last, as stored, as whoever says it saw it; None where that does not matter.
    """

    status: Status
    until: date | None = None
    note: str | None = None
    real: Real | None = None
    done: str | None = None
    seen: int | None = None


def faults(said: Said, *, zone: str, at: datetime) -> dict[str, str]:
    """Return what cannot be said, by name of its field; nothing where all of it can."""
    found: dict[str, str] = {}
    today = at.astimezone(ZoneInfo(zone)).date()
    if said.status is Status.SNOOZED:
        if said.until is None:
            found["until"] = "Until when is it put off? Name a day."
        elif not today < said.until <= today + timedelta(days=MOST_DAYS):
            found["until"] = f"It is put off to a day after {today}, within a year."
    if said.status is Status.CLOSED and said.real is None:
        found["real"] = "Was it real? Say yes, no or unknown."
    for name, text in (("note", said.note), ("done", said.done)):
        if text is not None and (len(text) > LONGEST or not printable(text)):
            found[name] = f"Write at most {LONGEST} characters, on one line."
    return found


def say(state: State, by: By, key: str, said: Said, *, zone: str, at: datetime | None = None) -> Alert:
    """Write down what became of an alert.

    Raises:
        UnknownName: there is none of that key.
        QueryError: it cannot be said, or somebody else said something of it meanwhile.
    """
    at = at or now()
    if wrong := faults(said, zone=zone, at=at):
        raise QueryError(" ".join(wrong.values()))
    with state.writing():
        found = alerts.named(state, key)
        if said.seen is not None and said.seen != stamp(found):
            raise QueryError(f"Somebody said something of it meanwhile: it is {found.status} now. Look again.")
        if found.status is Status.CLOSED and said.status is not Status.CLOSED:
            was = f": it was said to be real: {found.outcome}" if found.outcome else ""
            raise QueryError(f"`{key}` is closed{was}. Say its outcome again to change that.")
        # Two changes within one microsecond would look like none.
        later = max(at, (found.changed_at or at) + timedelta(microseconds=1))
        changed = alerts.change(
            state,
            key,
            status=said.status,
            by=by.actor,
            at=later,
            until=start_of_day(said.until, zone) if said.until and said.status is Status.SNOOZED else None,
            note=said.note,
            outcome=said.real,
            done=said.done,
        )
        audit.record(state, by, f"alert.{said.status}", key, purpose=said.real or "", at=later)
    return changed


def say_all(
    workspace: Workspace, state: State, by: By, seen: Mapping[str, int], said: Said, *, at: datetime | None = None
) -> list[Alert]:
    """Write down what became of alerts: of all of them, or of none where somebody changed one meanwhile.

    Args:
        workspace: the company's folder.
        state: holds them.
        by: who says it.
        seen: by key, when each was changed last, as stored, as whoever says it saw it.
        said: of them.
        at: now.

    Returns:
        Those that were changed meanwhile, as they are now; then nothing was written.

    Raises:
        UnknownName: there is none of a key.
        QueryError: it cannot be said.
    """
    zone, at = workspace.settings.company.time_zone, at or now()
    with state.writing():
        found = {key: alerts.named(state, key) for key in seen}
        stale = [one for key, one in found.items() if stamp(one) != seen[key]]
        for key in () if stale else seen:
            say(state, by, key, said, zone=zone, at=at)
    mark(workspace, state, at=at)
    return stale


def mark(workspace: Workspace, state: State, *, at: datetime) -> None:
    """Say beside the store which alerts wait, where that has changed: pages that show them are made again.

    Call it after what was changed counts, never within: whoever sees the file must find that.
    """
    waiting = sorted(one.key for one in alerts.every(state) if one.waits(at))
    with suppress(OSError, ValueError, TypeError, KeyError):
        if json.loads(workspace.watched.read_bytes())["waiting"] == waiting:
            return
    # With the instant, no state of it ever comes back: a page made between two states is never taken for an older one.
    content = {"at": at.isoformat(), "waiting": waiting}
    with reaching(workspace.watched):
        replaced.write(workspace.watched, json.dumps(content).encode())


def real(text: str) -> Real:
    """Return whether an alert was real, as somebody says it.

    Raises:
        QueryError: it is none of yes, no and unknown.
    """
    try:
        return Real(text)
    except ValueError:
        raise QueryError(f"`{text}` does not say whether it was real.{nearest(text, list(Real))}") from None


def stamp(alert: Alert) -> int:
    """Return when an alert was changed last, as stored."""
    return 0 if alert.changed_at is None else stored(alert.changed_at)


def precision(told: Mapping[Real, int] | None, *, level: float) -> Interval:
    """Return the share of a rule's alerts that were real, among those of which somebody could tell."""
    right, wrong = (told or {}).get(Real.YES, 0), (told or {}).get(Real.NO, 0)
    if not right + wrong:
        return unknown("nobody has said yet of any alert whether it was real", level=level)
    return wilson(right, right + wrong, level=level)
