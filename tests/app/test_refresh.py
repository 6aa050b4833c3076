"""What a run publishes where records are missing, and what it says became of them."""

import json
from pathlib import Path

import pytest

from regulars.app.refresh import refresh
from regulars.app.workspace import Workspace
from regulars.core.errors import DataError, QueryError, RegularsError
from regulars.data import generations
from regulars.views.company import Company
from workspaces import HEAD, ORDERS, ORDERS_HEADER, write

CUSTOMERS = '[[source]]\nname = "people"\nfiles = ["people.csv"]\n[source.tables.customers]\ncustomer_id = "who"\n'
FIRST = ORDERS_HEADER + "1,ann,2024-01-01 10:00,sale,10.50,2024-01-01,NL\n"


def test_nothing_is_published_where_no_file_could_ever_be_read(tmp_path: Path) -> None:
    write(tmp_path, HEAD + ORDERS.replace('"amount"', '"amuont"'), orders_csv=FIRST)
    workspace = Workspace.at(tmp_path)
    with pytest.raises(DataError, match=r"no column `amuont`\. Did you mean `amount`") as caught:
        refresh(workspace)
    assert caught.value.exit_status == 65
    assert "nothing was loaded" in str(caught.value)
    assert generations.current(workspace.store) is None


def test_what_was_published_stays_where_files_are_refused_later(tmp_path: Path) -> None:
    write(tmp_path, HEAD + ORDERS, orders_csv=FIRST)
    refresh(Workspace.at(tmp_path))
    (tmp_path / "orders.csv").write_text("nothing,of,that\n1,2,3\n")
    done = refresh(Workspace.at(tmp_path))
    assert done.load.error is not None
    assert generations.current(Workspace.at(tmp_path).store) is not None


@pytest.mark.parametrize("table", ["customers", "identity"])
def test_records_without_a_day_are_published_and_everything_says_what_is_missing(tmp_path: Path, table: str) -> None:
    more = "alias = \"concat('old ', who)\"\n" if table == "identity" else ""
    write(tmp_path, HEAD + CUSTOMERS.replace("tables.customers", f"tables.{table}") + more, people_csv="who\na\nb\nc\n")
    done = refresh(Workspace.at(tmp_path))
    assert done.generation.as_of is None
    assert done.load.loaded[0].counts.accepted == 3
    with Company(Workspace.at(tmp_path)) as company:
        assert company.quarantine() == []
        assert company.customer("a")
        assert all("needs" in row["why_not"] for row in company.kpis() if row["name"] == "net_revenue")
        with pytest.raises(QueryError, match="No record has a day yet"):
            company.kpi("net_revenue")
        with pytest.raises(RegularsError, match="orders"):
            company.segments()


def test_rows_all_refused_are_published_as_quarantine(tmp_path: Path) -> None:
    write(tmp_path, HEAD + ORDERS, orders_csv=ORDERS_HEADER + "1,ann,2024-02-30,sale,10.50,2024-01-01,NL\n")
    refresh(Workspace.at(tmp_path))
    with Company(Workspace.at(tmp_path)) as company:
        assert [row["reason"] for row in company.quarantine()] == ["not_an_instant"]


HEADS = """
[[source]]
name = "heads"
files = ["heads.csv"]
[source.tables.orders]
where = "status != 'cancelled'"
order_id = "id"
customer_id = "visit"
ordered_at = "at"
kind = "'sale'"
[source.tables.identity]
alias = "id"
customer_id = "visit"
[[source]]
name = "items"
files = ["items.csv"]
[source.tables.order_lines]
order_id = "id"
line = "n"
product_id = "p"
quantity = "1"
amount = "price"
"""


def test_records_left_out_by_where_are_counted_and_run_and_check_agree(tmp_path: Path) -> None:
    heads = "id,visit,at,status\n1,a,2024-01-01,paid\n2,b,2024-01-02,cancelled\n3,c,2024-01-03,cancelled\n"
    items = "id,n,p,price\n1,1,x,2.00\n2,1,x,3.00\n2,2,y,1.00\n"
    write(tmp_path, HEAD + HEADS, heads_csv=heads, items_csv=items)
    load = refresh(Workspace.at(tmp_path)).load
    with Company(Workspace.at(tmp_path)) as company:
        review = company.check()
    told = {one.path: one.counts for one in load.loaded}
    for file in review.files:
        counts = told[file["path"]]
        assert (counts.accepted, counts.quarantined) == (file["accepted"], file["quarantined"])
    # The cancelled orders still tell who is who: their records are accepted, but feed no order.
    assert (told["heads.csv"].accepted, told["heads.csv"].skipped) == (3, 0)
    assert json.loads(told["heads.csv"].left_out) == {"orders": 2}
    assert (told["items.csv"].accepted, told["items.csv"].quarantined) == (1, 2)
    assert [(one.table, one.reason, one.rows) for one in load.taken_back] == [("order_lines", "unknown_reference", 2)]
    left_out = [finding for finding in review.findings if finding.code == "left_out_by_where"]
    assert [(finding.table, finding.source, finding.rows) for finding in left_out] == [("orders", "heads", 2)]
