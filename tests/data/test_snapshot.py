"""A snapshot holds the past as it looked: whatever came later, it is the same."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from contracts.companies import company
from contracts.stored import store
from past import known_before
from regulars.data import engine
from regulars.data.snapshot import Snapshot
from small import company as by_hand
from small import contract, event, number_of, on, refund, sale

CUT = date(2024, 5, 3)


def snapshot(records, day):
    since = {name: span.start for name, span in records.covered.items()}
    return Snapshot(as_of=records.as_of, whole=records.tables, since=since).before(day)


def rows_of(found, name):
    """Return a table's rows with ids for numbers: those depend on who else there is."""
    people = found.tables["people"].select("customer", whose="customer_id")
    rows = found.tables[name].join(people, "customer").drop("customer")
    return sorted(engine.run(rows), key=repr)


def with_service(made):
    """Return the company with service cases, answers and campaigns: things that come later of something earlier."""
    who = [row["customer_id"] for row in made.tables["customers"]]
    at = [row["ordered_at"] for row in made.tables["orders"]]
    rows = list(zip(who, at[::3], strict=False))
    service = {
        "tickets": [
            {"ticket_id": f"t{n}", "customer_id": one, "opened_at": day} for n, (one, day) in enumerate(rows[::2])
        ],
        "responses": [
            {"response_id": f"r{n}", "customer_id": one, "responded_at": day, "question": "nps", "score": n % 11}
            | {"scale_max": 10}
            for n, (one, day) in enumerate(rows)
        ],
        "touches": [
            {"campaign_id": "spring", "customer_id": one, "arm": "mail", "assigned_at": day}
            | {"delivered_at": day, "opened_at": day + timedelta(days=9), "clicked_at": day + timedelta(days=30)}
            for one, day in rows
        ],
    }
    return replace(made, tables=made.tables | service)


@pytest.fixture(scope="module", params=[8])
def both(request):
    made = with_service(company(request.param, 40))
    return snapshot(store(made)[1], CUT), snapshot(store(known_before(made, CUT))[1], CUT)


FACTS = ["people", "purchase_channels", "purchase_days", "activity_days", "event_days", "contracts"]
SERVICE = ["customer_tickets", "customer_responses", "customer_touches"]


@pytest.mark.parametrize("name", FACTS + SERVICE)
def test_what_comes_later_changes_nothing(both, name):
    with_future, without = both
    assert with_future.tables[name].columns == without.tables[name].columns
    assert rows_of(without, name)
    assert rows_of(with_future, name) == rows_of(without, name)


def test_spells_and_summaries_neither(both):
    with_future, without = both
    assert rows_of(with_future, "contract_spells") == rows_of(without, "contract_spells")
    for days in (None, 30):
        found = [
            sorted(
                tuple(row.values())
                for row in engine.run(
                    one.tables["people"]
                    .select("customer", "customer_id")
                    .join(one.purchases(days), "customer")
                    .drop("customer")
                )
            )
            for one in both
        ]
        assert found[0] == found[1] != []


@pytest.fixture(scope="module")
def records():
    return by_hand(
        100,
        orders=[
            sale("ann", 0),
            sale("ann", 0),
            sale("ann", 30),
            sale("ann", 30),
            sale("ann", 70),
            sale("ann", 90),
            refund("bob", 10),
            sale("bob", 60),
            sale("cyd", 85),
            sale(None, 5),
        ],
        events=[event("dan", 20), event("dan", 95)],
        subscriptions=[contract("eve", 5, 50, end_reason="voluntary"), contract("fay", 60)],
        customers=[{"customer_id": "gus"}],
    )


def test_only_who_had_come_is_known(records):
    def known(day):
        return sorted(engine.run(snapshot(records, on(day)).tables["people"].customer_id))

    assert known(3) == ["ann"]
    assert known(30) == ["ann", "dan", "eve"]  # bob gave back what he bought before the records begin
    assert known(100) == ["ann", "bob", "cyd", "dan", "eve", "fay"]


def test_a_contract_that_had_not_ended_runs_on(records):
    def reasons(day):
        return engine.run(snapshot(records, on(day)).tables["contract_spells"].select("end_day", "end_reason"))

    (running,) = reasons(40)
    assert running["end_reason"] is None
    assert running["end_day"] > 100_000
    assert reasons(50)[0]["end_reason"] is None  # it ends on day 50, which day 50 has not seen
    assert reasons(51)[0]["end_reason"] == "voluntary"


def test_purchases_are_counted_after_the_first_day(records):
    def row(day, days=None):
        found = engine.run(snapshot(records, on(day)).purchases(days))
        return next(one for one in found if one["customer"] == number_of(records, "ann"))

    whole = row(91)
    assert (whole["repeats"], whole["repeat_days"], whole["exposure"]) == (4, 3, 90)
    assert whole["last_day"] - whole["first_day"] == 90
    assert (row(90)["repeats"], row(90)["exposure"]) == (3, 89)
    assert (row(90, 60)["repeats"], row(90, 60)["exposure"]) == (3, 60)
    assert (row(91, 21)["repeats"], row(91, 20)["repeats"], row(90, 20)["repeats"]) == (2, 1, 1)
    assert (row(1)["repeats"], row(1)["exposure"]) == (0, 0)


def test_the_future_cannot_be_asked_for(records):
    with pytest.raises(ValueError, match="lies after"):
        snapshot(records, on(50)).before(on(51))


def test_a_past_day_is_made_once_and_the_few_last_used_are_kept(records):
    known = snapshot(records, on(100))
    first = known.before(on(50))
    assert known.before(on(50)) is first
    assert first.past(first.day - 10) is known.before(on(40))  # whoever asks
    for day in (60, 61, 62, 63):
        known.before(on(day))
    assert known.before(on(50)) is not first


def test_what_is_made_of_a_snapshot_is_made_once(records):
    known, made = snapshot(records, on(100)), []
    assert [known.kept("one", lambda: made.append(1) or len(made)) for _ in range(2)] == [1, 1]
    assert known.before(on(99)).kept("one", lambda: 2) == 2


def test_what_is_given_back_on_other_days_is_money_all_the_same():
    orders = [sale("ann", 0, 50), refund("ann", 5, 20), sale("ann", 30, 40), refund("ann", 33, 15), sale("bob", 9)]
    records = by_hand(100, orders=[refund("ann", -3, 7), *orders, refund("bob", 60)])
    found = {row["customer"]: row for row in engine.run(snapshot(records, on(50)).purchases())}
    ann = found[number_of(records, "ann")]
    assert (ann["repeat_days"], ann["repeat_value"], ann["exposure"]) == (1, (40 - 20 - 15) * 10_000, 49)
    assert ann["last_day"] - ann["first_day"] == 30
    assert found[number_of(records, "bob")]["repeat_value"] == 0
    window = {row["customer"]: row for row in engine.run(snapshot(records, on(50)).purchases(18))}
    assert window[number_of(records, "ann")]["repeat_value"] == -15 * 10_000
