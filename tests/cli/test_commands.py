"""The command line as a person uses it: right and wrong words, every format, exit statuses."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pyarrow.parquet as pq
import pytest

from regulars.cli import loading
from regulars.cli.main import app, exit_status

Run = Callable[..., tuple[int, str, str]]


def lines() -> list[str]:
    """Return invoice lines of 60 customers over half a year; every seventh order is taken back in part."""
    rows = ["Invoice,Product,Description,Quantity,Date,Price,Customer,Country"]
    for order in range(240):
        customer, month = order % 60, 1 + order % 6
        day = f"2024-{month:02d}-{1 + order % 28:02d} 10:{order % 60:02d}:00"
        country = "France" if customer % 3 else "Spain"
        rows.append(f"{10_000 + order},P{order % 7},Cup,{1 + order % 4},{day},{order % 9 + 1}.50,{customer},{country}")
        if order % 7 == 0:
            rows.append(f"C{20_000 + order},P{order % 7},Cup,-1,{day},{order % 9 + 1}.50,{customer},{country}")
    rows.append("30000,P1,Cup,1,2024-02-30 10:00:00,1.50,7,France")
    return rows


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "sales.csv").write_text("\n".join(lines()) + "\n")
    assert (
        exit_status(
            lambda **_: app(["init", str(folder / "sales.csv"), "--yes", "-C", str(folder)], standalone_mode=False)
        )
        == 0
    )
    assert exit_status(lambda **_: app(["run", "-q", "-C", str(folder)], standalone_mode=False)) == 0
    return folder


@pytest.fixture
def run(shop: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    def told(*words: str, folder: Path = shop) -> tuple[int, str, str]:
        capfd.readouterr()
        status = exit_status(lambda **_: app([*words, "-C", str(folder)], standalone_mode=False))
        out, err = capfd.readouterr()
        return status, out, err

    return told


def test_a_kpi_says_everything_that_must_travel_with_a_number(run: Run) -> None:
    status, out, _ = run("kpi", "average_order_value", "--format", "json", "--compare")
    rows = json.loads(out)
    assert status == 0
    assert rows
    for row in rows:
        wanted = "kpi group period value low high level method n unit as_of version flags why_not change"
        assert set(wanted.split()) <= set(row)
        assert (row["value"] is None) == bool(row["why_not"])
    assert {row["unit"] for row in rows} == {rows[0]["unit"]}


def test_every_format_says_the_same(run: Run, tmp_path: Path) -> None:
    asked = ("kpi", "net_revenue", "--by", "market", "--grain", "quarter")
    values = [row["value"] for row in json.loads(run(*asked, "--format", "json")[1])]
    table = list(csv.DictReader(io.StringIO(run(*asked, "--format", "csv")[1])))
    target = tmp_path / "out.parquet"
    run(*asked, "--format", "parquet", "-o", str(target))
    assert [float(row["value"]) for row in table] == values
    assert pq.read_table(target)["value"].to_pylist() == values
    assert "Spain" in run(*asked)[1]


def test_groups_add_up_to_the_whole(run: Run) -> None:
    whole = json.loads(run("kpi", "net_revenue", "--grain", "all", "--format", "json")[1])
    parts = json.loads(run("kpi", "net_revenue", "--grain", "all", "--by", "market", "--format", "json")[1])
    assert sum(part["value"] for part in parts) == pytest.approx(whole[0]["value"], abs=1e-9)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("kpi", "net_revenu"), 2, "Did you mean `net_revenue`?"),
        (("kpi", "net_revenue", "--by", "markt"), 2, "Did you mean `market`?"),
        (("kpi", "net_revenue", "--grain", "fortnight"), 2, "no grain"),
        (("kpi", "net_revenue", "--from", "soon"), 2, "no date"),
        (("kpi", "net_revenue", "--from", "2030-01-01"), 2, "records end"),
        (("kpi", "net_revenue", "--where", "market ="), 2, "cannot be read"),
        (("kpi", "net_revenue", "--where", "colour = 'red'"), 2, "no attribute"),
        (("kpi", "net_revenue", "--format", "xml"), 2, "no format"),
        (("kpi", "net_revenue", "--level", "95"), 2, "no level"),
        (("cohorts", "retenton"), 2, "Did you mean `retention`?"),
        (("customer", "nobody"), 2, "No customer"),
        (("new", "kpi", "Bad Name"), 2, "cannot be a name"),
        (("new", "gadget", "x"), 2, "kind of declaration"),
    ],
)
def test_wrong_words_end_with_advice(run: Run, words: tuple[str, ...], status: int, said: str) -> None:
    found, out, err = run(*words)
    assert (found, out) == (status, "")
    assert said in err


def test_check_reconciles_and_quarantine_shows_the_bad_row(run: Run) -> None:
    out = run("check", "--format", "json")[1]
    review = json.loads(out)[0]
    file = review["files"][0]
    assert file["records"] == file["accepted"] + file["quarantined"] + file["skipped"] + file["duplicates"]
    rows = json.loads(run("quarantine", "--format", "json")[1])
    assert [(row["line"], row["reason"]) for row in rows] == [(file["records"] + 1, "not_an_instant")]


@pytest.mark.parametrize(
    ("size", "said"), [(0, "0 findings bias numbers"), (1, "1 finding biases numbers"), (2, "2 findings bias numbers")]
)
def test_findings_that_bias_numbers_are_counted(monkeypatch: Any, capfd: Any, size: int, said: str) -> None:
    biasing, harmless = SimpleNamespace(biases=("revenue",)), SimpleNamespace(biases=())
    company = MagicMock(findings=lambda: [harmless] + [biasing] * size)
    monkeypatch.setattr(loading.viewing, "show", lambda _view: None)
    loading.summarise(company)
    assert capfd.readouterr().err.startswith(f"{said} (`regulars check`).")


def test_segments_states_and_moves_reconcile(run: Run) -> None:
    segments = json.loads(run("segments", "--format", "json")[1])
    states = json.loads(run("segments", "--lifecycle", "--format", "json")[1])
    moves = json.loads(run("segments", "--migration", "--format", "json")[1])
    assert sum(row["customers"] for row in segments) == sum(row["customers"] for row in states) == 60
    assert sum(row["customers"] for row in moves) >= 60


def test_cohorts_leave_immature_cells_blank(run: Run) -> None:
    cells = json.loads(run("cohorts", "retention", "--format", "json")[1])
    assert any(cell["why_not"] for cell in cells)
    assert all((cell["value"] is None) == bool(cell["why_not"]) for cell in cells)


def test_one_customer(run: Run) -> None:
    page = json.loads(run("customer", "7", "--format", "json")[1])[0]
    assert page["customer_id"] == "7"
    assert page["purchases"]["orders"] == 4


def test_a_kpi_of_ones_own_is_answered(run: Run, shop: Path) -> None:
    assert run("new", "kpi", "often_share")[0] == 0
    assert json.loads(run("kpi", "often_share", "--grain", "all", "--format", "json")[1])[0]["value"] is not None
    (shop / "kpis" / "often_share.py").unlink()


def test_running_again_changes_nothing(run: Run) -> None:
    before = run("kpi", "net_revenue", "--format", "json")[1]
    status, _, err = run("run", "-q")
    assert status == 0
    assert "nothing changed" in err
    assert run("kpi", "net_revenue", "--format", "json")[1] == before


def test_doctor_finds_a_damaged_generation(run: Run, shop: Path) -> None:
    assert run("doctor")[0] == 0
    generation = max((shop / ".regulars").glob("gen-*.duckdb"))
    sound = generation.read_bytes()
    damaged = bytearray(sound)
    damaged[len(damaged) // 2] ^= 1
    generation.write_bytes(damaged)
    status, _, err = run("doctor")
    generation.write_bytes(sound)
    assert status == 74
    assert generation.name in err


def test_without_settings_or_records_it_says_what_to_do(run: Run, tmp_path: Path) -> None:
    status, _, err = run("run", folder=tmp_path)
    assert status == 78
    assert "regulars init" in err


def test_init_does_not_overwrite(run: Run, shop: Path) -> None:
    status, _, err = run("init", str(shop / "sales.csv"), "--yes")
    assert status == 78
    assert "--force" in err
