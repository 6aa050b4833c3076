"""API tokens: what programs come in with, on behalf of a person, for less than that person may do."""

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, insert, select, update

from regulars.core.errors import Busy, QueryError, StoreError, UnknownName
from regulars.state import people
from regulars.state.database import Record
from regulars.state.digests import digest, fresh
from regulars.state.instants import instant, stored
from regulars.state.person import Person, person_of, row_of
from regulars.state.store import State
from regulars.state.tables import tokens

#: What every token begins with, so that one that got lost can be found.
MARK = "rg_"
#: Characters of a token that name it.
_PREFIX = len(MARK) + 8
_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,64}")
#: That it was used is written down at most so often.
_TOUCH = timedelta(minutes=1)


class Scope(StrEnum):
    """What a token is good for; each is given by itself."""

    READ = "read"
    """KPIs, pages and other figures of all customers together."""
    CUSTOMERS = "customers"
    """Rows of single customers, under their ids."""
    PERSONAL = "personal"
    """Who a customer is; only for owners who may see that."""


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token as it is listed.

    Attributes:
        prefix: how it begins; names it.
        name: what it is for.
        owner: on whose behalf.
        scopes: what it is good for.
        created_at: when it was given out.
        used_at: when it was last used, to the minute; None where never.
        expires_at: from when on it is good for nothing; None where never.
    """

    prefix: str
    name: str
    owner: str
    scopes: frozenset[Scope]
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A token that was just given out.

    Attributes:
        secret: the token itself; nowhere else to be had.
        token: as it is listed.
    """

    secret: str = field(repr=False)
    token: Token


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """Who comes with a token.

    Attributes:
        person: on whose behalf.
        scopes: what for, as far as the person may.
        prefix: of the token, for the audit log.
    """

    person: Person
    scopes: frozenset[Scope]
    prefix: str


def scopes_of(names: Collection[str]) -> frozenset[Scope]:
    """Return scopes by name.

    Raises:
        UnknownName: there is no such scope.
        QueryError: none is named.
    """
    if not names:
        raise QueryError(f"A token needs a scope: {', '.join(Scope)}.")
    for name in names:
        if name not in list(Scope):
            raise UnknownName("scope", name, list(Scope))
    return frozenset(map(Scope, names))


def issue(
    state: State, name: str, owner: str, scopes: Collection[str], *, at: datetime, lasts: timedelta | None = None
) -> Issued:
    """Give out a token.

    Raises:
        UnknownName: nobody is called as the owner, or there is no such scope.
        QueryError: the name cannot be one, no scope is named, the owner may not do that much, or it would not last.
    """
    found = scopes_of(scopes)
    if not _NAME.fullmatch(name):
        raise QueryError("The name of a token has 1 to 64 characters. Say what it is for.")
    if lasts is not None and lasts <= timedelta(0):
        raise QueryError("The token would not last. Give it a day or more.")
    with state.writing() as transaction:
        person = people.find(state, owner)
        if Scope.PERSONAL in found and not person.sees_personal:
            raise QueryError(f"`{person.name}` may not see personal data, and neither may a token of theirs.")
        secret = MARK + fresh()
        while transaction.row(select(tokens.c.prefix).where(tokens.c.prefix == secret[:_PREFIX])) is not None:
            secret = MARK + fresh()
        row = {
            "digest": digest(secret),
            "prefix": secret[:_PREFIX],
            "name": name,
            "owner": person.name,
            "scopes": " ".join(sorted(found)),
            "created_at": stored(at),
            "used_at": None,
            "expires_at": None if lasts is None else stored(at + lasts),
        }
        transaction.change(insert(tokens).values(row))
    return Issued(secret=secret, token=_token(row))


def listed(state: State) -> Sequence[Token]:
    """Return all tokens, by owner, the oldest first; those that have run out, too."""
    ordered = select(tokens).order_by(tokens.c.owner, tokens.c.created_at, tokens.c.prefix)
    with state.reading() as transaction:
        return [_token(row) for row in transaction.rows(ordered)]


def revoke(state: State, prefix: str) -> Token:
    """Take a token back, named by how it begins.

    Raises:
        UnknownName: none begins so.
    """
    with state.writing() as transaction:
        known = {row["prefix"]: row for row in transaction.rows(select(tokens))}
        # Who pastes a whole token has not given it away: no message repeats more than its beginning.
        asked = prefix[:_PREFIX]
        if asked not in known:
            raise UnknownName("token", asked, known)
        transaction.change(delete(tokens).where(tokens.c.prefix == asked))
        return _token(known[asked])


def who(state: State, secret: str, *, at: datetime) -> Bearer | None:
    """Return who comes with a token; None where there is no such token, it has run out, or its owner is kept out."""
    if not secret.startswith(MARK):
        return None
    with state.reading() as transaction:
        row = transaction.row(select(tokens).where(tokens.c.digest == digest(secret)))
        if row is None or (row["expires_at"] is not None and stored(at) >= row["expires_at"]):
            return None
        owner = row_of(transaction, row["owner"])
    if owner is None or owner["disabled"]:
        return None
    if row["used_at"] is None or at - instant(row["used_at"]) >= _TOUCH:
        _touch(state, row["digest"], at)
    person, token = person_of(owner), _token(row)
    may = token.scopes if person.sees_personal else token.scopes - {Scope.PERSONAL}
    return Bearer(person=person, scopes=may, prefix=token.prefix)


def _touch(state: State, key: str, at: datetime) -> None:
    # A full disk, or somebody who writes for long, is no reason to keep out who may read.
    with suppress(Busy, StoreError), state.writing() as transaction:
        transaction.change(update(tokens).where(tokens.c.digest == key).values(used_at=stored(at)))


def _token(row: Record) -> Token:
    return Token(
        prefix=row["prefix"],
        name=row["name"],
        owner=row["owner"],
        scopes=frozenset(map(Scope, row["scopes"].split())),
        created_at=instant(row["created_at"]),
        used_at=None if row["used_at"] is None else instant(row["used_at"]),
        expires_at=None if row["expires_at"] is None else instant(row["expires_at"]),
    )
