"""Every KPI says what a naive reading of its words says: of small companies, by period, month, week and split."""

from dataclasses import dataclass, replace
from datetime import date
from math import isclose

import pytest

from regulars.core.estimate import Interval
from regulars.core.periods import Grain, Period, day_number
from regulars.data.tables import TABLES
from regulars.kpis.answer import Row
from regulars.kpis.kpi import KPI
from regulars.kpis.query import answer
from regulars.kpis.question import Question
from regulars.kpis.sums import Total

from . import naive, naive_voice
from .companies import Company, company
from .naive import Found, Span, World
from .stored import KPIS, store

ORACLES = naive.ORACLES | naive_voice.ORACLES
SALES = tuple(name for name, kpi in KPIS.items() if "channel" in kpi.frame.splits and "orders" in kpi.frame.needs)
ALL = tuple(KPIS)
QUESTIONS = {
    "one period": Question(kpis=ALL, period=Period(date(2024, 3, 5), date(2024, 6, 20))),
    "months": Question(kpis=ALL, period=Period(date(2023, 11, 1), date(2024, 9, 1)), grain=Grain.MONTH),
    "weeks": Question(kpis=ALL, period=Period(date(2024, 7, 22), date(2024, 8, 19)), grain=Grain.WEEK),
    "segments": Question(
        kpis=ALL, period=Period(date(2024, 4, 1), date(2024, 9, 1)), grain=Grain.QUARTER, by=("segment",)
    ),
    "channels": Question(
        kpis=SALES, period=Period(date(2024, 2, 1), date(2024, 9, 1)), grain=Grain.QUARTER, by=("channel",)
    ),
}


#: No small company tells these; see the tests of a larger one.
LARGER = {"top_decile_share", "saas_quick_ratio"}
#: Made of the costs of goods, which the company of most tests does not know.
OF_COSTS = {name for name, kpi in KPIS.items() if "orders.cost" in kpi.reads}
#: The seed of a company that knows them.
COSTED = 4
DAYS = Question(kpis=ALL, period=Period(date(2024, 2, 27), date(2024, 3, 3)), grain=Grain.DAY)


@pytest.mark.parametrize("name", KPIS)
def test_every_kpi_has_an_oracle(name):
    assert name in ORACLES, (
        f"`{name}` has no oracle. Write `def {name}(w: World, s: Span) -> Found` in tests/contracts/naive.py: its words"
        " as plain loops over rows, not its frame, returning (value, n) or None where there is no value."
    )


def test_every_oracle_has_a_kpi():
    assert set(ORACLES) <= set(KPIS)


@pytest.fixture(scope="module")
def asked():
    made = company(2, 70)
    return made, store(made)[1]


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_values(asked, question):
    known = agree(*asked, question)
    if question is QUESTIONS["months"]:
        assert known == set(KPIS) - LARGER - OF_COSTS


@pytest.mark.parametrize("name", ["one period", "months", "segments"])
def test_values_where_costs_are_known(name):
    made = company(COSTED, 70)
    question = replace(QUESTIONS[name], kpis=(*OF_COSTS, "cac", "cost_to_serve"))
    known = agree(made, store(made)[1], question)
    assert known == set(question.kpis) or name != "months"


def test_values_of_three_customers():
    made = company(3, 3)
    agree(made, store(made)[1], QUESTIONS["one period"])


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 130))
def test_values_of_many_companies(seed):
    made = company(seed, seed % 37)
    missing = [name for place, name in enumerate(("orders", "events", "subscriptions")) if seed >> place & 1]
    tables = {name: rows for name, rows in made.tables.items() if name not in missing and rows}
    if "orders" not in tables:
        tables.pop("order_lines", None)
    if not set(tables) & {"orders", "events", "subscriptions"}:
        return
    made = replace(made, tables=tables)
    records = store(made)[1]
    for question in (*QUESTIONS.values(), DAYS):
        agree(made, records, question)


def test_concentration_of_a_larger_company():
    made = company(7, 600)
    kpis = ("top_decile_share", "gini_coefficient")
    question = Question(kpis=kpis, period=Period(date(2024, 1, 1), date(2024, 8, 1)))
    records = store(replace(made, tables={name: made.tables[name] for name in ("customers", "orders")}))[1]
    agree(made, records, question)
    assert all(row.estimate.interval.value for row in answer(question, KPIS, records))


def test_quick_ratio_of_a_larger_company():
    made = company(7, 600)
    question = Question(
        kpis=("saas_quick_ratio",), period=Period(date(2024, 1, 1), date(2024, 8, 1)), grain=Grain.QUARTER
    )
    records = store(replace(made, tables={name: made.tables[name] for name in ("customers", "subscriptions")}))[1]
    assert agree(made, records, question)


@dataclass(frozen=True)
class Places:
    """Which rows of the naive world belong to a group of the answer."""

    company: Company
    question: Question

    def world(self, row: Row) -> World:
        whole = World(self.company)
        if "segment" in row.group:
            return whole.of(self.customers(row.group["segment"]))
        if "channel" in row.group:
            orders = [order for order in whole.company.tables["orders"] if order["channel"] == row.group["channel"]]
            return World(replace(self.company, tables={**self.company.tables, "orders": orders}))
        return whole

    def customers(self, segment: str | None) -> set[str | None]:
        segments = {row["who"]: row["segment"] for row in World(self.company).rows("customers", "first_seen_at")}
        ids = {row["customer_id"] for rows in self.company.tables.values() for row in rows if "customer_id" in row}
        resolved = {self.company.aliases.get(one, one) for one in ids}
        # Orders without a customer are in no segment.
        return {one for one in resolved | {None} if segments.get(one) == segment}


def agree(made: Company, records, question: Question) -> set[str]:
    """Compare every row of the answer with the naive one; return the names of KPIs that had a value."""
    worlds: dict[object, World] = {}
    places = Places(made, question)
    rows = answer(question, KPIS, records)
    assert {row.kpi.name for row in rows} == set(question.kpis) or question.by
    for row in rows:
        world = worlds.setdefault(tuple(row.group.items()), places.world(row))
        span = _span(row.estimate.period, question)
        found = row.estimate.interval
        compare(row.kpi, found, expected(row.kpi, world, span), f"{row.kpi.name} {row.group} {row.estimate.period}")
    return {row.kpi.name for row in rows if row.estimate.interval.value is not None}


def _span(period: Period, question: Question) -> Span:
    start, end = day_number(period.start), day_number(period.end)
    before = day_number(question.grain.previous(period.start)) if question.grain else start - period.days
    return Span(before, start, end)


def expected(kpi: KPI, world: World, span: Span) -> Found:
    """Return what the oracle says, unless records had not begun or the period is not over."""
    begun = [_begun(need if isinstance(need, tuple) else (need,), world.everyone) for need in kpi.frame.needs]
    if None in begun or span.end <= max(begun) or (kpi.frame.whole and span.end > world.as_of):
        return None
    return ORACLES[kpi.name](world, span)


def _begun(any_of: tuple[str, ...], world: World) -> int | None:
    """Return the first day of the first table that is there."""
    for name in any_of:
        if world.company.tables.get(name):
            days = [row["day"] for row in world.rows(name, TABLES[name].instant or "spent_on")]
            return min((day for day in days if day is not None), default=None)
    return None


def compare(kpi: KPI, found: Interval, want: Found, where: str) -> None:
    if want is None:
        assert found.value is None, f"{where}: {found}, and there is no value"
        assert found.why_not, where
        return
    value, n = float(want[0]), want[1]
    assert found.value is not None, f"{where}: {found.why_not}, and it is {value} of {n}"
    exact = isinstance(kpi.formula, Total) or kpi.formula.extensive
    same = found.value == value if exact else isclose(found.value, value, rel_tol=1e-12, abs_tol=1e-12)
    assert same, f"{where}: {found.value}, not {value} of {n}"
    assert found.n == n, f"{where}: n {found.n}, not {n}"
