"""The audit log: who did what to whose data, in entries that can only be added, and cannot be changed unseen.

It holds names of people who work with Regulars, and of what they asked for; of a customer it holds a pseudonym.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from regulars.core.errors import StoreError
from regulars.state import chain
from regulars.state.chain import Verdict
from regulars.state.database import Record
from regulars.state.instants import instant, stored
from regulars.state.store import State
from regulars.state.tables import audit

#: Longest text of an entry.
_MOST = 200
#: What no database takes, or breaks a line.
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class By:
    """Who acts.

    Attributes:
        actor: name of a person; `cli:` and the system's name of who runs a command; a pseudonym of who is not known.
        key: beginning of the token, or of the session's digest.
        address: from where.
    """

    actor: str
    key: str = ""
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that was done.

    Attributes:
        seq: counts entries, from 1, without a gap.
        at: when.
        by: who.
        action: what, as `token.new`.
        object: to what: a name, or a pseudonym.
        purpose: for what, where it was said.
        rows: how many rows were shown; None where it was no question of rows.
        result: what came of it: `done`, or why not.
        hmac: its seal.
    """

    seq: int
    at: datetime
    by: By
    action: str
    object: str
    purpose: str
    rows: int | None
    result: str
    hmac: str


def record(
    state: State,
    by: By,
    action: str,
    object: str = "",
    *,
    purpose: str = "",
    rows: int | None = None,
    result: str = "done",
    at: datetime,
) -> Entry:
    """Add an entry; inside `state.writing()`, it counts when that does.

    Raises:
        StoreError: the log's end is gone, so that nothing can follow it; or the database cannot be written.
        Busy: another process writes, or the disk is full.
    """
    said = {
        "actor": by.actor,
        "key": by.key,
        "address": by.address,
        "action": action,
        "object": object,
        "purpose": purpose,
        "result": result,
    }
    row: dict[str, Any] = {name: _line(text) for name, text in said.items()}
    row |= {"at": stored(at), "rows": rows}
    with state.writing() as transaction:
        end = chain.head(transaction)
        if end is None:
            raise StoreError(
                f"The audit log in `{state.database.where}` was tampered with: its end is gone, and nothing can follow"
                " it. Restore the database from a backup."
            )
        row |= {"seq": end["seq"] + 1, "previous": end["hmac"]}
        row["hmac"] = chain.seal(state.keys, row)
        transaction.change(insert(audit).values(row))
        chain.move(transaction, state.keys, end["seq"] + 1, row["hmac"])
    return _entry(row)


def entries(state: State, *, limit: int) -> Sequence[Entry]:
    """Return the newest entries, the newest first."""
    with state.reading() as transaction:
        return [_entry(row) for row in transaction.rows(select(audit).order_by(audit.c.seq.desc()).limit(limit))]


def wrote(state: State, about: str, *actions: str) -> bool:
    """Whether the log says that one of `actions` was done to something."""
    wanted = select(audit.c.seq).where(audit.c.object == about, audit.c.action.in_(actions)).limit(1)
    with state.reading() as transaction:
        return transaction.row(wanted) is not None


def verify(state: State) -> Verdict:
    """Go through the whole log: was an entry changed, left out, put in, moved or cut off?"""
    with state.reading() as transaction:
        end = chain.head(transaction)
        with transaction.streamed(select(audit).order_by(audit.c.seq)) as rows:
            return chain.verify(state.keys, rows, end)


def pseudonym(state: State, text: str) -> str:
    """Return what stands for a personal value in the log; whoever has the key can tell whether it is a given one."""
    return state.keys.pseudonym(f"value {text}")


def _line(text: str) -> str:
    return _UNFIT.sub(" ", text)[:_MOST]


def _entry(row: Record) -> Entry:
    return Entry(
        seq=row["seq"],
        at=instant(row["at"]),
        by=By(actor=row["actor"], key=row["key"], address=row["address"]),
        action=row["action"],
        object=row["object"],
        purpose=row["purpose"],
        rows=row["rows"],
        result=row["result"],
        hmac=row["hmac"],
    )
