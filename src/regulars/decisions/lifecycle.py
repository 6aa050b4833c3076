"""Lifecycle: new, active, cooling, lapsed, reactivated; rules over the days on which a customer did something.

Days are those with events, else those with orders. L is `lapse_days`; silence is the number of days since the last
active day (yesterday is 1); a gap is the distance between two active days. A life is a run of active days without a gap
above L. The first rule that holds decides, so everybody who was ever active has exactly one state:

1. lapsed: silence > L.
2. new: the first life, begun at most L days ago.
3. reactivated: a later life, begun at most L days ago.
4. cooling: silence > 2/3 L, or such a gap in this life and no gap <= 1/3 L since.
5. active.

Hysteresis: cooling begins with a silence above two thirds of L but ends only with two active days at most one third
apart; in between, things stay as they were, so one act does not make a state flicker. The way back from lapsed leads
through L days of reactivated.
"""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.periods import day_number
from regulars.kpis.query import Records


class State(StrEnum):
    """Where a customer stands, with its meaning in one line."""

    NEW = "new"
    ACTIVE = "active"
    COOLING = "cooling"
    LAPSED = "lapsed"
    REACTIVATED = "reactivated"

    @property
    def meaning(self) -> str:
        """Who they are, in one line."""
        return _MEANINGS[self]


_MEANINGS = {
    State.NEW: "Came for the first time not long ago.",
    State.ACTIVE: "Comes in the usual rhythm.",
    State.COOLING: "Has been silent for long, or was and has not found back to the rhythm.",
    State.LAPSED: "Silent for longer than the lapse threshold.",
    State.REACTIVATED: "Came back not long ago after having lapsed.",
}
#: In the order in which they are shown.
STATES = tuple(State)


def states(records: Records, on: date, customers: Collection[int] | None = None) -> ir.Table:
    """Return `customer`, `state` (its place in STATES) and `silence` of everybody who was active before the day `on`.

    Args:
        records: what is asked; needs events or orders.
        on: days before it count.
        customers: numbers of those wanted; None for all. A few are found without reading the rest.
    """
    day, lapse = day_number(on), records.definitions.lapse_days
    known = _acting(records).filter(_.day < day)
    if customers is not None:
        known = known.filter(known.customer.isin(sorted(customers)))
    gap = known.day - known.prev_day
    lives = known.group_by("customer").aggregate(
        first_day=known.day.min(),
        last_day=known.day.max(),
        begun=known.day.max(where=known.prev_day.isnull() | (gap > lapse)),
        cooled=known.day.max(where=(gap * 3 > lapse * 2) & (gap <= lapse)),
        warmed=known.day.max(where=gap * 3 <= lapse),
    )
    lives = lives.mutate(silence=(day - lives.last_day).cast("int32"))
    recent = day - lives.begun <= lapse
    cooled = (lives.cooled > lives.begun) & (lives.warmed.isnull() | (lives.warmed < lives.cooled))
    state = ibis.cases(
        (lives.silence > lapse, STATES.index(State.LAPSED)),
        (recent & (lives.begun == lives.first_day), STATES.index(State.NEW)),
        (recent, STATES.index(State.REACTIVATED)),
        ((lives.silence * 3 > lapse * 2) | cooled, STATES.index(State.COOLING)),
        else_=STATES.index(State.ACTIVE),
    )
    return lives.select("customer", "silence", state=state.cast("int32"))


def _acting(records: Records) -> ir.Table:
    if "activity_days" in records.tables:
        return records.tables["activity_days"]
    days = records.tables["purchase_days"]
    return days.filter((days.customer > 0) & (days.orders > 0))
