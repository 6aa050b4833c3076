"""The chain that audit entries stand in: each is sealed together with the one before it, and the end is sealed too.

Without the key, no entry can be changed, left out, put in or moved without the chain showing it. What it cannot show is
that the whole database was put back to an earlier day: keep copies of the log elsewhere against that.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import insert, select, update

from regulars.state.database import Record, Transaction
from regulars.state.tables import audit_head

#: What is sealed of an entry, in this order; `previous` is the seal of the one before it, empty for the first.
SEALED = ("seq", "at", "actor", "key", "address", "action", "object", "purpose", "rows", "result", "previous")
#: The head is one row.
_ONE = 1
_PSEUDONYM = 16


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What the log is sealed with, a key for each purpose, all made of one.

    Attributes:
        entries: seals entries.
        head: seals the end.
        names: makes pseudonyms.
        sharing: makes pseudonyms that others are given.
    """

    entries: bytes = field(repr=False)
    head: bytes = field(repr=False)
    names: bytes = field(repr=False)
    sharing: bytes = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> "Keys":
        """Return the keys that are made of one."""
        made = {name: hmac.digest(key, f"regulars audit {name}".encode(), "sha256") for name in cls.__annotations__}
        return cls(**made)

    def pseudonym(self, text: str) -> str:
        """Return what stands for a personal value: the same for the same text, and nothing to those without the key."""
        return hmac.digest(self.names, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:_PSEUDONYM]

    def shared_with(self, recipient: str) -> bytes:
        """Return the key of pseudonyms for one recipient: what two of them have cannot be put together."""
        return hmac.digest(self.sharing, recipient.encode(), "sha256")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the log is as it was written.

    Attributes:
        sound: whether it is.
        entries: how many were found sound, from the first.
        first_bad: number of the first entry that is not as it was written, or is gone; None where all are sound.
        why: what is wrong with it.
    """

    sound: bool
    entries: int
    first_bad: int | None = None
    why: str = ""


def head(transaction: Transaction) -> Record | None:
    """Return the end of the chain; None where none was begun."""
    return transaction.row(select(audit_head).where(audit_head.c.id == _ONE))


def begin(transaction: Transaction, keys: Keys) -> None:
    """Begin the chain, with no entry; one that was begun stays."""
    if head(transaction) is None:
        transaction.change(insert(audit_head).values(id=_ONE, seq=0, hmac="", seal=_end(keys, 0, "")))


def move(transaction: Transaction, keys: Keys, seq: int, sealed: str) -> None:
    """Make an entry the end of the chain."""
    changed = update(audit_head).where(audit_head.c.id == _ONE)
    transaction.change(changed.values(seq=seq, hmac=sealed, seal=_end(keys, seq, sealed)))


def seal(keys: Keys, entry: Mapping[str, object]) -> str:
    """Return the seal of an entry: HMAC-SHA-256 over all it says and the seal of the one before it."""
    return _sealed(keys.entries, [entry[name] for name in SEALED])


def verify(keys: Keys, entries: Iterable[Record], end: Record | None) -> Verdict:
    """Go through the chain.

    Args:
        keys: what it was sealed with.
        entries: all rows, by `seq`.
        end: the head of the same moment.
    """
    seen, before = 0, ""
    for entry in entries:
        if wrong := _wrong(keys, entry, seen + 1, before):
            first_bad, why = wrong
            return Verdict(sound=False, entries=seen, first_bad=first_bad, why=why)
        seen, before = seen + 1, str(entry["hmac"])
    if wrong := _wrong_end(keys, end, seen, before):
        first_bad, why = wrong
        return Verdict(sound=False, entries=seen, first_bad=first_bad, why=why)
    return Verdict(sound=True, entries=seen)


def _wrong(keys: Keys, entry: Record, due: int, before: str) -> tuple[int, str] | None:
    """Return the number of the first bad entry and what is wrong, where `entry` is not the one that is due."""
    seq = entry["seq"]
    if seq > due:
        gone = f"entry {due} is" if seq == due + 1 else f"entries {due} to {seq - 1} are"
        return due, f"{gone} gone"
    if seq < due:
        return seq, f"entry {seq} was put in"
    if entry["hmac"] != seal(keys, entry):
        return seq, f"entry {seq} is not as it was written, or was written with another key"
    if entry["previous"] != before:
        return seq, f"entry {seq} does not follow the one before it"
    return None


def _wrong_end(keys: Keys, end: Record | None, seen: int, before: str) -> tuple[int, str] | None:
    if end is None:
        return seen + 1, f"the end of the log is gone: whether entry {seen} was the last is not known"
    if end["seal"] != _end(keys, end["seq"], end["hmac"]):
        return seen + 1, f"the end of the log is not as it was written: whether entry {seen} was the last is not known"
    if end["seq"] > seen:
        gone = f"entry {end['seq']} is" if end["seq"] == seen + 1 else f"entries {seen + 1} to {end['seq']} are"
        return seen + 1, f"{gone} gone from the end"
    if end["seq"] < seen:
        return int(end["seq"]) + 1, f"entry {end['seq'] + 1} was put in at the end"
    if end["hmac"] != before:
        return max(seen, 1), f"entry {seen} is not the one that the log ended with"
    return None


def _end(keys: Keys, seq: object, sealed: object) -> str:
    return _sealed(keys.head, [seq, sealed])


def _sealed(key: bytes, parts: list[object]) -> str:
    # Whatever somebody put into the database must be read as something: it is then not what was sealed.
    text = json.dumps(parts, ensure_ascii=True, separators=(",", ":"), default=repr)
    return hmac.digest(key, text.encode(), "sha256").hex()
