"""Sessions: who came in, kept on the server, so that they end when we say so.

An id is given out once and kept as its digest. It ends 12 hours after it was last used and a week after it began, and
at once when the person's password, role or right to come in changes.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update

from regulars.core.errors import Busy, Refused, StoreError
from regulars.state.database import Record, Transaction
from regulars.state.digests import digest, fresh
from regulars.state.instants import instant, stored
from regulars.state.person import LOCAL, Person, local, login_name, person_of, row_of
from regulars.state.store import State
from regulars.state.tables import sessions

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
#: That it was used is written down at most so often.
_TOUCH = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session that has just begun.

    Attributes:
        id: opens it; nowhere else to be had.
        person: whose it is.
        expires_at: when it ends at the latest.
    """

    id: str = field(repr=False)
    person: Person
    expires_at: datetime


def begin(state: State, name: str, *, at: datetime) -> Session:
    """Begin a session of a person, or of `local`, under an id that was never used.

    Raises:
        Refused: nobody has that name, or they are kept out.
    """
    with state.writing() as transaction:
        person = _person(transaction, name, at)
        if person is None or person.disabled:
            raise Refused("There is nobody of that name who may come in.")
        _forget_ended(transaction, at)
        session = Session(id=fresh(), person=person, expires_at=at + LONGEST)
        row = {"digest": digest(session.id), "person": _owner(person.name)}
        transaction.change(insert(sessions).values(**row, created_at=stored(at), seen_at=stored(at)))
    return session


def who(state: State, session_id: str, *, at: datetime) -> Person | None:
    """Return whose session it is; None where there is no such session, or it has ended."""
    with state.reading() as transaction:
        row = transaction.row(select(sessions).where(sessions.c.digest == digest(session_id)))
        if row is None or _ended(row, at):
            return None
        person = _person(transaction, LOCAL if row["person"] is None else row["person"], instant(row["created_at"]))
    if person is None or person.disabled:
        return None
    if at - instant(row["seen_at"]) >= _TOUCH:
        _touch(state, row["digest"], at)
    return person


def end(state: State, session_id: str) -> None:
    """End a session; one that is not there has ended already."""
    with state.writing() as transaction:
        transaction.change(delete(sessions).where(sessions.c.digest == digest(session_id)))


def end_all(state: State, name: str, *, but: str = "") -> int:
    """End all sessions of a person, or of `local`, but for the one of an id; return how many those were."""
    theirs = delete(sessions).where(sessions.c.person.is_not_distinct_from(_owner(login_name(name))))
    with state.writing() as transaction:
        return transaction.change(theirs.where(sessions.c.digest != digest(but)))


def _owner(name: str) -> str | None:
    return None if name == LOCAL else name


def _person(transaction: Transaction, name: str, at: datetime) -> Person | None:
    if name == LOCAL:
        return local(at)
    row = row_of(transaction, name)
    return None if row is None else person_of(row)


def _ended(row: Record, at: datetime) -> bool:
    return stored(at - IDLE) >= row["seen_at"] or stored(at - LONGEST) >= row["created_at"]


def _forget_ended(transaction: Transaction, at: datetime) -> None:
    idle, old = sessions.c.seen_at <= stored(at - IDLE), sessions.c.created_at <= stored(at - LONGEST)
    transaction.change(delete(sessions).where(or_(idle, old)))


def _touch(state: State, key: str, at: datetime) -> None:
    # A full disk, or somebody who writes for long, is no reason to keep out who may read.
    with suppress(Busy, StoreError), state.writing() as transaction:
        later = update(sessions).where(sessions.c.digest == key, sessions.c.seen_at < stored(at))
        transaction.change(later.values(seen_at=stored(at)))
