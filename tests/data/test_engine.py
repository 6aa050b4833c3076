import os
import subprocess
import sys
import textwrap

import duckdb
import ibis
import pyarrow as pa
import pytest
from ibis import _

from regulars.core.errors import Busy, SourceError, StoreError
from regulars.data import engine


@pytest.fixture
def backend():
    opened = engine.connect(threads=2)
    yield opened
    opened.disconnect()


def elsewhere(program: str, *arguments: object) -> str:
    """Run a program in another process and return what it says; the test fails when it fails."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_settings_keep_time_in_utc_and_extensions_out(tmp_path):
    backend = engine.connect(tmp_path / "a.duckdb", memory="500MB", threads=1, temp=tmp_path / "spill")
    names = [
        "TimeZone",
        "threads",
        "autoinstall_known_extensions",
        "autoload_known_extensions",
        "preserve_insertion_order",
    ]
    settings = dict(backend.con.execute("SELECT name, value FROM duckdb_settings()").fetchall())
    assert [settings[name] for name in names] == ["UTC", "1", "false", "false", "false"]
    assert settings["temp_directory"].startswith(str(tmp_path / "spill"))
    assert settings["memory_limit"] == "476.8 MiB"


def test_two_connections_never_share_a_spill_folder(tmp_path):
    engine.connect(tmp_path / "a.duckdb").disconnect()
    readers = [engine.connect(tmp_path / "a.duckdb", read_only=True), engine.connect(temp=tmp_path)]
    folders = {reader.con.execute("SELECT current_setting('temp_directory')").fetchone() for reader in readers}
    assert len(folders) == 2


def test_names_are_quoted_in_one_place(backend):
    name, column = 'or"ders; DROP TABLE x --', 'a "b" ; c'
    table = engine.create(backend, name, ibis.memtable(pa.table({column: ["x"]})))
    assert engine.insert(backend, name, table) == 1
    assert engine.delete(backend, name, _[column] == "x") == 2
    engine.drop(backend, name)
    assert name not in backend.list_tables()


def test_insert_goes_by_name_not_by_place(backend):
    engine.create(backend, "t", ibis.schema({"a": "int64", "b": "string", "c": "date"}))
    assert engine.insert(backend, "t", ibis.memtable(pa.table({"b": ["x", "y"], "a": [1, 2]}))) == 2
    assert sorted(engine.run(backend.table("t")), key=lambda row: row["a"]) == [
        {"a": 1, "b": "x", "c": None},
        {"a": 2, "b": "y", "c": None},
    ]


def test_delete_takes_what_another_table_says(backend):
    engine.create(backend, "t", ibis.memtable(pa.table({"a": list(range(10))})))
    doomed = ibis.memtable(pa.table({"k": [2, 3, 99]}))
    assert engine.delete(backend, "t", lambda row: row.a.isin(doomed.k)) == 2
    assert sorted(engine.run(backend.table("t").a)) == [0, 1, 4, 5, 6, 7, 8, 9]


def test_transaction_is_all_or_nothing(backend):
    table = engine.create(backend, "t", ibis.memtable(pa.table({"a": [1]})))

    def insert_and_fail():
        with engine.transaction(backend):
            engine.insert(backend, "t", table)
            raise KeyError

    with pytest.raises(KeyError):
        insert_and_fail()
    assert engine.run(table.count()) == 1
    with engine.transaction(backend):
        engine.insert(backend, "t", table)
    assert engine.run(table.count()) == 2


def test_attached_database_is_written_and_let_go(backend, tmp_path):
    table = engine.create(backend, "t", ibis.memtable(pa.table({"a": [1, 2]})))
    with engine.attached(backend, tmp_path / "g.duckdb", "gen-1"):
        engine.create(backend, "t", table, catalog="gen-1")
        engine.insert(backend, "t", table, catalog="gen-1")
        assert engine.delete(backend, "t", _.a == 2, catalog="gen-1") == 2
    again = engine.connect(tmp_path / "g.duckdb", read_only=True)
    assert engine.run(again.table("t").a) == [1, 1]
    assert engine.run(table.a.sum()) == 3


def test_from_arrow_streams_batches(backend):
    schema = pa.schema([("a", pa.string()), ("__line__", pa.int64())])
    batches = (pa.record_batch({"a": [str(i), None], "__line__": [i, i]}, schema=schema) for i in range(5))
    table = engine.from_arrow(backend, pa.RecordBatchReader.from_batches(schema, batches), "texts")
    assert engine.run(table.count()) == 10
    assert engine.run(table.a.count()) == 5
    empty = engine.from_arrow(backend, pa.RecordBatchReader.from_batches(schema, []), "texts")
    assert engine.run(empty.count()) == 0


def test_from_arrow_lets_the_readers_error_through(backend):
    schema = pa.schema([("a", pa.string())])

    def batches():
        yield pa.record_batch({"a": ["x"]}, schema=schema)
        raise SourceError("`sales.csv` ends in the middle")

    with pytest.raises(SourceError, match="in the middle"):
        engine.from_arrow(backend, pa.RecordBatchReader.from_batches(schema, batches()), "texts")


def test_once_gives_the_same_value_wherever_it_is_used(backend):
    table = ibis.memtable(pa.table({"a": pa.array(["x", None, "zz"])}))
    twice = engine.once(table.a, lambda text: ibis.ifelse(text == "x", text + text, text))
    assert engine.run(table.select(v=twice)) == [{"v": "xx"}, {"v": None}, {"v": "zz"}]


def test_a_locked_database_is_busy_and_names_the_process(tmp_path):
    path = tmp_path / "working.duckdb"
    held = engine.connect(path)
    said = elsewhere(
        """
        import sys
        from pathlib import Path
        from regulars.core.errors import Busy
        from regulars.data import engine
        for read_only in (False, True):
            try:
                engine.connect(Path(sys.argv[1]), read_only=read_only)
            except Busy as error:
                print(error)
        """,
        path,
    )
    assert said.count(f"`{path}` is in use by process {os.getpid()};") == 2
    with pytest.raises(Busy, match="other settings"):
        engine.connect(path, read_only=True)
    held.disconnect()


@pytest.mark.parametrize("damage", ["text", "empty", "cut", "flipped"])
def test_a_damaged_database_is_named(tmp_path, damage):
    path = tmp_path / "working.duckdb"
    backend = engine.connect(path)
    engine.create(backend, "t", ibis.memtable(pa.table({"a": list(range(200_000))})))
    backend.disconnect()
    whole = path.read_bytes()
    flipped = bytearray(whole)
    for place in range(4096, len(whole), 512):
        flipped[place] ^= 255
    path.write_bytes({"text": b"hello", "empty": b"", "cut": whole[:9000], "flipped": bytes(flipped)}[damage])
    with pytest.raises(StoreError, match=str(path)):
        engine.connect(path)


def test_a_missing_database_is_not_made_by_reading(tmp_path):
    with pytest.raises(StoreError, match=r"none\.duckdb"):
        engine.connect(tmp_path / "none.duckdb", read_only=True)
    with pytest.raises(StoreError, match=r"missing"):
        engine.connect(tmp_path / "missing" / "a.duckdb")


def test_a_full_disk_is_busy_and_nothing_is_lost(tmp_path):
    said = elsewhere(
        """
        import resource, signal, sys
        from pathlib import Path
        import ibis
        from regulars.core.errors import Busy
        from regulars.data import engine
        path = Path(sys.argv[1])
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        backend = engine.connect(path, threads=1)
        engine.create(backend, "t", ibis.range(0, 1000).unnest().name("a").as_table())
        backend.raw_sql("CHECKPOINT")
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
        many = ibis.range(0, 2_000_000).unnest().name("a").as_table().mutate(b=ibis._.a.hash())
        try:
            with engine.transaction(backend):
                engine.create(backend, "u", many)
        except Busy as error:
            print(error)
        """,
        tmp_path / "working.duckdb",
    )
    assert f"The disk of `{tmp_path / 'working.duckdb'}" in said
    assert "MB free" in said
    again = engine.connect(tmp_path / "working.duckdb")
    assert again.list_tables() == ["t"]
    assert engine.run(again.table("t").count()) == 1000


def test_space_is_asked_for_beforehand(tmp_path):
    engine.require_space(tmp_path, 1)
    with pytest.raises(Busy, match=r"1,000,000,000,000 MB are needed, [\d,]+ MB are free"):
        engine.require_space(tmp_path, 10**18)


def test_memory_has_a_limit_with_advice(tmp_path):
    backend = engine.connect(memory="20MB", threads=1, temp=tmp_path)
    backend.con.execute("SET max_temp_directory_size = '0KB'")
    wide = ibis.range(0, 3_000_000).unnest().name("a").as_table()
    with pytest.raises(Busy):
        engine.create(backend, "t", wide.mutate(b=wide.a.hash()), temp=True)


def test_other_errors_of_the_engine_stay_what_they_are(backend):
    with pytest.raises(duckdb.ConversionException), engine.failures():
        backend.con.execute("SELECT CAST('x' AS INTEGER)")


def test_results_come_as_plain_python(backend):
    table = ibis.memtable(pa.table({"a": [1, 2]}))
    assert engine.run(table) == [{"a": 1}, {"a": 2}]
    assert engine.run(table.a) == [1, 2]
    assert engine.run(table.a.sum()) == 3
    assert engine.to_arrow(table).num_rows == 2
