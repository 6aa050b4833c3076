"""The MRR bridge closes to 1/10,000, whatever contracts do, and says what a plain reading of its policy says."""

import csv
import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import regulars
import regulars.catalogue.kpis
from contracts.companies import company as drawn
from contracts.stored import store
from regulars.app.mrr_bridge import Bridge, movers, mrr_bridges
from regulars.cli.main import app, exit_status
from regulars.core.errors import QueryError, UnknownName, Unreconciled
from regulars.core.periods import Grain, Period
from regulars.core.registry import discover, modules_of
from regulars.kpis.kpi import KPI
from regulars.kpis.query import answer
from regulars.kpis.question import Question
from regulars.kpis.recurring import MOVEMENTS
from small import company, contract, on, sale

KPIS = discover(modules_of(regulars.catalogue.kpis), KPI)
#: The KPI of each movement.
NAMED = dict(
    zip(MOVEMENTS, ("new_mrr", "reactivation_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr"), strict=True)
)
JUNE = Period(date(2024, 6, 1), date(2024, 7, 1))  # days 152 to 181 of `small`


def moved(bridge: Bridge) -> dict[str, Decimal]:
    """What moved, without what did not."""
    return {step.name: step.amount for step in bridge.movements if step.amount}


def of(*contracts, as_of=200, period=JUNE) -> Bridge:
    (bridge,) = mrr_bridges(company(as_of, subscriptions=contracts), period)
    return bridge


@pytest.mark.shared_data
def test_waterfall_by_hand(shared):
    oracle = json.loads((shared / "oracles/mrr_waterfall.json").read_text())
    before, after, ever = (oracle["inputs"][name] for name in ("prev", "cur", "ever_before"))
    rows = [contract(who, 0, 160, amount) for who, amount in before.items()]
    rows += [contract(who, 160, None, amount) for who, amount in after.items() if amount]
    rows += [contract(who, 0, 30, 5) for who in ever if who not in before]
    records, expected = company(200, subscriptions=rows), oracle["expected"]
    (bridge,) = mrr_bridges(records, JUNE)
    for name in ("opening", *MOVEMENTS, "closing"):
        assert bridge.step(name).amount == expected[name]
    assert bridge.gap == expected["identity_gap"]
    names = ("gross_revenue_retention", "net_revenue_retention", "logo_churn_rate", "saas_quick_ratio")
    ratios = [row.estimate.interval for row in answer(Question(kpis=names, period=JUNE), KPIS, records)]
    for found, name in zip(ratios[:3], ("GRR", "NRR", "logo_churn"), strict=True):
        assert found.value == pytest.approx(expected[name], abs=oracle["tolerance"])
    # Two customers lost and one cut are too few to divide by; the amounts make the published ratio all the same.
    assert "told from 0" in ratios[3].why_not
    won = sum(bridge.step(name).amount for name in ("new", "reactivation", "expansion"))
    lost = -sum(bridge.step(name).amount for name in ("contraction", "churn"))
    assert float(won / lost) == pytest.approx(expected["quick_ratio"], abs=oracle["tolerance"])


def test_a_trial_pays_nothing_until_it_is_paid():
    assert moved(of(contract("a", 140, 160, 0), contract("a", 160, None, 9))) == {"new": 9}
    assert moved(of(contract("a", 140, None, 0))) == {}


def test_a_pause_is_churn_and_reactivation_only_where_a_period_ends_in_it():
    """June is over at the end of day 181: a contract that begins on day 182 begins in July."""
    within = (contract("a", 0, 160, 9), contract("a", 161, None, 9))
    assert moved(of(*within)) == {}
    across = (contract("a", 0, 181, 9), contract("a", 182, None, 9))
    records = company(220, subscriptions=across)
    june, july = mrr_bridges(records, Period(JUNE.start, date(2024, 8, 1)), Grain.MONTH)
    assert (moved(june), moved(july)) == ({"churn": -9}, {"reactivation": 9})
    assert moved(of(contract("a", 0, 182, 9), contract("a", 182, None, 9))) == {}  # not a day between


def test_changes_within_a_month_count_by_where_they_end():
    up = (contract("a", 0, 155, 5), contract("a", 155, 165, 50), contract("a", 165, None, 7))
    assert moved(of(*up)) == {"expansion": 2}
    assert moved(of(contract("a", 153, 170, 5))) == {}  # came and went


def test_contracts_of_one_customer_are_one():
    rows = (contract("a", 0, 160, 5), contract("a", 0, None, 7), contract("b", 0, None, 3), contract("b", 160, None, 3))
    assert moved(of(*rows)) == {"contraction": -5, "expansion": 3}


def test_who_came_and_left_before_and_never_stood_at_a_boundary_comes_back():
    assert moved(of(contract("a", 125, 140, 5), contract("a", 160, None, 5))) == {"reactivation": 5}


def test_a_running_period_is_bridged_up_to_as_of_and_says_so():
    found = of(contract("a", 155, None, 5), contract("b", 175, None, 5), as_of=170)
    assert (found.closing.amount, found.closing.estimate.flags) == (5, ("small_n", "unfinished"))


def test_nobody_is_no_value_and_no_movement_is_a_true_0():
    found = of(contract("a", 155, None, 5))
    assert found.opening.estimate.interval.why_not == "nobody was paying"
    none = found.step("churn").estimate.interval
    assert (none.value, none.n, found.step("churn").amount) == (0, 0, 0)
    assert none.low < 0 == none.high  # as many as chance allows may have gone


def test_who_moved_is_listed_most_first():
    rows = [contract(f"c{n}", 155, None, n + 1) for n in range(5)] + [contract("d", 0, 160, 2)]
    records = company(200, subscriptions=rows)
    assert [one.customer_id for one in movers(records, JUNE)] == ["c4", "c3", "c2", "c1", "d", "c0"]
    (gone,) = movers(records, JUNE, "churn")
    assert (gone.movement, gone.opening, gone.closing, gone.amount) == ("churn", 2, 0, -2)
    assert len(movers(records, JUNE, "new", most=2)) == 2


def test_questions_that_cannot_be_asked():
    records = company(200, subscriptions=[contract("a", 0)])
    with pytest.raises(UnknownName, match=r"No movement is called `chum`. Did you mean `churn`\?"):
        movers(records, JUNE, "chum")
    with pytest.raises(QueryError, match="`0` is no number of customers"):
        movers(records, JUNE, most=0)
    with pytest.raises(QueryError, match="records end before"):
        mrr_bridges(records, Period(on(300), on(330)))
    with pytest.raises(QueryError, match="`subscriptions`"):
        mrr_bridges(company(200, orders=[sale("a", 3)]), JUNE)


def test_what_does_not_add_up_is_not_shown(monkeypatch):
    monkeypatch.setattr("regulars.app.mrr_bridge._books", lambda _records, days: [Decimal(1)] * len(days))
    with pytest.raises(Unreconciled, match="does not add up"):
        of(contract("a", 0))


def closes(records, period, grain) -> None:
    """Assert that bridges close, follow on each other, and say what KPIs say."""
    bridges = mrr_bridges(records, period, grain)
    for one, following in pairwise(bridges):
        assert one.closing.amount == following.opening.amount
    rows = answer(Question(kpis=(*NAMED.values(), "mrr"), period=period, grain=grain), KPIS, records)
    for bridge in bridges:
        assert bridge.gap == 0
        mine = {row.kpi.name: row.estimate.interval for row in rows if row.estimate.period == bridge.period}
        for name, kpi in NAMED.items():
            if mine[kpi].value is not None:
                assert mine[kpi].value == abs(bridge.step(name).estimate.interval.value)
                assert mine[kpi].n == bridge.step(name).customers
        if mine["mrr"].value is not None:
            assert Decimal(str(mine["mrr"].value)) == bridge.closing.amount
            assert mine["mrr"].n == bridge.closing.customers


@pytest.fixture(scope="module", params=[0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2))])
def full_of_traps(request):
    return store(drawn(request.param, 60))[1]


@pytest.mark.parametrize(
    "grain", [Grain.WEEK, None, *(pytest.param(one, marks=pytest.mark.long) for one in (Grain.MONTH, Grain.QUARTER))]
)
def test_it_closes_for_companies_full_of_traps(full_of_traps, grain):
    closes(full_of_traps, Period(date(2023, 11, 1), date(2024, 9, 1)), grain)


PRICES = st.sampled_from([0, 0.0001, 9.99, 10, 120.5, 99_999_999.9999])
CONTRACTS = st.tuples(st.sampled_from("abc"), st.integers(0, 120), st.none() | st.integers(0, 70), PRICES)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CONTRACTS, min_size=1, max_size=12), st.sampled_from([Grain.WEEK, Grain.MONTH]))
def test_it_closes_for_any_contracts(drawn_contracts, grain):
    rows = [
        contract(who, start, None if days is None else start + days, price)
        for who, start, days, price in drawn_contracts
    ]
    closes(company(150, subscriptions=rows), Period(on(0), on(150)), grain)


def test_currencies_are_converted_once_and_it_closes(tmp_path):
    """Each interval of a contract at the rate of the day on which it began."""
    with (tmp_path / "contracts.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [
                ("id", "who", "from", "until", "monthly", "currency"),
                ("1", "a", "2024-01-10", "2024-03-10", "30.00", "USD"),
                ("1", "a", "2024-03-10", "", "30.00", "USD"),
                ("2", "b", "2024-01-10", "", "1000", "JPY"),
                ("3", "c", "2024-02-10", "2024-03-05", "7.77", "EUR"),
            ]
        )
    with (tmp_path / "rates.csv").open("w", newline="", encoding="utf-8") as file:
        days = [date(2024, 1, 1) + timedelta(days=n) for n in range(0, 100, 5)]
        rates = [("USD", day, "0.90" if day < date(2024, 3, 1) else "0.95") for day in days]
        csv.writer(file).writerows([("currency", "on", "rate"), *rates, *[("JPY", day, "0.0061") for day in days]])
    columns = {"subscription_id": "id", "customer_id": "who", "started_at": "from", "ended_at": "until"}
    columns |= {"monthly_amount": "monthly", "currency": "currency"}
    toml = (
        '[company]\nname = "C"\ncurrency = "EUR"\ntime_zone = "UTC"\nas_of = 2024-04-01\n[rates]\nfile = "rates.csv"\n'
    )
    toml += '[[source]]\nname = "contracts"\nfiles = ["contracts.csv"]\n[source.tables.subscriptions]\n'
    toml += "\n".join(f'{name} = "{field}"' for name, field in columns.items())
    (tmp_path / "regulars.toml").write_text(toml, encoding="utf-8")
    assert exit_status(lambda **_: app(["run", "-q", "-C", str(tmp_path)], standalone_mode=False)) == 0
    with regulars.open(tmp_path) as opened:
        january, february, march = mrr_bridges(opened.records, Period(date(2024, 1, 1), date(2024, 4, 1)), Grain.MONTH)
    assert moved(january) == {"new": Decimal("33.10")}
    assert moved(february) == {"new": Decimal("7.77")}
    assert moved(march) == {"expansion": Decimal("1.50"), "churn": Decimal("-7.77")}  # a rate moved, not a price
    assert march.closing.amount == Decimal("34.60")


@pytest.mark.long
def test_it_closes_for_the_simulated_company(tmp_path):
    command = ["demo", str(tmp_path / "demo"), "--customers", "1000"]
    assert exit_status(lambda **_: app(command, standalone_mode=False)) == 0
    with regulars.open(tmp_path / "demo") as opened:
        whole = opened.records.covered["subscriptions"]
        for grain in (Grain.MONTH, Grain.QUARTER):
            closes(opened.records, whole, grain)
