"""What comes later is made only where it touches, and is the same as if all had come at once."""

import shutil
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from regulars.app.refresh import refresh
from regulars.app.workspace import Workspace
from regulars.catalogue.sources.simulated import simulate
from regulars.data import engine, generations

TABLES = ("customers", "orders", "responses", "invitations", "follow_ups", "tickets", "ticket_events")
FACTS = ("answers", "invited", "ticket_courses", "ticket_runs", "customer_tickets", "customer_responses", "people")
#: Where the rows of each table that come later are told by.
LATER = {"ticket_events": "occurred_at", "follow_ups": "contacted_at", "responses": "responded_at"}


def facts(folder: Path) -> dict[str, list[dict[str, object]]]:
    workspace = Workspace.at(folder)
    found = generations.open_current(workspace.store, memory="1GB", threads=2)
    assert found is not None
    backend = found[1]
    try:
        there = set(backend.list_tables())
        return {
            name: sorted(engine.run(backend.table(name)), key=repr)
            for name in (*FACTS, "service_spans")
            if name in there
        }
    finally:
        backend.disconnect()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    simulate(folder, customers=400, seed=5, tables=TABLES)
    return folder


@pytest.mark.parametrize(
    "late", ["ticket_events", *(pytest.param(one, marks=pytest.mark.long) for one in LATER if one != "ticket_events")]
)
def test_late_rows_give_the_facts_of_a_load_from_scratch(company: Path, tmp_path: Path, late: str) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        shutil.copytree(company, folder)
    refresh(Workspace.at(whole))
    path = parts / "data" / f"{late}-000.parquet"
    rows = pq.read_table(path)
    order = pc.sort_indices(rows, [(LATER[late], "ascending")])
    cut = len(rows) - max(3, len(rows) // 50)
    pq.write_table(rows.take(order[:cut]), path)
    refresh(Workspace.at(parts))
    assert facts(parts) != facts(whole)
    pq.write_table(rows.take(order[cut:]), path.with_name(f"{late}-001.parquet"))
    refresh(Workspace.at(parts))
    found, wanted = facts(parts), facts(whole)
    assert found.keys() == wanted.keys() >= set(FACTS)
    for name, rows_ in wanted.items():
        assert found[name] == rows_, name


def test_other_business_hours_make_the_times_of_service_anew(company: Path, tmp_path: Path) -> None:
    folder = tmp_path / "hours"
    shutil.copytree(company, folder)
    refresh(Workspace.at(folder))
    before = facts(folder)
    toml = folder / "regulars.toml"
    text = toml.read_text()
    assert "hours" in text
    toml.write_text(text.replace("09:00", "06:00"))
    assert refresh(Workspace.at(folder)).published
    after = facts(folder)
    assert after["service_spans"] != before["service_spans"]
    assert [row["replied_worked"] for row in after["ticket_courses"]] != [
        row["replied_worked"] for row in before["ticket_courses"]
    ]
    assert [row["replied"] for row in after["ticket_courses"]] == [row["replied"] for row in before["ticket_courses"]]
