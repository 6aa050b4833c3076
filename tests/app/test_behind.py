"""The customers behind a number, worked out by hand."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis import _

import regulars.catalogue.kpis
from regulars.app.behind import MOST, Member, behind
from regulars.core.errors import QueryError, UnknownName
from regulars.core.estimate import unknown
from regulars.core.periods import Grain, Period
from regulars.core.registry import discover, modules_of
from regulars.kpis.kpi import KPI, Shows
from small import case, change, company, contract, on, refund, reply, sale

KPIS = discover(modules_of(regulars.catalogue.kpis), KPI)


@pytest.fixture(scope="module")
def records():
    return company(
        100,
        orders=[
            sale("ann", 10, 12.5),
            sale("ann-mail", 20, 7.5),
            sale("bob", 10, 100),
            refund("bob", 11, 130),
            sale("cyd", 50, 20),
            sale("dan", 99, 5),
            sale(None, 12, 3),
            sale(None, 13, 4),
        ],
        customers=[
            {"customer_id": "ann", "market": "NL"},
            {"customer_id": "bob", "market": "D'E"},
            {"customer_id": "cyd"},
            {"customer_id": "dan", "market": "NL"},
        ],
        tickets=[case(who, 3 + n, ticket_id=f"t{n + 1}") for n, who in enumerate(("ann", "ann", "bob", None))],
        ticket_events=[change("t1", 5, "solved"), change("t3", 9, "solved")],
        responses=[reply("ann", 30, 9, weight=2), reply("bob", 31, 2), reply(None, 32, 10)],
        aliases={"ann-mail": "ann"},
        repeat_days=30,
    )


SPRING = Period(on(0), on(60))


def listed(records, name, period=SPRING, **rest):
    return behind(name, KPIS, records, period=period, **rest)


def members(found):
    return [(one.customer_id, *one.values) for one in found.rows]


def test_money_comes_in_the_currency_and_who_weighs_most_comes_first(records):
    found = listed(records, "net_revenue")
    assert members(found) == [("bob", Decimal("-30")), ("ann", Decimal("20")), ("cyd", Decimal("20"))]
    assert found.nameless == Member(customer_id="", counted=2, values=(Decimal("7"),))
    (column,) = found.columns
    assert (column.title, column.shows) == ("net revenue", Shows.MONEY)
    # Two orders without a customer stand for one each.
    assert found.row.estimate.interval.n == 5
    assert found.row.estimate.interval.value == 17
    assert (found.unit, found.why_not, found.next) == ("customer", "", "")


def test_of_a_share_those_who_count_come_first_and_who_is_too_young_is_not_in_it(records):
    found = listed(records, "repeat_purchase_rate", Period(on(0), on(100)))
    assert members(found) == [("ann", True), ("bob", False), ("cyd", False)]  # dan's window has not closed
    assert (found.columns[0].title, found.columns[0].shows) == ("counts as yes", None)
    assert found.nameless is None


def test_a_ratio_shows_both_sides(records):
    found = listed(records, "return_rate")
    assert [column.title for column in found.columns] == ["given back", "sales"]
    assert members(found)[0] == ("bob", Decimal("130"), Decimal("100"))
    assert {row[1] for row in members(found)[1:]} == {0}


def test_cases_are_told_by_customer_with_how_many(records):
    found = listed(records, "first_resolution_time")
    assert found.unit == "ticket"
    assert [(one.customer_id, one.counted) for one in found.rows] == [("ann", 2), ("bob", 1)]
    days = 86_400
    assert members(found) == [("ann", 96 * days, 1), ("bob", 4 * days, 1)]
    assert found.nameless.counted == 1
    assert found.row.estimate.interval.n == 4


def test_answers_come_with_their_weight(records):
    found = listed(records, "nps")
    assert members(found) == [("ann", 2.0, 0.0, 2.0, 1), ("bob", 0.0, 1.0, 1.0, 1)]
    assert found.nameless.values == (1.0, 0.0, 1.0, 1)


def test_where_there_is_an_n_but_no_value_they_are_listed_all_the_same(records):
    found = listed(records, "resolution_time", Period(on(4), on(7)))
    assert found.row.estimate.interval.value is None
    assert found.why_not
    assert [one.customer_id for one in found.rows] == ["ann", "bob"]


def test_where_there_is_no_number_nobody_is_listed(records):
    bare = listed(records, "logo_churn_rate")
    assert (bare.why_not, bare.rows, bare.columns) == ("needs `subscriptions`", (), ())
    empty = listed(records, "net_revenue", Period(on(70), on(80)))
    assert (empty.why_not, empty.rows) == ("no records in the period", ())
    early = listed(records, "repeat_purchase_rate", Period(on(90), on(100)))
    assert early.why_not.startswith("too early to tell of 1 customer")
    assert not early.rows


def test_a_group_is_one_value_of_a_split_or_those_without(records):
    assert members(listed(records, "net_revenue", by={"market": "NL"})) == [("ann", Decimal("20"))]
    assert members(listed(records, "net_revenue", by={"market": "D'E"})) == [("bob", Decimal("-30"))]
    without = listed(records, "net_revenue", by={"market": None})
    assert members(without) == [("cyd", Decimal("20"))]
    assert without.nameless.counted == 2
    assert without.row.group == {"market": None}
    nobody = listed(records, "net_revenue", by={"market": "'; DROP TABLE people"})
    assert (nobody.why_not, nobody.rows) == ("nobody of this group counts in the period", ())
    assert nobody.row.estimate.version == listed(records, "net_revenue").row.estimate.version


def test_a_condition_leaves_the_nameless_out(records):
    found = listed(records, "net_revenue", where="market = 'NL'")
    assert members(found) == [("ann", Decimal("20"))]
    assert found.nameless is None
    none = listed(records, "net_revenue", where="market = 'NI'")
    assert none.why_not == "no customer meets the condition: no `market` is `NI`. Did you mean `NL`?"


def test_what_came_before_a_month_is_the_month_before(records):
    # Of the 29 days before March, 2024 the last is February 1; ann ordered in January only.
    march = Period(on(60), on(91))
    only = company(120, orders=[sale("ann", 10), sale("ann", 30), sale("ann", 70)])
    assert members(listed(only, "resurrected_customers", march, grain=Grain.MONTH)) == [("ann", True)]
    assert members(listed(only, "retained_customers", march)) == [("ann", True)]


def test_a_number_is_of_one_period(records):
    with pytest.raises(QueryError, match="is 2 periods"):
        listed(records, "net_revenue", grain=Grain.MONTH)


def test_contracts_that_went_on_are_longest_first():
    records = company(100, subscriptions=[contract("ann", 5, 30), contract("bob", 1), contract("cyd", 40, 50)])
    found = listed(records, "median_lifetime", Period(on(0), on(100)))
    assert members(found) == [("bob", 98, 0), ("ann", 25, 1), ("cyd", 10, 1)]


# --- pages ---------------------------------------------------------------------------------------------------------


@given(amounts=st.lists(st.integers(-3, 3), max_size=12), most=st.integers(1, 5), guests=st.integers(0, 2))
@settings(max_examples=12)
def test_pages_hold_everybody_once_in_order(amounts, most, guests):
    records = company(
        30,
        orders=[sale(f"c{n:02}", 3, 10) for n in range(len(amounts))]
        + [refund(f"c{n:02}", 4, 10 - amount) for n, amount in enumerate(amounts)]
        + [sale(None, 5, 1)] * guests
        + [sale("early", 1, 1)],
    )
    period, seen, after = Period(on(2), on(20)), [], ""
    while True:
        page = listed(records, "net_revenue", period, after=after, most=most)
        assert len(page.rows) <= most
        assert (page.nameless is not None) == bool(guests)
        seen += members(page)
        after = page.next
        if not after:
            break
    expected = sorted(enumerate(amounts), key=lambda one: (-abs(one[1]), one[0]))
    assert seen == [(f"c{n:02}", Decimal(amount)) for n, amount in expected]


HUGE = urlsafe_b64encode(f"{1 << 63}.1".encode()).decode()


@pytest.mark.parametrize("token", ["x", "%", "MS4", "MS4yLjM", "YS5i", "é", "LTEuMg", "MS4w", HUGE])
def test_what_is_no_page_is_said(records, token):
    with pytest.raises(QueryError, match="is no page of this list"):
        listed(records, "net_revenue", after=token)


@pytest.mark.parametrize("most", [0, -1, MOST + 1])
def test_pages_have_a_size(records, most):
    with pytest.raises(QueryError, match="is no number of rows"):
        listed(records, "net_revenue", most=most)


def test_what_cannot_be_asked_is_said(records):
    with pytest.raises(UnknownName, match="Did you mean `net_revenue`"):
        listed(records, "net_revenu")
    with pytest.raises(QueryError, match="cannot be split by `markt`"):
        listed(records, "net_revenue", by={"markt": "NL"})
    with pytest.raises(QueryError, match="begins after the records end"):
        listed(records, "net_revenue", Period(on(100), on(110)))
    with pytest.raises(QueryError, match="is no attribute of customers"):
        listed(records, "net_revenue", where="markt = 'NL'")


# --- a company's own -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Largest:
    """The largest order: an aggregation that nobody here knows."""

    extensive: ClassVar[bool] = False

    def per_unit(self):
        return {"largest_day": _.sales.max(), "any_refund": (_.refunds > 0).any()}

    def across(self, unit):
        return {"n": unit["largest_day"].count(), "most": unit["largest_day"].max()}

    def estimate(self, rows, level):
        return replace(unknown("it is a maximum", level=level), n=rows[0]["n"]) if rows else unknown("", level=level)


def test_an_aggregation_of_a_companys_own_is_told_as_it_is_named(records):
    own = replace(KPIS["net_revenue"], name="largest", formula=Largest())
    found = behind("largest", {"largest": own}, records, period=SPRING)
    assert [(column.title, column.shows) for column in found.columns] == [
        ("largest day", Shows.NUMBER),
        ("any refund", None),
    ]
    assert members(found) == [("bob", 1_000_000, True), ("cyd", 200_000, False), ("ann", 125_000, False)]


def test_a_formula_of_a_companys_own_is_told_by_its_columns(records):
    mean = replace(KPIS["purchase_frequency"], name="own", formula=replace(KPIS["purchase_frequency"].formula))
    mean = replace(mean, formula=replace(mean.formula, value=_.refunds.sum() + _.orders.sum()))
    found = behind("own", {"own": mean}, records, period=SPRING)
    assert [column.title for column in found.columns] == ["orders, refunds"]
    assert [row[1] for row in members(found)] == [2, 2, 1]
