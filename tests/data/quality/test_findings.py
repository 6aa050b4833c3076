"""What is said about real records: the numbers that are known of them."""

from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from regulars.data import ingest, store
from regulars.data.quality import findings, reconciliation
from workspaces import HEAD, dicts, load, write

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


SPOKEN = """
[[source]]
name = "answers"
files = ["answers.csv"]
[source.tables.responses]
response_id = "id"
responded_at = "at"
question = "question"
score = "score"
scale_max = "most"
scale_min = "least"
touchpoint = "about"
[[source]]
name = "cases"
files = ["cases.csv"]
[source.tables.tickets]
ticket_id = "id"
opened_at = "opened"
[[source]]
name = "changes"
files = ["changes.csv"]
[source.tables.ticket_events]
ticket_id = "id"
occurred_at = "at"
state = "'solved'"
actor = "'agent'"
"""


def test_answers_on_other_scales_codes_and_cases_that_never_changed_are_told(tmp_path: Path) -> None:
    scores = [0] * 20 + [1] + [3] * 30 + [4] * 40 + [5] * 50
    rows = [f"a{n},2024-01-{1 + n % 28:02},csat,{score},5,0,relational" for n, score in enumerate(scores)]
    rows += [f"b{n},2024-02-01,csat,9,10,0,{about}" for n, about in enumerate(("relational", "relational", ""))]
    rows += [f"c{n},2024-02-0{1 + n % 9},nps,{n % 11},10,0," for n in range(110)]
    write(
        tmp_path,
        HEAD + SPOKEN,
        answers_csv="id,at,question,score,most,least,about\n" + "\n".join(rows) + "\n",
        cases_csv="id,opened\nx,2024-01-01\ny,2024-01-02\nz,2024-01-03\n",
        changes_csv="id,at\nx,2024-01-05\n",
    )
    load(tmp_path)
    found = {row["code"]: (row["table"], row["rows"]) for row in dicts(tmp_path, "_findings")}
    assert found["answers_on_other_scales"] == ("responses", 3)
    assert found["answers_like_codes"] == ("responses", 20)
    assert found["answers_without_touchpoint"] == ("responses", 1)
    assert found["tickets_without_changes"] == ("tickets", 2)
    assert "answers_at_one_instant" not in found  # they have days


def test_answers_that_all_bear_one_time_are_told(tmp_path: Path) -> None:
    rows = [f"a{n},2024-07-01,csat,{1 + n % 5},5,1,relational" for n in range(100)]
    write(
        tmp_path,
        HEAD + SPOKEN,
        answers_csv="id,at,question,score,most,least,about\n" + "\n".join(rows) + "\n",
        cases_csv="id,opened\nx,2024-01-01\n",
        changes_csv="id,at\nx,2024-01-05\n",
    )
    load(tmp_path)
    found = {row["code"]: (row["table"], row["rows"]) for row in dicts(tmp_path, "_findings")}
    assert found["answers_at_one_instant"] == ("responses", 100)
