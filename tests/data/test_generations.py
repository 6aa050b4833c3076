"""Publishing: whole or not at all, only what changed, and damage is named."""

import shutil
import subprocess
from pathlib import Path

import ibis
import pytest

from regulars.core import settings
from regulars.core.errors import StoreError
from regulars.data import engine, generations, ingest, store
from regulars.data.generations import Generation
from workspaces import HEAD, ORDERS, ORDERS_HEADER, write

ROW = "1,ann,2024-01-01 10:00,sale,10.50,2024-01-01,NL\n"


def publish(folder: Path) -> Generation:
    found = settings.read(folder / "regulars.toml", files_exist=False)
    with store.opened(found, folder) as opened:
        ingest.load(opened, found, folder)
        return generations.publish(opened)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    write(folder, HEAD + ORDERS, orders_csv=ORDERS_HEADER + ROW)
    publish(folder)
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "workspace"))


def test_what_did_not_change_is_not_published_again(workspace: Path) -> None:
    first = generations.current(workspace / ".regulars")
    again = publish(workspace)
    assert again == first
    assert again.number == 1
    (workspace / "orders.csv").write_text(ORDERS_HEADER + ROW + "2,bob,2024-01-05,sale,1.00,,DE\n")
    other = publish(workspace)
    assert other.number == 2
    assert other.as_of is not None
    assert other.as_of.isoformat() == "2024-01-06"


def test_the_last_three_are_kept_and_leftovers_go(workspace: Path) -> None:
    folder = workspace / ".regulars"
    (folder / "gen-000009.duckdb.building").write_text("half")
    for number in range(4):
        (workspace / "orders.csv").write_text(ORDERS_HEADER + f"{number}{ROW}")
        publish(workspace)
    assert [one.number for one in generations.stored(folder)] == [3, 4, 5]
    assert not list(folder.glob("*.building*"))


def test_a_generation_says_what_it_is_and_opens_for_reading(workspace: Path) -> None:
    opened = generations.open_current(workspace / ".regulars")
    assert opened is not None
    generation, backend = opened
    generations.verify(generation)
    said = {row["name"]: row["value"] for row in engine.run(backend.table("_meta"))}
    backend.disconnect()
    assert said["generation"] == "1"
    assert said["format"] == str(store.FORMAT)
    assert said["state"] == generation.state
    assert said["as_of"] == "2024-01-02"


def test_before_the_first_there_is_none(tmp_path: Path) -> None:
    assert generations.current(tmp_path) is None
    assert generations.open_current(tmp_path) is None


@pytest.mark.parametrize(
    ("name", "content"),
    [("CURRENT", b"gen-1"), ("CURRENT", b"\xff"), ("gen-000001.json", b"{"), ("gen-000001.duckdb", b"")],
)
def test_damage_is_named_and_mended_by_the_next_run(workspace: Path, name: str, content: bytes) -> None:
    folder = workspace / ".regulars"
    (folder / name).write_bytes(content)
    with pytest.raises(StoreError, match=name):
        generations.open_current(folder)
    assert publish(workspace).number == 2
    assert generations.current(folder) is not None


def test_one_changed_byte_is_found(workspace: Path) -> None:
    generation = generations.current(workspace / ".regulars")
    assert generation is not None
    content = bytearray(generation.path.read_bytes())
    content[len(content) // 2] ^= 1
    generation.path.write_bytes(bytes(content))
    with pytest.raises(StoreError, match="gen-000001"):
        generations.verify(generation)


def test_what_a_newer_version_made_is_left_alone(workspace: Path) -> None:
    folder = workspace / ".regulars"
    manifest = folder / "gen-000001.json"
    manifest.write_text(manifest.read_text().replace(f'"format": {store.FORMAT}', '"format": 99'))
    with pytest.raises(StoreError, match="newer version"):
        generations.current(folder)
    found = settings.read(workspace / "regulars.toml")
    with store.opened(found, workspace) as opened:
        opened.stamp({"format": "99"})
    with store.opened(found, workspace) as opened, pytest.raises(StoreError, match="newer version"):
        ingest.load(opened, found, workspace)


def test_a_damaged_store_says_what_to_do(workspace: Path) -> None:
    (workspace / ".regulars" / "working.duckdb").write_bytes(b"no database" * 1000)
    found = settings.read(workspace / "regulars.toml")
    with store.opened(found, workspace) as opened, pytest.raises(StoreError, match="Move"):
        ingest.load(opened, found, workspace)


def test_what_readers_that_were_killed_spilt_is_swept_and_nobody_else_s(workspace: Path) -> None:
    folder, dead = workspace / ".regulars", subprocess.Popen(["true"])
    dead.wait()
    opened = generations.open_current(folder)
    assert opened is not None
    spill = Path(engine.run(opened[1].sql("SELECT current_setting('temp_directory') AS spill").spill)[0])
    left = [folder / f"spill-{dead.pid}-0a1b2c", folder / "spill-0a1b2c"]
    for one in (spill, *left):
        one.mkdir()
        (one / "duckdb_temp_storage-0.tmp").write_text("x")
    publish(workspace)
    assert [one.exists() for one in (spill, *left)] == [True, False, False]
    opened[1].disconnect()


def test_what_an_older_version_made_is_made_again(workspace: Path) -> None:
    found = settings.read(workspace / "regulars.toml", files_exist=False)
    with store.opened(found, workspace) as opened:
        opened.stamp({"format": "1"})
        engine.delete(opened.backend, "_meta", lambda row: row.name == "format", catalog="landing")
        said = ibis.memtable([{"name": "format", "value": "1"}])
        engine.insert(opened.backend, "_meta", said, catalog="landing")
    with store.opened(found, workspace) as opened:
        assert opened.tables() == {}
        assert ingest.load(opened, found, workspace).loaded
        assert set(engine.run(opened.tables()["orders"].order_id)) == {"1"}
