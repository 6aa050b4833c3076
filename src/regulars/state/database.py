"""The one module of the state that hands statements to a database: SQLite or PostgreSQL, through SQLAlchemy.

Whoever writes is alone: `BEGIN IMMEDIATE` on SQLite, one advisory lock on PostgreSQL. What is read before it is written
is therefore still so, on both.
"""

import errno
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, func, insert, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.sql.expression import Executable

from regulars.core.errors import SettingsError, StoreError, reaching
from regulars.state.faults import translated

URL_VARIABLE = "REGULARS_STATE_URL"
#: How long a writer waits for the one before it.
_PATIENCE = 10
#: For how long somebody else's letting go is waited for, by what SQLite says meanwhile.
_MOMENTS = {sqlite3.SQLITE_BUSY: _PATIENCE, sqlite3.SQLITE_IOERR: 2}
_PRAGMAS = (
    f"busy_timeout = {_PATIENCE * 1000}",
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",
    "trusted_schema = OFF",
)
_WRITES = "regulars_writes"
#: Any number will do as long as it is always the same: the first bytes of "regulars".
_ADVISORY = int.from_bytes(b"regulars", "big", signed=True)
_DRIVER = "postgresql+psycopg"
_SCHEMES = ("postgres", "postgresql", _DRIVER)
#: What a host and a database may be called; anything else is a password with an @ in it, cut in the wrong place.
_HOST, _DATABASE = re.compile(r"[\w.:%-]*|/[^@]*"), re.compile(r"[^@/:]*")
#: Rows that are fetched at once of what may be long.
_AT_ONCE = 1000

#: A row, by column.
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Transaction:
    """What is asked and changed together, whole or not at all.

    Attributes:
        connection: carries the transaction.
    """

    connection: Connection = field(repr=False)

    def rows(self, statement: Executable) -> Sequence[Record]:
        """Return all rows of a query."""
        return [row._asdict() for row in self.connection.execute(statement)]

    def row(self, statement: Executable) -> Record | None:
        """Return the first row of a query; None where there is none."""
        row = self.connection.execute(statement).first()
        return None if row is None else row._asdict()

    @contextmanager
    def streamed(self, statement: Executable) -> Iterator[Iterator[Record]]:
        """Give the rows of a query one after the other, however many they are, without keeping them."""
        with self.connection.execute(statement, execution_options={"yield_per": _AT_ONCE}) as result:
            yield (row._asdict() for row in result)

    def insert(self, table: Table, rows: Sequence[Record]) -> None:
        """Insert rows, all with the same columns."""
        self.connection.execute(insert(table), [dict(row) for row in rows])

    def change(self, statement: Executable) -> int:
        """Insert, update or delete; return how many rows that concerned."""
        return self.connection.execute(statement).rowcount


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database that can be reached.

    Attributes:
        where: names it in messages: a path, or an address without its password.
        engine: reaches it.
        hidden: what stands in no message.
    """

    where: str
    engine: Engine = field(repr=False)
    hidden: tuple[str, ...] = field(default=(), repr=False)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Open a transaction that sees one moment and changes nothing.

        Raises:
            Busy: another process has it for itself.
            StoreError: it is damaged or out of reach.
        """
        with translated(self.where, self.hidden), self.engine.connect() as connection:
            if self.engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield Transaction(connection)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Open a transaction that writes, alone; it counts once this is left without an error.

        Raises:
            Busy: another process writes, or the disk is full.
            StoreError: it is damaged or out of reach.
        """
        with translated(self.where, self.hidden), self.engine.connect() as connection:
            connection.execution_options(**{_WRITES: True})
            with connection.begin():
                transaction = Transaction(connection)
                if self.engine.dialect.name == "postgresql":
                    transaction.row(select(func.set_config("lock_timeout", f"{_PATIENCE}s", True)))
                    transaction.row(select(func.pg_advisory_xact_lock(_ADVISORY)))
                yield transaction

    def close(self) -> None:
        """Let go of it."""
        self.engine.dispose()


def sqlite(path: Path) -> Database:
    """Return the SQLite database at `path`, which is made where there is none; nobody else may read it.

    Raises:
        StoreError: the file cannot be made or used.
        Busy: the disk is full.
    """
    with reaching(path):
        # SQLite gives its -wal and -shm files the rights of the file beside them.
        # TRICKY: whoever closes a file gives up all locks of this process on it, those of SQLite, too: another process
        # then takes the -shm away from under connections that are open. One that is there is not opened here.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    url = URL.create("sqlite+pysqlite", database=str(path.absolute()))
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": _PATIENCE}, pool_timeout=_PATIENCE)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return Database(where=str(path), engine=engine)


def _prepare(connection: Any, _record: object) -> None:
    # The driver would begin transactions late and as it likes; `_begin` does it instead.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        _set(connection, pragma)


def _set(connection: Any, pragma: str) -> None:
    """Set what a connection keeps to.

    TRICKY: whoever lets go of the last connection has the file alone for a moment and takes its -shm away. SQLite does
    not wait for that here, whatever `busy_timeout` says, and on some systems calls it an error of the disk.
    """
    began = monotonic()
    while True:
        try:
            connection.execute(f"PRAGMA {pragma}").fetchall()
            return
        except sqlite3.OperationalError as cause:
            if monotonic() - began > _MOMENTS.get(cause.sqlite_errorcode & 0xFF, 0):
                raise
            sleep(0.02)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(_WRITES) else "BEGIN")


def postgres(text: str) -> Database:
    """Return the PostgreSQL database at an address such as `postgresql://user:password@host/database`.

    Raises:
        SettingsError: that is no such address.
        StoreError: psycopg is not installed.
    """
    url = _address(text)
    hidden = tuple(str(value) for name, value in url.query.items() if "password" in name)
    where = URL.create("postgresql", host=url.host, port=url.port, database=url.database).render_as_string()
    try:
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_timeout=_PATIENCE,
            connect_args={"connect_timeout": _PATIENCE} if "connect_timeout" not in url.query else {},
        )
    except (NoSuchModuleError, ImportError):
        raise StoreError("psycopg is not installed. Run `pip install 'regulars[postgres]'`.") from None
    return Database(where=where, engine=engine, hidden=(*hidden, url.password or ""))


def _address(text: str) -> URL:
    """Read an address; what is wrong with it is said without it, as it may hold a password."""
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        url = None
    if (
        url is None
        or url.drivername not in _SCHEMES
        or not _HOST.fullmatch(url.host or "")
        or not _DATABASE.fullmatch(url.database or "")
    ):
        raise SettingsError(
            f"`{URL_VARIABLE}` is no address of a PostgreSQL database. Write it as"
            " `postgresql://user:password@host:5432/database`, with @ and / in a password as %40 and %2F."
        )
    return url.set(drivername=_DRIVER)
