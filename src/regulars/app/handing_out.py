"""Handing audiences out: the treated alone, stamped with how they are measured, after it was written down."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from regulars.app.consent import refusing
from regulars.app.workspace import Workspace
from regulars.core.errors import QueryError, SettingsError, nearest
from regulars.core.periods import now
from regulars.core.sharing_settings import Mask, Sharing
from regulars.core.wording import counted
from regulars.data import engine
from regulars.decisions.masks import masked, pseudonym
from regulars.kpis.query import Records
from regulars.state import audiences, audit
from regulars.state.audiences import Arm, Audience, Member, Status
from regulars.state.audit import By
from regulars.state.store import State
from regulars.stats.intervals import z
from regulars.stats.k_anonymity import Anonymous, anonymous

_RECIPIENT = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}")
#: What does not stand in for somebody, so that by it they could be recognised.
_RECOGNISED_BY = (Mask.KEEP, Mask.YEAR, Mask.FIRST)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is handed out.

    Attributes:
        name: of the audience.
        columns: attributes of customers that go along, the most important first.
        recipient: who is given it, where that is not the company itself: ids are pseudonyms then, columns are masked,
            and nobody can be told apart from fewer than `k`; "" for the company.
    """

    name: str
    columns: tuple[str, ...] = ()
    recipient: str = ""


@dataclass(frozen=True, kw_only=True)
class Handout:
    """What is ready to be handed out, and was not yet.

    Attributes:
        audience: which.
        stamp: what holds for all rows: what is done, how it is measured, what it is expected to bring.
        rows: a row per customer.
        withdrawn: customers who are left out, as they do not agree to be contacted any more.
        settled: customers who are left out, as it was done, declined or put off to a later day.
        given_up: customers of whom a value was given up, so that they cannot be told apart.
        masks: what became of each column.
        recipient: who is given it; "" for the company.
    """

    audience: Audience
    stamp: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    withdrawn: int
    settled: int
    given_up: int
    masks: Mapping[str, Mask]
    recipient: str

    def only(self, rows: Sequence[Mapping[str, Any]]) -> "Handout":
        """Return the same with some of its rows."""
        return replace(self, rows=rows, stamp={**self.stamp, "handed_out": len(rows)})


def prepared(workspace: Workspace, state: State, wanted: Wanted, records: Records | None) -> Handout:
    """Return what would be handed out.

    Args:
        workspace: the company's.
        state: holds the audience.
        wanted: what is asked for.
        records: what is known now; needed where `needs_records` says so.

    Raises:
        UnknownName: there is no such audience.
        QueryError: a column is none, or is not for others; nobody is left; fewer than `k` customers are in it.
    """
    audience = audiences.named(state, wanted.name)
    masks = _masks(wanted, workspace.settings.sharing, records)
    with audiences.streamed(state, wanted.name) as found:
        treated = [one for one in found if one.arm is Arm.TREATED]
    waiting = [one for one in treated if _is_to_be_done(one)]
    members, withdrawn = _agreeing(waiting, workspace, records)
    if not members:
        raise QueryError(
            f"Nobody of `{wanted.name}` is to be contacted any more: they do not agree, or it was done, declined or "
            "put off. Nobody is handed out."
        )
    known = _attributes(members, tuple(masks), records)
    k, currency = workspace.settings.sharing.k, workspace.settings.company.currency
    if not wanted.recipient:
        rows, given_up = [_own_row(audience, one, known[one.customer_id], currency) for one in members], 0
    else:
        key = state.keys.shared_with(wanted.recipient)
        rows, given_up = _shared(audience, members, known, masks, key, k)
    stamp = {
        **_stamp(audience, masks, currency),
        **({"shared_with": wanted.recipient, "k": k} if wanted.recipient else {}),
    }
    settled = len(treated) - len(waiting)
    counts = {"handed_out": len(rows), "withdrawn": withdrawn, "settled": settled, "given_up": given_up}
    return Handout(
        audience=audience,
        stamp={**stamp, **counts},
        rows=rows,
        withdrawn=withdrawn,
        settled=settled,
        given_up=given_up,
        masks=masks,
        recipient=wanted.recipient,
    )


def _is_to_be_done(one: Member) -> bool:
    later = one.status is Status.SNOOZED and one.until is not None and one.until > now()
    return one.status not in (Status.DONE, Status.DECLINED) and not later


def needs_records(workspace: Workspace, wanted: Wanted) -> bool:
    """Whether it takes records to hand it out: for columns, or to know who still agrees."""
    return bool(wanted.columns or workspace.settings.decisions.consent)


def written_down(state: State, by: By, handout: Handout, action: str, to: str) -> None:
    """Write in the audit log what is about to be handed out; what cannot be written there is not handed out.

    Raises:
        StoreError: the log cannot be written.
        Busy: another process writes, or the disk is full.
    """
    audit.record(state, by, action, handout.audience.name, purpose=said(handout, to), rows=len(handout.rows), at=now())


def said(handout: Handout, to: str) -> str:
    """Say what is handed out, and how: for the audit log."""
    columns = ", ".join(f"{name} {mask}" for name, mask in handout.masks.items()) or "none"
    k = handout.stamp.get("k")
    whose = f"shared with {handout.recipient} (k {k}, given up of {handout.given_up}), " if handout.recipient else ""
    return f"{whose}columns: {columns}; to {to}"


def _masks(wanted: Wanted, sharing: Sharing, records: Records | None) -> dict[str, Mask]:
    """Return what becomes of each column that is asked for."""
    if wanted.recipient and not _RECIPIENT.fullmatch(wanted.recipient):
        raise QueryError(f"`{wanted.recipient}` is no name of a recipient. Write letters, digits, - and _, at most 64.")
    known = () if records is None else records.attributes
    for one in wanted.columns:
        if one not in known:
            raise QueryError(f"`{one}` is no attribute of customers.{nearest(one, known)}")
    if not wanted.recipient:
        return dict.fromkeys(wanted.columns, Mask.KEEP)
    for one in sharing.columns if records is not None else ():
        if one not in known:
            raise SettingsError(
                f"`sharing.columns.{one}` of `regulars.toml` is no attribute of customers.{nearest(one, known)}"
            )
    for one in wanted.columns:
        if one not in sharing.columns:
            raise QueryError(
                f'What others may be given of `{one}` is not said. Write `{one} = "keep"` (or {_choices()}) under '
                "`[sharing.columns]` of `regulars.toml`."
            )
    return {one: sharing.columns[one] for one in wanted.columns if sharing.columns[one] is not Mask.DROP}


def _choices() -> str:
    return ", ".join(f'"{one}"' for one in Mask if one is not Mask.KEEP)


def _agreeing(treated: Sequence[Member], workspace: Workspace, records: Records | None) -> tuple[Sequence[Member], int]:
    """Return whoever still agrees to be contacted, and how many do not."""
    if records is None:
        return treated, 0
    no = refusing(workspace.settings.decisions, records)
    members = [one for one in treated if one.customer_id not in no]
    return members, len(treated) - len(members)


def _attributes(
    members: Sequence[Member], columns: tuple[str, ...], records: Records | None
) -> Mapping[str, Mapping[str, str | None]]:
    """Return columns of each member; without a value where records know nobody of that id any more."""
    nothing: Mapping[str, str | None] = dict.fromkeys(columns)
    found = {one.customer_id: nothing for one in members}
    if records is None or not columns:
        return found
    people = records.tables["people"]
    chosen = people.select("customer_id", **{name: people[name].cast("string") for name in columns})
    for row in engine.to_arrow(chosen).to_pylist():
        if (who := row.pop("customer_id")) in found:
            found[who] = row
    return found


def _own_row(audience: Audience, one: Member, known: Mapping[str, str | None], currency: str) -> dict[str, Any]:
    level = float(audience.said["level"])
    half = z(level) * one.error
    row = {
        **_measured(audience, one.customer_id),
        "place": one.place,
        "expected_profit": one.profit,
        "expected_profit_low": one.profit - half,
        "expected_profit_high": one.profit + half,
        "currency": currency,
        "level": level,
        "n": 1,
        "flags": flags(audience),
        "status": str(one.status),
        "assignee": one.assignee,
    }
    return row | _beside(row, known)


def flags(audience: Audience) -> list[str]:
    """Return what is to be known of what an audience is expected to bring."""
    if "flags" in audience.said:
        return list(audience.said["flags"])
    # Of audiences that were written down before flags were.
    return ["assumed_effect"] if "Assumed" in str(audience.said["effect_source"]) else []


def _measured(audience: Audience, who: str) -> dict[str, Any]:
    """Return what stands in every row, so that no copy of it is without how it is measured."""
    return {
        "customer_id": who,
        "audience": audience.name,
        "action": audience.action,
        "action_version": audience.version,
        "arm": str(Arm.TREATED),
        "share_held_out": audience.holdout,
        "chosen_on": audience.as_of,
        "read_out_on": audience.as_of + timedelta(days=audience.days),
        "days": audience.days,
    }


def _beside(row: Mapping[str, Any], known: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return attributes by names that nothing else in the row has."""
    return {f"customer_{name}" if name in row else name: value for name, value in known.items()}


def _shared(
    audience: Audience,
    members: Sequence[Member],
    known: Mapping[str, Mapping[str, str | None]],
    masks: Mapping[str, Mask],
    key: bytes,
    k: int,
) -> tuple[list[dict[str, Any]], int]:
    """Return rows for others, in the order of their pseudonyms, and of how many a value was given up."""
    if len(members) < k:
        raise QueryError(
            f"{counted(len(members), 'customer')} can be told apart, whatever is masked: at least {k} are shared "
            "(`sharing.k` of `regulars.toml`). Take a larger audience."
        )
    given = [
        {name: masked(known[one.customer_id][name], mask, key=key, column=name) for name, mask in masks.items()}
        for one in members
    ]
    telling = [name for name, mask in masks.items() if mask in _RECOGNISED_BY]
    alike: Anonymous = anonymous([tuple(one[name] for name in telling) for one in given], k)
    rows = []
    for one, row, told in zip(members, given, alike.rows, strict=True):
        measured = _measured(audience, pseudonym(key, "customer", one.customer_id))
        rows.append(measured | _beside(measured, row | dict(zip(telling, told, strict=True))))
    return sorted(rows, key=lambda row: str(row["customer_id"])), alike.given_up


def _stamp(audience: Audience, masks: Mapping[str, Mask], currency: str) -> dict[str, Any]:
    profit, cost, effect = (audience.said[name] for name in ("profit", "cost", "effect"))
    stamp = {name: value for name, value in _measured(audience, "").items() if name != "customer_id"}
    ends = ("", "_low", "_high")
    plan = (
        f"{counted(audience.held, 'customer')} like these are left alone and are not among them; on "
        f"{stamp['read_out_on']} it is read out what it brought beside them"
    )
    return {
        **stamp,
        "team": audience.team,
        "treated": audience.treated,
        "held_out": audience.held,
        "n": audience.treated + audience.held,
        **{f"expected_profit{end}": value for end, value in zip(ends, profit, strict=True)},
        **{f"expected_cost{end}": value for end, value in zip(ends, cost, strict=True)},
        "currency": currency,
        "level": audience.said["level"],
        **{f"effect{end}": value for end, value in zip(("_low", "", "_high"), effect, strict=True)},
        "effect_source": audience.said["effect_source"],
        "flags": flags(audience),
        "plan": plan,
        "columns": {name: str(mask) for name, mask in masks.items()},
    }
