"""Audiences as programs ask for them: what each is, and who is treated; who is held out is never told."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from regulars.app import handing_out
from regulars.app.handing_out import Wanted
from regulars.core.errors import Refused
from regulars.rest.asked import Query, whole
from regulars.rest.asked import listed as names
from regulars.rest.endpoint import Asking, Endpoint
from regulars.rest.schemas import COUNT, DAY, NUMBER, TEXT, TEXTS, Schema, array, maybe, ref, thing
from regulars.state import audiences
from regulars.state.audiences import Audience
from regulars.state.tokens import Scope

#: Members of an answer where nothing else is said, and at most.
SHOWN, MOST = 1_000, 10_000
_NAME = Query(name="name", meaning="an audience", schema={"type": "string", "minLength": 1})
_ANY: Schema = {"type": "object", "additionalProperties": True}


def endpoints() -> Iterator[Endpoint]:
    """Yield the addresses of audiences."""
    yield Endpoint(
        name="audiences",
        path="/audiences",
        title="Audiences, with what they are expected to bring and when that is read out",
        schema="Audiences",
        answer=every,
        group="Audiences",
        lasting=False,
    )
    yield Endpoint(
        name="members",
        path="/audiences/{name}/members",
        title="Who is treated in an audience",
        meaning="In the order of expected profit. Who is held out is never among them. It is written in the audit log.",
        schema="Members",
        answer=members,
        group="Audiences",
        about={"name": _NAME},
        queries=(
            names("with", "attributes of customers that go along, with commas between them"),
            whole("after", "only those at places after this one", least=0, most=10**9, otherwise=0),
            whole("limit", "how many at once", least=1, most=MOST, otherwise=SHOWN),
        ),
        scopes=frozenset({Scope.READ, Scope.CUSTOMERS, Scope.PERSONAL}),
        flat=lambda record: record["members"],
        noted=True,
        lasting=False,
    )


def schemas() -> dict[str, Schema]:
    """Return what they look like."""
    audience: dict[str, Schema] = {
        "name": TEXT,
        "action": TEXT,
        "team": TEXT,
        "chosen_on": DAY,
        "read_out_on": DAY,
        "days": COUNT,
        "share_held_out": {"type": "number"},
        "treated": COUNT,
        "held_out": COUNT,
        "expected_profit": ref("Number"),
        "expected_cost": ref("Number"),
        "effect_source": TEXT,
        "links": {"type": "object", "additionalProperties": {"type": "string", "format": "uri-reference"}},
    }
    member: dict[str, Schema] = {
        "customer_id": TEXT,
        "audience": TEXT,
        "action": TEXT,
        "action_version": COUNT,
        "arm": {"type": "string", "enum": ["treated"]},
        "share_held_out": {"type": "number"},
        "chosen_on": DAY,
        "read_out_on": DAY,
        "days": COUNT,
        "place": COUNT,
        "expected_profit": NUMBER,
        "expected_profit_low": NUMBER,
        "expected_profit_high": NUMBER,
        "currency": TEXT,
        "level": {"type": "number"},
        "n": COUNT,
        "flags": TEXTS,
        "status": TEXT,
        "assignee": maybe(TEXT),
    }
    row = {**thing("A customer, with the attributes that were asked for.", member), "additionalProperties": maybe(TEXT)}
    return {
        "Audiences": thing("Audiences, the newest first.", {"audiences": array(thing("", audience))}),
        "Members": thing(
            "What holds for all members, and so many of them.",
            {"audience": _ANY, "members": array(row), "next": maybe({"type": "string", "format": "uri-reference"})},
        ),
    }


def every(asking: Asking) -> dict[str, Any]:
    """Return the audiences."""
    return {"audiences": [_audience(asking, one) for one in audiences.every(asking.door.state)]}


def members(asking: Asking) -> dict[str, Any]:
    """Return who is treated; that it was asked for is written down before.

    Raises:
        Refused: they may not take rows along.
        UnknownName: there is no such audience.
        QueryError: a column is no attribute.
        NotYet: others have the records for too long.
    """
    if not asking.asks.exports:
        raise Refused("Rows of single customers are taken along by editors and admins only. Ask one of them.")
    state, name, said = asking.door.state, asking.about["name"], asking.said
    wanted = Wanted(name=name, columns=tuple(dict.fromkeys(said.get("with", ()))))
    whole = asking.turn(lambda: handing_out.prepared(asking.workspace, state, wanted, asking.records))
    following = [one for one in whole.rows if one["place"] > said.get("after", 0)]
    handout = whole.only(following[: said.get("limit", SHOWN)])
    handing_out.written_down(state, asking.asks.by, handout, "audience.export", f"program, as {asking.kind}")
    words = [(word, text) for word, text in asking.words if word != "after"]
    more = len(following) > len(handout.rows)
    last = [*words, ("after", str(handout.rows[-1]["place"]))] if more else []
    address = f"{asking.address('audiences', name, 'members')}?{urlencode(last)}" if more else None
    return {"audience": handout.stamp, "members": list(handout.rows), "next": address}


def _audience(asking: Asking, one: Audience) -> dict[str, Any]:
    return {
        "name": one.name,
        "action": one.action,
        "team": one.team,
        "chosen_on": one.as_of.isoformat(),
        "read_out_on": (one.as_of + timedelta(days=one.days)).isoformat(),
        "days": one.days,
        "share_held_out": one.holdout,
        "treated": one.treated,
        "held_out": one.held,
        "expected_profit": _number(asking, one, "profit", "doubt about effect and predictions"),
        "expected_cost": _number(asking, one, "cost", "doubt about the effect"),
        "effect_source": one.said["effect_source"],
        "links": {"members": asking.address("audiences", one.name, "members")},
    }


def _number(asking: Asking, one: Audience, name: str, method: str) -> dict[str, Any]:
    value, low, high = one.said[name]
    end = one.as_of + timedelta(days=one.days)
    return {
        "value": value,
        "low": low,
        "high": high,
        "level": one.said["level"],
        "method": method,
        "n": one.treated + one.held,
        "why_not": "" if value is not None else "it was not known when it was chosen",
        "period": f"{one.as_of}..{end}",
        "as_of": datetime.combine(one.as_of, time(), UTC).isoformat(),
        "version": f"{one.action} {one.version}",
        "flags": handing_out.flags(one),
        "unit": asking.workspace.settings.company.currency,
    }
