"""The work queue: whom somebody is to get in touch with next, who does it, and what came of it.

What is said of a task lives in the state: new records and new generations leave it as it is.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from regulars.app.audiences import Measured
from regulars.core.errors import QueryError, nearest
from regulars.core.periods import now, start_of_day
from regulars.state import audiences, audit, people, work
from regulars.state.audiences import Audience, Member, Status
from regulars.state.audit import By
from regulars.state.instants import stored
from regulars.state.store import State
from regulars.state.work import NOBODY, Show, Task
from regulars.text.characters import printable

__all__ = ["LONGEST", "MOST", "NOBODY", "Said", "Seen", "Show", "Task"]

#: Tasks that are changed at once; characters of an outcome and of an assignee; days that a task is put off for.
MOST, LONGEST, _NAME, _DAYS = 200, 500, 64, 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said of tasks; what is None stays as it is.

    Attributes:
        status: what becomes of them.
        until: day on which they come back, of those put off.
        assignee: who does them; "" of nobody.
        outcome: what came of them, in words.
    """

    status: Status | None = None
    until: date | None = None
    assignee: str | None = None
    outcome: str | None = None

    @property
    def told(self) -> str:
        """What is done to them, for the log; never in words of whoever wrote an outcome."""
        parts = [self.status.value if self.status else ""]
        parts.append("" if self.assignee is None else f"assigned {self.assignee}" if self.assignee else "unassigned")
        parts.append("" if self.outcome is None else "outcome")
        return ", ".join(filter(None, parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A task as somebody saw it.

    Attributes:
        audience, place: which.
        changed: when it was changed last, as stored; somebody else may have changed it since.
    """

    audience: str
    place: int
    changed: int


def faults(said: Said, *, zone: str, at: datetime) -> dict[str, str]:
    """Return what cannot be said, by name of its field; nothing where all of it can.

    Args:
        said: of tasks.
        zone: of the company: its days begin there.
        at: now.
    """
    found: dict[str, str] = {}
    if not said.told:
        found["act"] = "Nothing is said of it. Say what becomes of it, who does it, or what came of it."
    if said.status is Status.SNOOZED:
        found |= _days(said.until, at.astimezone(ZoneInfo(zone)).date())
    if said.outcome is not None and (len(said.outcome) > LONGEST or not printable(said.outcome)):
        found["outcome"] = f"Write what came of it in at most {LONGEST} characters, on one line."
    if said.assignee is not None and (len(said.assignee) > _NAME or not printable(said.assignee)):
        found["assignee"] = f"A name has at most {_NAME} characters, all of which can be seen."
    return found


def _days(until: date | None, today: date) -> dict[str, str]:
    if until is None:
        return {"until": "Until when is it put off? Name a day."}
    if not today < until <= today + timedelta(days=_DAYS):
        return {"until": f"It is put off to a day after {today}, within a year."}
    return {}


def say(state: State, by: By, seen: Sequence[Seen], said: Said, *, zone: str, at: datetime | None = None) -> list[Task]:
    """Write down what became of tasks: of all of them, or of none where somebody changed one meanwhile.

    Args:
        state: holds them.
        by: who says it.
        seen: the tasks, as they were seen.
        said: of them.
        zone: of the company.
        at: now.

    Returns:
        Those that were changed meanwhile, as they are now; then nothing was written. Nobody may lose what they said.

    Raises:
        QueryError: it cannot be said, or one of them is no task.
    """
    at = at or now()
    if wrong := faults(said, zone=zone, at=at):
        raise QueryError(" ".join(wrong.values()))
    if not 1 <= len(seen) <= MOST:
        raise QueryError(f"Choose 1 to {MOST} tasks at once.")
    until = _until(said, zone)
    with state.writing():
        found = work.at_places(state, {(one.audience, one.place) for one in seen})
        if any((one.audience, one.place) not in found for one in seen):
            raise QueryError("One of these is no task. Open the page again.")
        stale = [task for one in seen if stamp(task := found[one.audience, one.place]) != one.changed]
        for task in () if stale else found.values():
            # Two changes within one microsecond would look like none.
            later = max(at, (task.member.changed_at or at) + timedelta(microseconds=1))
            _change(state, by, task.audience, task.member.customer_id, said, until, later)
    return stale


def say_of(state: State, by: By, name: str, customer_id: str, said: Said, *, zone: str) -> Member:
    """Write down what became of one member, whatever was said of them before.

    Raises:
        UnknownName: no such audience, or nobody of that id in it.
        QueryError: it cannot be said, or they are held out.
    """
    at = now()
    if wrong := faults(said, zone=zone, at=at):
        raise QueryError(" ".join(wrong.values()))
    with state.writing():
        audiences.named(state, name)
        return _change(state, by, name, customer_id, said, _until(said, zone), at)


def _until(said: Said, zone: str) -> datetime | None:
    return start_of_day(said.until, zone) if said.status is Status.SNOOZED and said.until else None


def _change(state: State, by: By, name: str, who: str, said: Said, until: datetime | None, at: datetime) -> Member:
    changed = audiences.change(
        state, name, who, status=said.status, assignee=said.assignee, until=until, outcome=said.outcome, at=at
    )
    told = f"{name}: {said.told}"
    audit.record(state, by, "audience.member", audit.pseudonym(state, who), purpose=told, rows=1, at=at)
    return changed


def stamp(task: Task) -> int:
    """Return when a task was changed last, as stored: whoever changes it says which state they saw."""
    return 0 if task.member.changed_at is None else stored(task.member.changed_at)


def hands(state: State, *, me: str = "") -> list[str]:
    """Return who may be named as who does a task: those who may come in, who asks, and who does one already."""
    known = [one.name for one in people.everyone(state) if not one.disabled]
    return sorted({*known, *work.assignees(state), *filter(None, [me])})


def measured_of(one: Audience) -> Measured:
    """Return how an audience is measured, as it was written down with it."""
    said = one.said
    return Measured(
        treated=one.treated,
        held=one.held,
        days=one.days,
        base=float(said.get("base", math.nan)),
        still=float(said.get("still", 1.0)),
        expected=said["expected_change"],
        detectable=said["detectable"],
        needed=said["needed"],
    )


def chosen(every: Sequence[Audience], *, owner: str, name: str) -> Collection[str] | None:
    """Return the audiences of a team, and of a name; None where all are meant.

    Raises:
        QueryError: there is none of that team or name.
    """
    if name and name not in (known := [one.name for one in every]):
        raise QueryError(f"No audience is called `{name}`.{nearest(name, known)}")
    if owner and owner not in (teams := {one.team for one in every}):
        raise QueryError(f"No audience is the work of a team `{owner}`.{nearest(owner, teams)}")
    if not name and not owner:
        return None
    return [one.name for one in every if name in ("", one.name) and owner in ("", one.team)]
