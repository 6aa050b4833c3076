"""Who may come in, as commands and pages ask for it: each change is recorded in the audit log, or does not happen.

Whether somebody may ask for it is for the surface to say: whoever runs a command on this machine owns its files anyway.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from regulars.app.workspace import Workspace
from regulars.core.periods import now
from regulars.state import audit, links, logins, people, sessions, tokens
from regulars.state.audit import By, Entry
from regulars.state.chain import Verdict
from regulars.state.database import URL_VARIABLE
from regulars.state.digests import shown
from regulars.state.passwords import Hashed
from regulars.state.person import Person, login_name, role_of
from regulars.state.secret import AUDIT_VARIABLE
from regulars.state.sessions import Session
from regulars.state.store import State, open_state
from regulars.state.tokens import Issued, Token


@contextmanager
def state_of(workspace: Workspace) -> Iterator[State]:
    """Open the state of a workspace: beside its store, or where `REGULARS_STATE_URL` says.

    Raises:
        StoreError: it is damaged, made by a newer version, or out of reach.
        SettingsError: its address or a key cannot be used.
        Busy: another process writes, or the disk is full.
    """
    found = open_state(workspace.store, os.environ.get(URL_VARIABLE), audit_key=os.environ.get(AUDIT_VARIABLE))
    with found as state:
        yield state


def add(
    state: State,
    by: By,
    name: str,
    role: str,
    *,
    personal: bool = False,
    teams: Sequence[str] = (),
    password: str | None = None,
) -> Person:
    """Add a person; one without a password can only have tokens.

    Raises:
        QueryError: the name, a team or the password cannot be one, or the name is taken.
        UnknownName: there is no such role.
    """
    at, found, hashed = now(), role_of(role), None if password is None else _hashed(state, name, password)
    with state.writing():
        person = people.add(state, name, found, personal=personal, teams=teams, password=hashed, at=at)
        audit.record(state, by, "person.add", person.name, purpose=_rights(person), at=at)
    return person


def find(state: State, name: str) -> Person:
    """Return a person.

    Raises:
        UnknownName: there is no such person.
    """
    return people.find(state, name)


def everyone(state: State) -> Sequence[Person]:
    """Return all people, by name."""
    return people.everyone(state)


def set_role(state: State, by: By, name: str, role: str, *, personal: bool | None = None) -> Person:
    """Give a person another role, and the right to see personal data or not where that is said; sessions end.

    Raises:
        UnknownName: there is no such person or role.
    """
    at, found = now(), role_of(role)
    with state.writing():
        person = people.set_role(state, name, found, personal=personal)
        audit.record(state, by, "person.role", person.name, purpose=_rights(person), at=at)
    return person


def set_password(state: State, by: By, name: str, password: str) -> Person:
    """Give a person another password; sessions end.

    Raises:
        UnknownName: there is no such person.
        QueryError: the password cannot be one.
    """
    at, known = now(), people.find(state, name)
    hashed = _hashed(state, known.name, password)
    with state.writing():
        person = people.set_password(state, known.name, hashed)
        audit.record(state, by, "person.password", person.name, at=at)
    return person


def disable(state: State, by: By, name: str) -> Person:
    """Keep a person out; sessions end.

    Raises:
        UnknownName: there is no such person.
    """
    with state.writing():
        person = people.disable(state, name)
        audit.record(state, by, "person.disable", person.name, at=now())
    return person


def enable(state: State, by: By, name: str) -> Person:
    """Let a person in again.

    Raises:
        UnknownName: there is no such person.
    """
    with state.writing():
        person = people.enable(state, name)
        audit.record(state, by, "person.enable", person.name, at=now())
    return person


def remove(state: State, by: By, name: str) -> Person:
    """Remove a person, with sessions and tokens.

    Raises:
        UnknownName: there is no such person.
    """
    with state.writing():
        person = people.remove(state, name)
        audit.record(state, by, "person.remove", person.name, at=now())
    return person


def login(state: State, name: str, password: str, *, address: str = "") -> Session:
    """Begin a session for whoever knows the password of a name.

    Raises:
        Refused: they do not get in; `wait` says for how long, if there were too many attempts.
        Busy: too many are logging in, or the database is busy.
    """
    return logins.login(state, name, password, at=now(), address=address)


def logout(state: State, session_id: str, *, address: str = "") -> None:
    """End a session; one that is not there has ended already."""
    at = now()
    with state.writing():
        person = sessions.who(state, session_id, at=at)
        sessions.end(state, session_id)
        if person is not None:
            by = By(actor=person.name, key=shown(session_id), address=address)
            audit.record(state, by, "logout", person.name, at=at)


def link(state: State) -> str:
    """Return the token of a link that lets whoever sits at this machine in once, within 15 minutes."""
    return links.link(state, at=now())


def redeem(state: State, token: str, *, address: str = "") -> Session:
    """Begin a session for a one-time link.

    Raises:
        Refused: there is no such link, or it was used, or is too old.
    """
    return links.redeem(state, token, at=now(), address=address)


def issue_token(
    state: State, by: By, name: str, owner: str, scopes: Collection[str], *, lasts: timedelta | None
) -> Issued:
    """Give out a token on behalf of a person.

    Raises:
        UnknownName: there is no such person or scope.
        QueryError: the name cannot be one, no scope is named, the owner may not do that much, or it would not last.
    """
    at = now()
    with state.writing():
        issued = tokens.issue(state, name, owner, scopes, at=at, lasts=lasts)
        given = f"{issued.token.prefix} for {issued.token.owner}"
        audit.record(state, by, "token.new", given, purpose=" ".join(sorted(issued.token.scopes)), at=at)
    return issued


def all_tokens(state: State) -> Sequence[Token]:
    """Return all tokens, by owner."""
    return tokens.listed(state)


def revoke_token(state: State, by: By, prefix: str) -> Token:
    """Take a token back, named by how it begins.

    Raises:
        UnknownName: none begins so.
    """
    with state.writing():
        token = tokens.revoke(state, prefix)
        audit.record(state, by, "token.revoke", f"{token.prefix} for {token.owner}", at=now())
    return token


def audit_entries(state: State, *, limit: int) -> Sequence[Entry]:
    """Return the newest entries of the audit log, the newest first."""
    return audit.entries(state, limit=limit)


def audit_verdict(state: State) -> Verdict:
    """Go through the whole audit log."""
    return audit.verify(state)


def _hashed(state: State, name: str, password: str) -> Hashed:
    return state.passwords.hashed(password, login_name(name))


def _rights(person: Person) -> str:
    return f"{person.role}, personal" if person.personal else str(person.role)
