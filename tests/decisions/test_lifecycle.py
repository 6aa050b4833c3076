"""Lifecycle: the rules one by one, and the engine against a walk through the days."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.periods import day_number
from regulars.decisions.lifecycle import STATES, State, state_of, states
from small import company, event, on, sale

LAPSE = 90


@pytest.mark.parametrize(
    ("days", "at", "state"),
    [
        ([0], 1, State.NEW),
        ([0], 90, State.NEW),
        ([0], 91, State.LAPSED),
        ([0, 50], 90, State.NEW),
        ([0, 50, 80], 91, State.ACTIVE),
        ([0, 50, 100], 160, State.ACTIVE),  # silence of two thirds
        ([0, 50, 100], 161, State.COOLING),  # one day more
        ([0, 50, 111], 120, State.COOLING),  # one act after a silence of 61 days does not warm
        ([0, 50, 111, 142], 150, State.COOLING),  # nor do two that lie 31 days apart
        ([0, 50, 111, 141], 150, State.ACTIVE),  # 30 do
        ([0, 50, 111, 141, 190], 195, State.ACTIVE),  # and then 49 do not cool
        ([0, 50, 140], 150, State.COOLING),  # a gap of 90 is no lapse
        ([0, 50, 141], 150, State.REACTIVATED),
        ([0, 50, 141], 231, State.REACTIVATED),
        ([0, 50, 141, 200], 232, State.ACTIVE),
        ([0, 70, 161, 200], 260, State.ACTIVE),  # cooling of an earlier life is forgotten
        ([0, 50, 141], 232, State.LAPSED),
        ([5], 5, None),
        ([], 5, None),
    ],
)
def test_rules(days, at, state):
    assert state_of(days, at, LAPSE) is state


def walk(days, on_day, lapse):
    """Return the state by living through every day."""
    state, first, begun, last, cooling = None, None, None, None, False
    for day in range(min(days, default=on_day), on_day + 1):
        if day < on_day and day in days:
            if last is None or day - last > lapse:
                begun, cooling = day, False
                first = day if first is None else first
            elif 3 * (day - last) <= lapse:
                cooling = False
            last = day
        # A silence lasts until the next day at least, but the last one only until `on_day`.
        elif last is not None and 3 * (min(day + 1, on_day) - last) > 2 * lapse:
            cooling = True
        if last is None:
            continue
        if on_day - last > lapse:
            state = State.LAPSED
        elif on_day - begun <= lapse:
            state = State.NEW if begun == first else State.REACTIVATED
        else:
            state = State.COOLING if cooling else State.ACTIVE
    return state


@given(st.sets(st.integers(0, 120), max_size=12), st.integers(0, 140), st.integers(1, 40))
def test_everybody_who_was_active_has_one_state_and_days_to_come_do_not_change_it(days, at, lapse):
    state = state_of(days, at, lapse)
    assert (state is None) == (min(days, default=at) >= at)
    assert state is state_of([day for day in days if day < at], at, lapse)
    assert state is walk(days, at, lapse)


@pytest.mark.parametrize("make", [sale, event])
def test_the_engine_says_the_same(make):
    rng = Random(3)
    days = {f"c{n}": {rng.randint(0, 300) for _ in range(rng.randint(1, 12))} for n in range(150)}
    rows = [make(who, day) for who, own in days.items() for day in own]
    records = company(320, **{"orders" if make is sale else "events": rows}, lapse_days=61)
    names = {row["customer"]: row["customer_id"] for row in records.run(records.tables["people"])}
    for day in (320, 301, 200, 33):
        found = {names[row["customer"]]: STATES[row["state"]] for row in records.run(states(records, on(day)))}
        number = day_number(on(day))
        shift = number - day
        expected = {who: state_of([one + shift for one in own], number, 61) for who, own in days.items()}
        assert found == {who: state for who, state in expected.items() if state}
