"""One customer's page, worked out by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import ibis
import pytest

from regulars.app.customer import Contract, Happening, customer
from regulars.core.errors import UnknownName
from regulars.core.periods import day_number
from regulars.decisions.lifecycle import State
from regulars.decisions.rfm import cut_points
from regulars.decisions.segment import segment_of
from small import company, contract, event, number_of, on, refund, sale


@pytest.fixture(scope="module")
def records():
    return company(
        100,
        orders=[
            sale("ann", 0, 10, cost=4),
            sale("ann-mail", 10, 20, cost=5),
            sale("ann", 10, 5, cost=1),
            sale("ann", 40, 7.5, cost=2),
            sale("ann", 44, 1, cost=0),
            {**refund("ann", 50, 6), "cost": -2},
            sale("ann", 60, 2, cost=1),
            sale("ann", 120, 1000, cost=1),  # after as-of
            sale("bob", 99, 3, cost=1),
        ],
        events=[
            event("ann", 70),
            *[event("ann", 72, f"feature {n}") for n in range(25)],
            event("ann", 71),
            event("ann", 99),
        ],
        subscriptions=[
            contract("ann", 1, 8, monthly=0, plan="trial", end_reason="upgraded"),
            contract("ann", 8, 38, monthly=9, plan="small", end_reason="upgraded"),
            contract("ann", 38, monthly=12.5, plan="large"),
            contract("bob", 3, 33, monthly=0),
            contract("cyd", 3, 50, monthly=8, end_reason="voluntary"),
        ],
        customers=[
            {"customer_id": "ann", "market": "N"},
            *({"customer_id": name} for name in ("bob", "cyd", "dan")),
        ],
        aliases={"ann-mail": "ann"},
    )


def test_purchases(records):
    found = customer(records, "ann").purchases
    assert (found.first_on, found.last_on) == (on(0), on(60))
    assert (found.orders, found.refunds) == (6, 1)
    assert (found.sales, found.refunded, found.net_revenue) == (Decimal("45.5"), 6, Decimal("39.5"))
    assert found.value == Decimal("39.5") - 11
    assert found.average_order_value == Decimal("45.5") / 6
    assert found.typical_gap == (10 + 16) / 2  # gaps of 10, 30, 4 and 16 days
    assert found.open_gap == 40
    assert found.stretch == 40 / 13


def test_few_gaps_are_not_typical(records):
    found = customer(records, "bob").purchases
    assert (found.typical_gap, found.open_gap, found.stretch) == (None, 1, None)


def test_identity_and_attributes(records):
    found = customer(records, "ann-mail")
    assert found == customer(records, "ann")
    assert (found.customer_id, found.ids) == ("ann", ("ann", "ann-mail"))
    assert found.attributes["market"] == "N"
    assert (found.entered_on, found.signed_on, found.as_of) == (on(0), None, on(100))


def test_contracts(records):
    ann, bob, cyd = (customer(records, who).subscription for who in ("ann", "bob", "cyd"))
    assert (ann.status, ann.monthly, ann.since) == (Contract.PAID, Decimal("12.5"), on(8))
    assert (bob.status, bob.monthly, bob.since) == (Contract.ENDED, 0, None)
    assert (cyd.status, cyd.monthly, cyd.since) == (Contract.ENDED, 0, None)
    assert customer(records, "dan").subscription is None


def test_activity_of_the_last_28_days(records):
    found = customer(records, "ann").activity
    assert (found.first_on, found.last_on) == (on(70), on(99))
    assert (found.active_days, found.events) == (2, 26)  # day 72 is the first of them
    assert customer(records, "cyd").activity is None


def test_standing_is_that_of_all_customers(records):
    cuts = cut_points(records)
    for who, state in (("ann", State.NEW), ("bob", None), ("dan", None)):
        number = number_of(records, who)
        found = customer(records, who, cuts=cuts).standing
        assert found == segment_of(records, [number], cuts)[number]
        assert found.state is state
        assert (found.segment is None) == (who == "dan")


def test_latest_happenings_come_first_and_20_are_shown(records):
    found = customer(records, "ann").happenings
    assert len(found) == 20
    assert found[0] == Happening(on=on(99), kind="event", what="login")
    assert {one.on for one in found[1:]} == {on(72)}
    assert all(one.on < records.as_of for one in found)


def test_all_kinds_of_happenings(records):
    numbered = {"customer": number_of(records, "cyd"), "day": day_number(on(60))}
    tables = {
        "customer_tickets": [{**numbered, "topic": "delivery"}],
        "customer_responses": [{**numbered, "question": "nps", "score": Decimal(9)}],
    }
    backend = records.tables["people"].get_backend()
    more = {name: backend.create_table(name, ibis.memtable(rows), temp=True) for name, rows in tables.items()}
    wider = replace(records, tables={**records.tables, **more})
    assert customer(wider, "cyd").happenings == (
        Happening(on=on(60), kind="response", what="nps", amount=Decimal(9)),
        Happening(on=on(60), kind="ticket", what="delivery"),
        Happening(on=on(50), kind="contract_end", what="voluntary", amount=Decimal(8)),
        Happening(on=on(3), kind="contract_start", amount=Decimal(8)),
    )


def test_orders_and_refunds_happen(records):
    found = [one for one in customer(records, "bob").happenings if one.kind == "order"]
    assert found == [Happening(on=on(99), kind="order", amount=Decimal(3))]


def test_who_did_nothing_has_a_page(records):
    found = customer(records, "dan")
    assert found.happenings == ()
    assert found.entered_on is None
    assert found.purchases.orders == 0
    assert found.purchases.average_order_value is None


def test_nobody_by_that_name(records):
    with pytest.raises(UnknownName, match=r"No customer is called `anns`\. Did you mean `ann`\?"):
        customer(records, "anns")


def test_without_orders_or_keys():
    lookers = company(date(2024, 3, 1), events=[event("ann", 3)])
    found = customer(lookers, "ann")
    assert (found.purchases, found.standing.segment) == (None, None)
    assert found.standing.state is State.NEW
    bare = replace(lookers, tables={name: table for name, table in lookers.tables.items() if name != "keys"})
    assert customer(bare, "ann").ids == ("ann",)
    guests = company(date(2024, 3, 1), orders=[sale(None, 3)], customers=[{"customer_id": "ann"}])
    assert customer(guests, "ann").standing.segment is None
