"""A snapshot holds the past as it looked: whatever came later, it is the same."""

from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pytest

from contracts.companies import company
from contracts.stored import store
from regulars.data import engine
from regulars.data.snapshot import Snapshot
from regulars.data.tables import TABLES
from small import company as by_hand
from small import contract, event, number_of, on, refund, sale

CUT = date(2024, 5, 3)


def snapshot(records, day):
    since = {name: span.start for name, span in records.covered.items()}
    return Snapshot(as_of=records.as_of, whole=records.tables, since=since).before(day)


def known_before(made, day):
    """Return the company as its files would have been on `day`."""
    start = datetime.combine(day, datetime.min.time())

    def early(at):
        return at is None or at < start

    tables = {name: [dict(row) for row in rows] for name, rows in made.tables.items()}
    for name, rows in tables.items():
        instant = TABLES[name].instant
        if name == "customers":
            for row in rows:
                row["first_seen_at"] = row["first_seen_at"] if early(row["first_seen_at"]) else None
        elif instant:
            tables[name] = [row for row in rows if early(row[instant])]
    for row in tables["subscriptions"]:
        if not early(row["ended_at"]):
            row |= {"ended_at": None, "end_reason": None}
    kept = {row["order_id"] for row in tables["orders"]}
    tables["order_lines"] = [row for row in tables["order_lines"] if row["order_id"] in kept]
    return replace(made, tables=tables, as_of=day)


def rows_of(found, name):
    """Return a table's rows with ids for numbers: those depend on who else there is."""
    people = found.tables["people"].select("customer", whose="customer_id")
    rows = found.tables[name].join(people, "customer").drop("customer")
    return sorted(engine.run(rows), key=repr)


@pytest.fixture(scope="module", params=[8])
def both(request):
    made = company(request.param, 40)
    return snapshot(store(made)[1], CUT), snapshot(store(known_before(made, CUT))[1], CUT)


@pytest.mark.parametrize(
    "name", ["people", "purchase_channels", "purchase_days", "activity_days", "event_days", "contracts"]
)
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


def test_computed_sees_every_customer_once_in_parts(records, monkeypatch):
    monkeypatch.setattr("regulars.data.snapshot._CHUNK", 2)
    sizes = []

    def double(columns):
        sizes.append(len(columns["repeats"]))
        return {"mean": columns["repeats"] * 2, "low": np.zeros(sizes[-1]), "high": columns["repeats"] * 2}

    known = snapshot(records, on(100))
    seen = known.purchases().select("customer", "repeats")
    found = {row["customer"]: row["mean"] for row in engine.run(known.computed(seen, double))}
    assert found == {row["customer"]: 2 * row["repeats"] for row in engine.run(seen)}
    assert len(sizes) > 1
    assert sum(sizes) == 3
