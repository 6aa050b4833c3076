"""`regulars report`, `view` and `serve` as commands: files of pages, and what is refused before anything is opened."""

import json
from io import BytesIO
from pathlib import Path

import openpyxl
import pypdf
import pytest

from heard_shop import rows, workspace
from regulars.cli.main import app, exit_status


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workspace(tmp_path_factory.mktemp("shop"), rows())


@pytest.fixture
def run(shop, tmp_path, monkeypatch, capsysbinary):
    monkeypatch.chdir(tmp_path)

    def command(*words: str) -> tuple[int, bytes, str]:
        status = exit_status(lambda **_: app([*words, "-C", str(shop)], standalone_mode=False))
        out, err = capsysbinary.readouterr()
        return status, out, err.decode()

    return command


@pytest.mark.filterwarnings("ignore:Sparkline Group extension")
def test_a_report_is_a_file_named_after_page_and_period(run, tmp_path):
    status, out, err = run("report", "kpi", "net_revenue", "--period", "2025-03", "--format", "xlsx")
    (made,) = tmp_path.iterdir()
    assert (status, out, made.name) == (0, b"", "kpi-net_revenue-2025-03-01-2025-04-01.xlsx")
    assert f"Wrote `{made.name}`" in err
    assert "Net revenue" in str(
        [[cell.value for cell in row] for sheet in openpyxl.load_workbook(made) for row in sheet]
    )


def test_a_report_on_paper_shows_the_number_of_the_terminal(run):
    status, pdf, _ = run("report", "kpi", "net_revenue", "--period", "2025-03", "-o", "-")
    assert status == 0
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)
    status, out, _ = run("kpi", "net_revenue", "--from", "2025-03-01", "--to", "2025-04-01", "--format", "json")
    (row,) = json.loads(out)
    assert f"EUR {row['value']:,.0f}" in text
    assert f"n {row['n']}" in text


def test_what_a_report_is_asked_is_what_a_page_is_asked(run):
    status, out, _ = run("report", "voice", "--ask", "question=nps", "--format", "json", "-o", "-")
    assert status == 0
    assert json.loads(out)["asked"] == {"question": "nps"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("report", "overview", "--format", "docx"), "`docx` is no format of a report"),
        (("report", "overview", "--period", "soon"), "`soon` is no period"),
        (("report", "overvew"), "Did you mean `overview`?"),
        (("report", "overview", "--ask", "by"), "`by` asks nothing. Write it as `period=2024-03`."),
        (("report", "overview", "--ask", "sort=clv"), "This page takes no `sort`."),
        (("report", "kpi"), "Page `kpi` is about one KPI. Name it."),
        (("report", "customer", "nobody"), "No customer is called `nobody`."),
        (("view", "kpi", "nps", "--from", "2025-01-01", "--ask", "period=2024"), "not by both"),
        (("serve", "--url", "ftp://example.org"), "is no address"),
        (("serve", "--host", "0.0.0.0"), "lets other machines in"),
        (("serve", "--url", "https://stats.example.com"), "Nobody may come in yet"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(run, tmp_path, words, said):
    status, out, err = run(*words)
    assert status in (2, 78)
    assert out == b""
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_a_page_about_a_kpi_is_shown_in_the_terminal(run):
    status, out, _ = run("view", "kpi", "repeat_purchase_rate", "--ask", "period=8q")
    assert status == 0
    assert b"What Repeat purchase rate means" in out
