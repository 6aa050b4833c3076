"""Value and risk: P(alive) by the model of orders with limits or a reason, and when a list is not to be trusted."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from regulars.app import worth
from regulars.app.foretell import AtRiskBy, Foretold, snapshot_of
from regulars.app.trying import foretell
from regulars.catalogue.models.churn import contract_end_rate
from regulars.catalogue.models.mbg_nbd import mbg_nbd, mbg_nbd_value
from regulars.catalogue.models.outcomes import contract_end, orders, value
from regulars.catalogue.models.recent_orders import recent_orders, recent_value
from regulars.core.errors import QueryError
from regulars.core.estimate import Interval, unknown
from regulars.models.model import Horizon
from regulars.stats.intervals import z
from regulars.views.predicted import Predicted, ids
from regulars.views.valued import AtRisk, Valued, alive, days_of, doubted
from small import company, on, sale

LEVEL = 0.9


@pytest.fixture(scope="module")
def records():
    return company(
        100,
        orders=[
            sale(f"c{who:02}", day, 5 + (who * 7 + day) % 11)
            for who in range(30)
            for day in range(who % 10, 100, 5 + who % 7)
        ],
        since=on(0),
    )


def made(records, models, outcome, only):
    found = foretell(models, snapshot_of(records), Horizon(20), level=LEVEL, only=only)
    model = next(one for one in models if one.name == only)
    known = datetime(2024, 4, 10, tzinfo=UTC)
    return Foretold(outcome=outcome, model=model, said=found.said, table=found.table, known_at=known, flags=("x",))


@pytest.fixture(scope="module")
def ordering(records):
    return made(records, [recent_orders, mbg_nbd], orders, "mbg_nbd")


@pytest.fixture(scope="module")
def valuing(records):
    return made(records, [recent_value, mbg_nbd_value], value, "mbg_nbd_value")


def told(found, chance, *doubts):
    """Return predictions of orders with P(alive) and directions of doubt about it, those of the model left out."""
    size = len(found.table)
    table = found.table.drop_columns([name for name in found.table.column_names if name.startswith("alive")])
    columns = {} if chance is None else {"alive": chance}
    columns |= {f"alive_doubt_{at}": doubt for at, doubt in enumerate(doubts, 1)}
    for name, number in columns.items():
        table = table.append_column(name, pa.array(np.full(size, number) + 1e-6 * np.arange(size), pa.float64()))
    return replace(found, table=table)


def test_limits_of_being_a_customer_still_are_those_of_its_doubt(ordering):
    found = alive(told(ordering, 0.5, 0.03, 0.04))
    odds = np.log(found.high / (1 - found.high))
    assert odds == pytest.approx(z(LEVEL) * 0.05 / 0.25, rel=1e-2)
    assert found.low == pytest.approx(1 - found.high, rel=1e-2)
    assert found.why_not == ""


def test_no_limits_no_value_but_a_reason(ordering):
    unsure = alive(told(ordering, 0.5))
    assert unsure.mean is None
    assert "`mbg_nbd` does not say how sure" in unsure.why_not
    assert "`mbg_nbd` cannot tell from these records" in alive(told(ordering, None)).why_not


def valued(records, valuing, ordering):
    return Valued(
        clv=Predicted(valuing, ids(records), {}, "EUR", 3),
        orders=ordering,
        discount_rate=0.1,
        before=worth.brought(records, 20),
    )


def test_what_they_brought_before_stands_beside_what_they_will(records, ordering, valuing):
    shown = valued(records, valuing, ordering)
    last = [(who, day) for who in range(30) for day in range(who % 10, 100, 5 + who % 7) if day >= 80]
    brought = sum(5 + (who * 7 + day) % 11 for who, day in last)
    assert (shown.before.value, shown.before.n) == (brought, len({who for who, _ in last}))
    assert shown.warning == ""
    half = replace(shown, before=replace(shown.before, value=shown.totals["customer_equity"].value / 2))
    assert half.warning == "customer equity is more than they brought in as many days before by 100%"
    assert replace(half, before=replace(half.before, days=10)).warning == ""  # fewer days say nothing of more
    assert worth.brought(records, 1000).days == 100
    assert shown.records()[0]["before"] == {"value": brought, "days": 20, "n": shown.before.n}


def test_a_customer_has_the_chance_of_the_model_of_orders_and_limits_of_all(records, ordering, valuing):
    ordering = told(ordering, 0.5, 0.03)
    shown = valued(records, valuing, ordering)
    by_number = dict(zip(ordering.column("customer").tolist(), ordering.column("alive").tolist(), strict=True))
    numbers = valuing.column("customer")[shown.clv.order].tolist()
    rows = list(shown.values())
    assert [row["alive"] for row in rows] == [by_number[who] for who in numbers]
    for row in rows:
        assert row["alive_low"] <= row["alive"] <= row["alive_high"]
        assert row["expected_orders_low"] <= row["expected_orders"] <= row["expected_orders_high"]
    (document,) = shown.records()
    assert "never be checked" in document["alive"]["caveat"]
    assert document["expected_orders"]["model"] == "mbg_nbd"
    assert set(shown.flat()[0]) >= {"score_rmse_low", "orders_score_gini", "alive_low", "flags", "discount_rate", "n"}


def test_a_value_says_what_it_is(records, ordering, valuing):
    shown = valued(records, valuing, ordering)
    for said in (
        "20 days from 2024-04-10",
        "`mbg_nbd_value` 1 (horizon_days=20)",
        "30 customers",
        "recent_value",
        "3 c",
    ):
        assert said in repr(shown)
    assert "<td>" in shown._repr_html_()
    lines = repr(shown.clv).splitlines()
    assert len(lines) <= 6
    assert "flags" not in repr(shown.clv)


def test_value_at_stake_says_what_it_is(records, ordering, valuing):
    by = AtRiskBy("orders", "lapse", "value", ())
    churn = leaving(ordering, gain(0.1, 0.3))
    shown = AtRisk(by=by, churn=churn, value=valuing, ids=ids(records), said={}, currency="EUR")
    assert shown.span.startswith("orders, probability of ending the contract within")
    assert "times CLV of the 20 days from 2024-04-10 on" in repr(shown)
    assert "Beware" not in repr(shown)
    weak = replace(shown, churn=leaving(ordering, gain(-0.1, 0.3)))
    assert "Beware" in repr(weak)
    late = replace(shown.churn, said=replace(shown.churn.said, lead_days=14))
    assert "within the 20 days from 2024-04-24 on, 14 days from now: time to act" in replace(shown, churn=late).span


def interval(low, high):
    return Interval(value=(low + high) / 2, low=low, high=high, level=LEVEL, method="x", n=9)


gain = interval


def leaving(found, gained, auc=None, *, rule=False):
    """Return predictions of orders as if they were of contracts that end, with such a score."""
    score = {"auc": auc or interval(0.6, 0.8), "brier": interval(0.1, 0.2), "calibration_error": interval(0.0, 0.1)}
    name = "contract_end_rate" if rule else "mine"
    own = replace(found.tried, model=name, score=score, gain=gained)
    trial = replace(found.said.trial, naive="contract_end_rate", tried=(own,), chosen=name)
    model = replace(contract_end_rate, name=name)
    return replace(found, outcome=contract_end, model=model, said=replace(found.said, model=name, trial=trial))


def test_a_list_is_doubted_where_the_past_gives_no_ground_for_it(ordering):
    assert list(doubted(leaving(ordering, gain(0.1, 0.3)))) == []
    (said,) = doubted(leaving(ordering, gain(-0.1, 0.3)))
    assert said == "on past days, `mine` was not detectably better than `contract_end_rate`"
    (said,) = doubted(leaving(ordering, gain(0.1, 0.3), interval(0.4, 0.7)))
    assert "AUC 0.55, 0.40 to 0.70, where 0.5 is chance" in said
    (said,) = doubted(leaving(ordering, unknown("it is the rule itself", level=LEVEL), rule=True))
    assert "the simple rule `contract_end_rate` tells who leaves" in said


def test_months_are_refused_as_months():
    assert (days_of(None), days_of(12), days_of(1)) == (None, 365, 30)
    for months in (0, 121, 1000):
        with pytest.raises(QueryError, match=f"`{months}` is no number of months. Write one from 1 to 120"):
            days_of(months)
