"""Every KPI says the same on DuckDB, PostgreSQL and Spark: the same facts, loaded into each, asked the same."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from importlib import import_module
from math import isclose
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from regulars.core.estimate import Interval
from regulars.core.periods import Grain, Period
from regulars.data import building, engine
from regulars.kpis.frame import Scope
from regulars.kpis.kpi import Shows
from regulars.kpis.plan import Split, read
from regulars.kpis.timeline import Timeline

from .companies import AS_OF, DEFINITIONS, company
from .stored import KPIS, store

Answers = Mapping[tuple[str, int, Any], Interval]

TIMELINE = Timeline.of(Period(date(2024, 3, 1), date(2024, 8, 1)), AS_OF, Grain.MONTH)


def ask(tables: Mapping[str, Any]) -> Answers:
    """Return what every KPI says, by period and segment."""
    scope = Scope(tables=tables, timeline=TIMELINE, definitions=DEFINITIONS)
    split = Split(by=("segment",), people=tables["people"], everyone=True)
    return {
        (reading.kpi.name, reading.period, reading.group): reading.kpi.estimate(reading.rows, 0.95)
        for reading in read(KPIS.values(), scope, split, engine.run)
    }


def ask_channels(tables: Mapping[str, Any]) -> Answers:
    scope = Scope(tables=tables, timeline=TIMELINE, definitions=DEFINITIONS, columns=("channel",))
    kpis = [kpi for kpi in KPIS.values() if "channel" in kpi.frame.splits]
    return {
        (reading.kpi.name, reading.period, reading.group): reading.kpi.estimate(reading.rows, 0.95)
        for reading in read(kpis, scope, Split(rows_by=("channel",)), engine.run)
    }


@pytest.fixture(scope="module")
def facts(tmp_path_factory) -> Path:
    """A folder of Parquet files, one per fact and one of spend, made by DuckDB."""
    folder = tmp_path_factory.mktemp("facts")
    _, records = store(company(21, 80))
    for name in {*building.NAMES, "spend"} & set(records.tables):
        pyarrow.parquet.write_table(engine.to_arrow(records.tables[name]), folder / f"{name}.parquet")
    return folder


def read_parquet(backend: Any, facts: Path) -> dict[str, Any]:
    return {path.stem: backend.read_parquet(path, table_name=path.stem) for path in facts.glob("*.parquet")}


@pytest.fixture(scope="module")
def expected(facts) -> tuple[Answers, Answers]:
    backend = engine.connect(threads=2, memory="1GB")
    tables = read_parquet(backend, facts)
    return ask(tables), ask_channels(tables)


def compare(found: Answers, expected: Answers, *, least: int = 200) -> None:
    """Counts are the same, other values to 1e-6; at least so many have a value."""
    assert set(found) == set(expected)
    for key, want in expected.items():
        got, kpi = found[key], KPIS[key[0]]
        assert (got.n, got.why_not, got.method) == (want.n, want.why_not, want.method), key
        for part in ("value", "low", "high"):
            one, other = getattr(got, part), getattr(want, part)
            exact = part == "value" and kpi.shows in (Shows.COUNT, Shows.DAYS)
            assert one == other or (not exact and isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)), (key, part)
    assert sum(1 for one in found.values() if one.value is not None) >= least


def load(backend: Any, facts: Path) -> dict[str, Any]:
    """Store every fact as a table of `backend`."""
    return {
        path.stem: backend.create_table(path.stem, pyarrow.parquet.read_table(path)) for path in facts.glob("*.parquet")
    }


# --- PostgreSQL --------------------------------------------------------------------------------------------------


def _programs() -> Path:
    """Return the folder of PostgreSQL's programs; Debian keeps them out of the path."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = shutil.which("initdb") or (debian and debian[-1])
    if not found:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    return Path(found).resolve().parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server of its own, gone afterwards."""
    pytest.importorskip("psycopg")
    programs, port = _programs(), _free_port()
    folder = Path(tempfile.mkdtemp(prefix="regulars-postgres-"))
    # The server refuses to run as root.
    user = None
    if os.geteuid() == 0:
        user = next(name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()})
        shutil.chown(folder, user)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"

    def run(program: str, *arguments: object) -> None:
        with (folder / "output").open("ab") as output:
            command = [programs / program, "-D", folder / "data", *map(str, arguments)]
            subprocess.run(command, check=True, user=user, cwd=folder, stdout=output, stderr=output)

    try:
        run("initdb", "-U", "regulars", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        run("pg_ctl", "-l", folder / "log", "-w", "-o", options, "start")
        try:
            yield f"postgres://regulars@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.mark.postgres
def test_postgres(server, facts, expected):
    backend = engine.postgres(server)
    try:
        tables = load(backend, facts)
        compare(ask(tables), expected[0])
        compare(ask_channels(tables), expected[1], least=20)
    finally:
        backend.disconnect()


# --- Spark -------------------------------------------------------------------------------------------------------


@contextmanager
def _spark(master: str) -> Iterator[Any]:
    backend = engine.spark(master)
    try:
        yield backend
    finally:
        backend.disconnect()
        backend._session.stop()


def _spark_agrees(master: str, facts: Path, expected: tuple[Answers, Answers]) -> None:
    with _spark(master) as backend:
        backend._session.conf.set("spark.sql.shuffle.partitions", "4")
        tables = read_parquet(backend, facts)
        compare(ask(tables), expected[0])
        compare(ask_channels(tables), expected[1], least=20)


def _java() -> None:
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed (apt-get install openjdk-17-jre-headless)")


@pytest.mark.spark
@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_spark(facts, expected):
    _java()
    _spark_agrees("local[2]", facts, expected)


@contextmanager
def _cluster(folder: Path, workers: int) -> Iterator[str]:
    """A standalone cluster on loopback: a master and workers, each a process of its own."""
    home = Path(import_module("pyspark").__file__).parent
    port, started = _free_port(), []
    surroundings = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}

    def start(role: str, *arguments: object) -> None:
        command = [home / "bin" / "spark-class", f"org.apache.spark.deploy.{role}.{role.title()}", *map(str, arguments)]
        output = (folder / f"{role}-{len(started)}.log").open("wb")
        started.append(subprocess.Popen(command, env=surroundings, stdout=output, stderr=output))
        output.close()

    try:
        start("master", "--host", "127.0.0.1", "--port", port, "--webui-port", 0)
        _wait_for(port)
        for number in range(workers):
            place = folder / f"work-{number}"
            start(
                "worker",
                "--host",
                "127.0.0.1",
                "-c",
                1,
                "-m",
                "1g",
                "-d",
                place,
                "--webui-port",
                0,
                f"spark://127.0.0.1:{port}",
            )
        yield f"spark://127.0.0.1:{port}"
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(timeout=60)


def _wait_for(port: int) -> None:
    for _ in range(240):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.5)
    pytest.fail("Spark's master did not start within two minutes")


@pytest.mark.spark
@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_spark_cluster(facts, expected, tmp_path):
    _java()
    with _cluster(tmp_path, workers=2) as master:
        _spark_agrees(master, facts, expected)
