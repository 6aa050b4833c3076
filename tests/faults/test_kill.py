"""A load killed at any moment leaves nothing lost, nothing doubled and nothing to repair; readers never see a mix."""

import json
import multiprocessing
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from regulars.core import settings
from regulars.core.errors import StoreError
from regulars.data import engine, generations, ingest, store
from workspaces import HEAD, LINES

TOML = (
    HEAD + LINES.replace("quantity * price", "quantity * 2.5") + '[source.tables.customers]\ncustomer_id = "customer"\n'
)


def write(folder: Path, *, files: int = 3, rows: int = 400) -> None:
    (folder / "regulars.toml").write_text(TOML)
    for number in range(files):
        lines = []
        for row in range(rows):
            pieces = 1 + row % 5 if row % 11 else -1
            lines.append(f"o{row // 3 + 100 * number},c{row % 50},2024-01-{1 + row % 28:02d},p{row % 7},{pieces}")
        lines.append("bad,c1,2024-13-01,p1,x")
        (folder / f"lines{number}.csv").write_text("order,customer,at,product,quantity\n" + "\n".join(lines) + "\n")


def kill(folder: Path, kills: int, seed: int) -> dict[str, Any]:
    script = Path(__file__).with_name("killing.py")
    done = subprocess.run(
        [sys.executable, str(script), str(folder), str(kills), str(seed)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_kills_at_random_moments_change_nothing(tmp_path: Path) -> None:
    write(tmp_path, files=2, rows=100)
    told = kill(tmp_path, kills=12, seed=1)
    assert told["killed"] == 12
    assert set(told["found"]) == {told["wanted"]}


@pytest.mark.parametrize(("name", "size"), [(store.FILES[0], 0), (store.FILES[0], 12_287), (store.FILES[1], 4096)])
def test_a_file_that_was_being_made_when_it_was_killed_is_made_again(tmp_path: Path, name: str, size: int) -> None:
    write(tmp_path, files=1, rows=20)
    workspace = settings.read(tmp_path / "regulars.toml")
    with store.opened(workspace, tmp_path) as begun:
        begun.folder.mkdir(exist_ok=True)
        files = [begun.folder / one for one in store.FILES]
    for file in files[: store.FILES.index(name) + 1]:
        engine.connect(file).disconnect()
    with (tmp_path / ".regulars" / name).open("r+b") as cut:
        cut.truncate(size)
    with store.opened(workspace, tmp_path) as opened:
        assert len(ingest.load(opened, workspace, tmp_path).loaded) == 1


def test_a_file_that_was_cut_off_later_is_told_and_nothing_is_thrown_away(tmp_path: Path) -> None:
    write(tmp_path)
    workspace = settings.read(tmp_path / "regulars.toml")
    with store.opened(workspace, tmp_path) as opened:
        ingest.load(opened, workspace, tmp_path)
    working, landing = (tmp_path / ".regulars" / one for one in store.FILES)
    size = landing.stat().st_size
    with working.open("r+b") as cut:
        cut.truncate(100)
    with pytest.raises(StoreError, match="are made again from your files"), store.opened(workspace, tmp_path) as opened:
        ingest.load(opened, workspace, tmp_path)
    assert (working.stat().st_size, landing.stat().st_size) == (100, size)


@pytest.mark.long
def test_many_kills_change_nothing(tmp_path: Path) -> None:
    write(tmp_path, files=12, rows=5_000)
    told = kill(tmp_path, kills=200, seed=2)
    assert set(told["found"]) == {told["wanted"]}


def read_on(folder: str, begun: Any, stop: Any, found: Any) -> None:
    """Open the current generation again and again, and check that it is one."""
    begun.release()
    seen: list[tuple[int, int, int]] = []
    while not stop.is_set():
        opened = generations.open_current(Path(folder))
        if opened is not None:
            generation, backend = opened
            files = engine.run(backend.table("_files").count())
            orders = engine.run(backend.table("orders").count())
            seen.append((generation.number, files, orders))
            backend.disconnect()
    found.put(seen)


def test_readers_see_one_generation_while_others_are_published(tmp_path: Path) -> None:
    (tmp_path / "regulars.toml").write_text(TOML.replace("lines = true\n", "").split("[source.tables.order_lines]")[0])
    found = settings.read(tmp_path / "regulars.toml", files_exist=False)
    spawn = multiprocessing.get_context("spawn")
    answers, begun, stop, readers = spawn.Queue(), spawn.Semaphore(0), spawn.Event(), []
    for number in range(6):
        (tmp_path / f"lines{number}.csv").write_text(
            "order,customer,at,quantity\n" + "".join(f"{number}-{row},c,2024-01-01,1\n" for row in range(10))
        )
        with store.opened(found, tmp_path) as opened:
            ingest.load(opened, found, tmp_path)
            generations.publish(opened)
        if not readers:
            args = (str(tmp_path / ".regulars"), begun, stop, answers)
            readers = [spawn.Process(target=read_on, args=args) for _ in range(2)]
            for reader in readers:
                reader.start()
            assert all(begun.acquire(timeout=60) for _ in readers)
    # However slow they are, they see the last one.
    time.sleep(2)
    stop.set()
    looks = [answers.get(timeout=60) for _ in readers]
    for reader in readers:
        reader.join()
    for seen in looks:
        assert seen
        assert seen == sorted(seen)
        assert all(files == number and orders == 10 * number for number, files, orders in seen)
    assert (
        len([path for path in (tmp_path / ".regulars").iterdir() if path.suffix == ".duckdb"]) == 2 + generations.KEPT
    )
