"""Customers by the period in which they first did anything: ordered, subscribed, acted."""

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.kpis.frame import Frame, Scope, mature


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


def _journeys(scope: Scope) -> ir.Table:
    people, definitions, as_of = scope.tables["people"], scope.definitions, scope.timeline.as_of
    signed = people.select("customer", "first_order_day", signed_day=people.signed_day)
    if "event_days" in scope.tables:
        days = scope.tables["event_days"]
        first = days.group_by(person=days.customer).aggregate(
            signed=_first(days, definitions.sign_up_event),
            activated_day=_first(days, definitions.activation_event),
            bought_day=_first(days, definitions.conversion_event),
        )
        signed = signed.left_join(first, signed.customer == first.person).drop("person")
    else:
        signed = signed.mutate({name: ibis.null("int32") for name in ("signed", "activated_day", "bought_day")})
    signed = signed.mutate(signed_day=ibis.coalesce(_.signed, _.signed_day)).filter(_.signed_day.notnull())
    signed = signed.mutate(
        bought_day=ibis.least(ibis.coalesce(_.bought_day, _.first_order_day), _.first_order_day.fill_null(_.bought_day))
    )
    return signed.select(
        "customer",
        period=scope.timeline.index(signed.signed_day),
        activated=mature(
            _.activated_day - _.signed_day <= definitions.activation_days,
            _.signed_day + definitions.activation_days <= as_of,
        ),
        converted=mature(
            _.bought_day - _.signed_day <= definitions.conversion_days,
            _.signed_day + definitions.conversion_days <= as_of,
        ),
    )


def _first(days: ir.Table, name: str) -> ir.Value:
    return days.day.min(where=days.name == name)


journeys = Frame(
    name="journeys",
    needs=(("events", "customers"),),
    build=_journeys,
    columns={"activated": "boolean", "converted": "boolean"},
    unique=True,
    parameters=("sign_up_event", "activation_event", "activation_days", "conversion_event", "conversion_days"),
)
"""Sign-ups and what followed; the day of sign-up is the event's, else the day the customer was first seen."""


def _time_to_value(scope: Scope) -> ir.Table:
    days, definitions, as_of = scope.tables["event_days"], scope.definitions, scope.timeline.as_of
    people = scope.tables["people"]
    first = days.group_by("customer").aggregate(
        signed=_first(days, definitions.sign_up_event), activated_day=_first(days, definitions.activation_event)
    )
    known = people.select(person=people.customer, seen=people.signed_day)
    rows = first.join(known, first.customer == known.person).mutate(signed_day=ibis.coalesce(_.signed, _.seen))
    rows = rows.filter(_.signed_day.notnull() & (_.signed_day < as_of))
    reached = _.activated_day.notnull() & (_.activated_day >= _.signed_day)
    return rows.select(
        "customer",
        period=scope.timeline.index(rows.signed_day),
        days=ibis.ifelse(reached, _.activated_day - _.signed_day, as_of - _.signed_day).cast("int32"),
        late=ibis.literal(0, type="int32"),
        ended=ibis.ifelse(reached, 1, 0).cast("int32"),
        censored=ibis.ifelse(reached, 0, 1).cast("int32"),
    )


LIFE = {"days": "int32", "late": "int32", "ended": "int32", "censored": "int32"}

time_to_value = Frame(
    name="time_to_value",
    needs=("events",),
    build=_time_to_value,
    columns=LIFE,
    unique=True,
    parameters=("sign_up_event", "activation_event"),
)
"""Days from sign-up to activation; those not activated yet are censored, not dropped."""
