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

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from itertools import pairwise

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.periods import day_number
from regulars.kpis.frame import acting
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


def state_of(days: Iterable[int], on: int, lapse: int) -> State | None:
    """Return the state on day `on` of a customer who was active on `days`; what `states` says of many.

    >>> state_of([0, 50, 200], on=210, lapse=90)
    <State.REACTIVATED: 'reactivated'>
    """
    known = sorted({day for day in days if day < on})
    if not known:
        return None
    first = begun = known[0]
    cooled = False
    for before, day in pairwise(known):
        gap = day - before
        if gap > lapse:
            begun, cooled = day, False
        elif gap * 3 > lapse * 2:
            cooled = True
        elif gap * 3 <= lapse:
            cooled = False
    silence = on - known[-1]
    if silence > lapse:
        return State.LAPSED
    if on - begun <= lapse:
        return State.NEW if begun == first else State.REACTIVATED
    return State.COOLING if cooled or silence * 3 > lapse * 2 else State.ACTIVE


def states(records: Records, on: date) -> ir.Table:
    """Return `customer` and `state` (its place in STATES) of everybody who was active before the day `on`."""
    day, lapse = day_number(on), records.definitions.lapse_days
    known = acting(records.tables).filter(_.day < day)
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
    return lives.select("customer", state=state.cast("int32"))
