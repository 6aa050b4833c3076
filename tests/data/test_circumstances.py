"""What an answer is about: the order or case that it names, else the latest; and only what was known then."""

from datetime import timedelta

import pytest

from regulars.data import circumstances
from regulars.data.driver import About
from small import at, case, change, company, reply, sale

MADE = {About.ORDER: circumstances.orders, About.CASE: circumstances.cases}


def around(records, about, window=60):
    """Return each answer's row by its id."""
    things = MADE[about](records.tables)
    rows = records.run(circumstances.around(records.tables["answers"], things, about, window))
    assert len({row["response_id"] for row in rows}) == len(rows)
    return {row["response_id"]: row for row in rows}


def order(day, ident, customer="ann", **rest):
    return {**sale(customer, day), "order_id": ident, **rest}


def about(records, what=About.ORDER, window=60):
    return {name: row[f"{what}_thing"] for name, row in around(records, what, window).items()}


ORDERS = [order(10, "first"), order(30, "second"), order(30, "third"), order(50, "fourth"), order(5, "bobs", "bob")]


def test_an_order_or_case_that_is_named_wins_over_later_ones():
    answers = [reply("ann", 40, 9, order_id="first"), reply("ann", 41, 9)]
    assert about(company(100, orders=ORDERS, responses=answers)) == {"r0": "first", "r1": None}
    cases = [case("ann", 10, ticket_id="a"), case("ann", 30, ticket_id="b")]
    named = [reply("ann", 40, 4, "csat", ticket_id="a")]
    assert about(company(100, tickets=cases, responses=named), About.CASE) == {"r0": "a"}


def test_where_no_answer_names_any_it_is_the_latest_that_was_there():
    answers = [reply("ann", 29, 9), reply("ann", 30, 9), reply("ann", 49, 9), reply("ann", 9, 9), reply("bob", 40, 9)]
    found = about(company(100, orders=ORDERS, responses=answers))
    assert found == {"r0": "first", "r1": "third", "r2": "third", "r3": None, "r4": "bobs"}


def test_an_order_counts_from_its_delivery_on():
    late = [order(10, "first"), order(20, "slow", delivered_at=at(45))]
    answers = [reply("ann", 44, 9), reply("ann", 45, 9)]
    assert about(company(100, orders=late, responses=answers)) == {"r0": "first", "r1": "slow"}


def test_what_lies_further_back_than_the_window_is_not_meant():
    records = company(100, orders=[order(10, "first")], responses=[reply("ann", 30, 9)])
    assert [about(records, window=window)["r0"] for window in (20, 21)] == [None, "first"]


def test_nobody_is_about_nothing_and_refunds_are_no_orders():
    refunded = [{**order(20, "back"), "kind": "refund", "amount": -10}]
    answers = [reply(None, 30, 9), reply("ann", 30, 9)]
    assert about(company(100, orders=[order(10, "first"), *refunded], responses=answers)) == {"r0": None, "r1": "first"}


def test_facts_of_an_order():
    orders = [
        order(10, "x", amount=60, discount=20, channel="app", promised_at=at(12), delivered_at=at(13)),
        order(11, "y", amount=0),
    ]
    orders[0]["delivered_at"] += timedelta(hours=12)
    lines = [
        {"order_id": "x", "product_id": "p", "category": "b", "quantity": 2},
        {"order_id": "x", "product_id": "q", "category": "a"},
        {"order_id": "x", "product_id": "post", "category": "c", "line_kind": "other", "quantity": 9},
    ]
    records = company(100, orders=orders, order_lines=lines, responses=[reply("ann", 20, 9, order_id="x")])
    row = around(records, About.ORDER)["r0"]
    facts = {name.removeprefix("order_"): row[name] for name in row if name.startswith("order_")}
    assert facts["late_days"] == pytest.approx(1.5)
    assert (facts["amount"], facts["discount"], facts["discounted"]) == (60, 20, 0.25)
    assert (facts["items"], facts["category"], facts["channel"]) == (3, "a", "app")
    empty = next(row for row in records.run(circumstances.orders(records.tables)) if row["thing"] == "y")
    assert (empty["late_days"], empty["discounted"], empty["items"]) == (None, None, None)


def test_facts_of_a_case():
    tickets = [case("ann", 10, ticket_id="t", channel="mail", escalated=True, handle_minutes=12.5)]
    events = [
        change("t", 10, "pending", "bot", 1),
        change("t", 11, "pending", hours=2),
        change("t", 12, "solved"),
        change("t", 14, "reopened", "customer"),
        change("t", 15, "solved"),
    ]
    records = company(100, tickets=tickets, ticket_events=events, responses=[reply("ann", 20, 4, "csat")])
    row = around(records, About.CASE)["r0"]
    assert (row["case_reply_hours"], row["case_solved_hours"]) == (26, 120)
    assert (row["case_reopened"], row["case_escalated"], row["case_handled"]) == (True, True, 12.5)


def test_what_came_after_the_answer_is_not_known_of_it():
    tickets = [case("ann", 10, ticket_id="t")]
    events = [change("t", 12, "solved"), change("t", 20, "reopened", "customer"), change("t", 22, "solved")]
    answers = [reply("ann", day, 4, "csat", ticket_id="t") for day in (15, 20, 21, 22)]
    found = around(company(100, tickets=tickets, ticket_events=events, responses=answers), About.CASE)
    assert [row["case_reopened"] for _, row in sorted(found.items())] == [False, True, True, True]
    assert [row["case_solved_hours"] for _, row in sorted(found.items())] == [None, None, None, 288]


def test_a_reply_after_the_answer_is_not_known_of_it():
    tickets = [case("ann", 10, ticket_id="t")]
    answers = [reply("ann", day, 4, "csat", ticket_id="t") for day in (11, 13)]
    records = company(100, tickets=tickets, ticket_events=[change("t", 12, "pending", hours=2)], responses=answers)
    assert [row["case_reply_hours"] for _, row in sorted(around(records, About.CASE).items())] == [None, 50]


def test_an_order_that_is_overdue_counts_as_late_as_it_came_in_the_end():
    slow = [order(10, "x", promised_at=at(12), delivered_at=at(30))]
    named = [reply("ann", 13, 4, "csat", order_id="x")]
    assert around(company(100, orders=slow, responses=named), About.ORDER)["r0"]["order_late_days"] == 18
