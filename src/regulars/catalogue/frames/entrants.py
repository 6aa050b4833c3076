"""Customers by the period in which they first did anything or signed up, and what followed."""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.kpis.frame import Frame, Scope, flag, mature


def _entrants(scope: Scope) -> ir.Table:
    people = scope.tables["people"]
    return people.filter(_.entered_day.notnull()).select(
        "customer", period=scope.timeline.index(people.entered_day), entered=ibis.literal(True)
    )


entrants = Frame(
    name="entrants",
    needs=(("orders", "subscriptions", "events"),),
    build=_entrants,
    columns={"entered": "boolean"},
    unique=True,
)
"""Customers by the period in which they first ordered, subscribed or acted."""


def _sign_ups(scope: Scope) -> ir.Table:
    """Return customers with their `signed_day`: the sign-up event's, else the day they were first seen."""
    people = scope.tables["people"]
    seen = people.select("customer", signed_day=people.signed_day)
    if "event_days" in scope.tables:
        events = scope.tables["event_days"].filter(_.name == scope.definitions.sign_up_event)
        first = events.group_by(person=events.customer).aggregate(event_day=events.day.min())
        both = seen.left_join(first, seen.customer == first.person)
        seen = both.select("customer", signed_day=ibis.coalesce(both.event_day, both.signed_day))
    return seen.filter(_.signed_day < scope.timeline.as_of)


def _followed(scope: Scope, days: ir.Table) -> ir.Table:
    """Return sign-ups with the first of their `days` on or after it as `reached_day`.

    Nobody where `days` is empty: what was never recorded did not fail to happen.
    """
    signed = _sign_ups(scope)
    done = days.select(person=days.customer, day=days.day)
    later = signed.join(done, [signed.customer == done.person, done.day >= signed.signed_day])
    first = later.group_by("person").aggregate(reached_day=later.day.min())
    everyone = signed.left_join(first, signed.customer == first.person).drop("person")
    return everyone.filter(days.count().as_scalar() > 0)


def _no_sign_up(scope: Scope) -> tuple[str, ir.Table]:
    event = scope.definitions.sign_up_event
    why = f"nobody signed up: no event is called `{event}` (`definitions.sign_up_event`)"
    return f"{why} and no customer has a `first_seen_at`", _sign_ups(scope)


def _no_activation(scope: Scope) -> Iterator[tuple[str, ir.Table]]:
    event = scope.definitions.activation_event
    why = f"no event is called `{event}` (`definitions.activation_event`)"
    yield why, scope.tables["event_days"].filter(_.name == event)
    yield _no_sign_up(scope)


LIFE = {"days": "int32", "late": "int32", "ended": "int32", "censored": "int32"}


def _activations(scope: Scope) -> ir.Table:
    days, definitions, as_of = scope.tables["event_days"], scope.definitions, scope.timeline.as_of
    rows = _followed(scope, days.filter(_.name == definitions.activation_event))
    last = ibis.coalesce(rows.reached_day, ibis.literal(as_of - 1, type="int32"))
    return rows.select(
        "customer",
        period=scope.timeline.index(rows.signed_day),
        activated=mature(
            rows.reached_day - rows.signed_day <= definitions.activation_days,
            rows.signed_day + definitions.activation_days < as_of,
        ),
        days=(last - rows.signed_day).cast("int32"),
        late=ibis.literal(0, type="int32"),
        ended=flag(rows.reached_day.notnull()),
        censored=flag(rows.reached_day.isnull()),
    )


activations = Frame(
    name="activations",
    needs=("events",),
    build=_activations,
    columns={"activated": "boolean", **LIFE},
    unique=True,
    parameters=("sign_up_event", "activation_event", "activation_days"),
    lacks=_no_activation,
)
"""Sign-ups, whether they activated in time, and after how many days; those not activated yet are censored."""


def _conversions(scope: Scope) -> ir.Table:
    definitions, as_of = scope.definitions, scope.timeline.as_of
    rows = _followed(scope, _goals(scope))
    return rows.select(
        "customer",
        period=scope.timeline.index(rows.signed_day),
        converted=mature(
            rows.reached_day - rows.signed_day <= definitions.conversion_days,
            rows.signed_day + definitions.conversion_days < as_of,
        ),
    )


def _goals(scope: Scope) -> ir.Table:
    """Return the customers and days of orders and of the conversion event."""
    tables, definitions = scope.tables, scope.definitions
    bought = []
    if "purchase_days" in tables:
        bought.append(tables["purchase_days"].filter((_.customer > 0) & (_.orders > 0)).select("customer", "day"))
    if "event_days" in tables:
        goals = tables["event_days"].filter(_.name == definitions.conversion_event)
        bought.append(goals.select("customer", "day"))
    return ibis.union(*bought) if len(bought) > 1 else bought[0]


def _no_conversion(scope: Scope) -> Iterator[tuple[str, ir.Table]]:
    yield _no_sign_up(scope)
    event = scope.definitions.conversion_event
    why = f"nobody ordered, and no event is called `{event}` (`definitions.conversion_event`)"
    yield why, _goals(scope)


conversions = Frame(
    name="conversions",
    needs=(("events", "customers"), ("orders", "events")),
    build=_conversions,
    columns={"converted": "boolean"},
    unique=True,
    parameters=("sign_up_event", "conversion_event", "conversion_days"),
    lacks=_no_conversion,
)
"""Sign-ups and whether they ordered, or reached the conversion event, in time."""
