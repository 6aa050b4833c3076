"""What of the schedule ran: each slot is taken once, by one process, and never again, however clocks are set.

Of each entry, slots after the last one that was taken count. Those that nobody took in time are written down as missed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, delete, func, insert, select, update

from regulars.state.database import Record, Transaction
from regulars.state.instants import instant, stored
from regulars.state.store import State
from regulars.state.tables import schedules, slots

#: How often a slot is run at most: once, and once more where its process was ended.
MOST_TRIES = 2


class Ran(StrEnum):
    """What became of a slot."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    MISSED = "missed"
    """Nobody ran the schedule then, and it was not made up for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A slot of an entry.

    Attributes:
        name: of the entry.
        slot: when it was to be.
        ran: what became of it.
        tries: how often it was begun.
        began_at: when it was begun last; None of what was missed.
        ended_at: when it ended.
        said: what it did, or why not.
    """

    name: str
    slot: datetime
    ran: Ran
    tries: int = 0
    began_at: datetime | None = None
    ended_at: datetime | None = None
    said: str = ""


def since(state: State, name: str, times: str, *, at: datetime) -> datetime:
    """Return after which instant slots of an entry count: what was before it was known is not made up for.

    Args:
        state: holds what ran.
        name: of the entry.
        times: when it is to be; where that is changed, it is known from now on.
        at: now.
    """
    with state.reading() as transaction:
        known = transaction.row(select(schedules).where(schedules.c.name == name))
        if known is not None and known["times"] == times:
            return _after(transaction, name, known["since"])
    with state.writing() as transaction:
        known = transaction.row(select(schedules).where(schedules.c.name == name))
        if known is None or known["times"] != times:
            transaction.change(delete(schedules).where(schedules.c.name == name))
            transaction.change(insert(schedules).values(name=name, times=times, since=stored(at)))
            return _after(transaction, name, stored(at))
        return _after(transaction, name, known["since"])


def _after(transaction: Transaction, name: str, known_since: int) -> datetime:
    return instant(max(known_since, _mark(transaction, name)))


def _mark(transaction: Transaction, name: str) -> int:
    row = transaction.row(select(func.max(slots.c.slot).label("last")).where(slots.c.name == name))
    return 0 if row is None or row["last"] is None else int(row["last"])


def take(
    state: State, name: str, due: Sequence[datetime], *, late: Sequence[datetime], host: str, at: datetime
) -> Run | None:
    """Take the last of the slots that are due; all before it, and it too where it is too late, were missed.

    Args:
        state: holds what ran.
        name: of the entry.
        due: its slots since the last that was taken, in order.
        late: those of them that are not made up for any more.
        host: machine that runs it.
        at: now.

    Returns:
        The slot to run; None where somebody else took it, or it was missed.
    """
    with state.writing() as transaction:
        left = [slot for slot in due if stored(slot) > _mark(transaction, name)]
        if not left:
            return None
        last = left[-1]
        missed = left if last in late else left[:-1]
        why = dict.fromkeys(missed, "a later one stands for it") | ({last: "too late"} if last in late else {})
        rows = [_row(name, slot, Ran.MISSED, 0, "", None, why[slot]) for slot in missed]
        if last not in late:
            rows.append(_row(name, last, Ran.RUNNING, 1, host, at, ""))
        transaction.insert(slots, rows)
    return None if last in late else Run(name=name, slot=last, ran=Ran.RUNNING, tries=1, began_at=at)


def _row(name: str, slot: datetime, ran: Ran, tries: int, host: str, began: datetime | None, said: str) -> Record:
    return {
        "name": name,
        "slot": stored(slot),
        "status": ran.value,
        "tries": tries,
        "host": host,
        "began_at": None if began is None else stored(began),
        "ended_at": None,
        "said": said,
    }


def again(state: State, name: str, *, host: str, at: datetime) -> Run | None:
    """Take again what was interrupted on this machine; for whoever knows that nobody here runs it any more.

    Returns:
        The slot to run again; None where there is none, or it was interrupted too often: then it failed.
    """
    own = (slots.c.name == name) & (slots.c.host == host) & (slots.c.status == Ran.RUNNING.value)
    with state.writing() as transaction:
        rows = transaction.rows(select(slots).where(own).order_by(slots.c.slot))
        for row in rows:
            this = (slots.c.name == name) & (slots.c.slot == row["slot"])
            if row["tries"] < MOST_TRIES:
                tries = row["tries"] + 1
                transaction.change(update(slots).where(this).values(tries=tries, began_at=stored(at)))
                return _run({**row, "tries": tries, "began_at": stored(at)})
            said = f"interrupted {row['tries']} times"
            transaction.change(
                update(slots).where(this).values(status=Ran.FAILED.value, ended_at=stored(at), said=said)
            )
    return None


def running(state: State, *, host: str) -> bool:
    """Whether a slot is said to be run on a machine."""
    wanted = select(slots.c.name).where(slots.c.host == host, slots.c.status == Ran.RUNNING.value).limit(1)
    with state.reading() as transaction:
        return transaction.row(wanted) is not None


def ended(state: State, run: Run, ran: Ran, said: str, *, at: datetime) -> None:
    """Write down what became of a slot."""
    this = (slots.c.name == run.name) & (slots.c.slot == stored(run.slot))
    with state.writing() as transaction:
        transaction.change(update(slots).where(this).values(status=ran.value, said=said[:2000], ended_at=stored(at)))


def last(state: State) -> Mapping[str, Run]:
    """Return the last slot of each entry that was run, by name."""
    newest = (
        select(slots.c.name, func.max(slots.c.slot).label("slot"))
        .where(slots.c.status != Ran.MISSED.value)
        .group_by(slots.c.name)
        .subquery()
    )
    wanted = select(slots).join(newest, (slots.c.name == newest.c.name) & (slots.c.slot == newest.c.slot))
    with state.reading() as transaction:
        return {row["name"]: _run(row) for row in transaction.rows(wanted)}


def missed(state: State, *, since: datetime) -> Mapping[str, int]:
    """Return how many slots of each entry were missed since then."""
    wanted = select(slots.c.name, func.count().label("n")).where(
        slots.c.status == Ran.MISSED.value, slots.c.slot >= stored(since)
    )
    with state.reading() as transaction:
        return {row["name"]: int(row["n"]) for row in transaction.rows(wanted.group_by(slots.c.name))}


def runs(state: State, *, most: int) -> Sequence[Run]:
    """Return slots, the newest first."""
    wanted: Select[tuple[object, ...]] = select(slots).order_by(slots.c.slot.desc(), slots.c.name).limit(most)
    with state.reading() as transaction:
        return [_run(row) for row in transaction.rows(wanted)]


def _run(row: Record) -> Run:
    return Run(
        name=row["name"],
        slot=instant(row["slot"]),
        ran=Ran(row["status"]),
        tries=row["tries"],
        began_at=None if row["began_at"] is None else instant(row["began_at"]),
        ended_at=None if row["ended_at"] is None else instant(row["ended_at"]),
        said=row["said"],
    )
