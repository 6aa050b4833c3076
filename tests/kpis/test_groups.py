"""Groups beside each other: values as the records say, drawn values beside them, nothing that hangs on a size."""

from dataclasses import replace
from datetime import date

from regulars.catalogue.kpis.commerce import average_order_value
from regulars.core.periods import Period
from regulars.kpis import query
from regulars.kpis.question import Question
from small import company, sale

KPIS = {"average_order_value": average_order_value}
YEAR = Period(date(2024, 1, 1), date(2025, 1, 1))


def asked(by=("market",), **rest):
    """Return answers of eight markets of 2 to 30 customers, a ninth without one, and of two guests."""
    sizes = {"a": 2, "b": 3, "c": 5, "d": 9, "e": 10, "f": 11, "g": 20, "h": 30, None: 4}
    people = [(f"{market}{n}", market) for market, size in sizes.items() for n in range(size)]
    orders = [sale(who, 3 + place % 90, 20 + 7 * (place % 11)) for place, (who, _) in enumerate(people)]
    orders += [sale("a0", 5, 900), sale(None, 7, 33), sale(None, 8, 44)]
    customers = [{"customer_id": who, "market": market} for who, market in people]
    records = company(120, orders=orders, customers=customers)
    question = Question(kpis=("average_order_value",), period=YEAR, by=by, **rest)
    return query.answer(question, KPIS, records)


def test_the_value_of_a_group_is_what_a_condition_gives():
    for row in asked():
        market = row.group["market"]
        if market is not None:
            (alone,) = asked(by=(), where=lambda people, market=market: people.market == market)
            assert row.estimate.interval == alone.estimate.interval


def test_groups_of_every_size_are_drawn_but_the_one_of_nobody_knows_what():
    rows = asked()
    assert [row.group["market"] for row in rows if row.drawn is None] == [None]
    drawn = [row.drawn for row in rows if row.drawn]
    assert len({one.value for one in drawn}) == 8
    assert not any("shrunk" in row.estimate.flags for row in rows)


def test_no_limit_says_what_cannot_be():
    rows = asked()
    assert rows[0].estimate.interval.low == 0
    for row in rows:
        for interval in (row.estimate.interval, row.drawn):
            assert interval is None or interval.low >= 0


def test_few_groups_say_nothing_of_how_groups_differ():
    rows = asked(where=lambda people: people.market.isin(["a", "b", "c", "d"]))
    assert [row.drawn for row in rows] == [None] * 4
    assert replace(rows[0], drawn=None) == rows[0]
