"""What holds for every KPI whatever it says: of nothing, of little, of the same told otherwise."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import isclose, isfinite, isnan
from random import Random

import pytest

import regulars.catalogue.frames.standing as standing
from regulars.core.estimate import Interval
from regulars.core.periods import Grain, Period
from regulars.data.tables import TABLES
from regulars.kpis.aggregations import additive, merge
from regulars.kpis.answer import Row
from regulars.kpis.frame import Scope
from regulars.kpis.kpi import Shows
from regulars.kpis.lifetimes import Survival
from regulars.kpis.plan import Split, read
from regulars.kpis.query import answer
from regulars.kpis.question import Question
from regulars.kpis.timeline import Timeline

from .companies import AS_OF, Company, company
from .stored import KPIS, store

SPRING = Period(date(2024, 4, 1), date(2024, 6, 1))
WEEKS = Question(kpis=tuple(KPIS), period=Period(date(2024, 5, 13), date(2024, 6, 3)), grain=Grain.WEEK)


@pytest.fixture(scope="module")
def made() -> Company:
    return company(11, 50)


@pytest.fixture(scope="module")
def records(made):
    return store(made, threads=1)[1]


@pytest.fixture(scope="module")
def rows(records) -> list[Row]:
    return answer(WEEKS, KPIS, records)


def sound(name: str, found: Interval) -> None:
    """Assert that there is a value inside its interval, or a reason why not."""
    assert found.n >= 0
    if found.why_not:
        assert (found.value, found.low, found.high) == (None, None, None)
        return
    assert isfinite(found.value)
    assert not isnan(found.low)
    assert not isnan(found.high)
    assert found.low <= found.value <= found.high, (name, found)
    # The upper end of a median time may be open: the records do not bound it.
    open_ended = isinstance(KPIS[name].formula, Survival) and KPIS[name].formula.at is None
    assert isfinite(found.low)
    assert isfinite(found.high) or open_ended
    if KPIS[name].shows is Shows.COUNT:
        assert found.low >= 0


# --- of nothing and of little ------------------------------------------------------------------------------------

_AT = datetime(2024, 4, 10, 12, tzinfo=UTC)
_ONE = {
    "customers": {"customer_id": "c", "first_seen_at": _AT, "segment": "a"},
    "orders": {"order_id": "o", "customer_id": "c", "ordered_at": _AT, "kind": "sale", "amount": Decimal(5)},
    "order_lines": {"order_id": "o", "line": 1, "product_id": "p", "quantity": 2, "amount": Decimal(5)},
    "subscriptions": {"subscription_id": "s", "customer_id": "c", "started_at": _AT, "monthly_amount": Decimal(5)},
    "events": {"customer_id": "c", "occurred_at": _AT, "name": "sign_up"},
}
_ONE["order_lines"]["line_kind"] = "product"
_ONE |= {
    "responses": {
        "response_id": "r",
        "responded_at": _AT,
        "question": "nps",
        "score": Decimal(5),
        "scale_max": Decimal(10),
    },
    "follow_ups": {"response_id": "r", "contacted_at": _AT},
    "invitations": {"invitation_id": "i", "customer_id": "c", "sent_at": _AT, "question": "nps"},
    "tickets": {"ticket_id": "t", "opened_at": _AT},
    "ticket_events": {"ticket_id": "t", "occurred_at": _AT, "state": "solved", "actor": "agent"},
    "spend": {"spent_on": _AT, "amount": Decimal(5), "purpose": "acquisition"},
}


def _without_optional(made: Company) -> Company:
    def bare(name: str, row: Mapping[str, object]) -> dict[str, object]:
        kept = {*TABLES[name].required, "line_kind"}
        return {key: value for key, value in row.items() if key in kept}

    return replace(made, tables={name: [bare(name, row) for row in rows] for name, rows in made.tables.items()})


LITTLE = {
    "empty": Company(tables={name: [] for name in _ONE}),
    "one row": Company(tables={name: [row] for name, row in _ONE.items()}),
    "optional columns null": _without_optional(company(5, 12)),
}


@pytest.mark.parametrize("name", LITTLE)
def test_little_is_answered_soundly(name):
    found = store(LITTLE[name])[1]
    scope = Scope(
        tables=found.tables,
        timeline=Timeline.of(SPRING, AS_OF),
        definitions=found.definitions,
    )
    answered = {reading.kpi.name: reading.rows for reading in read(KPIS.values(), scope, Split(), found.run)}
    for kpi in KPIS:
        interval = KPIS[kpi].estimate(answered.get(kpi, ()), 0.95)
        sound(kpi, interval)
        assert not (interval.value and name == "empty")


def test_what_was_never_recorded_did_not_fail_to_happen():
    made = company(5, 12)
    events = [{**row, "name": name} for row in made.tables["events"] for name in ("sign_up", "login")]
    asked = Question(kpis=("activation_rate", "conversion_rate", "feature_adoption_rate"), period=SPRING)
    silent = {"customers": made.tables["customers"], "events": events}
    for row in answer(asked, KPIS, store(replace(made, tables=silent))[1]):
        assert row.estimate.interval.why_not, row.kpi.name


def test_tables_that_lack_are_named(records):
    lonely = replace(records, covered={"referrals": SPRING})
    for row in answer(WEEKS, KPIS, lonely):
        assert row.estimate.interval.why_not.startswith("needs `")


# --- of the same told otherwise ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KPIS)
def test_values_lie_in_their_intervals(name, rows):
    for row in rows:
        if row.kpi.name == name:
            sound(name, row.estimate.interval)


@pytest.fixture(scope="module")
def later(made) -> list[Row]:
    """The answer 52 weeks later to a company that did all of it 52 weeks later, and has customers who did nothing."""
    ahead = timedelta(days=364)

    def shifted(row):
        return {key: value + ahead if isinstance(value, datetime) else value for key, value in row.items()}

    tables = {name: [shifted(row) for row in rows] for name, rows in made.tables.items()}
    tables["customers"] = [{"customer_id": f"a-{number}", "segment": "a"} for number in range(9)] + tables["customers"]
    moved = replace(made, tables=tables, as_of=made.as_of + ahead)
    period = Period(WEEKS.period.start + ahead, WEEKS.period.end + ahead)
    return answer(replace(WEEKS, period=period), KPIS, store(moved)[1])


@pytest.mark.parametrize("name", KPIS)
def test_neither_idle_customers_nor_52_weeks_change_it(name, rows, later):
    assert _intervals(later, name) == _intervals(rows, name)


@pytest.fixture(scope="module")
def richer(made) -> list[Row]:
    """The answer to a company that counts in a tenth of the currency."""

    def dearer(row):
        return {key: value * 10 if isinstance(value, Decimal) else value for key, value in row.items()}

    tables = {name: [dearer(row) for row in rows] for name, rows in made.tables.items() if name != "events"}
    paid = [name for name, kpi in KPIS.items() if _of_money(kpi)]
    return answer(replace(WEEKS, kpis=tuple(paid)), KPIS, store(replace(made, tables=tables))[1])


def _of_money(kpi) -> bool:
    money = {"net", "sales", "value", "worth", "early_value", "opening", "discount"}
    return bool(money & set(kpi.frame.columns))


@pytest.mark.parametrize("name", [name for name, kpi in KPIS.items() if _of_money(kpi)])
def test_ten_times_the_money(name, rows, richer):
    factor = 10 if KPIS[name].shows is Shows.MONEY else 1
    for before, after in zip(_intervals(rows, name), _intervals(richer, name), strict=True):
        assert (before.why_not, before.n) == (after.why_not, after.n)
        for part in ("value", "low", "high"):
            one, other = getattr(before, part), getattr(after, part)
            # Cubes keep six decimals of the currency cubed, so the correction for skewness moves in its last digits.
            assert one is other is None or isclose(one * factor, other, rel_tol=1e-9 if part == "value" else 1e-5)


def _intervals(rows: list[Row], name: str) -> list[Interval]:
    return [row.estimate.interval for row in rows if row.kpi.name == name]


# --- what adds up ------------------------------------------------------------------------------------------------


def test_active_customers_are_new_retained_or_resurrected(records):
    states = ("first_active_customers", "retained_customers", "resurrected_customers")
    question = Question(kpis=(*states, "stickiness"), period=Period(date(2024, 1, 1), AS_OF), grain=Grain.MONTH)
    found = answer(question, KPIS, records)
    over = [row for row in found if row.estimate.period.end <= AS_OF]
    active = [one.n for one in _intervals(over, "stickiness")]
    new, retained, resurrected = ([one.value for one in _intervals(over, state)] for state in states)
    assert [sum(three) for three in zip(new, retained, resurrected, strict=True)] == active
    assert min(sum(new), sum(retained), sum(resurrected)) >= 3


def test_revenue_is_buyers_times_orders_times_value_less_returns(made):
    """Of known customers: revenue per customer = orders each * value of each * (1 - share returned)."""
    known = [row for row in made.tables["orders"] if row["customer_id"] is not None]
    names = ("revenue_per_customer", "purchase_frequency", "average_order_value", "return_rate")
    question = Question(kpis=names, period=SPRING)
    found = answer(question, KPIS, store(replace(made, tables={"orders": known}))[1])
    each, frequency, value, returned = (row.estimate.interval.value for row in found)
    assert isclose(each, frequency * value * (1 - returned), rel_tol=1e-12)


@pytest.mark.parametrize("frame", [standing.subscribers, standing.regulars, standing.recurring], ids=lambda f: f.name)
def test_who_stands_at_the_end_of_a_period_stands_at_the_start_of_the_next(frame, records):
    timeline = Timeline.of(Period(date(2024, 1, 1), date(2024, 8, 1)), AS_OF, Grain.MONTH)
    scope = Scope(tables=records.tables, timeline=timeline, definitions=records.definitions)
    there = {}
    for row in records.run(frame.build(scope)):
        there.setdefault(row["period"], {})[row["customer"]] = row
    compared = 0
    for period in range(timeline.count - 1):
        here = {who: row for who, row in there[period].items() if row.get("kept", True) is not None}
        after = {who for who, row in there[period + 1].items() if row.get("kept", True) is not None}
        for who, row in here.items():
            stays = row["kept"] if "kept" in row else row["closing"] > 0
            assert stays == (who in after), (period, who)
            if "closing" in row and stays:
                assert row["closing"] == there[period + 1][who]["opening"]
            compared += 1
    assert compared > 20


def test_statistics_of_groups_add_up(records):
    scope = Scope(
        tables=records.tables,
        timeline=Timeline.of(SPRING, AS_OF),
        definitions=records.definitions,
    )
    kpis = [kpi for kpi in KPIS.values() if additive(kpi.formula)]
    whole = {(r.kpi.name, r.period): r.rows[0] for r in read(kpis, scope, Split(), records.run)}
    split = Split(by=("segment",), people=records.tables["people"], everyone=True)
    parts: dict[tuple[str, int], list[Mapping[str, object]]] = {}
    for reading in read(kpis, scope, split, records.run):
        parts.setdefault((reading.kpi.name, reading.period), []).append(reading.rows[0])
    assert set(parts) == set(whole)
    for key, (first, *others) in parts.items():
        total = first
        for other in others:
            total = merge(total, other)
        for name, value in whole[key].items():
            # Sums of third order have 12 digits, all others are exact.
            exactly = len(name) < 3
            assert total[name] == (value or 0) if exactly else math.isclose(total[name], value or 0, rel_tol=1e-12), key


def test_rows_in_any_order_in_parts_and_on_more_threads_give_the_same_bytes(made, records):
    def statistics(found):
        scope = Scope(tables=found.tables, timeline=Timeline.of(SPRING, AS_OF), definitions=found.definitions)
        return sorted(
            repr((r.kpi.name, r.period, sorted(repr(sorted(row.items())) for row in r.rows)))
            for r in read(KPIS.values(), scope, Split(), found.run)
        )

    rng = Random(3)
    mixed = replace(made, tables={name: rng.sample(rows, len(rows)) for name, rows in made.tables.items()})
    assert statistics(store(mixed, threads=8, parts=2)[1]) == statistics(records)
