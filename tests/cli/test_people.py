"""`regulars user`, `token` and `audit`: data on standard output, the rest on standard error, and no secret anywhere."""

import csv
import io
import json
import sqlite3
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import workspaces
from regulars.cli.main import exit_status
from regulars.cli.people import people

PASSWORD = "canary in the coal mine"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("REGULARS_STATE_URL", raising=False)
    monkeypatch.delenv("REGULARS_AUDIT_KEY", raising=False)
    workspaces.write(tmp_path, workspaces.HEAD)
    return tmp_path


@pytest.fixture
def run(folder, capfd, monkeypatch):
    def told(*words, typed=""):
        capfd.readouterr()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
        status = exit_status(lambda **_: people([*words, "-C", str(folder)], standalone_mode=False))
        out, err = capfd.readouterr()
        assert "Traceback" not in err, err
        assert PASSWORD not in out + err
        return status, out, err

    return told


@pytest.fixture
def anna(run):
    status, _, err = run("user", "add", "anna", "--role", "editor", "--password-stdin", typed=f"{PASSWORD}\n")
    assert status == 0, err


def read(run, *words):
    status, out, err = run(*words, "--format", "json")
    assert status == 0, err
    return json.loads(out)


def test_a_person_is_added_and_listed(run, anna):
    status, out, err = run("user", "add", "Ben", "--role", "viewer", "--personal", "--team", "service", "--no-password")
    assert (status, out, err) == (0, "", "Added `ben`, viewer.\n")
    found = read(run, "user", "list")
    assert [{name: one[name] for name in ("name", "role", "personal", "teams", "password")} for one in found] == [
        {"name": "anna", "role": "editor", "personal": False, "teams": "", "password": True},
        {"name": "ben", "role": "viewer", "personal": True, "teams": "service", "password": False},
    ]


def test_a_team_or_role_that_there_is_not_is_told_before_a_password_is_asked_for(run):
    for words, near in ((("viewer", "--team", "finance"), "Known: executives"), (("boss",), "Known: viewer")):
        status, out, err = run("user", "add", "ben", "--role", *words)
        assert (status, out) == (2, "")
        assert near in err


def test_every_format_says_the_same(run, anna):
    found = read(run, "user", "list")
    _, text, _ = run("user", "list", "--format", "csv")
    assert [one["name"] for one in csv.DictReader(io.StringIO(text))] == [one["name"] for one in found]
    _, table, _ = run("user", "list")
    assert table.split()[:3] == ["Name", "Role", "Personal"]
    assert "anna" in table
    status, _, err = run("user", "list", "--format", "xml")
    assert status == 2
    assert "`xml` is no format" in err


def test_a_password_is_asked_for_twice_and_not_shown(folder):
    def add(*typed):
        words = ["user", "add", "anna", "--role", "admin", "-C", str(folder)]
        return CliRunner().invoke(people, words, input="".join(f"{one}\n" for one in typed))

    found = add(PASSWORD, "another password", PASSWORD, PASSWORD)
    assert found.exit_code == 0
    assert found.stdout.strip() == ""
    assert found.stderr.count("Repeat for confirmation") == 2
    assert PASSWORD not in found.output


def test_changes_say_what_is_so_now(run, anna):
    assert "is admin now" in run("user", "role", "anna", "admin", "--personal")[2]
    assert "another password" in run("user", "password", "anna", "--password-stdin", typed=f"{PASSWORD}2\n")[2]
    assert "kept out" in run("user", "disable", "anna")[2]
    assert read(run, "user", "list")[0]["disabled"] is True
    assert "may come in again" in run("user", "enable", "anna")[2]
    assert "Removed" in run("user", "remove", "anna")[2]
    assert run("user", "list")[1] == "None yet.\n"


@pytest.mark.parametrize(
    ("words", "typed", "why"),
    [
        (("user", "add", "an na", "--role", "viewer", "--no-password"), "", "cannot be a name"),
        (("user", "add", "anna", "--role", "viewer", "--no-password"), "", "already somebody called `anna`"),
        (("user", "add", "ben", "--role", "owner", "--no-password"), "", "No role is called `owner`"),
        (("user", "add", "ben", "--role", "viewer", "--password-stdin"), "", "too short"),
        (("user", "role", "ana", "viewer"), "", "Did you mean `anna`?"),
        (("token", "new", "sheet", "--for", "anna", "--scope", "reed"), "", "Did you mean `read`?"),
        (("token", "new", "sheet", "--for", "anna", "--scope", "personal"), "", "may not see personal data"),
        (("token", "revoke", "rg_none"), "", "No token is called `rg_none`"),
    ],
)
def test_what_cannot_be_is_said_and_not_done(run, anna, words, typed, why):
    status, out, err = run(*words, typed=typed)
    assert (status, out) == (2, "")
    assert why in err
    assert len(read(run, "audit", "list")) == 1


def test_a_token_is_printed_once_and_alone(run, anna):
    words = ("token", "new", "sheet", "--for", "anna", "--scope", "read", "--scope", "customers", "--days", "30")
    status, out, err = run(*words)
    assert status == 0
    secret = out.strip()
    assert secret.startswith("rg_")
    assert len(secret) == 46
    assert secret not in err
    assert "good for 30 days" in err
    (found,) = read(run, "token", "list")
    assert (found["name"], found["owner"], found["scopes"]) == ("sheet", "anna", "customers, read")
    assert secret.startswith(found["prefix"])
    for words in (("token", "list"), ("audit", "list"), ("user", "list")):
        assert secret not in "".join(map(str, run(*words)))
    assert "good for nothing now" in run("token", "revoke", found["prefix"])[2]
    assert read(run, "token", "list") == []


def test_the_log_says_who_ran_which_command(run, anna):
    run("user", "disable", "anna")
    newest, oldest = read(run, "audit", "list")
    assert (newest["seq"], newest["action"], newest["object"], newest["result"]) == (
        2,
        "person.disable",
        "anna",
        "done",
    )
    assert oldest["actor"].startswith("cli:")
    assert [one["seq"] for one in read(run, "audit", "list", "--limit", "1")] == [2]
    _, table, _ = run("audit", "list")
    assert "person.disable" in table


def test_a_log_that_was_tampered_with_ends_with_a_status_of_its_own(run, anna, folder):
    run("user", "disable", "anna")
    assert run("audit", "verify") == (0, "The audit log is sound: 2 entries.\n", "")
    with sqlite3.connect(folder / ".regulars" / "state.db") as connection:
        connection.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 2")
    connection.close()
    status, out, err = run("audit", "verify")
    assert (status, out) == (65, "")
    assert "first bad entry: 2" in err
    assert "Sound before it: 1 entry." in err


def test_the_workspace_may_be_named_before_the_command(folder, capfd):
    words = ["user", "-C", str(folder), "list"]
    assert exit_status(lambda **_: people(words, standalone_mode=False)) == 0
    assert capfd.readouterr().out == "None yet.\n"


def test_what_is_no_workspace_is_said(tmp_path, capfd):
    words = ["user", "list", "-C", str(tmp_path)]
    assert exit_status(lambda **_: people(words, standalone_mode=False)) == 78
    assert "regulars init" in capfd.readouterr().err


def test_a_damaged_state_is_said(run, anna, folder):
    for path in (folder / ".regulars").glob("state.db*"):
        path.write_bytes(b"damaged " * 1000)
    status, _, err = run("user", "list")
    assert status == 74
    assert "is no SQLite database, or is damaged" in err


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from typer.testing import CliRunner; from regulars.cli.people import people\n"
        "for words in (['--help'], ['user', '--help'], ['token', 'new', '--help'], ['audit', '--help']):\n"
        "    found = CliRunner().invoke(people, words); assert found.exit_code == 0, found.output\n"
        "print(sorted({'sqlalchemy', 'alembic', 'argon2', 'ibis', 'duckdb', 'numpy', 'pandas'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
