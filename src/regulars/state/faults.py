"""What a database refuses, as errors that say where and what to do, and hold no secret."""

import errno
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import exc

from regulars.core.errors import Busy, RegularsError, StoreError, refusal

_LATER = "Another process is writing there; try again in a moment."
_DAMAGED = "Restore it from a backup, or move it away to begin with an empty one."
_ROOM = "Make room and try again."
#: What SQLite's result codes are to the system; the rest is told in SQLite's own words.
_SYSTEM = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_READONLY: errno.EACCES,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_IOERR: errno.EIO,
}
#: PostgreSQL's: out of disk; lock not available, too many connections, shutting down, serialisation, deadlock.
_FULL = "53100"
_BUSY = ("55P03", "53300", "57P01", "57P02", "57P03", "40001", "40P01")


@contextmanager
def translated(where: str, hidden: Sequence[str] = ()) -> Iterator[None]:
    """Turn what a database raises into an error of ours.

    Args:
        where: what names the database in messages.
        hidden: what stands in no message.

    Raises:
        Busy: another process writes, or the disk is full.
        StoreError: it is damaged, out of reach or not ours.
    """
    try:
        yield
    except exc.TimeoutError as cause:
        raise Busy(f"`{where}` is busy. {_LATER}") from cause
    except exc.DBAPIError as cause:
        raise _told(where, cause.orig or cause, hidden) from cause
    except sqlite3.Error as cause:
        raise _told(where, cause, hidden) from cause


def _told(where: str, cause: BaseException, hidden: Sequence[str]) -> RegularsError:
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(where, cause)
    state = getattr(cause, "sqlstate", None)
    if state == _FULL:
        return Busy(f"`{where}` cannot be written: its disk is full. {_ROOM}")
    if state in _BUSY:
        return Busy(f"`{where}` is busy. {_LATER}")
    advice = "Check its address and that it runs." if state is None else ""
    return StoreError(f"`{where}` cannot be used: {_masked(cause, hidden)}. {advice}".rstrip())


def _of_sqlite(where: str, cause: sqlite3.Error) -> RegularsError:
    # The lowest byte is the kind of error, the others tell apart what SQLite was doing.
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Busy(f"`{where}` is busy. {_LATER}")
    if code == sqlite3.SQLITE_NOTADB:
        return StoreError(f"`{where}` is no SQLite database, or is damaged. {_DAMAGED}")
    if code == sqlite3.SQLITE_CORRUPT:
        return StoreError(f"`{where}` is damaged. {_DAMAGED}")
    if code in _SYSTEM:
        refused = refusal(OSError(_SYSTEM[code], str(cause)), where)
        if refused is not None:
            return refused
    return StoreError(f"`{where}` cannot be used: {cause}.")


def _masked(cause: BaseException, hidden: Sequence[str]) -> str:
    """Return the first line of what a driver says, without what is to be hidden."""
    text = (str(cause).strip().splitlines() or [type(cause).__name__])[0].rstrip(". ")
    for one in filter(None, hidden):
        text = text.replace(one, "***")
    return text
