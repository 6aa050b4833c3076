"""What rules of segments may say, and what they are refused for."""

import pytest

from regulars.core.errors import QueryError
from regulars.decisions import rule as rules
from regulars.decisions.action import KNOWN
from small import company, sale


@pytest.fixture(scope="module")
def shop():
    customers = [{"customer_id": "a", "market": "NL"}, {"customer_id": "b", "market": "DE"}]
    return company(100, orders=[sale("a", 1, 10)], customers=customers)


def test_all_that_decisions_know_can_be_named_in_a_rule():
    columns = {one.column or name for name, one in rules.NAMES.items()}
    assert columns == set(KNOWN.names) - {"customer"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("clv > 'high'", "here a number is needed, and `'high'` is a text"),
        ("under_contract = 1", "BOOLEAN and NUMBER do not mix|boolean and number do not mix"),
        ("clv", "here true or false is needed, and `clv` is a number"),
        ("lower(clv) = 'x'", "here a text is needed, and `clv` is a number"),
        ("lifecycle_state = 'lapsd'", "No `lifecycle_state` is `lapsd`. Did you mean `lapsed`"),
        ("rfm_segment in ('loyal', 'champion')", "No `rfm_segment` is `champion`. Did you mean `champions`"),
        ("lifecycle_state = 3", "No `lifecycle_state` is `3`"),
        ("orders >", "ends too early"),
        ("select 1 from people", "is not expected here"),
        ("true", "says nothing of customers"),
        ("1 < 2", "says nothing of customers"),
    ],
)
def test_what_cannot_be_is_refused_with_why(text, why):
    with pytest.raises(QueryError, match=why.replace("(", r"\(")):
        rules.read(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("markt = 'NL'", "Did you mean `market`"),
        ("state = 'lapsed'", "Did you mean `lifecycle_state`"),
        ("days_since_orders > 3", "Did you mean `days_since_order`"),
        ("zodiac = 'leo'", "Known: .*clv, .*market"),
    ],
)
def test_unknown_names_are_refused_with_those_that_may_be_meant(text, meant, shop):
    with pytest.raises(QueryError, match=meant):
        rules.checked(rules.read(text), shop)


def test_an_attribute_called_like_something_that_is_known_is_refused(shop):
    people = shop.tables["people"].mutate(clv=shop.tables["people"].market)
    from dataclasses import replace

    twice = replace(shop, tables={**shop.tables, "people": people})
    with pytest.raises(QueryError, match="`clv` is an attribute of customers and something"):
        rules.checked(rules.read("clv > 3"), twice)


def test_what_nobody_recorded_or_foretold_is_said(shop):
    assert rules.lacking(rules.read("orders > 3 and market = 'NL'"), shop) == ""
    assert "do not tell `open_cases`" in rules.lacking(rules.read("open_cases = 0"), shop)
    assert "do not tell `late`" not in rules.lacking(rules.read("late"), shop)
    assert "run `regulars backtest`" in rules.lacking(rules.read("clv > 3 or orders > 3"), shop)


def test_a_rule_knows_what_it_is_made_of():
    rule = rules.read("clv > 3 and market = 'NL' and lifecycle_state = 'new'")
    assert rule.foretold == ("clv",)
    assert rule.own == ("market",)
    assert rule.as_now == ("clv", "market")
    assert rule.version == rules.read("clv>3 and (market = 'NL') and lifecycle_state='new'").version
    assert rule.version != rules.read("clv > 4").version


def test_settings_are_looked_through():
    document = {
        "segments": {"good": {"where": "orders > 3"}, "bad": {"where": "clv > 'x'"}, "late": {"where": "orders > 1"}}
    }
    found = dict(rules.look(document))
    assert set(found) == {("segments", "bad", "where"), ("segments", "late")}
    assert "segment `bad`" in found["segments", "bad", "where"]
    assert list(rules.look({"segments": [1]})) == []
    assert list(rules.look({"segments": {"x": 3}})) == []
