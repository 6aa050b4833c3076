"""What a case costs: spend on service over cases, and why not where either lacks."""

from dataclasses import replace

import pytest

from regulars.app.served import cost_per_case
from regulars.core.periods import Period
from regulars.stats.intervals import poisson_exact
from small import case, company, on

YEAR = Period(on(0), on(100))


def spent(day, amount, purpose="service"):
    return {"spent_on": on(day), "amount": amount, "purpose": purpose}


SPEND = [spent(3, 100), spent(40, 20), spent(40, 999, "retention"), spent(95, 999)]


@pytest.fixture(scope="module")
def records():
    return company(90, spend=SPEND, tickets=[case("ann", day) for day in (2, 3, 50, 95)])


def test_money_spent_on_service_by_cases_that_came_in(records):
    found = cost_per_case(records, YEAR)
    arrivals = poisson_exact(3)
    interval = found.interval
    assert (interval.value, interval.n) == (40, 3)
    assert (interval.low, interval.high) == pytest.approx((120 / arrivals.high, 120 / arrivals.low))
    assert {"small_n", "unfinished"} <= set(found.flags)  # records end on day 90, before the period
    assert found.version == "1"
    assert cost_per_case(records, Period(on(0), on(10))).interval.value == 50


@pytest.mark.parametrize(
    ("gone", "why"),
    [
        (("spend",), "needs `spend`"),
        (("ticket_courses",), "needs `tickets`"),
        (("spend", "ticket_courses"), "needs `spend` and `tickets`"),
    ],
)
def test_what_lacks_is_named(records, gone, why):
    tables = {name: table for name, table in records.tables.items() if name not in gone}
    assert cost_per_case(replace(records, tables=tables), YEAR).interval.why_not == why


def test_without_spend_on_service_or_cases_there_is_no_cost(records):
    found = cost_per_case(records, Period(on(50), on(60))).interval
    assert (found.value, found.n) == (None, 1)
    assert found.why_not.startswith("nothing was spent on service")
    assert cost_per_case(records, Period(on(40), on(45))).interval.why_not == "no case came in"
