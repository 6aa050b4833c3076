"""Cohort tables against a naive reading of their words, a published triangle, and cases worked out by hand."""

import json
from collections import defaultdict
from datetime import date
from random import Random

import pytest

import regulars.catalogue.kpis
from regulars.catalogue.kpis.cohorts import contract_retention, orders, retention, revenue, value
from regulars.core.errors import QueryError, UnknownName
from regulars.core.periods import Grain, Period, day_number
from regulars.core.registry import discover, modules_of
from regulars.kpis.cohorts import Cohort, cohorts
from regulars.stats import intervals
from regulars.stats.cohorts import pooled_retention
from regulars.stats.moments import Sums
from small import company, contract, event, on, refund, sale

JANUARY, AS_OF = date(2024, 1, 1), date(2024, 6, 11)


def near(x, tolerance=1e-9):
    return pytest.approx(x, rel=tolerance, abs=tolerance)


def months(cohort, records, **rest):
    return cohorts(
        cohort,
        records,
        **{"grain": Grain.MONTH, "first": JANUARY, "last": date(2024, 6, 1), "ages": 3, **rest},
    )


def values(row):
    return [cell.interval.value for cell in row.cells]


def test_the_catalogue_has_them():
    found = discover(modules_of(regulars.catalogue.kpis), Cohort)
    assert set(found) >= {"retention", "contract_retention", "revenue", "value", "orders"}
    assert all(cohort.question.endswith("?") and cohort.caveat and cohort.source for cohort in found.values())


# --- by hand ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop():
    """Two buyers of January, one of March, refunds, an order without a customer; as-of lies in the middle of April."""
    return company(
        date(2024, 4, 15),
        orders=[
            sale("ann", 0, 100),
            sale("ann", 30, 50),  # 31 January: still age 0
            sale("ann", 31, 10),  # 1 February: age 1
            refund("ann", 62, 40),  # March
            sale("bob", 5, 20),
            sale("cyd", 65, 7),
            sale("cyd", 100, 7),  # April, not over
            sale(None, 3, 1000),
            refund("dan", 1, 5),  # of something older than the records
            sale("dan", 40, 30),  # February
        ],
        customers=[
            {"customer_id": name, "market": "N" if name == "ann" else "S"} for name in ("ann", "bob", "cyd", "dan")
        ],
    )


def test_revenue_by_age(shop):
    table = months(revenue, shop, last=date(2024, 4, 1))
    assert [row.size for row in table.rows] == [2, 1, 1, 0]
    assert values(table.rows[0]) == [85, 90, 70, None]
    assert [cell.interval.n for cell in table.rows[0].cells] == [2] * 4
    assert values(table.pooled[0]) == [near(207 / 4), near(210 / 3), 70, None]
    assert table.pooled[0].size == 4
    assert [cell.interval.n for cell in table.pooled[0].cells] == [4, 3, 2, 0]


def test_orders_by_age(shop):
    assert values(months(orders, shop).rows[0]) == [1.5, 2, 2, None]


def test_immature_cells_are_blank_and_say_until_when(shop):
    table = months(revenue, shop, last=date(2024, 4, 1))
    cell = table.rows[0].cells[3]
    assert cell.interval.why_not == "this age is over on 2024-05-01"
    assert table.rows[2].cells[1].interval.why_not == "this age is over on 2024-05-01"
    assert "unfinished" in table.rows[3].cells[0].flags
    assert table.pooled[0].cells[3].interval.why_not == "no cohort has lived through age 3 yet"


def test_a_cohort_of_nobody_has_no_value(shop):
    table = months(revenue, shop, first=date(2023, 12, 1), last=date(2024, 1, 1))
    assert table.rows[0].size == 0
    assert table.rows[0].cells[0].interval.why_not == "nobody began in this period"


def test_provenance(shop):
    table = months(revenue, shop)
    cell = table.rows[0].cells[1]
    assert cell.period == Period(JANUARY, date(2024, 3, 1))
    assert cell.as_of == shop.known_at
    assert cell.version == "1 (grain=month)"
    assert "small_n" in cell.flags
    assert "before_records" not in cell.flags


def test_value_says_whether_costs_are_known(shop):
    known = company(60, orders=[sale("ann", 0, 100, cost=60), sale("bob", 3, 50, cost=60)])
    assert values(months(value, known).rows[0])[0] == 15
    assert "costs_unknown" not in months(value, known).rows[0].cells[0].flags
    assert values(months(value, shop).rows[0]) == values(months(revenue, shop).rows[0])
    assert "costs_unknown" in months(value, shop).rows[0].cells[0].flags


def test_split_and_filter(shop):
    table = months(orders, shop, by=("market",), last=date(2024, 2, 1))
    assert [(row.group, row.cohort.start.month, row.size) for row in table.rows] == [
        ({"market": "N"}, 1, 1),
        ({"market": "N"}, 2, 0),
        ({"market": "S"}, 1, 1),
        ({"market": "S"}, 2, 1),
    ]
    assert [row.group for row in table.pooled] == [{"market": "N"}, {"market": "S"}]
    south = months(orders, shop, where=lambda people: people.market == "S", last=date(2024, 2, 1))
    assert [row.size for row in south.rows] == [1, 1]
    with pytest.raises(UnknownName, match="Did you mean `market`"):
        months(orders, shop, by=("markt",))


def test_questions_that_cannot_be_asked(shop):
    for wrong in ({"first": date(2024, 5, 1)}, {"ages": -1}, {"last": date(2023, 1, 1)}):
        with pytest.raises(QueryError):
            months(orders, shop, **wrong)
    assert months(contract_retention, shop).why_not == "needs `subscriptions`"
    assert months(contract_retention, shop).rows == ()


def test_contracts_end_where_the_first_unbroken_time_ends():
    records = company(
        date(2024, 4, 15),
        subscriptions=[
            contract("ann", 0, 31, monthly=0),  # a trial is no contract
            contract("ann", 31),
            contract("bob", 5, 45),
            contract("bob", 50, 70),  # within the grace: unbroken until March
            contract("cyd", 8, 31),  # until the last day of January: under contract at its end
            contract("cyd", 80),  # back, but not still
        ],
        since=JANUARY,
    )
    table = months(contract_retention, records)
    assert [row.size for row in table.rows] == [2, 1, 0, 0]
    assert values(table.rows[0]) == [1, 0.5, 0, None]
    assert values(table.rows[1]) == [1, 1, None, None]
    assert "renewal_grace_days=7" in table.rows[0].cells[0].version
    assert "before_records" in table.rows[0].cells[0].flags
    assert "before_records" not in table.rows[1].cells[0].flags


# --- the published triangle ----------------------------------------------------------------------------------------


def spans(triangle, *, days):
    """Yield (customer, first day, last age at which they are counted) of a triangle of nested cohorts."""
    for start, row in triangle.items():
        began = day_number(date.fromisoformat(f"{start}-01")) - day_number(JANUARY)
        for number in range(row[0]):
            yield f"{start}-{number}", began + number % days, max(age for age, left in enumerate(row) if number < left)


@pytest.mark.shared_data
def test_cohort_triangle(shared):
    oracle = json.loads((shared / "oracles/cohort_triangle.json").read_text())
    triangle, expected = oracle["inputs"], oracle["expected"]
    lives = list(spans(triangle, days=28))
    year = {"first": date(2025, 1, 1), "last": date(2025, 5, 1), "ages": 4}
    seen = [event(who, _month(day, age)) for who, day, last in lives for age in range(last + 1)]
    table = months(retention, company(date(2025, 6, 1), events=seen), **year)
    found = {row.cohort.start.isoformat()[:7]: row for row in table.rows}
    for start, counts in triangle.items():
        shares = [count / counts[0] for count in counts]
        assert values(found[start]) == [*map(near, shares), *[None] * (5 - len(counts))]
        assert found[start].cells[0].interval == intervals.wilson(counts[0], counts[0])
    assert values(table.pooled[0]) == [near(x, 1e-12) for x in expected["ratio_of_sums_matured_only"]]

    # Who is counted at age k of the triangle was there at the end of the period of age k - 1.
    ends = [
        contract(who, day, None if last == len(triangle[who[:7]]) - 1 else _month(day, last))
        for who, day, last in lives
    ]
    table = months(contract_retention, company(date(2025, 5, 1), subscriptions=ends), **year)
    chain = values(table.pooled[0])
    assert chain == [*(near(x, 1e-12) for x in expected["chain_ladder_retention(=KM)"][1:]), None]
    matured = [row for row in triangle.values() if len(row) > 1]
    assert [cell.interval for cell in table.pooled[0].cells[:4]] == list(pooled_retention(matured))


def _month(day, ages):
    """Return the same day of the month `ages` months on."""
    start = on(day)
    month = start.month - 1 + ages
    return day_number(date(start.year + month // 12, month % 12 + 1, start.day)) - day_number(JANUARY)


# --- a naive reading -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[1, 2])
def made(request):
    rng = Random(request.param)
    rows = {"orders": [], "events": [], "subscriptions": []}
    for number in range(60):
        who, day = f"c{number}", rng.randint(-40, 150)
        while day < 190:
            make = rng.choice((sale, sale, sale, refund))
            cost = {"cost": rng.randint(0, 30)} if make is sale else {"cost": 0}
            rows["orders"].append({**make(who, day, rng.choice((5, 12.34, 400))), **cost})
            rows["events"].append(event(who, day + rng.choice((0, 0, 2))))
            day += rng.choice((0, 1, 6, 14, 29, 30, 31, 60))
        start = rng.randint(-40, 150)
        rows["subscriptions"].append(
            contract(who, start, rng.choice((None, start, start + 20, start + 31, start + 90)))
        )
    return rows, company(AS_OF, **rows)


def days_of(rows, column, kind=None):
    found = defaultdict(list)
    for row in rows:
        if row[column].date() < AS_OF and kind in (None, row.get("kind")):
            found[row["customer_id"]].append(row[column].date())
    return found


def age(grain, began, day):
    periods, start = 0, grain.floor(began)
    while grain.next(start) <= day:
        periods, start = periods + 1, grain.next(start)
    return periods


def over(grain, start, ages):
    for _ in range(ages + 1):
        start = grain.next(start)
    return start <= AS_OF


@pytest.mark.parametrize("grain", [Grain.MONTH, Grain.WEEK])
@pytest.mark.parametrize("cohort", [retention, contract_retention, revenue, value, orders], ids=lambda one: one.name)
def test_says_what_a_naive_reading_says(cohort, grain, made):
    rows, records = made
    table = cohorts(cohort, records, grain=grain, first=date(2023, 12, 20), last=AS_OF, ages=4)
    lives = NAIVE[cohort.name](rows, grain)
    pooled = defaultdict(list)
    for row in table.rows:
        own = [life for began, life in lives.values() if grain.floor(began) == row.cohort.start]
        assert row.size == len(own)
        for ages, cell in enumerate(row.cells):
            if not over(grain, row.cohort.start, ages) or not own:
                assert cell.interval.value is None
                assert cell.interval.why_not
                continue
            reached = [life(ages) for life in own]
            pooled[ages] += reached
            same(cell.interval, reached, cohort)
    assert pooled
    for ages, reached in pooled.items():
        if cohort is not contract_retention:
            same(table.pooled[0].cells[ages].interval, reached, cohort)


def same(found, reached, cohort):
    if cohort in (retention, contract_retention):
        assert found == intervals.wilson(sum(reached), len(reached))
    else:
        expected = intervals.mean(Sums.of(reached))
        assert (found.n, found.why_not) == (expected.n, expected.why_not)
        for end in ("value", "low", "high"):
            if found.value is not None:
                assert getattr(found, end) == near(getattr(expected, end), 1e-6)


def naive_retention(rows, grain):
    return {
        who: (min(days), lambda ages, days=days: any(age(grain, min(days), day) == ages for day in days))
        for who, days in days_of(rows["events"], "occurred_at").items()
    }


def naive_contracts(rows, grain):
    lives = {}
    for row in rows["subscriptions"]:
        start, end = row["started_at"].date(), row["ended_at"] and row["ended_at"].date()
        if start < AS_OF:
            lost = 10**6 if end is None else age(grain, start, end)
            lives[row["customer_id"]] = start, lambda ages, lost=lost: lost > ages
    return lives


def naive_running(worth):
    def naive(rows, grain):
        lives = {}
        for who, days in days_of(rows["orders"], "ordered_at", "sale").items():
            began = min(days)
            own = [
                (age(grain, began, row["ordered_at"].date()), worth(row))
                for row in rows["orders"]
                if row["customer_id"] == who and grain.floor(began) <= row["ordered_at"].date() < AS_OF
            ]
            lives[who] = began, lambda ages, own=own: sum((x for at, x in own if at <= ages), 0.0)
        return lives

    return naive


NAIVE = {
    "retention": naive_retention,
    "contract_retention": naive_contracts,
    "revenue": naive_running(lambda row: row["amount"]),
    "value": naive_running(lambda row: row["amount"] - row["cost"]),
    "orders": naive_running(lambda row: row["kind"] == "sale"),
}
