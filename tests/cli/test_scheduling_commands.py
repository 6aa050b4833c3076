"""Channels, the outbox and the schedule as somebody types them: no address is ever shown."""

import json
from datetime import timedelta

import pytest

import workspaces
from regulars.cli.main import app, exit_status
from regulars.core.message import Message, Tells
from regulars.core.periods import now
from regulars.state import outbox, slots
from regulars.state.store import open_state

TOML = (
    workspaces.HEAD
    + """
[channels.sales]
url_env = "SALES_CHANNEL"
[[schedule]]
job = "deliver"
at = "hourly"
[[schedule]]
job = "refresh"
at = "daily 05:00"
tell = ["sales"]
late_hours = 48
"""
)
SECRET = "https://127.0.0.1/secret-of-the-hook"


@pytest.fixture
def shop(tmp_path):
    workspaces.write(tmp_path, TOML)
    return tmp_path


@pytest.fixture
def run(shop, capfd):
    def run(*words):
        capfd.readouterr()
        status = exit_status(lambda **_: app([*words, "-C", str(shop)], standalone_mode=False))
        out, err = capfd.readouterr()
        assert "secret-of-the-hook" not in out + err
        return status, out, err

    return run


def put(shop, *keys):
    with open_state(shop / ".regulars") as state:
        for key in keys:
            outbox.put(state, "sales", Message(tells=Tells.ALERT, key=key, title=f"About {key}", text="x"), at=now())


def test_channels_say_whether_they_may_be_sent_to_and_never_their_address(run, monkeypatch):
    (one,) = json.loads(run("channels", "list", "--format", "json")[1])
    assert (one["name"], one["state"]) == (
        "sales",
        "`SALES_CHANNEL` is not set: it holds the address of channel `sales`. Set it.",
    )
    monkeypatch.setenv("SALES_CHANNEL", SECRET)
    assert "`https`" in run("channels", "list")[1]
    for words in (["test", "sales"], ["test", "sales", "--check"]):
        status, _, err = run("channels", *words)
        assert (status, "cannot be the address of channel `sales`" in err) == (77, True)
    assert run("channels", "test", "sale")[0] == 2


def test_messages_are_listed_sent_again_and_taken_out(run, shop, monkeypatch):
    assert "nothing in the outbox" in run("outbox", "list")[2]
    put(shop, "a", "b")
    monkeypatch.setenv("SALES_CHANNEL", SECRET)
    status, _, err = run("outbox", "send")
    assert (status, "see `sales` above" in err) == (75, True)
    listed = json.loads(run("outbox", "list", "--format", "json")[1])
    assert [(one["id"], one["title"], one["status"]) for one in listed] == [
        (2, "About b", "waiting"),
        (1, "About a", "waiting"),
    ]
    assert "1 message taken out" in run("outbox", "drop", "1")[2]
    assert "is not there, or was sent already" in run("outbox", "retry", "1", "77")[2]
    assert "1 message to be sent again" in run("outbox", "retry", "--all")[2]
    assert run("outbox", "retry")[0] == 2
    assert run("outbox", "drop", "1", "--all")[0] == 2
    assert run("outbox", "list", "--status", "ded")[0] == 2
    assert run("outbox", "send", "--channel", "sale")[0] == 2
    assert "outbox.drop" in run("audit", "list", "--format", "csv")[1]


def test_what_is_due_is_run_once_and_what_fails_is_told_and_ends_so(run, shop):
    assert run("run-due")[0] == 0
    with open_state(shop / ".regulars") as state:
        for name, times in (("refresh", "daily 05:00"), ("deliver", "hourly")):
            slots.since(state, name, times + " changed", at=now() - timedelta(days=1, hours=1))
            slots.since(state, name, times, at=now() - timedelta(days=1, hours=1))
    status, _, err = run("run-due", "--no-send")
    assert status == 78  # no source
    assert "refresh (" in err
    assert "deliver (" in err
    entries = {one["name"]: one for one in json.loads(run("schedule", "--format", "json")[1])}
    assert (entries["refresh"]["result"], entries["deliver"]["result"]) == ("failed", "done")
    assert "names no source" in entries["refresh"]["said"]
    assert run("run-due", "--no-send")[0] == 0
    (told,) = json.loads(run("outbox", "list", "--format", "json")[1])
    assert (told["title"], told["about"]) == ("refresh failed", "data")
    assert "BEGIN:VEVENT" in run("schedule", "--ics")[1]
    assert "refresh" in run("schedule", "--jobs")[1]
    assert len(json.loads(run("schedule", "--runs", "5", "--format", "json")[1])) == 5


def test_a_schedule_that_is_wrong_is_refused_by_every_command(run, shop):
    workspaces.write(shop, TOML + '[[schedule]]\njob = "refesh"\nat = "hourly"\n')
    for words in (["schedule"], ["run-due"]):
        status, _, err = run(*words)
        assert (status, "Did you mean `refresh`?" in err) == (78, True)
