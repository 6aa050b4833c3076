"""The state of a workspace, open: its database, brought up to this version, and the keys that belong to it.

Beside the store's files stand `state.db` (unless `REGULARS_STATE_URL` names a PostgreSQL database), `state.lock`, held
while it is opened, and `audit.key` (unless `REGULARS_AUDIT_KEY` gives the key).
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from regulars.core.errors import SettingsError, reaching
from regulars.state import chain, database, migrating, secret
from regulars.state.database import Database, Transaction
from regulars.state.passwords import Passwords

FILE = "state.db"
_LOCK = "state.lock"


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """An open state; a context that closes it.

    Attributes:
        database: holds the tables.
        keys: what the audit log is sealed with.
        passwords: how passwords are hashed.
    """

    database: Database
    keys: chain.Keys = field(repr=False)
    passwords: Passwords

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Open a transaction that sees one moment; the one that this context is in already, where there is one.

        Raises:
            Busy: another process has the database for itself.
            StoreError: it is damaged or out of reach.
        """
        if (inside := self._inside()) is not None:
            yield inside
            return
        with self.database.reading() as transaction:
            yield transaction

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Open a transaction that writes, alone; what is written inside another one counts when that one does.

        Raises:
            Busy: another process writes, or the disk is full.
            StoreError: the database is damaged or out of reach.
        """
        if (inside := self._inside()) is not None:
            yield inside
            return
        with self.database.writing() as transaction:
            before = _inside.set((self, transaction))
            try:
                yield transaction
            finally:
                _inside.reset(before)

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def _inside(self) -> Transaction | None:
        found = _inside.get()
        return found[1] if found is not None and found[0] is self else None

    def __enter__(self) -> "State":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


_inside: ContextVar[tuple[State, Transaction] | None] = ContextVar("_inside", default=None)


def open_state(
    folder: Path, url: str | None = None, *, audit_key: str | None = None, passwords: Passwords | None = None
) -> State:
    """Open the state that belongs to a store's folder, made where there is none, brought up to this version.

    Args:
        folder: the store's folder; made where it is not there.
        url: of a PostgreSQL database; `state.db` in the folder where None or empty.
        audit_key: key of the audit log in hexadecimal; `audit.key` in the folder where None or empty.
        passwords: how passwords are hashed.

    Raises:
        StoreError: the database is damaged, made by a newer version, not ours or out of reach.
        SettingsError: the address, or a key, cannot be used.
        Busy: another process writes, or the disk is full.
    """
    with reaching(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / _LOCK):
        found = database.postgres(url) if url else database.sqlite(folder / FILE)
        try:
            migrating.upgrade(found)
            keys = _keys(found, folder, audit_key)
        except BaseException:
            found.close()
            raise
    return State(database=found, keys=keys, passwords=passwords or Passwords())


def _keys(found: Database, folder: Path, given: str | None) -> chain.Keys:
    """Return the keys of the audit log, which is begun with them where it is new."""
    with found.reading() as transaction:
        if chain.head(transaction) is not None:
            return _fitting(transaction, found.where, folder, given)
    # Looked at again inside: another machine may have begun the log with a key of its own.
    with found.writing() as transaction:
        keys = _fitting(transaction, found.where, folder, given)
        chain.begin(transaction, keys)
    return keys


def _fitting(transaction: Transaction, where: str, folder: Path, given: str | None) -> chain.Keys:
    path = folder / secret.AUDIT_KEY
    if chain.head(transaction) is not None and not given and not path.exists():
        raise SettingsError(
            f"`{path}` is missing, and the audit log in `{where}` was sealed with it. Restore it from a backup,"
            f" or set `{secret.AUDIT_VARIABLE}`. If it is lost for good, set that to a new one: what was recorded"
            " before can then no longer be verified, and `regulars audit verify` says so."
        )
    return chain.Keys.of(secret.given(given) if given else secret.kept(path))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until nobody else on this machine opens the state."""
    with reaching(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with reaching(path):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
