"""Which features active customers used."""

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.kpis.frame import Frame, Scope, spread

#: Features that one mask holds: the bits of a whole number that is not negative.
_BITS = 63


@ibis.udf.agg.builtin
def bit_or(bits: int) -> int:  # type: ignore[empty-body]
    """Return the bits that any of the numbers has; Ibis' own is not known to Spark, which has it all the same."""


def _features(scope: Scope) -> ir.Table:
    known = _known(scope)
    days = scope.tables["event_days"].left_join(known, _.name == known.feature)
    placed = days.join(scope.timeline.calendar, "day")
    # A mask per customer costs a fifth of counting distinct names; a second one is needed beyond 63 features only.
    masks = placed.group_by("customer", "period", part=_.part.fill_null(0)).aggregate(
        mask=bit_or(_.bit.fill_null(0)),
        uses=ibis.ifelse(_.bit.notnull(), _.events, 0).sum(),
    )
    used = masks.group_by("customer", "period").aggregate(
        features=_ones(_.mask).sum().cast("int32"), uses=_.uses.sum().cast("int64")
    )
    # A feature is there from the period in which anyone first used it; before the first one nobody could.
    begun = ibis.greatest(scope.timeline.index(known.begun), 0)
    there = spread(known, begun, ibis.literal(scope.timeline.count - 1))
    return used.join(there.group_by("period").aggregate(available=_.count().cast("int32")), "period")


def _known(scope: Scope) -> ir.Table:
    """Return every feature with its first day, and its bit in one of the masks."""
    days, definitions = scope.tables["event_days"], scope.definitions
    names = definitions.feature_events
    not_features = (definitions.sign_up_event, definitions.activation_event, "login")
    named = days.filter(days.name.isin(names) if names else ~days.name.isin(not_features))
    first = named.group_by(feature=named.name).aggregate(begun=named.day.min())
    numbered = first.mutate(number=ibis.row_number().over(order_by=first.feature))
    bit = (2.0 ** (_.number % _BITS)).cast("int64")
    return numbered.select("feature", "begun", part=_.number // _BITS, bit=bit)


def _ones(mask: ir.IntegerValue) -> ir.IntegerValue:
    """Return how many bits of a whole number are 1: by pairs, fours and bytes, as engines name no function alike."""
    pairs = (mask & 0x5555555555555555) + ((mask >> 1) & 0x5555555555555555)
    fours = (pairs & 0x3333333333333333) + ((pairs >> 2) & 0x3333333333333333)
    each = (fours + (fours >> 4)) & 0x0F0F0F0F0F0F0F0F
    for shift in (8, 16, 32):
        each = each + (each >> shift)
    return each & 0x7F


features = Frame(
    name="features",
    needs=("events",),
    build=_features,
    columns={"features": "int32", "uses": "int64", "available": "int32"},
    unique=True,
    parameters=("feature_events", "sign_up_event", "activation_event"),
)
"""Active customers with how many features they used, of how many there were by its end."""
