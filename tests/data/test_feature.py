"""Each feature by hand on a tiny company, as of a day: nothing of it or later is in any."""

import math
from datetime import date
from decimal import Decimal

import pytest

import regulars.catalogue.features
from contracts.companies import Company
from contracts.stored import store
from drawn import ids
from regulars.app.foretell import snapshot_of
from regulars.core.registry import discover, modules_of
from regulars.data.feature import FACTS, Feature
from small import at, contract, event, on, refund, sale

FEATURES = discover(modules_of(regulars.catalogue.features), Feature)
AS_OF = 400
#: What is not there.
GONE = math.nan

#: What ann's features are on day 400; what is not named is what nobody knows or 0.
ANN = {
    "order_recency": 20,  # day 380
    "order_tenure": 390,  # day 10
    "order_days": 4,
    "order_days_30": 1,
    "order_days_90": 2,  # days 310 is on the edge, 309 beyond it
    "order_days_365": 3,
    "order_gap": 370 / 3,
    "overdue": 20 / (370 / 3),
    "order_value": 130 / 4,
    "sales_90": 60,
    "sales_365": 90,
    "refunds_365": 1,
    "discount_share": 10 / 50,
    "first_order_value": 40,
    "event_recency": 1,
    "active_days_7": 1,
    "active_days_28": 3,
    "active_days_90": 5,
    "activity_trend": 3 / 2,
    "events_28": 4,
    "sessions_28": 3,
    "event_names_90": 2,
    "contract_age": 300,
    "plan_age": 50,
    "monthly_now": 18,
    "monthly_change": 18 / 6,
    "seats_now": 7,
    "contract_changes_180": 1,
    "was_on_trial": 1,
    "tickets_30": 1,
    "tickets_180": 2,
    "ticket_recency": 30,
    "nps_score": 7,
    "csat_score": 3,
    "ces_score": GONE,
    "answers_365": 3,
    "touches_90": 1,
    "opened_180": 1,
    "clicked_180": 0,
    "redeemed_365": 1,
}
#: And those of bob, of whom nothing but a first order is known.
BOB = dict.fromkeys(ANN, 0) | {"order_recency": 100, "order_tenure": 100, "order_days": 1, "order_days_365": 1}
BOB |= {"order_value": 5, "sales_365": 5, "first_order_value": 5, "was_on_trial": 0}
UNKNOWN = {"order_gap", "overdue", "discount_share", "event_recency", "activity_trend", "contract_age", "plan_age"}
UNKNOWN |= {"monthly_change", "seats_now", "ticket_recency", "nps_score", "csat_score", "ces_score"}
BOB |= dict.fromkeys(UNKNOWN, GONE)


def ticket(number, customer, day):
    return {"ticket_id": f"t{number}", "customer_id": customer, "opened_at": at(day)}


def answer(number, customer, day, question, score):
    row = {"response_id": f"r{number}", "customer_id": customer, "responded_at": at(day), "question": question}
    return row | {"score": score, "scale_max": 10}


def touch(number, customer, day, **later):
    row = {"campaign_id": f"k{number}", "customer_id": customer, "arm": "mail", "assigned_at": at(day)}
    return row | {f"{name}_at": at(on) for name, on in later.items()}


def rows(*, later):
    """Return the rows of a company; `later` adds what comes on day 400 or after, of the same customers."""
    orders = [
        sale("ann", 10, 40),
        sale("ann", 309, 30),
        sale("ann", 310, 20),
        sale("ann", 310, 30, discount=10),
        refund("ann", 350, 5),
        sale("ann", 380, 10, discount=0),
        sale("bob", 300, 5),
    ]
    events = [event("ann", 345, "search"), *(event("ann", day) for day in (371, 372, 380, 399, 399))]
    subscriptions = [
        contract("ann", 90, 100, 0),
        contract("ann", 100, 350, 6),
        contract("ann", 100, 350, 9),
        contract("ann", 350, 500, 18, seats=7),
    ]
    tickets = [ticket(1, "ann", 369), ticket(2, "ann", 370), ticket(3, "zoe", 390)]
    responses = [answer(1, "ann", 40, "nps", 6), answer(2, "ann", 200, "nps", 8), answer(3, "ann", 300, "csat", 3)]
    responses.append(answer(4, "ann", 34, "csat", 9))
    touches = [touch(1, "ann", 250, opened=260, clicked=401), touch(2, "ann", 330, redeemed=331, opened=400)]
    if later:
        orders += [sale("ann", 400, 99), sale("bob", 401), refund("bob", 400, 3), sale("cyd", 400)]
        events += [event("ann", 400), event("bob", 410)]
        subscriptions += [contract("ann", 400, None, 99), contract("bob", 405)]
        tickets += [ticket(4, "ann", 400), ticket(5, "bob", 403)]
        responses += [answer(5, "bob", 400, "ces", 2)]
        touches += [touch(3, "bob", 400)]
    return {
        "orders": orders,
        "events": events,
        "subscriptions": subscriptions,
        "tickets": tickets,
        "responses": responses,
        "touches": touches,
    }


def exact(row):
    return {name: Decimal(str(value)) if isinstance(value, int | float) else value for name, value in row.items()}


def known(day, *, later):
    """Return the snapshot on `day` of records that end later, or on it."""
    keys = {"orders": "order_id", "subscriptions": "subscription_id"}
    tables = {
        name: [
            exact(row) | ({keys[name]: f"{name} {at}"} if name in keys else {}) | _whole(row)
            for at, row in enumerate(of)
        ]
        for name, of in rows(later=later).items()
    }
    made = Company(tables=tables, as_of=on(500 if later else day))
    return snapshot_of(store(made)[1], list(FEATURES.values())).before(on(day))


def _whole(row):
    return {"seats": row["seats"]} if "seats" in row else {}


def features(snapshot):
    """Return each customer's features by id."""
    return {
        who: {name: float(values[number]) for name, values in snapshot.features.items()}
        for number, who in ids(snapshot).items()
    }


@pytest.fixture(scope="module")
def found():
    return features(known(AS_OF, later=True))


@pytest.mark.parametrize("name", FEATURES)
def test_a_feature_is_what_it_says(found, name):
    assert found["ann"][name] == pytest.approx(ANN[name], rel=1e-6, nan_ok=True)
    assert found["bob"][name] == pytest.approx(BOB[name], rel=1e-6, nan_ok=True)
    feature = FEATURES[name]
    assert "{}" in feature.said
    assert feature.risk in (-1, 0, 1)


def test_nothing_of_the_day_or_later_is_in_any(found):
    without = features(known(AS_OF, later=False))
    assert repr(without) == repr(found)
    assert set(found) == {"ann", "bob"}  # zoe had a case only, and cyd comes on the day


def test_every_fact_with_days_can_be_named():
    assert set(known(AS_OF, later=True).tables) == {*FACTS, "people"}


def test_only_features_of_facts_that_there_are_are_made():
    rows = {"orders": [exact(sale("ann", 10)) | {"order_id": "o"}]}
    snapshot = snapshot_of(store(Company(tables=rows, as_of=on(50)))[1], list(FEATURES.values()))
    assert {FEATURES[name].fact for name in snapshot.features} == {"purchase_days"}
    assert snapshot_of(store(Company(tables=rows, as_of=on(50)))[1]).features == {}


def test_of_contracts_that_began_together_the_cheapest_is_the_first():
    for order in ((6, 9), (9, 6)):
        begun = [contract("ann", 100, None, price) for price in order]
        rows = [exact(row) | {"subscription_id": str(at)} for at, row in enumerate(begun)]
        made = Company(tables={"subscriptions": rows}, as_of=date(2025, 1, 1))
        assert features(snapshot_of(store(made)[1], [FEATURES["monthly_change"]]))["ann"] == {"monthly_change": 2.5}
