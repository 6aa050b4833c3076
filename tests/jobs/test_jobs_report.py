"""Scheduled reports: made with the rights of whoever receives them, kept whole, and never sent twice."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

import workspaces
from regulars.app import people
from regulars.app.refresh import refresh
from regulars.app.workspace import Workspace
from regulars.core.errors import Refused, SettingsError, UnknownName
from regulars.core.schedule_settings import Entry
from regulars.jobs.job import Work
from regulars.jobs.planned import jobs
from regulars.state import audit, outbox
from regulars.state.audit import By
from regulars.state.store import open_state

SLOT = datetime(2026, 3, 2, 6, tzinfo=UTC)
BY = By(actor="test")
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
SETTINGS = (
    workspaces.HEAD + workspaces.ORDERS + '[channels.mail]\nurl_env = "MAIL"\n[channels.slack]\nurl_env = "SLACK"\n'
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("shop")
    lines = [
        f"o{n},c{n % 40:02d}@example.org,{date(2025, 1, 1) + timedelta(days=n)},sale,{20 + n % 7}.00,,NL"
        for n in range(400)
    ]
    workspaces.write(found, SETTINGS, orders_csv=workspaces.ORDERS_HEADER + "\n".join(lines) + "\n")
    refresh(Workspace.at(found, files_exist=True))
    return found


@pytest.fixture
def state(tmp_path):
    with open_state(tmp_path / "state") as opened:
        yield opened


@pytest.fixture(autouse=True)
def addresses(monkeypatch):
    monkeypatch.setenv("MAIL", "mailtos://anna:hidden@example.com/ben@example.org")
    monkeypatch.setenv("SLACK", SLACK)


def run(folder, state, **entry):
    entry = Entry(job="report", at="mon 07:00", **{"page": "customers", "format": "json", "folder": "out", **entry})
    return jobs()["report"].run(Work(workspace=Workspace.at(folder), state=state, entry=entry, slot=SLOT, at=SLOT))


def written(folder, name="report-customers-2026-03-02.json"):
    return (folder / "out" / name).read_text()


def test_a_person_gets_what_they_may_take_along_and_no_more(folder, state):
    people.add(state, BY, "ada", "admin")
    people.add(state, BY, "eva", "editor")
    people.add(state, BY, "vic", "viewer", personal=True)
    run(folder, state, as_user="ada")
    assert "@example.org" in written(folder)
    run(folder, state, as_user="eva")
    told = written(folder)
    assert "@example.org" not in told
    assert any(block.get("customers") and block["rows"] for block in json.loads(told)["blocks"])
    with pytest.raises(Refused, match="editors and admins"):
        run(folder, state, as_user="vic")
    with pytest.raises(Refused, match="as_user"):
        run(folder, state)
    entries = [one for one in audit.entries(state, limit=20) if one.action == "report.customers"]
    assert len(entries) == 2
    assert entries[0].by.actor == "schedule:report-customers"
    assert entries[0].rows > 0
    assert "for eva to folder out" in entries[0].purpose


def test_whoever_loses_their_rights_is_sent_nothing_any_more(folder, state):
    (folder / "out").mkdir(exist_ok=True)
    for old in (folder / "out").iterdir():
        old.unlink()
    people.add(state, BY, "ada", "admin")
    people.disable(state, BY, "ada")
    with pytest.raises(Refused, match="kept out"):
        run(folder, state, as_user="ada", to=("mail",))
    people.remove(state, BY, "ada")
    with pytest.raises(UnknownName, match="ada"):
        run(folder, state, as_user="ada", to=("mail",))
    assert outbox.letters(state) == []
    assert list((folder / "out").iterdir()) == []


def test_a_file_that_waits_says_with_which_rights_it_was_made(folder, state):
    people.add(state, BY, "eva", "editor")
    run(folder, state, as_user="eva", to=("mail",))
    rights = outbox.take(state, "mail", at=SLOT).enclosed.rights
    assert (rights.name, rights.role, rights.personal) == ("eva", "editor", False)


def test_a_channel_gets_the_file_once_and_one_that_takes_none_is_told_so(folder, state):
    for _ in range(2):
        said = run(folder, state, page="data", format="pdf", to=("mail", "slack"))
    assert "(was there already)" in said
    slack, mail = outbox.letters(state)
    assert (mail.enclosed_as, slack.enclosed_as) == ("report-data-2026-03-02.pdf", "")
    assert dict(slack.message.facts)["file"].startswith("this channel takes none")
    parcel = outbox.take(state, "mail", at=SLOT)
    assert parcel.enclosed.content.startswith(b"%PDF")
    assert (folder / "out" / "report-data-2026-03-02.pdf").read_bytes().startswith(b"%PDF")
    assert not [path for path in (folder / "out").iterdir() if path.name.endswith(".building")]


def test_a_channel_whose_address_is_not_set_stops_no_other_and_no_folder(folder, state, monkeypatch):
    monkeypatch.delenv("SLACK")
    (folder / "out" / "report-data-2026-03-02.json").unlink(missing_ok=True)
    with pytest.raises(SettingsError, match="`SLACK` is not set"):
        run(folder, state, page="data", to=("slack", "mail"))
    assert [one.channel for one in outbox.letters(state)] == ["mail"]
    assert written(folder, "report-data-2026-03-02.json")


@pytest.mark.parametrize(("file_format", "begins"), [("xlsx", b"PK"), ("html", b"<!doctype html")])
def test_every_format_can_be_had(folder, state, file_format, begins):
    run(folder, state, page="data", format=file_format)
    assert (folder / "out" / f"report-data-2026-03-02.{file_format}").read_bytes().startswith(begins)
