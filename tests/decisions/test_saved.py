"""Saved segments hold exactly whom their rule is true of, and say of whom it cannot be told."""

from dataclasses import replace
from random import Random

import pytest

from regulars.core.errors import QueryError, UnknownName
from regulars.core.segment_settings import SegmentSettings
from regulars.decisions.saved import NO, YES, saved, told, whose, with_saved
from regulars.stats import intervals
from regulars.stats.moments import Sums
from small import company, on, sale

END = 300
RULES = {
    "often": "orders >= 3",
    "dutch": "market = 'NL'",
    "lately": "days_since_order < 60 and orders >= 2",
    "either": "market = 'NL' or orders >= 3",
    "lapsed_ones": "lifecycle_state = 'lapsed'",
    "cared_for": "open_cases > 0",
    "wrong": "nowhere = 1",
    "none": "orders > 1000",
}


@pytest.fixture(scope="module")
def bought():
    """Return order days by customer, the market of some, and who never bought."""
    rng = Random(4)
    days = {f"c{n}": [rng.randint(0, END - 1) for _ in range(rng.randint(0, 6))] for n in range(90)}
    markets = {f"c{n}": ("NL", "DE", None)[n % 3] for n in range(90)}
    return days, markets


@pytest.fixture(scope="module")
def shop(bought):
    days, markets = bought
    orders = [sale(who, day, 10 + day % 7) for who, every in days.items() for day in every]
    customers = [{"customer_id": who, "market": market} for who, market in markets.items()]
    found = company(END, orders=orders, customers=customers, lapse_days=90)
    return replace(found, segments={name: SegmentSettings(where=where) for name, where in RULES.items()})


def _names(shop, numbers):
    people = {row["customer"]: row["customer_id"] for row in shop.run(shop.tables["people"])}
    return {people[number] for number in numbers.tolist()}


def test_members_are_those_of_whom_the_rule_is_true(shop, bought):
    days, markets = bought
    lately = {who for who, own in days.items() if len(own) >= 2 and END - max(own) < 60}
    assert _names(shop, whose("often", shop)) == {who for who, own in days.items() if len(own) >= 3}
    assert _names(shop, whose("dutch", shop)) == {who for who, market in markets.items() if market == "NL"}
    assert _names(shop, whose("lately", shop)) == lately
    assert _names(shop, whose("lapsed_ones", shop)) == {who for who, own in days.items() if own and END - max(own) > 90}


def test_who_cannot_be_told_is_counted_and_widens_the_share(shop, bought):
    days, markets = bought
    unknown = {who for who in days if markets[who] is None and len(days[who]) < 3}
    inside = {who for who in days if markets[who] == "NL" or len(days[who]) >= 3}
    found = saved("either", shop)
    assert (found.customers, found.untold, found.of) == (len(inside), len(unknown), 90)
    share = found.share.interval
    assert share.low == intervals.wilson(len(inside), 90).low
    assert share.high == intervals.wilson(len(inside) + len(unknown), 90).high
    assert share.value == len(inside) / 90


def test_value_is_that_of_its_members(shop, bought):
    days, _ = bought
    worth = [sum(10 + day % 7 for day in own) for own in days.values() if len(own) >= 3]
    found = saved("often", shop)
    assert found.average_value.interval.value == pytest.approx(intervals.mean(Sums.of(worth)).value)
    whole = sum(10 + day % 7 for own in days.values() for day in own)
    assert found.value_share.interval.value == pytest.approx(sum(worth) / whole)
    assert found.share.version.startswith("often ")


def test_moves_add_up_and_are_those_of_the_rule_then_and_now(shop, bought):
    days, _ = bought
    earlier = END - 90
    then = {who for who, own in days.items() if len([day for day in own if day < earlier]) >= 3}
    now = {who for who, own in days.items() if len(own) >= 3}
    moved = saved("often", shop).moved
    assert moved.since == on(earlier)
    assert (moved.before, moved.entered, moved.left) == (len(then), len(now - then), len(then - now))
    assert moved.before + moved.entered - moved.left == len(now)
    assert moved.came == len({who for who in now if min(days[who]) >= earlier})
    assert moved.stayed.interval == intervals.wilson(len(then & now), len(then))
    found = saved("dutch", shop)
    assert found.moved is None
    assert found.unmoved == "`market` is known as of today only"


def test_of_nobody_nothing_is_worth_nothing(shop):
    found = saved("none", shop)
    assert (found.customers, found.share.interval.value) == (0, 0)
    assert found.value_share.interval.why_not == "nobody is in this segment"
    assert found.average_value.interval.why_not == "nobody is in this segment"


def test_what_has_no_value_says_why(shop):
    assert "do not tell `open_cases`" in saved("cared_for", shop).why_not
    assert "Nothing known of customers is called `nowhere`" in saved("wrong", shop).why_not
    assert "`nowhere = 1` of segment `wrong` in `regulars.toml`" in saved("wrong", shop).why_not
    with pytest.raises(QueryError, match="Of nobody it can be told"):
        told("cared_for", shop)
    with pytest.raises(UnknownName, match="Did you mean `dutch`"):
        told("dutsh", shop)


def test_a_saved_segment_is_an_attribute_of_customers(shop, bought):
    days, markets = bought
    both = with_saved(shop, ["often", "dutch"])
    assert {"often", "dutch"} <= set(both.attributes)
    rows = {row["customer_id"]: (row["often"], row["dutch"]) for row in both.run(both.tables["people"])}
    mark = {"NL": YES, "DE": NO, None: None}
    assert rows == {who: (YES if len(own) >= 3 else NO, mark[markets[who]]) for who, own in days.items()}
    named_twice = replace(shop, segments={"market": SegmentSettings(where="orders > 1")})
    with pytest.raises(QueryError, match="called like an attribute"):
        with_saved(named_twice, ["market"])
