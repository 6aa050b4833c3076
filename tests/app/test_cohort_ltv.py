"""Cohort LTV: what was seen, by hand; what is to come, against the model of value; what cannot be told."""

from types import SimpleNamespace

import numpy as np
import pytest

from regulars.app import cohort_ltv as module
from regulars.app.cohort_ltv import cohort_ltv
from regulars.app.foretell import snapshot_of
from regulars.catalogue.models.bg_nbd import family
from regulars.core.errors import QueryError
from regulars.core.periods import Period
from regulars.models.acquired import Acquired, Law, to_come
from regulars.models.buyers import buyers
from regulars.models.spending import Value, spending
from small import company, on, refund, sale


def asked(records, monkeypatch=None, **rest):
    workspace = SimpleNamespace(features=(), declared=lambda *_: {})
    if monkeypatch is not None:

        def refuse(*_, **__):
            raise QueryError("Nothing can be tried.")

        monkeypatch.setattr(module.foretell, "foretold", refuse)
    return cohort_ltv(workspace, SimpleNamespace(records=records), **rest)


def values(row):
    return [cell.estimate.interval.value for cell in row.cells]


ORDERS = [
    sale("ann", 0, 10),
    sale("ann", 0, 2),
    sale("ann", 29, 5),  # the last day of the first month
    sale("ann", 30, 7),  # the first of the second
    refund("ann", 50, 4),
    sale("bob", 30, 20),
    refund("bob", 29, 100),  # before the first order: of something older
    sale("cem", 35, 1),
    sale("dan", 40, 3),
]


@pytest.fixture(scope="module")
def records():
    return company(150, orders=ORDERS)


def test_money_counts_from_each_customers_own_first_day(records, monkeypatch):
    found = asked(records, monkeypatch, months=2, start="2024-01-01", end="2024-03-01")
    january, february = found.rows
    assert (str(january.cohort), january.size, february.size) == ("2024-01-01..2024-02-01", 2, 2)
    assert values(january) == [(12 + 20) / 2, (17 + 20) / 2, (20 + 20) / 2]
    assert values(february) == [2, 2, 2]
    assert values(found.pooled) == [(12 + 20 + 1 + 3) / 4, (17 + 20 + 4) / 4, (20 + 20 + 4) / 4]
    cell = january.cells[1].estimate
    assert (cell.interval.n, cell.version, str(cell.period)) == (2, "1 (grain=month)", "2024-01-01..2024-03-01")
    assert set(cell.flags) == {"small_n", "costs_unknown"}
    assert cell.interval.low < cell.interval.value < cell.interval.high


def test_an_age_is_seen_once_the_whole_cohort_has_lived_through_it(monkeypatch):
    # The last possible customer of January comes on day 30, and has lived 30 days on day 60.
    for as_of, known in ((60, True), (59, False)):
        january = asked(
            company(as_of, orders=ORDERS[:6]), monkeypatch, months=1, start="2024-01-01", end="2024-02-01"
        ).rows[0]
        assert (january.cells[1].estimate.interval.value is not None) == known
    assert "over on 2024-03-01; no forecast: Nothing can be tried" in january.cells[1].estimate.interval.why_not


def test_what_cannot_be_told_says_why(monkeypatch):
    found = asked(company(45, orders=ORDERS), monkeypatch, months=1, start="2023-12-01")
    december, january, february = found.rows
    whys = [row.cells[0].estimate.interval.why_not for row in (december, january, february)]
    assert whys == ["nobody placed a first order in this period", "", "the cohort grows until 2024-02-29"]
    one = asked(company(500, orders=[sale("ann", 0)]), monkeypatch, months=1)
    assert "two units" in one.rows[-1].cells[0].estimate.interval.why_not


def test_wrong_questions_are_refused(records):
    for rest, said in (({"grain": "week"}, "no grain"), ({"months": 0}, "no number of months")):
        with pytest.raises(QueryError, match=said):
            asked(records, **rest)
    with pytest.raises(QueryError, match="needs `orders`"):
        asked(company(100, customers=[{"customer_id": "ann", "market": "NL"}]))


@pytest.fixture(scope="module")
def snapshot():
    rng, orders = np.random.default_rng(1), []
    for number in range(150):
        first, rate, worth = int(rng.integers(0, 60)), rng.gamma(1, 1 / 40), rng.gamma(5, 4)
        days = np.cumsum(np.append(first, 1 + rng.exponential(1 / rate, 50)))
        stays = first + rng.exponential(120)
        orders += [
            sale(f"c{number:03}", int(day), round(worth * rng.uniform(0.5, 1.5), 2)) for day in days if day <= stays
        ]
    return snapshot_of(company(120, orders=[row for row in orders if row], discount_rate=0))


@pytest.fixture(scope="module")
def law(snapshot):
    return Law(family=family, learned=family.learned(snapshot), spending=spending(snapshot), snapshot=snapshot)


def foretold(law, days):
    """Return what the model of value says, undiscounted, as the company's rate is 0."""
    value = Value(family=family, days=days, buying=law.learned, spending=law.spending)
    return value.predict(law.snapshot, 0.95)


def test_what_is_to_come_is_what_the_model_of_value_says(law):
    days = np.array([1, 91, 183])
    table = Acquired.of(law.snapshot, days, (Period(on(0), on(31)), Period(on(31), on(60))))
    found = to_come(law, table)
    assert table.open.tolist() == [[False, True, True]] * 2
    left = table.first[:, None] + days - law.snapshot.day
    assert (found.mean[left <= 0] == 0).all()
    for place in range(0, len(table.rows), 20):
        for age in (1, 2):
            if left[place, age] > 0:
                value = foretold(law, int(left[place, age]))
                assert found.mean[place, age] == pytest.approx(value.mean[table.rows[place]], rel=1e-9)


def test_doubt_of_a_cohort_is_that_of_its_customers_together(law):
    day = 20  # a cohort of one day: all have the same number of days left
    table = Acquired.of(law.snapshot, np.array([1, 183]), (Period(on(day), on(day + 1)),))
    found, value = to_come(law, table), foretold(law, day + 183 - 120)
    assert len(table.rows) > 1
    assert found.chance[0, 1] == pytest.approx(value.spread[table.rows].sum(), rel=1e-9)
    assert found.doubts[:, 0, 1] == pytest.approx(value.doubts[:, table.rows].sum(axis=1), rel=1e-6, abs=1e-9)


def test_money_so_far_is_all_money(snapshot):
    table = Acquired.of(snapshot, np.array([1, 3000]), (Period(on(0), on(60)),))
    assert len(table.rows) == len(buyers(snapshot).customer)
    rows = snapshot.tables["purchase_days"]
    assert table.brought[:, 1].sum() == pytest.approx(rows.value.sum().execute() / 10_000)
