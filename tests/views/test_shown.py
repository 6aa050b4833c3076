"""Answers in Python: read at a glance, typed where they go on, refused where nothing can be answered."""

import sys
from pathlib import Path

import pyarrow as pa
import pytest

import regulars
from regulars.app import refresh
from regulars.app.workspace import Workspace
from regulars.core.errors import QueryError, SettingsError
from workspaces import HEAD, ORDERS, ORDERS_HEADER, write

ROWS = "".join(f"{n},c{n % 9},2024-0{1 + n % 5}-10,sale,{10 + n},,{'NL' if n % 9 else ''}\n" for n in range(45))
OWN = """
from ibis import _
from regulars.catalogue.frames.purchases import purchases
from regulars.catalogue.kpis.families import COMMERCE
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.shares import Share
mine = KPI(name="mine", question="How?", family=COMMERCE, frame=purchases, formula=Share(_.orders.sum() >= 2),
    better=Better.HIGHER, shows=Shows.SHARE, source="us", caveat="none")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("shop")
    write(made, HEAD + ORDERS, orders_csv=ORDERS_HEADER + ROWS)
    refresh.refresh(Workspace.at(made))
    return made


@pytest.fixture
def company(folder):
    with regulars.open(folder) as opened:
        yield opened


def test_an_answer_reads_as_a_small_table(company):
    text = repr(company.kpi("average_order_value", "return_rate", by="market", grain="all"))
    assert text.splitlines()[0].split() == ["KPI", "Group", "Period", "Value", "Interval", "n", "Flags"]
    assert "market (none)" in text
    assert "KPI(" not in text
    assert repr(company.kpi("net_revenue", grain="day")).endswith("more rows") is (
        len(company.kpi("net_revenue", grain="day")) > 20
    )
    assert repr(company.cohorts("retention")).startswith("Cohort")
    assert "average_order_value" in company.kpi("average_order_value", by="market")._repr_html_()


def test_tables_are_typed_whatever_stands_in_them(company):
    for answer in (company.kpi("average_order_value", "cohort_ltv", by="market"), company.cohorts("retention")):
        schema = answer.to_arrow().schema
        assert schema.field("start").type == schema.field("end").type == pa.date32()
        assert schema.field("as_of").type == pa.timestamp("us", tz="UTC")
        assert schema.field("flags").type == pa.list_(pa.string())
        assert schema.field("value").type == pa.float64()
        assert len(answer.to_pandas()) == len(answer.to_polars()) == len(answer.records())
    alone = company.kpi("cohort_ltv", grain="all").to_arrow()
    assert alone.schema.field("value").type == pa.float64()


def test_csv_has_words_for_flags(company):
    line = company.kpi("cohort_ltv", grain="all").to_csv().splitlines()[1]
    assert "[" not in line


def test_polars_that_is_missing_is_named(company, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(QueryError, match=r"pip install 'regulars\[polars\]'"):
        company.kpi("net_revenue").to_polars()


def test_names_may_stand_alone_or_in_a_list(company):
    one = company.kpi("net_revenue", "return_rate", grain="all").records()
    assert company.kpi(["net_revenue", "return_rate"], grain="all").records() == one
    with pytest.raises(QueryError, match="No KPI is named"):
        company.kpi()


def test_a_closed_company_says_so(folder):
    company = regulars.open(folder)
    answer = company.kpi("net_revenue", grain="all")
    company.close()
    for ask in (company.kpis, company.segments, lambda: company.kpi("net_revenue")):
        with pytest.raises(QueryError, match="was closed"):
            ask()
    assert answer.to_pandas()["value"].notna().all()


def test_a_missing_workspace_is_named_once(tmp_path):
    with pytest.raises(SettingsError) as said:
        regulars.open(tmp_path / "nowhere")
    assert str(said.value).count("nowhere") == 1


def test_two_meanings_of_ones_own_never_look_alike(folder):
    (folder / "kpis").mkdir(exist_ok=True)
    path, versions = folder / "kpis" / "mine.py", []
    for text in (OWN, OWN.replace("name=", " name=") + "# noted\n", OWN.replace(">= 2", ">= 3"), OWN):
        path.write_text(text)
        workspace = Workspace.at(folder)
        versions.append(workspace.kpis["mine"].versioned(workspace.settings.definitions))
        assert workspace.kpis["net_revenue"].versioned(workspace.settings.definitions) == "1"
    path.unlink()
    assert versions[0] == versions[1] == versions[3] == "1 (87f9c1)"
    assert versions[2] != versions[0]
