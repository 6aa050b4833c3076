"""People: who may come in, with which role. Whatever they lose a right by ends their sessions."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from regulars.core.errors import QueryError, UnknownName
from regulars.state import sessions
from regulars.state.database import Transaction
from regulars.state.instants import stored
from regulars.state.passwords import Hashed
from regulars.state.person import Person, Role, login_name, new_name, new_teams, person_of, row_of
from regulars.state.store import State
from regulars.state.tables import people


def add(
    state: State,
    name: str,
    role: Role,
    *,
    personal: bool = False,
    teams: Sequence[str] = (),
    password: Hashed | None = None,
    at: datetime,
) -> Person:
    """Add a person; one without a password can only have tokens.

    Raises:
        QueryError: the name cannot be one, or is taken; or the name of a team cannot be one.
    """
    row = {
        "name": new_name(name),
        "role": role.value,
        "personal": personal,
        "teams": json.dumps(new_teams(teams), ensure_ascii=False),
        "password": None if password is None else password.text,
        "disabled": False,
        "created_at": stored(at),
    }
    with state.writing() as transaction:
        if row_of(transaction, name) is not None:
            raise QueryError(f"There is already somebody called `{row['name']}`. Take another name.")
        transaction.change(insert(people).values(row))
    return person_of(row)


def everyone(state: State) -> Sequence[Person]:
    """Return all people, by name."""
    with state.reading() as transaction:
        return [person_of(row) for row in transaction.rows(select(people).order_by(people.c.name))]


def find(state: State, name: str) -> Person:
    """Return a person.

    Raises:
        UnknownName: nobody has that name.
    """
    with state.reading() as transaction:
        return _known(transaction, name)


def set_role(state: State, name: str, role: Role, *, personal: bool | None = None) -> Person:
    """Give a person another role and, where `personal` is not None, or take away, the right to see personal data.

    Raises:
        UnknownName: nobody has that name.
    """
    changed: dict[str, object] = {"role": role.value}
    return _change(state, name, changed if personal is None else changed | {"personal": personal})


def set_teams(state: State, name: str, teams: Sequence[str]) -> Person:
    """Say in which teams a person is; their sessions go on.

    Raises:
        UnknownName: nobody has that name.
        QueryError: the name of a team cannot be one.
    """
    return _change(state, name, {"teams": json.dumps(new_teams(teams), ensure_ascii=False)}, ends=False)


def set_password(state: State, name: str, password: Hashed) -> Person:
    """Give a person another password (`state.passwords.hashed`).

    Raises:
        UnknownName: nobody has that name.
    """
    return _change(state, name, {"password": password.text})


def disable(state: State, name: str) -> Person:
    """Keep a person out, with all their sessions and tokens.

    Raises:
        UnknownName: nobody has that name.
    """
    return _change(state, name, {"disabled": True})


def enable(state: State, name: str) -> Person:
    """Let a person in again; their tokens count again.

    Raises:
        UnknownName: nobody has that name.
    """
    return _change(state, name, {"disabled": False})


def remove(state: State, name: str) -> Person:
    """Remove a person, with all their sessions and tokens; what they did stays in the audit log.

    Raises:
        UnknownName: nobody has that name.
    """
    with state.writing() as transaction:
        person = _known(transaction, name)
        transaction.change(delete(people).where(people.c.name == person.name))
    return person


def _change(state: State, name: str, values: dict[str, object], *, ends: bool = True) -> Person:
    with state.writing() as transaction:
        person = _known(transaction, name)
        transaction.change(update(people).where(people.c.name == person.name).values(values))
        if ends:
            sessions.end_all(state, person.name)
        return _known(transaction, name)


def _known(transaction: Transaction, name: str) -> Person:
    row = row_of(transaction, name)
    if row is None:
        known = [one["name"] for one in transaction.rows(select(people.c.name))]
        raise UnknownName("person", login_name(name), known)
    return person_of(row)
