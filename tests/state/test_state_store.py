"""The state's database: made, brought up to date, refused where it is not ours, and telling where it fails."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from datetime import datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from doorway import AT, BY, CHEAP, Place, ask, person, tamper
from sqlalchemy import event

from regulars.core.errors import Busy, QueryError, SettingsError, StoreError
from regulars.state import audit, database, migrating, people
from regulars.state.instants import instant, stored
from regulars.state.store import open_state
from regulars.state.tables import METADATA


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def here(tmp_path) -> Place:
    return Place(tmp_path / "store", None)


@pytest.fixture
def on_file(here):
    with here.open() as opened:
        yield opened


def test_opening_again_keeps_what_is_there(place):
    with place.open() as state:
        person(state)
        audit.record(state, BY, "person.add", "anna", at=AT)
    for _ in range(2):
        with place.open() as state:
            assert [one.name for one in people.everyone(state)] == ["anna"]
            assert audit.verify(state).sound


def test_what_is_opened_twice_in_a_process_keeps_its_locks_against_others(here):
    """A server opens the state for pages while it has it open; a command then lets go of it as if it were the last."""
    path = here.folder / "state.db"
    command = (
        "import sqlite3, sys; one = sqlite3.connect(sys.argv[1]);"
        "one.execute('UPDATE people SET role = ?', ['editor']); one.commit(); one.close()"
    )
    with here.open() as server:
        person(server)
        with here.open() as page:
            assert len(people.everyone(page)) == 1
        subprocess.run([sys.executable, "-c", command, str(path)], check=True)
        assert path.with_name("state.db-shm").exists(), "others took it for theirs alone"
        with here.open() as page:
            assert people.find(page, "anna").role == "editor"
        assert people.find(server, "anna").role == "editor"


def test_migrations_make_the_tables_that_are_declared(state):
    with state.reading() as transaction:
        options = {"version_table": migrating.VERSIONS, "compare_type": True}
        context = MigrationContext.configure(transaction.connection, opts=options)
        assert compare_metadata(context, METADATA) == []


def test_the_newest_migration_is_the_one_that_is_told():
    assert ScriptDirectory(migrating._SCRIPTS).get_heads() == [migrating.HEAD]


def test_a_database_of_a_newer_version_is_refused_and_left_alone(place):
    with place.open() as state:
        person(state)
        tamper(state, f"UPDATE {migrating.VERSIONS} SET version_num = '9999'")
    with pytest.raises(StoreError, match="made by a newer version of Regulars"):
        place.open()
    with pytest.raises(StoreError, match="format 9999"):
        place.open()


def test_tables_of_somebody_else_are_left_alone(place):
    with place.open() as state:
        tamper(state, f"DROP TABLE {migrating.VERSIONS}")
    with pytest.raises(StoreError, match=r"tables of somebody else .*`people`.*database of its own"):
        place.open()


def test_a_migration_that_fails_leaves_nothing(place, monkeypatch):
    def begun(connection, *_):
        connection.exec_driver_sql("CREATE TABLE half (id INTEGER)")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(migrating, "_migrate", begun)
        with pytest.raises(OSError, match="No space"):
            place.open()
    with place.open() as state, pytest.raises(StoreError, match="half"):
        ask(state, "SELECT * FROM half")


def test_many_may_open_a_new_state_at_once(place):
    found, failed = [], []

    def run():
        try:
            with place.open() as state:
                found.append(people.everyone(state))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failed, found) == ([], [[]] * 4)


def test_what_fails_in_a_transaction_did_not_happen(state):
    def add_and_fail():
        with state.writing():
            person(state, "anna")
            audit.record(state, BY, "person.add", "anna", at=AT)
            people.add(state, "Anna", people.Role.ADMIN, at=AT)

    with pytest.raises(QueryError, match="already somebody called `anna`"):
        add_and_fail()
    assert people.everyone(state) == []
    assert audit.verify(state).entries == 0


def test_a_transaction_is_that_of_its_own_state_only(place, tmp_path):
    with place.open() as state, open_state(tmp_path / "other", passwords=CHEAP) as other:
        with state.writing():
            person(other, "ben")
        assert people.everyone(state) == []
        assert len(people.everyone(other)) == 1


def test_nobody_else_may_read_the_files(on_file, here):
    person(on_file)
    names = {path.name for path in here.folder.iterdir()}
    assert {"state.db", "state.db-wal", "state.db-shm", "audit.key"} <= names
    assert {path.name: mode(path) for path in here.folder.iterdir() if mode(path) != 0o600} == {}


def test_nobody_else_may_read_the_files_whatever_the_mask(here):
    before = os.umask(0)
    try:
        with here.open() as state:
            person(state)
            assert {mode(path) for path in here.folder.iterdir()} == {0o600}
    finally:
        os.umask(before)


def test_a_file_that_others_may_read_is_closed_to_them(here):
    here.open().close()
    (here.folder / "state.db").chmod(0o644)
    here.open().close()
    assert mode(here.folder / "state.db") == 0o600


def test_sqlite_is_durable_and_forgets_what_is_deleted(on_file):
    names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout", "trusted_schema")
    found = [ask(on_file, f"PRAGMA {name}")[0][0] for name in names]
    assert found == ["wal", 2, 1, 1, 10_000, 0]


def test_a_file_that_is_no_database_says_so(here):
    here.folder.mkdir()
    (here.folder / "state.db").write_bytes(b"not a database, " * 100)
    with pytest.raises(StoreError, match=r"`.*state\.db` is no SQLite database, or is damaged\. Restore it"):
        here.open()


def test_a_damaged_file_says_so(here):
    with here.open() as state:
        for number in range(200):
            audit.record(state, BY, "page.view", f"page-{number}", at=AT)
    path = here.folder / "state.db"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"`.*state\.db` is damaged\. Restore it from a backup"), here.open() as state:
        audit.verify(state)


def test_a_folder_that_cannot_be_one_says_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file"):
        open_state(tmp_path / "file")
    (tmp_path / "store" / "state.db").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"state\.db` cannot be used: Is a directory"):
        open_state(tmp_path / "store")


def test_a_full_disk_is_said_and_passes(on_file):
    (pages,) = ask(on_file, "PRAGMA page_count")[0]

    def limit(connection, _record, _proxy):
        connection.execute(f"PRAGMA max_page_count = {pages}")

    def fill():
        for number in range(1000):
            people.add(on_file, f"person-{number}", people.Role.VIEWER, at=AT)

    on_file.database.engine.dispose()
    event.listen(on_file.database.engine, "checkout", limit)
    with pytest.raises(Busy, match="the disk is full"):
        fill()
    event.remove(on_file.database.engine, "checkout", limit)
    on_file.database.engine.dispose()
    person(on_file)


def test_a_writer_that_takes_too_long_is_said(on_file, here):
    on_file.database.engine.dispose()
    event.listen(on_file.database.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=50"))
    other = sqlite3.connect(here.folder / "state.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy, match="try again in a moment"):
        person(on_file)
    other.close()
    person(on_file)


@pytest.mark.postgres
def test_a_writer_of_postgresql_that_takes_too_long_is_said(postgres_database, tmp_path, monkeypatch):
    monkeypatch.setattr("regulars.state.database._PATIENCE", 1)
    with open_state(tmp_path, postgres_database) as one, open_state(tmp_path, postgres_database) as other:
        with one.writing(), pytest.raises(Busy, match="is busy"):
            person(other)
        person(other)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:canary@host/db",
        "sqlite:///some/file.db",
        "canary",
        "postgresql://me:ca@nary/b@host/db",
        "postgresql://me:canary@host:port/db",
    ],
)
def test_an_address_that_is_none_of_postgresql_is_not_repeated(tmp_path, url):
    with pytest.raises(SettingsError, match="REGULARS_STATE_URL") as caught:
        open_state(tmp_path, url)
    assert "canary" not in str(caught.value)
    assert "nary" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_server_that_does_not_answer_is_named_without_its_password(tmp_path, scheme):
    url = f"{scheme}://me:canary@127.0.0.1:1/db?sslpassword=canary2&connect_timeout=2"
    with pytest.raises(StoreError, match=r"`postgresql://127\.0\.0\.1:1/db` cannot be used: ") as caught:
        open_state(tmp_path, url)
    assert "canary" not in str(caught.value)


def test_the_package_brings_its_migrations(tmp_path):
    assert (migrating._SCRIPTS / "env.py").is_file()
    assert sorted(path.name for path in (migrating._SCRIPTS / "versions").glob("r*.py"))


def test_instants_are_kept_to_the_microsecond_and_say_their_zone():
    at = AT.replace(microsecond=123_457)
    assert instant(stored(at)) == at
    with pytest.raises(ValueError, match="zone"):
        stored(datetime(2026, 1, 1))  # noqa: DTZ001


class Held:
    """A connection to a file that somebody has alone, for the first so many questions."""

    def __init__(self, times: int, code: int = sqlite3.SQLITE_BUSY) -> None:
        self.times, self.code, self.asked = times, code, []

    def execute(self, statement: str) -> "Held":
        self.asked.append(statement)
        if len(self.asked) <= self.times:
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = self.code
            raise error
        return self

    def fetchall(self) -> list[object]:
        return []


def test_whoever_opens_a_connection_waits_while_somebody_lets_go_of_the_last():
    held = Held(3)
    database._set(held, "journal_mode = WAL")
    assert held.asked == ["PRAGMA journal_mode = WAL"] * 4


def test_what_is_no_matter_of_waiting_is_told_at_once():
    held = Held(3, sqlite3.SQLITE_CORRUPT)
    with pytest.raises(sqlite3.OperationalError):
        database._set(held, "journal_mode = WAL")
    assert len(held.asked) == 1
