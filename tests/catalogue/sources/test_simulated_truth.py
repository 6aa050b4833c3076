"""What was planted can be found again, by formulas that the simulator does not use."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pytest
from scipy.special import beta, hyp2f1

from regulars.catalogue.sources.simulated import simulate
from regulars.catalogue.sources.simulation.clock import clock_of
from regulars.catalogue.sources.simulation.company import Company

COMPANY = Company(churn_trend=0.0, trials=0.0, upgrades=0.0, downgrades=0.0, returns=0.0)
CUSTOMERS = 30_000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("truth")
    tables = ("customers", "orders", "subscriptions", "responses", "tickets", "touches")
    simulate(folder, customers=CUSTOMERS, seed=2, company=COMPANY, tables=tables)
    return folder


@pytest.fixture(scope="module")
def customers(world: Path) -> pd.DataFrame:
    """Customers with what is hidden of them."""
    hidden = ds.dataset(sorted((world / "truth").glob("customers-*.parquet"))).to_table().to_pandas()
    return read(world, "customers").merge(hidden, on="customer_id", validate="one_to_one")


@pytest.fixture(scope="module")
def sales(world: Path) -> pd.DataFrame:
    orders = read(
        world, "orders", ["order_id", "customer_id", "ordered_at", "kind", "amount", "promised_at", "delivered_at"]
    )
    orders["amount"] = orders["amount"].astype(float)
    return orders[orders["kind"] == "sale"].reset_index(drop=True)


def read(world: Path, name: str, columns: list[str] | None = None) -> pd.DataFrame:
    return ds.dataset(sorted((world / "data").glob(f"{name}-*.parquet"))).to_table(columns).to_pandas()


def agrees(values: pd.Series, expected: pd.Series | float, errors: float = 4.0) -> bool:
    """Whether the mean of `values` - `expected` is nought within sampling error."""
    gap = values - expected
    return bool(abs(gap.mean()) <= errors * gap.std() / np.sqrt(len(gap)))


def factor(customers: pd.DataFrame, effect: str) -> np.ndarray:
    product = np.ones(len(customers))
    for column, traits in (
        ("market", COMPANY.markets),
        ("segment", COMPANY.segments),
        ("acquisition_channel", COMPANY.channels),
    ):
        product *= customers[column].map({trait.name: getattr(trait, effect) for trait in traits}).to_numpy()
    return product


@pytest.fixture(scope="module")
def untouched(customers: pd.DataFrame, sales: pd.DataFrame) -> pd.DataFrame:
    """Buyers outside the randomised treatment: repeat purchases, seasonal weeks observed, their parameters."""
    start = pd.Timestamp(COMPANY.start, tz=UTC)
    first = sales.groupby("customer_id")["ordered_at"].agg(["min", "size"])
    buyers = customers[customers["arm"] != "treatment"].merge(first, left_on="customer_id", right_index=True)
    clock = clock_of(COMPANY)
    return buyers.assign(
        repeats=buyers["size"] - 1,
        weeks=clock.length - clock.seasonal((buyers["min"] - start).dt.total_seconds().to_numpy()),
        alpha=COMPANY.purchase_alpha / factor(buyers, "purchase"),
        a=COMPANY.dropout_a * factor(buyers, "dropout"),
    )


def test_mean_repeats_are_those_of_bg_nbd(untouched: pd.DataFrame) -> None:
    """Fader, Hardie & Lee (2005), eq. 9."""
    r, alpha, a, b = COMPANY.purchase_r, untouched["alpha"], untouched["a"], COMPANY.dropout_b
    t = untouched["weeks"]
    left = (alpha / (alpha + t)) ** r * hyp2f1(r, b, a + b - 1, t / (alpha + t))
    expected = (a + b - 1) / (a - 1) * (1 - left)
    assert agrees(untouched["repeats"], expected)
    for _, rows in untouched.groupby("acquisition_channel"):
        assert agrees(rows["repeats"], expected[rows.index])


def test_share_without_a_repeat_is_that_of_bg_nbd(untouched: pd.DataFrame) -> None:
    """Fader, Hardie & Lee (2005), eq. 8 at x = 0."""
    expected = (untouched["alpha"] / (untouched["alpha"] + untouched["weeks"])) ** COMPANY.purchase_r
    assert agrees((untouched["repeats"] == 0).astype(float), expected)


def test_orders_per_customer_are_about_ten(sales: pd.DataFrame) -> None:
    assert len(sales) / CUSTOMERS == pytest.approx(10, abs=0.6)


def test_left_customers_left_with_their_last_order(customers: pd.DataFrame, sales: pd.DataFrame) -> None:
    last = sales.groupby("customer_id")["ordered_at"].max()
    left = customers[customers["churned_at"].notna()].set_index("customer_id")
    assert (left["churned_at"] == last.reindex(left.index)).all()
    assert (~left["alive"].astype(bool)).all()


def test_amounts_are_gamma_gamma(customers: pd.DataFrame, sales: pd.DataFrame) -> None:
    """Fader & Hardie (2013): E[z] = p gamma / (q - 1), Var[z | v] = (E[z | v])^2 / p."""
    planted = COMPANY.spend_p * COMPANY.spend_gamma / (COMPANY.spend_q - 1) * factor(customers, "spend")
    assert agrees(customers["mean_spend"], planted)
    ratio = sales["amount"] / sales["customer_id"].map(customers.set_index("customer_id")["mean_spend"])
    assert ratio.mean() == pytest.approx(1, abs=0.005)
    assert ratio.var() == pytest.approx(1 / COMPANY.spend_p, rel=0.02)


def test_contracts_survive_as_in_sbg(world: Path) -> None:
    """Fader & Hardie (2007), eq. 4: S(t) = B(alpha, beta + t) / B(alpha, beta)."""
    rows = read(world, "subscriptions")
    rows = rows[rows["started_at"] < datetime(2024, 1, 1, tzinfo=UTC)]
    months = {name: rows[name].dt.year * 12 + rows[name].dt.month for name in ("started_at", "ended_at")}
    lasted = (months["ended_at"] - months["started_at"]).fillna(1_000)
    assert len(rows) > 2_000
    for t in range(1, 13):
        expected = beta(COMPANY.churn_alpha, COMPANY.churn_beta + t) / beta(COMPANY.churn_alpha, COMPANY.churn_beta)
        assert agrees((lasted > t).astype(float), expected)


def test_campaign_lifts_orders_by_what_was_planted(customers: pd.DataFrame, sales: pd.DataFrame) -> None:
    begins = pd.Timestamp(COMPANY.campaign_start, tz=UTC)
    within = sales["ordered_at"].between(begins, begins + pd.Timedelta(days=COMPANY.campaign_days), inclusive="left")
    counts = sales[within].groupby("customer_id").size()
    tested = customers[customers["arm"].notna()].copy()
    tested["orders"] = tested["customer_id"].map(counts).fillna(0)
    treated, held_out = (tested[tested["arm"] == arm] for arm in ("treatment", "holdout"))
    assert (treated["orders"] == treated["orders_if_treated"]).all()
    assert (held_out["orders"] == held_out["orders_if_held_out"]).all()

    effect = (tested["orders_if_treated"] - tested["orders_if_held_out"]).mean()
    seen = treated["orders"].mean() - held_out["orders"].mean()
    error = np.sqrt(treated["orders"].var() / len(treated) + held_out["orders"].var() / len(held_out))
    assert effect > 0.1
    assert abs(seen - effect) < 4 * error
    assert seen > 4 * error
    none = tested[tested["segment"] == "enterprise"]
    assert (none["orders_if_treated"] == none["orders_if_held_out"]).all()


def test_campaign_leaves_the_weeks_after_it_as_they_were(customers: pd.DataFrame, sales: pd.DataFrame) -> None:
    ends = pd.Timestamp(COMPANY.campaign_start, tz=UTC) + pd.Timedelta(days=COMPANY.campaign_days)
    within = sales["ordered_at"].between(ends, ends + pd.Timedelta(days=28), inclusive="left")
    counts = sales[within].groupby("customer_id").size()
    treated, held_out = (
        customers.loc[customers["arm"] == arm, "customer_id"].map(counts).fillna(0) for arm in ("treatment", "holdout")
    )
    error = np.sqrt(treated.var() / len(treated) + held_out.var() / len(held_out))
    assert abs(treated.mean() - held_out.mean()) < 3 * error


def test_mailing_without_effect_looks_effective(world: Path, customers: pd.DataFrame, sales: pd.DataFrame) -> None:
    """Targeting alone makes the mailed buy more: the trap that a not randomised campaign sets."""
    begins = pd.Timestamp(COMPANY.mailing_start, tz=UTC)
    touches = read(world, "touches", ["campaign_id", "customer_id", "arm"])
    mailed = touches[touches["campaign_id"] == "spring_mailing"]
    counts = sales[sales["ordered_at"].between(begins, begins + pd.Timedelta(days=21))].groupby("customer_id").size()
    there = customers[customers["first_seen_at"] < begins]
    orders = there["customer_id"].map(counts).fillna(0)
    chosen = there["customer_id"].isin(mailed["customer_id"])
    assert (mailed["arm"] == "treatment").all()
    assert orders[chosen].mean() > 1.5 * orders[~chosen].mean()


def test_late_deliveries_lower_scores_and_raise_tickets(world: Path, sales: pd.DataFrame) -> None:
    late = (sales["delivered_at"] - sales["promised_at"]).dt.total_seconds() / 86_400
    by_number = pd.Series(late.to_numpy(), index=sales["order_id"].str[1:])
    answers = read(world, "responses", ["response_id", "question", "score", "touchpoint"])
    nps = answers[(answers["question"] == "nps") & (answers["touchpoint"] == "transactional")]
    days = nps["response_id"].str[1:].map(by_number)
    on_time, bad = nps["score"][days <= 0], nps["score"][days > 2]
    error = np.sqrt(on_time.var() / len(on_time) + bad.var() / len(bad))
    assert on_time.mean() - bad.mean() > 4 * error

    asked = sales["order_id"].str[1:].isin(read(world, "tickets", ["ticket_id"])["ticket_id"].str[1:])
    assert asked[late > 2].mean() > 3 * asked[late <= 0].mean()


def test_incident_delays_one_market_for_two_weeks(customers: pd.DataFrame, sales: pd.DataFrame) -> None:
    late = (sales["delivered_at"] - sales["promised_at"]).dt.total_seconds() / 86_400
    begins = pd.Timestamp(COMPANY.incident_start, tz=UTC)
    within = sales["ordered_at"].between(begins, begins + pd.Timedelta(days=COMPANY.incident_days), inclusive="left")
    hit = sales["customer_id"].map(customers.set_index("customer_id")["market"]) == COMPANY.incident_market
    usual = COMPANY.delay_mean + COMPANY.delay_tail
    assert late[within & hit].mean() == pytest.approx(usual + COMPANY.incident_delay, abs=0.3)
    assert late[~(within & hit)].mean() == pytest.approx(usual, abs=0.05)


def test_demand_follows_the_weekdays(sales: pd.DataFrame) -> None:
    planted = np.array(COMPANY.weekdays) / sum(COMPANY.weekdays)
    seen = sales["ordered_at"].dt.dayofweek.value_counts(normalize=True).sort_index().to_numpy()
    assert np.abs(seen / planted - 1).max() < 0.03
