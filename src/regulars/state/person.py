"""A person: who may see and change what."""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from regulars.core.errors import QueryError, UnknownName
from regulars.state.database import Record, Transaction
from regulars.state.instants import instant
from regulars.state.tables import people

#: The name of who comes through a one-time link on this machine; nobody else can have it.
LOCAL = "local"
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_TEAM = re.compile(r"[^\x00-\x1f\x7f]{1,64}")


class Role(StrEnum):
    """What a person may do; each may all that the one before it may, and they compare so.

    >>> Role.ADMIN > Role.VIEWER, max(Role.VIEWER, Role.EDITOR)
    (True, <Role.EDITOR: 'editor'>)
    """

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    @property
    def _rank(self) -> int:
        return list(Role).index(self)

    # As texts, "admin" would come before "viewer".
    def __lt__(self, other: str) -> bool:
        return self._rank < Role(other)._rank

    def __le__(self, other: str) -> bool:
        return self._rank <= Role(other)._rank

    def __gt__(self, other: str) -> bool:
        return self._rank > Role(other)._rank

    def __ge__(self, other: str) -> bool:
        return self._rank >= Role(other)._rank


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who may come in.

    Attributes:
        name: login, lower case.
        role: what they may do.
        personal: whether personal data was opened to them; `sees_personal` says whether they see it.
        teams: whose pages come first.
        disabled: whether they are kept out.
        has_password: whether they can log in with one.
        created_at: since when they are known.
    """

    name: str
    role: Role
    personal: bool = False
    teams: tuple[str, ...] = ()
    disabled: bool = False
    has_password: bool = False
    created_at: datetime

    @property
    def sees_personal(self) -> bool:
        """Whether they may see who a customer is; admins may."""
        return self.personal or self.role is Role.ADMIN


def local(at: datetime) -> Person:
    """Return the person on this machine, who owns the files and may see everything."""
    return Person(name=LOCAL, role=Role.ADMIN, personal=True, created_at=at)


def login_name(name: str) -> str:
    """Return a name as it is compared: whatever the case, width and space around it.

    >>> login_name(" Anna ")
    'anna'
    """
    return unicodedata.normalize("NFKC", name).strip().lower()


def new_name(name: str) -> str:
    """Return a name as somebody can have it.

    Raises:
        QueryError: it cannot be a name, or is taken by Regulars itself.
    """
    found = login_name(name)
    if not _NAME.fullmatch(found):
        raise QueryError(
            "This cannot be a name. Take up to 64 small letters, digits and signs . _ @ + -, no sign first."
        )
    if found == LOCAL:
        raise QueryError(f"`{LOCAL}` is the name of whoever sits at this machine. Take another.")
    return found


def new_teams(teams: Sequence[str]) -> tuple[str, ...]:
    """Return teams, each once.

    Raises:
        QueryError: one cannot be the name of a team.
    """
    found = tuple(dict.fromkeys(team.strip() for team in teams))
    if not all(map(_TEAM.fullmatch, found)):
        raise QueryError("The name of a team has 1 to 64 characters. Take another.")
    return found


def role_of(text: str) -> Role:
    """Return a role by its name.

    Raises:
        UnknownName: there is no such role.
    """
    try:
        return Role(text)
    except ValueError:
        raise UnknownName("role", text, list(Role)) from None


def person_of(row: Record) -> Person:
    """Return the person in a row of `people`."""
    return Person(
        name=row["name"],
        role=Role(row["role"]),
        personal=bool(row["personal"]),
        teams=tuple(json.loads(row["teams"])),
        disabled=bool(row["disabled"]),
        has_password=row["password"] is not None,
        created_at=instant(row["created_at"]),
    )


def row_of(transaction: Transaction, name: str) -> Record | None:
    """Return the row of `people` under a name; None where nobody has it."""
    found = login_name(name)
    # What is typed may hold characters that no database takes.
    return transaction.row(select(people).where(people.c.name == found)) if _NAME.fullmatch(found) else None
