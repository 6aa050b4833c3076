"""Drivers: what was planted is found, customers are the units, and what cannot be told has a reason."""

from dataclasses import replace

import numpy as np
import pytest
from ibis import _

import regulars.catalogue.drivers
from regulars.app.drivers import LEAST, drivers
from regulars.app.said import Asked
from regulars.core.periods import Period
from regulars.core.randomness import stream
from regulars.core.registry import discover, modules_of
from regulars.data.driver import About, Driver
from small import at, case, change, company, on, reply, sale

DRIVERS = discover(modules_of(regulars.catalogue.drivers), Driver)
ASKED = Asked(question="csat", touchpoint="transactional", period=Period(on(0), on(400)))
TEXTS = ("app", "shop", "web")


def orders_and_answers(n=240, *, each=1, seed=1, hurts=0.5, channel=0.0):
    """Return orders and answers about them: satisfaction falls with each day late, and in the shop.

    `each` answers of a customer are about as many orders that went alike, and all say the same.
    """
    rng = stream(seed, "tests of drivers")
    orders, answers = [], []
    for who in range(n // each):
        late, where, price = int(rng.integers(-2, 6)), TEXTS[who % 3], 10 + who % 17
        score = 4 - hurts * max(late, 0) - channel * (where == "shop") + rng.normal(0, 0.7)
        for turn in range(each):
            name, day = f"o{who}-{turn}", 10 + who % 300 + turn
            facts = {"channel": where, "discount": (who // 3) % 4, "order_id": name}
            facts |= {"promised_at": at(day + 3), "delivered_at": at(day + 3 + late)}
            orders.append(sale(f"c{who}", day, price, **facts))
            answers.append(reply(f"c{who}", day + 15, float(np.clip(round(score), 1, 5)), "csat", order_id=name))
    return orders, answers


def found(orders, answers, declared=DRIVERS, columns=None, **rest):
    records = replace(company(400, orders=orders, responses=answers, **rest), columns=columns)
    return drivers(records, declared, ASKED)[0]


@pytest.fixture(scope="module")
def planted():
    return found(*orders_and_answers(channel=1.0))


def test_what_was_planted_comes_first_and_apart_from_what_was_not(planted):
    first, second, *others = planted.told
    assert [first.driver.name, second.driver.name] == ["delivery_delay", "order_channel"]
    assert {row.driver.name for row in others} == {"price_paid", "discount_given"}
    assert first.share.interval.low > max(row.share.interval.high for row in others)
    shares = sum(row.share.interval.value for row in planted.told)
    assert shares == pytest.approx(planted.explained.interval.value)
    assert planted.answers == first.share.interval.n == 240
    # Scores end at 1, so the slope is flatter than what was planted.
    assert first.slope.interval.low < first.slope.interval.high < -0.2
    assert first.odds.interval.high < 1
    for row in others:
        assert row.slope.interval.low < 0 < row.slope.interval.high
    assert second.slope is second.odds is None  # a text has no slope


def test_where_it_went_wrong_is_held_against_where_it_did_not(planted):
    wrong = planted.told[0].wrong
    gap = wrong.difference.interval
    assert gap.value == pytest.approx(wrong.score_with.interval.value - wrong.score_without.interval.value)
    assert gap.high < -0.5
    assert wrong.share.interval.value == pytest.approx(5 / 8, abs=0.1)
    assert wrong.score_with.interval.n + wrong.score_without.interval.n == wrong.share.interval.n == 240
    assert planted.told[0].place == "fix first"
    assert all(not row.place for row in planted.told if row.wrong is None)


def test_every_number_has_what_must_travel_with_it(planted):
    for row in planted.told:
        parts = [row.share, row.slope, row.odds]
        parts += [row.wrong.share, row.wrong.score_with, row.wrong.difference] if row.wrong else []
        for one in filter(None, parts):
            assert one.version == "1 (about_days=60)"
            assert one.period == ASKED.period
            assert one.interval.low <= one.interval.value <= one.interval.high


def test_customers_not_answers_are_the_units():
    once, often = (found(*orders_and_answers(60)), found(*orders_and_answers(300, each=5)))
    width = [one.told[0].share.interval.high - one.told[0].share.interval.low for one in (once, often)]
    assert (once.answers, often.answers) == (60, 300)
    # The same customers say the same five times: that tells no more of them.
    assert width[1] == pytest.approx(width[0], rel=0.35)
    slope = [one.told[0].slope.interval for one in (once, often)]
    assert slope[1].high - slope[1].low > 0.7 * (slope[0].high - slope[0].low)


def test_weights_count():
    orders, answers = orders_and_answers(160)
    silent, _ = orders_and_answers(160, seed=2)
    # Half of the answers have nothing to do with being late; they weigh nearly nothing.
    rng = stream(3, "tests of drivers: weights")
    noise = [
        {**reply(row["customer_id"], 390, float(rng.integers(1, 6)), "csat"), "order_id": f"n{row['order_id']}"}
        for row in silent
    ]
    silent = [{**row, "order_id": f"n{row['order_id']}"} for row in silent]
    both = found(orders + silent, answers + noise).explained.interval.value
    light = [{**row, "weight": 0.001} for row in noise]
    heavy = found(orders + silent, answers + light).explained.interval.value
    alone = found(orders, answers).explained.interval.value
    assert both < 0.7 * alone
    assert heavy == pytest.approx(alone, rel=0.1)


def test_what_is_known_of_few_is_left_out_and_what_lacks_in_part_is_part_of_it():
    orders, answers = orders_and_answers(120)
    for place, row in enumerate(orders):
        row["delivered_at"] = row["delivered_at"] if place % 5 == 0 else None
        row["discount"] = None if place % 4 == 0 else row["discount"]
        row["channel"] = "web"
    told = found(orders, answers)
    names = {row.driver.name for row in told.told}
    assert names == {"price_paid", "discount_given"}
    notes = "; ".join(told.notes)
    assert "`delivery_delay` left out: it is not known of 80% of answers" in notes
    assert "`order_channel` left out: it is the same everywhere" in notes
    assert "`discount_given` is not known of 25% of answers: that is part of its share" in notes
    assert "`product_category` left out: it is not known of 100% of answers" in notes


def test_where_columns_are_not_mapped_it_is_said_what_they_wait_for():
    columns = frozenset({"orders.amount", "orders.channel"})
    told = found(*orders_and_answers(60), columns=columns)
    assert {row.driver.name for row in told.told} == {"price_paid", "order_channel"}
    assert "`delivery_delay` needs `orders.promised_at` and `orders.delivered_at`" in told.notes
    assert "`discount_given` needs `orders.discount`" in told.notes


def test_too_few_answers_answers_all_alike_and_no_facts_have_reasons():
    few = found(*orders_and_answers(LEAST - 1))
    assert few.why_not == "49 answers about orders with known facts: it takes 50"
    assert few.explained.interval.why_not == few.why_not
    assert few.told == ()
    orders, answers = orders_and_answers(60)
    assert found(orders, [{**row, "score": 5} for row in answers]).why_not == "all answers are alike"
    (nothing,) = drivers(company(400, orders=orders, responses=answers), {}, ASKED)
    assert nothing.why_not == "no fact about them is known"
    assert drivers(company(9, responses=answers), DRIVERS, ASKED) == ()


def test_what_happened_after_the_answer_does_not_count():
    rng = stream(4, "tests of drivers: after")
    tickets, events, answers = [], [], []
    for who in range(120):
        name, day, score = f"t{who}", 10 + who % 200, int(rng.integers(1, 6))
        tickets.append(case(f"c{who}", day, ticket_id=name, escalated=bool(who % 2)))
        # Those who are content get a quick solution, discontent ones a slow one: after all of them have answered.
        events += [change(name, day + 5, "pending"), change(name, day + 20 - 2 * score, "solved")]
        events += [change(name, day + 30, "reopened", "customer")] * (score < 3)
        answers.append(reply(f"c{who}", day + 6, score, "csat", ticket_id=name))
    told = drivers(company(400, tickets=tickets, ticket_events=events, responses=answers), DRIVERS, ASKED)
    (cases,) = [one for one in told if one.about is About.CASE]
    assert {row.driver.name for row in cases.told} == {"escalated"}
    notes = "; ".join(cases.notes)
    assert "`resolution` left out: it is not known of 100% of answers" in notes
    assert "`reopened` left out: it is the same everywhere" in notes
    assert cases.explained.interval.value < 0.1


def test_a_fact_may_say_what_holds_where_it_is_not_known():
    orders, answers = orders_and_answers(80)
    for row in orders[::2]:
        row["discount"] = None
    tenths = Driver(name="tenths", said="tenths off", about=About.ORDER, value=_.order_discounted * 10)
    records = company(400, orders=orders, responses=answers)
    (left,), (filled,) = (drivers(records, {"tenths": one}, ASKED) for one in (tenths, replace(tenths, otherwise=0.0)))
    assert "is not known of 50% of answers" in left.notes[0]
    assert filled.notes == ()


def test_a_failing_half_is_no_fact():
    with pytest.raises(Exception, match="needs both `bad` and `bad_said`"):
        Driver(name="x", said="x", about=About.ORDER, value=_.order_amount, bad=_.order_amount > 3)
