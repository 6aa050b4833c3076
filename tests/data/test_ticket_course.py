"""The state machine of service cases: golden stories, each worked out by hand."""

from datetime import date, datetime, time, timedelta

import ibis
import pyarrow as pa
import pytest

from regulars.core.business_hours import by_day, parse
from regulars.core.periods import day_number
from regulars.data import engine
from regulars.data.facts import FOREVER
from regulars.data.store import columns_of
from regulars.data.tables import TABLES
from regulars.data.ticket_course import ticket_courses, ticket_runs

#: A Monday, at four in the afternoon; service is open on weekdays from nine to five, and closed on Wednesday.
OPENED = datetime.combine(date(2024, 3, 4), time(16))
HOURS = parse(["mon-fri 09:00-17:00"], [date(2024, 3, 6)])


def stored(name: str, rows: list[dict[str, object]]) -> pa.Table:
    columns = {}
    for column, kind in columns_of(TABLES[name]).items():
        instant = column.removesuffix("_day") + "_at"
        values = [
            row[instant] and day_number(row[instant].date())
            if column.endswith("_day") and instant in row
            else row.get(column)
            for row in rows
        ]
        columns[column] = pa.array(values, ibis.dtype(kind).to_pyarrow())
    return pa.table(columns)


def told(*changes: tuple[float, str, str] | tuple[float, str, str, bool], hours=HOURS, customer="ann"):
    """Return the course and the runs of a case with changes (hours after it came in, state, actor, seen)."""
    backend = engine.connect(threads=1, memory="1GB")
    case = {"ticket_id": "t", "customer_id": customer, "opened_at": OPENED}
    rows = [
        {"ticket_id": "t", "occurred_at": OPENED + timedelta(hours=after), "state": state, "actor": actor}
        | ({"public": seen[0]} if seen else {})
        for after, state, actor, *seen in changes
    ]
    tables = {"tickets": engine.create(backend, "tickets", ibis.memtable(stored("tickets", [case])))}
    if rows:
        tables["ticket_events"] = engine.create(backend, "events", ibis.memtable(stored("ticket_events", rows)))
    keys = ibis.memtable(pa.table({"reference": ["ann"], "customer": pa.array([7], pa.int32())}))
    first = day_number(date(2024, 1, 1))
    days = by_day(hours.pieces("UTC", date(2023, 12, 31), date(2024, 12, 31)), first, first + 366) if hours else []
    courses = engine.create(backend, "courses", ticket_courses(tables, keys, days))
    (course,) = engine.run(courses)
    return course, [(row["start_day"], row["end_day"]) for row in engine.run(ticket_runs(tables, courses))]


def hours_to(course, name: str) -> float | None:
    """Return hours from opening to an instant."""
    return None if course[name] is None else (course[name] - course["opened"]) / 3600


def worked_to(course, name: str) -> float | None:
    return None if course[f"{name}_worked"] is None else (course[f"{name}_worked"] - course["opened_worked"]) / 3600


MONDAY = day_number(date(2024, 3, 4))


def test_a_case_from_first_to_last():
    course, runs = told(
        (0, "open", "customer"),
        (1, "pending", "bot", True),
        (18, "open", "customer"),
        (20, "pending", "agent", True),
        (30, "solved", "agent", True),
        (40, "reopened", "customer"),
        (65, "solved", "agent", True),
        (137, "closed", "bot", False),
    )
    assert course["customer"] == 7
    # The bot's answer after an hour is none; Tuesday at noon is an hour of Monday and three of Tuesday.
    assert (hours_to(course, "replied"), worked_to(course, "replied")) == (20, 4)
    assert (hours_to(course, "first_end"), worked_to(course, "first_end")) == (30, 9)
    # Wednesday is a holiday; closing what is solved solves nothing.
    assert (hours_to(course, "last_end"), worked_to(course, "last_end")) == (65, 9 + 0)
    assert hours_to(course, "last_change") == 137
    # The customer waited 0 to 1, 18 to 20 and 40 to 65; of it one hour, 1 and none in service.
    assert course["waited"] == (1 + 2 + 25) * 3600
    assert course["waited_worked"] == (1 + 2) * 3600
    assert course["reopened_day"] == MONDAY + 2
    assert runs == [(MONDAY, MONDAY + 1), (MONDAY + 2, MONDAY + 3)]


def test_opening_a_case_for_a_customer_is_no_reply_and_the_next_word_is():
    course, _ = told((0, "open", "agent", True), (2, "open", "agent", True))
    assert hours_to(course, "replied") == 2


def test_a_note_that_the_customer_does_not_see_is_no_reply():
    course, _ = told((1, "hold", "agent", False), (3, "pending", "agent"))
    assert hours_to(course, "replied") == 3


def test_a_solution_is_a_reply():
    course, _ = told((5, "solved", "agent", True))
    assert (hours_to(course, "replied"), hours_to(course, "first_end")) == (5, 5)


def test_the_time_before_the_first_change_is_waited():
    course, _ = told((6, "pending", "agent"), (7, "solved", "agent"))
    assert course["waited"] == 6 * 3600


def test_on_hold_the_customer_waits_and_pending_they_do_not():
    course, _ = told((1, "hold", "agent"), (3, "pending", "agent"), (10, "solved", "agent"))
    assert course["waited"] == 3 * 3600


@pytest.mark.parametrize("state", ["open", "pending", "hold", "reopened"])
def test_any_open_state_after_the_end_opens_the_case_again(state):
    course, runs = told((1, "solved", "agent"), (50, state, "customer"))
    assert course["reopened_day"] == MONDAY + 2
    assert (course["last_end"], course["waited"]) == (None, None)
    assert hours_to(course, "first_end") == 1
    assert runs == [(MONDAY, MONDAY), (MONDAY + 2, FOREVER)]


def test_closed_without_being_solved_is_an_end():
    course, _ = told((4, "closed", "bot"))
    assert (hours_to(course, "first_end"), hours_to(course, "last_end"), course["human"]) == (4, 4, False)


def test_at_one_instant_a_case_is_opened_before_it_is_solved():
    for changes in ((0, "solved", "bot"), (0, "open", "customer")), ((0, "open", "customer"), (0, "solved", "bot")):
        course, _ = told(*changes)
        assert (hours_to(course, "last_end"), course["reopened_day"]) == (0, None)


def test_a_case_without_any_change_is_open_since_it_came_in():
    course, runs = told()
    assert (course["replied"], course["first_end"], course["human"]) == (None, None, None)
    assert runs == [(MONDAY, FOREVER)]


def test_without_business_hours_there_is_no_time_of_service():
    course, _ = told((1, "solved", "agent"), hours=None)
    assert (course["opened_worked"], course["replied_worked"], course["first_end_worked"]) == (None, None, None)
    assert hours_to(course, "first_end") == 1


def test_a_case_of_nobody_has_a_number_of_its_own():
    course, _ = told((1, "solved", "agent"), customer=None)
    assert course["customer"] < 0
