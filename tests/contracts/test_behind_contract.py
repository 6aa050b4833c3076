"""The customers listed behind a number are those that it is made of: as many as n says, and they give the value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import ibis
import pytest

import regulars.catalogue.kpis
from regulars.app.behind import Behind, Member, behind
from regulars.app.comments import heard, with_heard
from regulars.app.measure import condition
from regulars.app.parts import told
from regulars.core.estimate import Interval
from regulars.core.money import UNITS
from regulars.core.periods import Grain, Period, day_number
from regulars.core.registry import discover, modules_of
from regulars.data import engine
from regulars.kpis.answer import Scored
from regulars.kpis.expected import Expected
from regulars.kpis.impacts import Impact
from regulars.kpis.kpi import KPI, Shows, bound
from regulars.kpis.lifetimes import Hazard, Quantile, Survival
from regulars.kpis.query import FORETOLD, HEARD, answer
from regulars.kpis.question import Question
from regulars.kpis.ranks import Gini, TopShare
from regulars.kpis.shares import Distinct, NetShare, Share
from regulars.kpis.sums import CostEach, Mean, Ratio, Total
from regulars.kpis.weighted import WeightedNetShare, WeightedScore, WeightedShare
from small import company as small_company
from small import contract, on, sale
from spoken import backend_of, shelf, spoken

from .companies import company
from .stored import KPIS as OF_RECORDS
from .stored import store

KPIS = discover(modules_of(regulars.catalogue.kpis), KPI)
SPRING = Period(date(2024, 3, 5), date(2024, 6, 20))
APRIL = Period(date(2024, 4, 1), date(2024, 5, 1))
UNFINISHED = Period(date(2024, 8, 1), date(2024, 9, 1))


@dataclass(frozen=True)
class Whole:
    """All pages of a list in one, and every member: the nameless, too."""

    first: Behind
    rows: tuple[Member, ...]

    @property
    def interval(self) -> Interval:
        return self.first.row.estimate.interval

    @property
    def members(self) -> tuple[Member, ...]:
        return self.rows + ((self.first.nameless,) if self.first.nameless else ())

    @property
    def n(self) -> int:
        return sum(one.counted for one in self.members)

    def sum(self, name: str) -> Fraction:
        place = [column.name for column in self.first.columns].index(name)
        return sum((Fraction(one.values[place] or 0) for one in self.members), Fraction())

    def any(self, name: str) -> Any:
        place = [column.name for column in self.first.columns].index(name)
        return self.members[0].values[place]


def whole(name, records, *, kpis=KPIS, most=40, **asked) -> Whole:
    """Read a list page by page."""
    page = first = behind(name, kpis, records, most=most, **asked)
    rows = list(page.rows)
    while page.next:
        page = behind(name, kpis, records, most=most, after=page.next, **asked)
        assert page.rows
        assert len(page.rows) <= most
        assert page.nameless == first.nameless
        rows += page.rows
    assert len({one.customer_id for one in rows}) == len(rows), "a customer is listed twice"
    assert all(one.customer_id and one.counted > 0 for one in rows)
    return Whole(first, tuple(rows))


def _mean(found: Whole) -> Fraction:
    return found.sum("x") / found.n


def _weighed(found: Whole, *sides: str) -> Fraction:
    weight = "b" if any(column.name == "b" for column in found.first.columns) else "k"
    plus, *minus = sides
    return (found.sum(plus) - sum((found.sum(one) for one in minus), Fraction())) / found.sum(weight)


def _score(found: Whole) -> Fraction:
    names = [column.name for column in found.first.columns]
    score, weight = names.index("score"), names.index("b")
    weighed = (Fraction(one.values[score]) * Fraction(one.values[weight]) for one in found.members)
    return sum(weighed, Fraction()) / found.sum("b")


def _expected(found: Whole) -> Fraction:
    known = sum((found.sum(column.name) for column in found.first.columns), Fraction())
    return known / (found.n if found.first.row.kpi.formula.mean else 1)


def _total(found: Whole) -> Fraction:
    over = any(column.name == "over" for column in found.first.columns)
    return found.sum("x") / Fraction(found.any("over") if over else 1)


def _ratio(found: Whole) -> Fraction:
    formula = found.first.row.kpi.formula
    return formula.base + formula.sign * found.sum("a") / found.sum("b")


#: How the members give the value; None where they do not, being told together or by their longest.
VALUE: Mapping[type, Callable[[Whole], Fraction] | None] = {
    CostEach: _mean,
    Distinct: lambda found: Fraction(found.n),
    Expected: _expected,
    Gini: None,  # of ranks
    Hazard: None,  # of a life table by day
    Impact: None,  # of answers, of which one customer may have several
    Mean: _mean,
    NetShare: lambda found: (found.sum("plus") - found.sum("minus")) / found.n,
    Quantile: None,  # of cases, of which one customer may have several
    Ratio: _ratio,
    Share: lambda found: found.sum("yes") / found.n,
    Survival: None,
    TopShare: None,
    Total: _total,
    WeightedNetShare: lambda found: _weighed(found, "plus", "minus"),
    WeightedScore: _score,
    WeightedShare: lambda found: _weighed(found, "a"),
}
#: Whose parts are whole numbers or money, so that they give the value to the last digit.
EXACTLY = (CostEach, Distinct, Mean, Ratio, Share, Total)
#: What values in the unit that is shown are divided by, as `KPI.estimate` does.
SHOWN = {Shows.MONEY: UNITS, Shows.POINTS: 0.01}


def agrees(found: Whole) -> None:
    kpi, interval = found.first.row.kpi, found.interval
    if kpi.frame.name == "tenures":
        # Who is older than anybody was who was watched at every age is listed, but beyond the end of the curve.
        assert found.n >= interval.n, kpi.name
    else:
        assert found.n == interval.n, kpi.name
    value = VALUE[type(kpi.formula)]
    if value is None or interval.value is None:
        return
    unit = SHOWN.get(kpi.shows, 1)
    wanted = float(value(found) * (unit if kpi.shows is Shows.MONEY else 1)) / unit
    shifted = isinstance(kpi.formula, Ratio) and kpi.formula.base
    exactly = (
        isinstance(kpi.formula, EXACTLY)
        and not shifted
        and not any(isinstance(one, float) for m in found.rows for one in m.values)
    )
    assert interval.value == (wanted if exactly else pytest.approx(wanted, rel=1e-9)), kpi.name


@pytest.fixture(scope="module")
def records():
    return store(company(2, 70))[1]


@pytest.mark.parametrize("name", OF_RECORDS)
def test_they_are_those_of_a_period(records, name):
    agrees(whole(name, records, period=SPRING, most=30))


WHERE = "market = 'NL' or market = 'DE'"


@pytest.fixture(scope="module")
def groups(records):
    """The answers for a month of all groups, as pages show them; the last of each KPI is of those without a segment."""
    found = {}
    for month, names in {
        APRIL: [name for name, kpi in OF_RECORDS.items() if kpi.frame.whole],
        UNFINISHED: [name for name, kpi in OF_RECORDS.items() if not kpi.frame.whole],
    }.items():
        only = condition(WHERE, records).holds
        asked = Question(kpis=tuple(names), period=month, grain=Grain.MONTH, by=("segment",), where=only)
        for row in answer(asked, KPIS, records):
            if row.kpi.name not in found or row.estimate.interval.n:
                found[row.kpi.name] = row
    return found


#: One KPI of each kind of formula and rows; of all of them, the others in the long run.
_KINDS = {(type(kpi.formula), kpi.frame.unit): name for name, kpi in reversed(OF_RECORDS.items())}
EACH = [pytest.param(name, marks=() if name in _KINDS.values() else pytest.mark.long) for name in OF_RECORDS]


@pytest.mark.parametrize("name", EACH)
def test_they_are_those_of_a_month_and_group_who_meet_a_condition(records, groups, name):
    if name not in groups:
        return  # of the rows that it needs, none is in the period
    row = groups[name]
    found = whole(name, records, period=row.estimate.period, grain=Grain.MONTH, by=row.group, where=WHERE)
    assert found.first.row.estimate == row.estimate
    assert found.first.nameless is None
    agrees(found)
    people = {one["customer_id"]: one["segment"] for one in records.run(records.tables["people"])}
    assert {people[one.customer_id] for one in found.rows} <= {row.group["segment"]}


@pytest.mark.parametrize("name", [one for one in EACH if OF_RECORDS[one.values[0]].frame.splits])
def test_they_are_those_of_rows_of_one_kind(records, name):
    split = OF_RECORDS[name].frame.splits[-1]
    rows = answer(Question(kpis=(name,), period=SPRING, by=(split, "market")), KPIS, records)
    for row in rows[:1]:
        found = whole(name, records, period=SPRING, by=row.group)
        assert found.interval == row.estimate.interval
        agrees(found)


@pytest.mark.parametrize("kind", VALUE)
def test_every_kind_of_aggregation_is_known(kind):
    used = {type(kpi.formula) for kpi in KPIS.values()}
    assert kind in used or kind is NetShare
    assert used <= set(VALUE)


@pytest.mark.parametrize("name", KPIS)
def test_columns_are_told_in_words(records, name):
    kpi = KPIS[name]
    rows = ibis.table({"customer": "int32", "period": "int32", **kpi.frame.columns}, name="t")
    grouped = rows.group_by("customer").aggregate(**bound(rows, kpi)) if not kpi.frame.unique else rows
    parts = {part: grouped[part] for part in bound(rows, kpi)} if not kpi.frame.unique else bound(rows, kpi)
    said = told(kpi, parts)
    assert len({part.name for part in said.parts}) == len(said.parts)
    assert all(part.title and "_" not in part.title for part in said.parts)


# --- what is foretold and heard ------------------------------------------------------------------------------------

_CLV = {"mean": [30.0, 10.0], "spread": [4.0, 1.0], "doubt_1": [2.0, 1.0], "past_error": [0.1] * 2}
_CHANCE = {"mean": [0.2, 0.6], "spread": [float("nan")] * 2, "doubt_1": [0.02, 0.01], "past_error": [0.05] * 2}
_TABLES = {
    "value": _CLV,
    "orders": {**_CLV, "alive": [0.9, 0.4], "alive_doubt_1": [0.03, 0.04]},
    "lapse": _CHANCE,
    "contract_end": _CHANCE,
    "lapse_health": _CHANCE,
    "past_lapse": {"mean": [0.5, 0.25], "came": [1.0, 0.0], "day": [day_number(on(80))] * 2},
    "past_value": {"mean": [30.0, 10.0], "came": [25.0, 25.0], "day": [day_number(on(80))] * 2},
}
_SPAN = Interval(value=0.7, low=0.6, high=0.8, level=0.95, method="DeLong", n=40)


def _made(of: str, kpis: Mapping[str, KPI] = KPIS) -> list[str]:
    return [name for name, kpi in kpis.items() if of in str(kpi.frame.needs)]


@pytest.fixture(scope="module")
def foretold():
    orders = [sale("ann", 1, 20), sale("bob", 2, 5), sale("ann", 90, 15)]
    known = small_company(
        100, orders=orders, subscriptions=[contract("ann", 1, monthly=7), contract("bob", 1, monthly=3)]
    )
    backend = known.tables["people"].get_backend()
    tables, covered = dict(known.tables), dict(known.covered)
    for name, columns in _TABLES.items():
        rows = ibis.memtable({"customer": [1, 2], **columns})
        tables[f"{FORETOLD}{name}"] = engine.create(backend, f"{FORETOLD}{name}", rows, temp=True)
        covered[f"{FORETOLD}{name}"] = Period(known.as_of - timedelta(days=1), known.as_of)
    score = Scored(outcome="it", model="m 1", score={"auc": _SPAN}, verdict="better", tried="tried")
    scores = {name: score for name in tables if FORETOLD in name}
    return replace(known, tables=tables, covered=covered, scores=scores)


@pytest.mark.parametrize("name", _made(FORETOLD))
def test_what_is_foretold_is_of_them(foretold, name):
    found = whole(name, foretold, period=Period(on(60), foretold.as_of), most=1)
    assert found.interval.value is not None
    assert {one.customer_id for one in found.rows} == {"ann", "bob"}
    assert found.first.row.scored
    agrees(found)


@pytest.fixture(scope="module")
def spoke(tmp_path_factory):
    folder = tmp_path_factory.mktemp("behind")
    records, place = spoken([]), (shelf(folder), folder / "generation.duckdb")
    heard(place[0], records, place[1])
    return with_heard(records, *place, backend_of(records))


@pytest.mark.parametrize("name", _made(HEARD))
def test_what_is_heard_is_of_them(spoke, name):
    period = Period(on(100), on(600))
    agrees(whole(name, spoke, period=period, most=100))
    if "theme" in KPIS[name].frame.splits:
        found = whole(name, spoke, period=period, most=100, by={"theme": "delivery"})
        assert found.rows or found.first.why_not
        agrees(found)
