"""Audiences: customers for whom something is done, with those who are held out, and what became of each.

They outlive the records that they were chosen from: an audience is what was decided, and is never chosen again.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from regulars.core.errors import QueryError, UnknownName
from regulars.state.database import Record
from regulars.state.instants import instant, stored
from regulars.state.store import State
from regulars.state.tables import audiences, members

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
#: Rows that are written at once.
_AT_ONCE = 1_000


class Arm(StrEnum):
    """To whom something is done."""

    TREATED = "treated"
    HOLDOUT = "holdout"


class Status(StrEnum):
    """What became of a member."""

    OPEN = "open"
    DONE = "done"
    SNOOZED = "snoozed"
    DECLINED = "declined"


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Customers for whom one thing is done.

    Attributes:
        name: which; arms are drawn by it.
        action, version: what is done, and by which definition.
        team: who does it.
        as_of: day before which records were known.
        days: after it, within which the effect shows.
        holdout: share that is left alone.
        said: what was expected, as plain values.
        created_at, created_by: when, and by whom.
        treated, held: how many customers.
    """

    name: str
    action: str
    version: int
    team: str
    as_of: date
    days: int
    holdout: float
    said: Mapping[str, Any]
    created_at: datetime
    created_by: str
    treated: int = 0
    held: int = 0


@dataclass(frozen=True, kw_only=True)
class Member:
    """A customer in an audience.

    Attributes:
        customer_id: who.
        arm: treated, or held out.
        place: in the order in which they are worth it, from 1.
        profit, error: what it was expected to bring, with its standard error.
        part: segment by which effects are learned; "" where it is not known.
        status: what became of it; of those held out always open.
        assignee: who does it.
        until: when it comes back, if it was put off.
        outcome: in words.
    """

    customer_id: str
    arm: Arm
    place: int
    profit: float
    error: float
    part: str = ""
    status: Status = Status.OPEN
    assignee: str | None = None
    until: datetime | None = None
    outcome: str = ""
    changed_at: datetime | None = field(default=None, compare=False)


def add(state: State, audience: Audience, who: Sequence[Member], *, at: datetime) -> None:
    """Keep an audience.

    Raises:
        QueryError: its name cannot be one, or is taken; nobody is in it.
    """
    if not _NAME.fullmatch(audience.name):
        raise QueryError(
            f"`{audience.name}` is no name of an audience. Write small letters, digits, - and _, at most 64."
        )
    if not who:
        raise QueryError("Nobody is in this audience.")
    with state.writing() as transaction:
        if transaction.row(select(audiences.c.name).where(audiences.c.name == audience.name)):
            raise QueryError(f"There is an audience `{audience.name}` already. Choose another name.")
        transaction.change(insert(audiences).values(_row(audience)))
        for begin in range(0, len(who), _AT_ONCE):
            rows = [_member_row(audience.name, one, at) for one in who[begin : begin + _AT_ONCE]]
            transaction.insert(members, rows)


def every(state: State, *names: str) -> list[Audience]:
    """Return the audiences of these names, the newest first; all where none is named."""
    arms = select(members.c.audience, members.c.arm, func.count().label("n"))
    wanted = select(audiences).order_by(audiences.c.created_at.desc(), audiences.c.name)
    if names:
        arms, wanted = arms.where(members.c.audience.in_(names)), wanted.where(audiences.c.name.in_(names))
    with state.reading() as transaction:
        found = transaction.rows(arms.group_by(members.c.audience, members.c.arm))
        rows = transaction.rows(wanted)
    counted = {(row["audience"], row["arm"]): row["n"] for row in found}
    return [_audience(row, counted) for row in rows]


def named(state: State, name: str) -> Audience:
    """Return an audience.

    Raises:
        UnknownName: there is none of that name.
    """
    found = every(state, name)
    if not found:
        raise UnknownName("audience", name, [one.name for one in every(state)])
    return found[0]


@contextmanager
def streamed(state: State, name: str) -> Iterator[Iterator[Member]]:
    """Give the members of an audience, in the order in which they are worth it."""
    wanted = select(members).where(members.c.audience == name).order_by(members.c.place)
    with state.reading() as transaction, transaction.streamed(wanted) as rows:
        yield (member_of(row) for row in rows)


def of(state: State, name: str) -> list[Member]:
    """Return the members of an audience, in the order in which they are worth it."""
    with streamed(state, name) as found:
        return list(found)


def change(
    state: State,
    name: str,
    customer_id: str,
    *,
    status: Status | None = None,
    assignee: str | None = None,
    until: datetime | None = None,
    outcome: str | None = None,
    at: datetime,
) -> Member:
    """Say what became of a member.

    Raises:
        UnknownName: they are not in it.
        QueryError: they are held out, so nothing is to be done; or it was put off to no day.
    """
    if status is Status.SNOOZED and until is None:
        raise QueryError("Until when is it put off? Name a day.")
    here = (members.c.audience == name) & (members.c.digest == _digest(customer_id))
    with state.writing() as transaction:
        row = transaction.row(select(members).where(here))
        if row is None:
            raise UnknownName("member", customer_id, ())
        if row["arm"] == Arm.HOLDOUT:
            raise QueryError(f"`{customer_id}` is held out: they are left alone, so that the effect can be measured.")
        values: dict[str, Any] = {"changed_at": stored(at)}
        if status is not None:
            values |= {"status": status.value, "until": None if until is None else stored(until)}
        values |= {} if assignee is None else {"assignee": assignee or None}
        values |= {} if outcome is None else {"outcome": outcome}
        transaction.change(update(members).where(here).values(values))
        changed = transaction.row(select(members).where(here))
    assert changed is not None
    return member_of(changed)


def remove(state: State, name: str) -> None:
    """Forget an audience of which nothing was done yet.

    Raises:
        QueryError: something was said of a member.
    """
    with state.writing() as transaction:
        touched = select(members.c.digest).where(
            members.c.audience == name, (members.c.status != Status.OPEN) | (members.c.outcome != "")
        )
        if transaction.row(touched.limit(1)):
            raise QueryError(f"Something was done for members of `{name}`: it stays, so that it can be measured.")
        transaction.change(delete(members).where(members.c.audience == name))
        transaction.change(delete(audiences).where(audiences.c.name == name))


def busy(state: State, *, on: date) -> dict[str, str]:
    """Return the customers whose effect is being measured on a day, held out or not, each with their audience."""
    running = [one.name for one in every(state) if one.as_of.toordinal() + one.days > on.toordinal()]
    found: dict[str, str] = {}
    with state.reading() as transaction:
        wanted = select(members.c.customer_id, members.c.audience).where(members.c.audience.in_(running))
        with transaction.streamed(wanted) as rows:
            for row in rows:
                found[row["customer_id"]] = row["audience"]
    return found


def _digest(customer_id: str) -> str:
    return sha256(customer_id.encode("utf-8", "surrogatepass")).hexdigest()


def _row(one: Audience) -> dict[str, Any]:
    return {
        "name": one.name,
        "action": one.action,
        "version": one.version,
        "team": one.team,
        "as_of": one.as_of.isoformat(),
        "days": one.days,
        "holdout": one.holdout,
        "said": json.dumps(one.said, sort_keys=True),
        "created_at": stored(one.created_at),
        "created_by": one.created_by,
    }


def _audience(row: Record, counted: Mapping[tuple[str, str], int]) -> Audience:
    kept = {name: row[name] for name in ("name", "action", "version", "team", "days", "holdout", "created_by")}
    return Audience(
        **kept,
        as_of=date.fromisoformat(row["as_of"]),
        said=json.loads(row["said"]),
        created_at=instant(row["created_at"]),
        treated=counted.get((row["name"], Arm.TREATED), 0),
        held=counted.get((row["name"], Arm.HOLDOUT), 0),
    )


def _member_row(audience: str, one: Member, at: datetime) -> dict[str, Any]:
    return {
        "audience": audience,
        "digest": _digest(one.customer_id),
        "customer_id": one.customer_id,
        "arm": one.arm.value,
        "part": one.part,
        "place": one.place,
        "profit": one.profit,
        "error": one.error,
        "status": one.status.value,
        "assignee": one.assignee,
        "until": None if one.until is None else stored(one.until),
        "outcome": one.outcome,
        "changed_at": stored(at),
    }


def member_of(row: Record) -> Member:
    """Return the member in a row of `members`."""
    return Member(
        customer_id=row["customer_id"],
        arm=Arm(row["arm"]),
        part=row["part"],
        place=row["place"],
        profit=row["profit"],
        error=row["error"],
        status=Status(row["status"]),
        assignee=row["assignee"],
        until=None if row["until"] is None else instant(row["until"]),
        outcome=row["outcome"],
        changed_at=instant(row["changed_at"]),
    )
