"""Which model foretells, what is refused, and what is kept beside the generation."""

from dataclasses import replace

import numpy as np
import pytest

from regulars.app import foretell as asked
from regulars.app.foretell import AtRiskBy, at_risk_by, available, checked, default_horizon, each, snapshot_of, tried
from regulars.app.trying import foretell
from regulars.catalogue.models.mbg_nbd import mbg_nbd
from regulars.catalogue.models.outcomes import contract_end, lapse, orders, value
from regulars.catalogue.models.recent_orders import recent_orders, recent_value
from regulars.catalogue.models.shifted_beta_geometric import sbg_end
from regulars.core.errors import QueryError, UnknownName
from regulars.models.model import Horizon
from regulars.stats.likelihood import NotFitted
from small import company, contract, event, on, sale

HORIZON = Horizon(20)
MODELS = {one.name: one for one in (mbg_nbd, recent_orders, recent_value, sbg_end)}


@pytest.fixture(scope="module")
def records():
    return company(
        100,
        orders=[sale(f"c{who:02}", day) for who in range(30) for day in range(who % 10, 100, 5 + who % 7)],
        since=on(0),
    )


def test_the_best_foretells_all_customers_with_the_trial_beside(records):
    made = foretell([recent_orders, mbg_nbd], snapshot_of(records), HORIZON, level=0.9)
    said, table = made.said, made.table
    assert said.model == said.trial.chosen == said.trial.tried[0].model
    assert (said.outcome, said.horizon_days, said.level, said.instead) == ("orders", 20, 0.9, "")
    assert table["customer"].to_pylist() == sorted(table["customer"].to_pylist())
    assert len(table) == 30
    assert np.isfinite(table["mean"].to_numpy()).all()


def test_who_is_named_foretells_however_it_did(records):
    for name in ("recent_orders", "mbg_nbd"):
        said = foretell([recent_orders, mbg_nbd], snapshot_of(records), HORIZON, level=0.9, only=name).said
        assert said.model == name


def test_where_the_best_cannot_be_fitted_now_the_next_foretells_and_says_so(records):
    def fit(snapshot, horizon, rng):
        if snapshot.as_of == records.as_of:
            raise NotFitted("too few are left")
        return mbg_nbd.fit(snapshot, horizon, rng)

    def worse(snapshot, horizon, rng):
        return replace(recent_orders.fit(snapshot, horizon, rng), rate=9.0)

    models = [replace(recent_orders, fit=worse), replace(mbg_nbd, fit=fit)]
    said = foretell(models, snapshot_of(records), HORIZON, level=0.9).said
    if said.trial.chosen == "mbg_nbd":
        assert said.model == "recent_orders"
        assert said.instead.endswith("cannot be fitted now: too few are left")
    with pytest.raises(QueryError, match="cannot foretell anything here: too few are left"):
        foretell(models, snapshot_of(records), HORIZON, level=0.9, only="mbg_nbd")


def test_outcomes_that_the_records_allow(records):
    assert tried(MODELS, (), records) == ["orders", "value"]
    assert tried(MODELS, ("value", "value"), records) == ["value"]
    with pytest.raises(UnknownName, match="Did you mean `orders`"):
        tried(MODELS, ("order",), records)
    with pytest.raises(QueryError, match="needs `orders` or `subscriptions`"):
        tried(MODELS, (), company(90, events=[event("ann", 3)]))
    assert available(sbg_end, records) == "needs `subscriptions`"
    assert available(mbg_nbd, records) == ""


def test_who_is_at_risk_is_told_by_contracts_where_there_are_some(records):
    assert at_risk_by(records) == AtRiskBy("orders", "lapse", "value", ())
    contracts = AtRiskBy("contracts", "contract_end", "contract_value", ())
    assert at_risk_by(company(90, subscriptions=[contract("ann", 3)])) == contracts
    both = company(90, orders=[sale("ann", 3)], subscriptions=[contract("ann", 3)])
    assert at_risk_by(both) == replace(contracts, others=("orders",))
    assert at_risk_by(both, "orders") == AtRiskBy("orders", "lapse", "value", ("contracts",))
    with pytest.raises(QueryError, match="Risk of contracts is told by `subscriptions`: there are no such records"):
        at_risk_by(records, "contracts")
    with pytest.raises(UnknownName, match="kind of risk"):
        at_risk_by(both, "friends")
    with pytest.raises(QueryError, match="`subscriptions` or `orders`"):
        at_risk_by(company(90, events=[event("ann", 3)]))


def test_horizons_are_the_companys_where_none_is_asked_for():
    own = company(90, orders=[sale("ann", 3)], clv_months=24, churn_days=60, lead_days=5)
    assert default_horizon(value, own) == Horizon(730)
    assert default_horizon(orders, own) == Horizon(60)
    assert default_horizon(lapse, own) == default_horizon(contract_end, own) == Horizon(60, 5)


@pytest.mark.parametrize(
    ("horizon", "level", "said"),
    [
        (Horizon(0), 0.9, "no horizon"),
        (Horizon(asked.LONGEST + 1), 0.9, "no horizon"),
        (Horizon(9, -1), 0.9, "no lead"),
        (Horizon(9), 95, "no level"),
        (Horizon(9), 0.0, "no level"),
    ],
)
def test_what_cannot_be_asked(horizon, level, said):
    with pytest.raises(QueryError, match=said):
        checked(horizon, level)


def test_what_cannot_be_foretold_stops_nothing_else():
    def make(name):
        if name == "lapse":
            raise QueryError("too short")
        return name

    told = []
    assert each(["orders", "lapse", "value"], make, told.append) == ["orders", "value"]
    assert [str(one) for one in told] == ["too short"]
    with pytest.raises(QueryError, match="too short"):
        each(["orders", "lapse"], make, None)
    with pytest.raises(QueryError, match="too short"):
        each(["lapse"], make, told.append)


def test_a_failing_model_of_the_companys_own_takes_nothing_from_the_others(records):
    def fit(snapshot, horizon, rng):
        return 1 / 0

    fit.__module__ = "regulars_workspace.models.ours"
    broken = replace(mbg_nbd, name="ours", fit=fit)
    found = foretell([recent_orders, broken], snapshot_of(records), HORIZON, level=0.9)
    assert found.said.model == "recent_orders"
    assert found.said.trial.of("ours").why_not == "it fails: ZeroDivisionError: division by zero"
    with pytest.raises(ZeroDivisionError):
        foretell([recent_orders, broken], snapshot_of(records), HORIZON, level=0.9, only="ours")
