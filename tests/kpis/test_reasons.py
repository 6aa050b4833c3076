"""Where there is no value, the reason says what would have to change."""

from dataclasses import replace
from datetime import date

import pytest

from regulars.app import measure
from regulars.catalogue.kpis.acquisition import activation_rate, conversion_rate
from regulars.catalogue.kpis.cohorts import retention
from regulars.catalogue.kpis.commerce import average_order_value, cross_sell_rate, discount_share
from regulars.catalogue.kpis.value import cohort_ltv
from regulars.core.errors import QueryError
from regulars.kpis.query import available
from small import company, event, sale

KPIS = {
    kpi.name: kpi
    for kpi in (activation_rate, average_order_value, cohort_ltv, conversion_rate, cross_sell_rate, discount_share)
}
SALES = [sale(f"c{n}", n, 10) for n in range(60)]
PEOPLE = [{"customer_id": f"c{n}", "market": "Germany" if n % 2 else "France"} for n in range(60)]


@pytest.fixture(scope="module")
def records():
    """Sixty buyers, one a day from 1 January 2024, until 1 March."""
    return company(60, orders=SALES, customers=PEOPLE, since=date(2024, 1, 1))


def whys(records, name, **rest):
    return [row.estimate.interval.why_not for row in measure.ask([name], KPIS, records, **rest)]


def test_who_is_too_young_is_counted_and_dated(records):
    """cohort_ltv waits 365 days: whoever came on 31 January is old enough on 30 January 2025."""
    said = whys(records, "cohort_ltv", start="2024-01-01", end="2024-03-01")
    assert said[0] == "too early to tell of 31 customers: all are old enough on 2025-01-30"
    old = company(366 + 60, orders=SALES, since=date(2024, 1, 1))
    (row,) = measure.ask(["cohort_ltv"], KPIS, old, start="2024-01-01", end="2024-02-01")
    assert row.estimate.interval.value == 10


def test_the_day_named_is_the_first_on_which_all_are_known():
    for as_of, known in ((date(2025, 1, 30), 31), (date(2025, 1, 29), 30)):
        (row,) = measure.ask(["cohort_ltv"], KPIS, company(as_of, orders=SALES), start="2024-01-01", end="2024-02-01")
        assert row.estimate.interval.n == known


def test_a_column_that_is_not_mapped_is_asked_for(records):
    mapped = replace(records, columns=frozenset({"orders.amount"}))
    assert available(cross_sell_rate, mapped) == "needs `order_lines.category`"
    assert whys(mapped, "discount_share", grain="all") == ["needs `orders.discount` or `order_lines.discount`"]
    assert not available(discount_share, replace(records, columns=frozenset({"orders.discount"})))
    assert not available(average_order_value, mapped)


def test_an_event_that_never_occurs_is_named():
    events = [event(f"c{n}", n) for n in range(9)]
    (why,) = whys(company(60, events=events), "activation_rate", grain="all")
    assert why == "no event is called `activated` (`definitions.activation_event`)"
    signed = [*events, event("c1", 3, "activated")]
    (why,) = whys(company(60, events=signed, customers=PEOPLE), "activation_rate", grain="all")
    assert why.startswith("nobody signed up: no event is called `sign_up` (`definitions.sign_up_event`)")


def test_nobody_signed_up(records):
    assert whys(records, "conversion_rate", grain="all")[0].startswith("nobody signed up")


def test_a_condition_that_nobody_meets_names_what_may_be_meant(records):
    (why,) = whys(records, "average_order_value", grain="all", where="market = 'Germny'")
    assert why == "no customer meets the condition: no `market` is `Germny`. Did you mean `Germany`?"
    (why,) = whys(records, "average_order_value", grain="all", where="market = 'Germany' and market = 'France'")
    assert why == "no customer meets the condition"
    assert whys(records, "average_order_value", grain="all", where="market = 'Germany'") == [""]


def test_all_is_a_grain(records):
    one, other = (measure.ask(["average_order_value"], KPIS, records, grain=grain) for grain in ("all", None))
    assert one == other
    assert len(one) == 1
    with pytest.raises(QueryError, match="Did you mean `all`"):
        measure.ask(["average_order_value"], KPIS, records, grain="al")
    with pytest.raises(QueryError, match="day, month, quarter, week, year"):
        measure.ask(["average_order_value"], KPIS, records, grain="xyz")
    with pytest.raises(QueryError, match="no `all`"):
        measure.cohorts("retention", {"retention": retention}, records, grain="all")


@pytest.mark.parametrize(("start", "end"), [("1999-01-01", "2000-01-01"), ("2030-01-01", "2031-01-01")])
def test_periods_without_records_are_refused_before_and_after(records, start, end):
    with pytest.raises(QueryError, match="There is no record"):
        measure.ask(["average_order_value"], KPIS, records, start=start, end=end)


def test_cohorts_end_with_the_last_that_has_a_customer():
    orders = [sale(f"c{n}", n, 10) for n in range(60)] + [sale("c1", 500, 10)]
    late = company(510, orders=orders, since=date(2024, 1, 1))
    found = measure.cohorts("retention", {"retention": retention}, late)
    assert [(row.cohort.start, row.size) for row in found.rows] == [(date(2024, 1, 1), 31), (date(2024, 2, 1), 29)]
    asked = measure.cohorts("retention", {"retention": retention}, late, start="2024-06-01", end="2024-08-01")
    assert asked.why_not == "has no value: nobody began from 2024-06-01 to 2024-08-01"
    assert {cell.interval.why_not for cell in asked.pooled[0].cells} == {"nobody began in these periods"}
    assert asked.reached == 0
