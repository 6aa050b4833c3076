"""Aftermath: what was planted is found within its interval, and lateness that only delays changes nothing."""

import ibis
import numpy as np
import pytest

import regulars.catalogue.drivers
from regulars.app.aftermath import Exposure, aftermath
from regulars.core.periods import Period
from regulars.core.randomness import stream
from regulars.core.registry import discover, modules_of
from regulars.data.driver import Driver
from small import at, company, contract, on, reply, sale

DELAY = {"delivery_delay": discover(modules_of(regulars.catalogue.drivers), Driver)["delivery_delay"]}
PERIOD = Period(on(0), on(800))
DAYS = 90


def shop(n=500, *, loss=0.0, seed=1):
    """Return orders of customers whose first order comes late for 3 in 10; those come back less often by `loss`.

    Each order brings 20; whoever comes back does so within 60 days, after which nothing happens any more.
    """
    rng = stream(seed, "tests of aftermath")
    orders = []
    for who in range(n):
        day, late = 20 + who % 500, rng.random() < 0.3
        times = {"promised_at": at(day + 3), "delivered_at": at(day + (9 if late else 2))}
        orders.append(sale(f"c{who}", day, 15 + who % 11, **times))
        if rng.random() < 0.6 - loss * late:
            orders.append(sale(f"c{who}", day + 5 + int(rng.integers(0, 55)), 20))
    return orders


def after(records, outcome="bought", group="wrong", declared=DELAY):
    """Return the row of a group; the days are those after which the company counts repeat orders."""
    found = aftermath(records, declared, PERIOD)
    (row,) = [one for one in found.rows if (one.outcome.name, one.group) == (outcome, group)]
    return row


def test_a_planted_loss_is_found_within_its_interval():
    records = company(800, orders=shop(loss=0.3))
    bought, spent = after(records), after(records, "spent")
    gap = bought.difference.interval
    assert gap.low < -0.3 < gap.high < 0
    assert (bought.found, spent.found) == (True, True)
    assert spent.difference.interval.low < -0.3 * 20 < spent.difference.interval.high < 0
    well = after(records, group="well")
    assert well.difference is None
    assert (well.found, well.q_value) == (False, 1)
    assert well.customers + bought.customers == 500
    assert bought.raw.version == "1 (repeat_days=90)"
    assert bought.adjusted.period == PERIOD


def test_where_nothing_was_planted_the_interval_holds_0():
    records = company(800, orders=shop(seed=2))
    for outcome in ("bought", "spent"):
        row = after(records, outcome)
        assert row.difference.interval.low < 0 < row.difference.interval.high
        assert not row.found


def test_lateness_that_only_delays_makes_no_difference():
    """Of a frequent buyer's orders the first to arrive is a punctual one: the day of the order must decide, not that.

    Counted from when orders arrive, punctual customers would be the frequent ones, and late ones seem to buy less.
    """
    rng = stream(5, "tests of aftermath: delays")
    orders = []
    for who in range(600):
        often = who % 2  # every ten days, or every hundred and twenty
        day = 250 + who % 50
        while day < 780:
            late = rng.random() < 0.5
            times = {"promised_at": at(day + 2), "delivered_at": at(day + (60 if late else 1))}
            orders.append(sale(f"c{who}", day, 10, **times))
            day += 1 + int(rng.exponential(15 if often else 250))
    row = after(company(800, orders=orders), "spent")
    gap = row.difference.interval
    assert gap.low < 0 < gap.high
    assert not row.found
    # Halves of the customers, as lateness is drawn by a coin: not those who wait longest.
    assert row.customers == pytest.approx(300, abs=40)
    assert row.raw.interval.value == pytest.approx(after_group(row, orders), rel=1e-9)


def after_group(row, orders):
    """Return what the customers whose first order came late brought on average in the 90 days after placing it."""
    own = {}
    for one in orders:
        own.setdefault(one["customer_id"], []).append(one)
    sums = []
    for rows in own.values():
        first = rows[0]["ordered_at"]
        if rows[0]["delivered_at"] > rows[0]["promised_at"] and (at(800) - first).days > DAYS:
            sums.append(sum(10 for one in rows if 0 < (one["ordered_at"] - first).days <= DAYS))
    assert len(sums) == row.customers
    return np.mean(sums)


def test_customers_whose_window_has_not_closed_are_not_counted():
    orders = shop(200)
    open_ones = [sale(f"n{n}", 800 - DAYS + n % 20, promised_at=at(720), delivered_at=at(721)) for n in range(100)]
    closed = [sale(f"m{n}", 800 - DAYS - 1, promised_at=at(720), delivered_at=at(719)) for n in range(10)]
    records = company(800, orders=orders + open_ones + closed)
    assert after(records).customers + after(records, group="well").customers == 210


def nps_of(score):
    return "promoter" if score > 8 else "detractor" if score < 7 else "passive"


def test_contracts_that_end_after_an_answer():
    rng = stream(6, "tests of aftermath: contracts")
    contracts, answers = [], []
    for who in range(450):
        score = (3, 7, 10)[who % 3]
        ends = rng.random() < (0.6 if score == 3 else 0.15)
        contracts.append(contract(f"c{who}", 10 + who % 200, 400 + int(rng.integers(1, 80)) if ends else None))
        answers.append(reply(f"c{who}", 400, score))
    answers += [reply(f"x{who}", 400, 3) for who in range(20)]  # without a contract: cannot end one
    contracts += [contract(f"y{who}", 10, 395) for who in range(20)]
    answers += [reply(f"y{who}", 400, 3) for who in range(20)]  # had ended theirs before
    records = company(800, subscriptions=contracts, responses=answers)
    rows = {one.group: one for one in aftermath(records, {}, PERIOD).rows if one.exposure.name == "relational_nps"}
    assert {name: row.customers for name, row in rows.items()} == dict.fromkeys(
        ("passive", "promoter", "detractor"), 150
    )
    assert {row.outcome.name for row in rows.values()} == {"left"}
    gap = rows["detractor"].difference.interval
    assert gap.low < 0.45 < gap.high
    assert gap.low > 0
    assert (rows["detractor"].found, rows["promoter"].found) == (True, False)
    assert rows["passive"].difference is None


def test_a_contract_that_is_taken_up_again_at_once_has_not_ended():
    contracts = [contract(f"c{who}", 10, 420) for who in range(40)]
    contracts += [{**contract(f"c{who}", 421), "subscription_id": f"again{who}"} for who in range(20)]
    answers = [reply(f"c{who}", 400, (3, 7)[who % 2]) for who in range(40)]
    found = aftermath(company(800, subscriptions=contracts, responses=answers), {}, PERIOD)
    rows = [one for one in found.rows if one.exposure.name == "relational_nps"]
    assert [row.raw.interval.value for row in rows] == [0.5, 0.5]


def test_what_cannot_be_told_is_said():
    records = company(800, orders=[sale(f"c{n}", 10 + n) for n in range(30)], responses=[reply("c1", 30, 9)])
    found = aftermath(records, DELAY, PERIOD)
    assert found.rows == ()
    assert "after a relational NPS answer, bought again: 1 customer could be followed, not of two groups" in found.notes
    assert "where the order came late, spent: 0 customers could be followed, not of two groups" in found.notes
    assert aftermath(company(9, responses=[reply("c1", 3, 9)]), DELAY, PERIOD).notes == ()


def test_what_companies_add_counts_from_the_first_time_and_guests_do_not_count():
    records = company(800, orders=shop(120))
    days = records.tables["purchase_days"]
    first = days.group_by("customer").aggregate(day=days.day.min())
    rows = first.mutate(group=(first.customer % 2 == 0).ifelse("hit", "spared"))
    later = rows.mutate(day=(rows.day + 1).cast("int32"), group=ibis.literal("hit"))
    more = Exposure(name="own", said="where it rained", rows=rows.union(later), reference="spared")
    (hit,) = [one for one in aftermath(records, {}, PERIOD, [more]).rows if one.group == "hit"][:1]
    assert hit.customers == 60
