"""What is said about real records: the numbers that are known of them."""

from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from regulars.data import ingest, store
from regulars.data.quality import findings, reconciliation
from workspaces import write

RETAIL = """
[company]
name = "Online Retail"
currency = "GBP"
time_zone = "Europe/London"
[rules]
not_product = ["POST", "DOT", "C2", "M", "BANK CHARGES", "AMAZONFEE", "S", "PADS", "CRUK", "B"]
discount = ["D"]
[[source]]
name = "sales"
files = ["retail.parquet"]
[source.tables.orders]
lines = true
order_id = "InvoiceNo"
customer_id = "trim_suffix(CustomerID, '.0')"
ordered_at = "InvoiceDate"
kind = "if(starts_with(InvoiceNo, 'C') or Quantity < 0, 'refund', 'sale')"
[source.tables.order_lines]
order_id = "InvoiceNo"
product_id = "StockCode"
quantity = "Quantity"
amount = "Quantity * UnitPrice"
[source.tables.customers]
customer_id = "trim_suffix(CustomerID, '.0')"
market = "Country"
"""
RAVENSTACK = """
[company]
name = "Ravenstack"
currency = "USD"
time_zone = "UTC"
[[source]]
name = "subscriptions"
files = ["subscriptions.parquet"]
[source.tables.subscriptions]
subscription_id = "subscription_id"
customer_id = "account_id"
started_at = "start_date"
ended_at = "end_date"
monthly_amount = "mrr_amount"
[source.tables.identity]
alias = "subscription_id"
customer_id = "account_id"
[[source]]
name = "usage"
files = ["usage.parquet"]
[source.tables.events]
event_id = "usage_id"
customer_id = "subscription_id"
occurred_at = "usage_date"
name = "feature_name"
"""


@pytest.mark.shared_data
@pytest.mark.long
def test_online_retail_reconciles(tmp_path: Path, shared: Path) -> None:
    (tmp_path / "retail.parquet").symlink_to(shared / "data/online_retail/online_retail_2010_2011.parquet")
    settings = write(tmp_path, RETAIL)
    with store.opened(settings, tmp_path) as opened:
        report = ingest.load(opened, settings, tmp_path)
        steps = {step.name: step for step in reconciliation.steps(opened.tables(), opened.backend.table("_aliases"))}
        found = {finding.code: finding for finding in findings.read(opened.backend)}
    counts = report.loaded[0].counts
    assert (counts.records, counts.repeated) == (541_909, 5_268)
    assert (steps["all"].rows, steps["with a customer"].rows) == (541_909, 541_909 - 135_080)
    step = steps["sales with a customer, quantity and amount above 0"]
    assert (step.rows, step.orders, step.customers, step.amount) == (397_884, 18_532, 4_338, Decimal("8911407.9040"))
    assert "several_customers_in_order" not in found
    assert found["duplicates_kept"].rows == 5_268
    assert found["unfinished"].example == "2011-12-01..2011-12-10"


@pytest.mark.shared_data
def test_use_before_the_subscription_began_is_told(tmp_path: Path, shared: Path) -> None:
    folder = shared / "data/ravenstack"
    (tmp_path / "subscriptions.parquet").symlink_to(folder / "ravenstack_subscriptions.parquet")
    (tmp_path / "usage.parquet").symlink_to(folder / "ravenstack_feature_usage.parquet")
    settings = write(tmp_path, RAVENSTACK)
    with store.opened(settings, tmp_path) as opened:
        report = ingest.load(opened, settings, tmp_path)
        found = {finding.code: finding for finding in findings.read(opened.backend)}
    assert report.refused == ()
    usage = pq.read_table(folder / "ravenstack_feature_usage.parquet")
    early = found["activity_before_subscription"]
    assert early.share is not None
    assert abs(early.share - 0.766) < 0.002
    assert early.rows <= usage.num_rows
    assert {bias.direction for bias in early.biases} == {"unclear"}
