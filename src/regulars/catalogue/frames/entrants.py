"""Customers by the period in which they first did anything or signed up, and what followed."""

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
)
"""Sign-ups, whether they activated in time, and after how many days; those not activated yet are censored."""


def _conversions(scope: Scope) -> ir.Table:
    tables, definitions, as_of = scope.tables, scope.definitions, scope.timeline.as_of
    bought = []
    if "purchase_days" in tables:
        bought.append(tables["purchase_days"].filter((_.customer > 0) & (_.orders > 0)).select("customer", "day"))
    if "event_days" in tables:
        goals = tables["event_days"].filter(_.name == definitions.conversion_event)
        bought.append(goals.select("customer", "day"))
    rows = _followed(scope, ibis.union(*bought) if len(bought) > 1 else bought[0])
    return rows.select(
        "customer",
        period=scope.timeline.index(rows.signed_day),
        converted=mature(
            rows.reached_day - rows.signed_day <= definitions.conversion_days,
            rows.signed_day + definitions.conversion_days < as_of,
        ),
    )


conversions = Frame(
    name="conversions",
    needs=(("events", "customers"), ("orders", "events")),
    build=_conversions,
    columns={"converted": "boolean"},
    unique=True,
    parameters=("sign_up_event", "conversion_event", "conversion_days"),
)
"""Sign-ups and whether they ordered, or reached the conversion event, in time."""
