"""The work that audiences make: treated members as a list by what they are worth, a page at a time.

Each query follows an index and ends where the page does, however many members there are.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_, union_all

from regulars.state.audiences import Arm, Member, Status, member_of
from regulars.state.instants import stored
from regulars.state.store import State
from regulars.state.tables import members

#: Stands for nobody in the place of an assignee; no name begins so.
NOBODY = "-"


class Show(StrEnum):
    """Which tasks are listed."""

    NOW = "now"
    """Open, or put off until an instant that has come."""
    OPEN = "open"
    SNOOZED = "snoozed"
    DONE = "done"
    DECLINED = "declined"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do: a treated member of an audience; whoever is held out never is one.

    Attributes:
        audience: name of it.
        member: who, and what became of it.
    """

    audience: str
    member: Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page of the list ends: the next one follows it.

    Attributes:
        profit: expected of the last task.
        audience, place: name the last task.
    """

    profit: float
    audience: str
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which tasks are meant.

    Attributes:
        show: by what became of them.
        at: now: what was put off until then has come back.
        audiences: names; all where None.
        assignee: who does it; `NOBODY` of what nobody does yet; "" of all.
    """

    show: Show = Show.NOW
    at: datetime
    audiences: Collection[str] | None = None
    assignee: str = ""


#: The order of tasks, from the last: an index that goes up is read backwards.
_ORDER = (members.c.profit, members.c.audience, members.c.place)


def tasks(state: State, wanted: Wanted, *, after: Place | None = None, most: int) -> Sequence[Task]:
    """Return tasks, the most profitable first.

    Args:
        state: holds audiences.
        wanted: which.
        after: end of the page before; the first page where None.
        most: at most so many.
    """
    parts = [_of_status(one, wanted, after, most).subquery() for one in _statuses(wanted.show)]
    whole = union_all(*(select(part) for part in parts)).subquery()
    ordered = select(whole).order_by(*(whole.c[column.name].desc() for column in _ORDER)).limit(most)
    with state.reading() as transaction:
        return [Task(audience=row["audience"], member=member_of(row)) for row in transaction.rows(ordered)]


def _statuses(show: Show) -> tuple[Status, ...]:
    if show is Show.ALL:
        return tuple(Status)
    return (Status.OPEN, Status.SNOOZED) if show is Show.NOW else (Status(show.value),)


def _of_status(status: Status, wanted: Wanted, after: Place | None, most: int) -> Select[tuple[object, ...]]:
    found = select(members).where(_among(wanted), members.c.status == status.value)
    if status is Status.SNOOZED and wanted.show is Show.NOW:
        found = found.where(members.c.until <= stored(wanted.at))
    if after is not None:
        found = found.where(tuple_(*_ORDER) < tuple_(after.profit, after.audience, after.place))
    return found.order_by(*(column.desc() for column in _ORDER)).limit(most)


def _among(wanted: Wanted) -> ColumnElement[bool]:
    parts = [members.c.arm == Arm.TREATED.value]
    if wanted.audiences is not None:
        parts.append(members.c.audience.in_(sorted(wanted.audiences)))
    if wanted.assignee:
        nobody = wanted.assignee == NOBODY
        parts.append(members.c.assignee.is_(None) if nobody else members.c.assignee == wanted.assignee)
    return and_(*parts)


def counts(state: State, wanted: Wanted) -> Mapping[tuple[str, Show], int]:
    """Return how many tasks there are by audience and what became of them; `Show.NOW` is among open and snoozed."""
    # In two: until when is looked up of what was put off alone, the rest stands in the index.
    groups = select(members.c.audience, members.c.status, func.count().label("n"))
    back = select(members.c.audience, func.count().label("n")).where(
        members.c.status == Status.SNOOZED.value, members.c.until <= stored(wanted.at)
    )
    with state.reading() as transaction:
        rows = transaction.rows(groups.where(_among(wanted)).group_by(members.c.audience, members.c.status))
        come = transaction.rows(back.where(_among(wanted)).group_by(members.c.audience))
    found = {(row["audience"], Show(row["status"])): int(row["n"]) for row in rows}
    for name in {name for name, _ in found}:
        found[name, Show.NOW] = found.get((name, Show.OPEN), 0)
    for row in come:
        found[row["audience"], Show.NOW] += int(row["n"])
    return found


def at_places(state: State, places: Collection[tuple[str, int]]) -> Mapping[tuple[str, int], Task]:
    """Return tasks by audience and place in it; without those that are none."""
    found: dict[tuple[str, int], Task] = {}
    with state.reading() as transaction:
        for name in sorted({name for name, _ in places}):
            own = sorted(place for other, place in places if other == name)
            asked = select(members).where(
                members.c.audience == name, members.c.arm == Arm.TREATED.value, members.c.place.in_(own)
            )
            for row in transaction.rows(asked):
                found[name, row["place"]] = Task(audience=name, member=member_of(row))
    return found


def assignees(state: State) -> Sequence[str]:
    """Return who does anything, by name."""
    named = select(members.c.assignee).where(members.c.assignee.is_not(None)).distinct()
    with state.reading() as transaction:
        return sorted(row["assignee"] for row in transaction.rows(named))
