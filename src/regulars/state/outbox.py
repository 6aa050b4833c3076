"""The outbox: what channels are to be told, kept before it is sent and until it was taken.

A letter is sent at least once: whoever is killed between sending and writing that down sends it again, with the same
key, by which the receiver knows it. Each channel gets its letters in the order in which they were put.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update

from regulars.core.errors import QueryError
from regulars.core.message import Message, Tells
from regulars.state.database import Record, Transaction
from regulars.state.instants import instant, stored
from regulars.state.person import Person, Role
from regulars.state.store import State
from regulars.state.tables import outbox

#: For how long whoever takes letters has them alone; longer than sending may take.
LEASE = timedelta(minutes=5)
#: Before a letter that was not taken is sent again, once each; after the last try it is dead.
WAITS = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 240, 720))
#: Letters that a digest gathers at most.
_GATHERED = 200
#: Most bytes of a file that goes with a letter.
MOST_ENCLOSED = 10_000_000
_NOBODY = 0


class Standing(StrEnum):
    """What became of a letter."""

    WAITING = "waiting"
    """It is to be sent, now or later."""
    SENT = "sent"
    """It was taken."""
    DEAD = "dead"
    """It was not taken, and is not sent again by itself."""
    DROPPED = "dropped"
    """Somebody took it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The rights that a file was made with.

    Attributes:
        name: of the person.
        role: that they had.
        personal: whether they saw who customers are.
    """

    name: str
    role: Role
    personal: bool

    @classmethod
    def of(cls, person: Person) -> "Rights":
        """Return the rights that a person has now."""
        return cls(name=person.name, role=person.role, personal=person.sees_personal)

    def hold(self, person: Person | None) -> bool:
        """Whether a person, as they are now, may have what was made with these."""
        if person is None or person.disabled:
            return False
        return person.role >= self.role and person.sees_personal >= self.personal


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """A file that goes with a letter.

    Attributes:
        name: of the file.
        content: its bytes.
        rights: that it was made with; None where it was made for nobody in particular.
    """

    name: str
    content: bytes = field(repr=False)
    rights: Rights | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message to a channel.

    Attributes:
        id: counts letters in the order in which they were put.
        channel: name of it.
        message: what is told.
        enclosed_as: name of the file that goes with it; "" where none does.
        put_at: since when it is there.
        standing: what became of it.
        tries: how often it was sent in vain.
        due_at: before when it is not sent again.
        trouble: why it was not taken the last time; "" where it was not tried.
        changed_at: when it became what it is.
    """

    id: int
    channel: str
    message: Message
    enclosed_as: str
    put_at: datetime
    standing: Standing
    tries: int
    due_at: datetime
    trouble: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Letters that are sent at once, to be settled by whoever took them.

    Attributes:
        letters: in their order, of one channel.
        key: the same whenever the same letters are sent again, and of no others.
        enclosed: the file that goes along; None where none does.
        until: until when whoever took them has them alone.
    """

    letters: tuple[Letter, ...]
    key: str
    enclosed: Enclosed | None = None
    until: int

    @property
    def ids(self) -> list[int]:
        """Of its letters."""
        return [one.id for one in self.letters]


def put(state: State, channel: str, message: Message, *, at: datetime, enclosed: Enclosed | None = None) -> bool:
    """Put a message to a channel into the outbox; inside `state.writing()`, it counts when that does.

    Returns:
        Whether it is new; False where a message with that key was put to that channel before, whatever became of it.

    Raises:
        QueryError: the file that goes with it is too large.
    """
    if enclosed is not None and len(enclosed.content) > MOST_ENCLOSED:
        raise QueryError(
            f"`{enclosed.name}` has {len(enclosed.content):,} bytes, more than the {MOST_ENCLOSED:,} that are sent. "
            "Write it to a folder instead."
        )
    when = stored(at)
    row = {
        "channel": channel,
        "digest": sha256(message.key.encode()).hexdigest(),
        "said": json.dumps(asdict(message), ensure_ascii=False),
        "enclosed": None if enclosed is None else enclosed.content,
        "enclosed_as": "" if enclosed is None else enclosed.name,
        "enclosed_for": "" if enclosed is None or enclosed.rights is None else json.dumps(asdict(enclosed.rights)),
        "put_at": when,
        "status": Standing.WAITING.value,
        "tries": 0,
        "due_at": when,
        "taken_until": _NOBODY,
        "parcel": None,
        "trouble": "",
        "changed_at": when,
    }
    with state.writing() as transaction:
        known = select(outbox.c.id).where(outbox.c.channel == channel, outbox.c.digest == row["digest"])
        if transaction.row(known) is not None:
            return False
        transaction.change(insert(outbox).values(row))
    return True


def take(state: State, channel: str, *, at: datetime, before: datetime | None = None) -> Parcel | None:
    """Take what is to be sent to a channel next, alone until `LEASE` is over; None where nothing is to be sent now.

    Args:
        state: holds the letters.
        channel: name of it.
        at: now.
        before: gather letters that were put before then into one parcel, and leave those put later; each goes alone,
            at once, where None.
    """
    with state.writing() as transaction:
        first = transaction.row(_waiting(channel).limit(1))
        if first is None or not _free(first, at):
            return None
        rows = _together(transaction, first, before)
        if not rows:
            return None
        until = stored(at + LEASE)
        ids = [row["id"] for row in rows]
        transaction.change(update(outbox).where(outbox.c.id.in_(ids)).values(taken_until=until, parcel=ids[0]))
    return Parcel(
        letters=tuple(map(_letter, rows)),
        key=_key([row["digest"] for row in rows]),
        enclosed=_enclosed(first),
        until=until,
    )


def ready(state: State, channel: str, *, at: datetime, before: datetime | None = None) -> bool:
    """Whether `take` would take anything."""
    with state.reading() as transaction:
        first = transaction.row(_waiting(channel).limit(1))
        return first is not None and _free(first, at) and bool(_together(transaction, first, before))


def _waiting(channel: str) -> Select[Any]:
    waiting = outbox.c.status == Standing.WAITING.value
    return select(outbox).where(outbox.c.channel == channel, waiting).order_by(outbox.c.id)


def _free(row: Record, at: datetime) -> bool:
    """Whether a letter may be sent now; what is further ahead than it ever is set was written by a clock set back."""
    taken = stored(at) < row["taken_until"] <= stored(at + LEASE)
    later = stored(at) < row["due_at"] <= stored(at + WAITS[-1])
    return not taken and not later


def _together(transaction: Transaction, first: Record, before: datetime | None) -> Sequence[Record]:
    """Return what goes with the first letter: what was sent with it before, or what is gathered now."""
    if first["parcel"] is not None:
        same = outbox.c.parcel == first["parcel"]
        return transaction.rows(_waiting(first["channel"]).where(same))
    if before is None or _alone(first):
        return [first]
    put_before = outbox.c.put_at < stored(before)
    rows = transaction.rows(_waiting(first["channel"]).where(put_before).limit(_GATHERED))
    alone = next((place for place, row in enumerate(rows) if _alone(row)), len(rows))
    return rows[:alone]


def _alone(row: Record) -> bool:
    return row["enclosed"] is not None or json.loads(row["said"])["tells"] == Tells.TRIAL.value


def _key(digests: Sequence[str]) -> str:
    return digests[0][:32] if len(digests) == 1 else sha256("".join(digests).encode()).hexdigest()[:32]


def delivered(state: State, parcel: Parcel, *, at: datetime) -> None:
    """Write down that letters were taken; the file that went with them is forgotten."""
    values = {"status": Standing.SENT.value, "trouble": "", "enclosed": None, "changed_at": stored(at)}
    with state.writing() as transaction:
        transaction.change(update(outbox).where(outbox.c.id.in_(parcel.ids)).values({**values, "taken_until": _NOBODY}))


def failed(state: State, parcel: Parcel, trouble: str, *, at: datetime, final: bool = False) -> bool:
    """Write down that letters were not taken; return whether they are dead now.

    Args:
        state: holds the letters.
        parcel: them.
        trouble: why, without secrets.
        at: now.
        final: whether sending them again as they are is in vain.
    """
    tries = max(one.tries for one in parcel.letters) + 1
    dead = final or tries > len(WAITS)
    values = {
        "status": (Standing.DEAD if dead else Standing.WAITING).value,
        "tries": tries,
        "due_at": stored(at if dead else at + WAITS[tries - 1]),
        "taken_until": _NOBODY,
        "trouble": trouble,
        "changed_at": stored(at),
    }
    # Who took too long has lost them to somebody else, whose word counts.
    own = outbox.c.id.in_(parcel.ids) & (outbox.c.taken_until == parcel.until)
    with state.writing() as transaction:
        transaction.change(update(outbox).where(own).values(values))
    return dead


def held_up(state: State, channel: str, trouble: str) -> None:
    """Write down why nothing can be sent to a channel; that counts as no try."""
    waits = (outbox.c.channel == channel) & (outbox.c.status == Standing.WAITING.value)
    with state.writing() as transaction:
        transaction.change(update(outbox).where(waits & (outbox.c.trouble != trouble)).values(trouble=trouble))


def letters(
    state: State, *, standing: Standing | None = None, channels: Collection[str] | None = None, most: int = 100
) -> Sequence[Letter]:
    """Return letters, the newest first."""
    wanted = select(outbox).order_by(outbox.c.id.desc()).limit(most)
    if standing is not None:
        wanted = wanted.where(outbox.c.status == standing.value)
    if channels is not None:
        wanted = wanted.where(outbox.c.channel.in_(sorted(channels)))
    with state.reading() as transaction:
        return [_letter(row) for row in transaction.rows(wanted)]


def counts(state: State) -> Mapping[str, Mapping[Standing, int]]:
    """Return how many letters there are by channel and what became of them."""
    groups = select(outbox.c.channel, outbox.c.status, func.count().label("n"))
    with state.reading() as transaction:
        rows = transaction.rows(groups.group_by(outbox.c.channel, outbox.c.status))
    found: dict[str, dict[Standing, int]] = {}
    for row in rows:
        found.setdefault(row["channel"], {})[Standing(row["status"])] = int(row["n"])
    return found


def latest(state: State, channel: str, standing: Standing) -> Letter | None:
    """Return the letter that became something last; None where none did."""
    wanted = select(outbox).where(outbox.c.channel == channel, outbox.c.status == standing.value)
    with state.reading() as transaction:
        row = transaction.row(wanted.order_by(outbox.c.changed_at.desc(), outbox.c.id.desc()).limit(1))
    return None if row is None else _letter(row)


def head(state: State, channel: str) -> Letter | None:
    """Return the letter that is to be sent to a channel next; None where none waits."""
    with state.reading() as transaction:
        row = transaction.row(_waiting(channel).limit(1))
    return None if row is None else _letter(row)


def retry(state: State, ids: Collection[int] | None, *, at: datetime) -> int:
    """Send dead letters again, and waiting ones now; all where `ids` is None. Return how many."""
    values = {
        "status": Standing.WAITING.value,
        "tries": 0,
        "due_at": stored(at),
        "changed_at": stored(at),
    }
    return _changed(state, ids, (Standing.DEAD, Standing.WAITING), values)


def drop(state: State, ids: Collection[int] | None, *, at: datetime) -> int:
    """Take dead and waiting letters out, so that they are never sent; all where `ids` is None. Return how many."""
    values = {"status": Standing.DROPPED.value, "enclosed": None, "changed_at": stored(at)}
    return _changed(state, ids, (Standing.DEAD, Standing.WAITING), values)


def _changed(state: State, ids: Collection[int] | None, among: Sequence[Standing], values: Mapping[str, object]) -> int:
    these = [outbox.c.status.in_([one.value for one in among])]
    if ids is not None:
        these.append(outbox.c.id.in_(sorted(ids)))
    with state.writing() as transaction:
        return transaction.change(update(outbox).where(*these).values(values))


def forget(state: State, *, before: datetime) -> int:
    """Delete what was sent or dropped before then, with its key; return how many letters."""
    over = outbox.c.status.in_([Standing.SENT.value, Standing.DROPPED.value]) & (outbox.c.changed_at < stored(before))
    with state.writing() as transaction:
        return transaction.change(delete(outbox).where(over))


def _enclosed(row: Record) -> Enclosed | None:
    if row["enclosed"] is None:
        return None
    said = json.loads(row["enclosed_for"]) if row["enclosed_for"] else None
    rights = None if said is None else Rights(**{**said, "role": Role(said["role"])})
    return Enclosed(name=row["enclosed_as"], content=row["enclosed"], rights=rights)


def _letter(row: Record) -> Letter:
    said = json.loads(row["said"])
    facts = tuple((name, words) for name, words in said["facts"])
    return Letter(
        id=row["id"],
        channel=row["channel"],
        message=Message(**{**said, "tells": Tells(said["tells"]), "facts": facts}),
        enclosed_as=row["enclosed_as"],
        put_at=instant(row["put_at"]),
        standing=Standing(row["status"]),
        tries=row["tries"],
        due_at=instant(row["due_at"]),
        trouble=row["trouble"],
        changed_at=instant(row["changed_at"]),
    )
