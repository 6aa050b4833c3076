"""What is done by itself while pages are served: by processes of their own, so that nobody waits for them."""

import time
from datetime import timedelta

import pytest

import workspaces
from regulars.cli import minding
from regulars.cli.minding import Minder
from regulars.core.message import Message, Tells
from regulars.core.periods import now
from regulars.state import outbox, slots
from regulars.state.store import open_state

TOML = (
    workspaces.HEAD
    + """
[[schedule]]
job = "refresh"
at = "hourly"
[channels.first]
url_env = "FIRST"
[channels.second]
url_env = "SECOND"
[channels.night]
url_env = "NIGHT"
digest = "daily 00:00"
"""
)


@pytest.fixture
def minder(tmp_path, monkeypatch):
    workspaces.write(tmp_path, TOML)
    with open_state(tmp_path / ".regulars") as state:
        found = Minder(tmp_path, state, glance=0.05)
        commands = tmp_path / "commands"
        # In the place of the command: it says what it was asked, and then hangs.
        said = f"import sys, time; open({str(commands)!r}, 'a').write(' '.join(sys.argv[1:]) + chr(10)); time.sleep(60)"
        monkeypatch.setattr(minding, "_COMMAND", said)
        found.commands = commands
        yield found
        found.close()


def message(key):
    return Message(tells=Tells.ALERT, key=key, title="t", text="x")


def asked(minder, lines):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = sorted(minder.commands.read_text().splitlines()) if minder.commands.exists() else []
        if len(found) >= lines:
            return [" ".join(line.split()[:-2]) for line in found]
        time.sleep(0.05)
    raise AssertionError(found)


def test_each_channel_and_the_schedule_have_a_process_of_their_own_and_looking_waits_for_none(minder):
    slots.since(minder.state, "refresh", "hourly", at=now() - timedelta(hours=3))
    for name in ("first", "second", "night"):
        outbox.put(minder.state, name, message("a"), at=now())
    minder._look()  # what every look after it has read already
    for _ in range(5):
        began = time.monotonic()
        minder.look()
        assert time.monotonic() - began < 1.0
    # What is gathered for midnight is not sent before.
    assert asked(minder, 3) == ["outbox send --channel first", "outbox send --channel second", "run-due --no-send"]


def test_what_ends_badly_is_not_begun_again_at_once_and_settings_that_change_count(minder, monkeypatch):
    monkeypatch.setattr(minding, "_COMMAND", "raise SystemExit(75)")
    outbox.put(minder.state, "first", message("a"), at=now())
    minder.look()
    minder._begun["first"].process.wait(timeout=30)
    minder.look()
    minder.look()
    assert "first" not in minder._begun
    workspaces.write(minder.folder, TOML + "\n")
    minder.look()
    assert "first" in minder._begun


def test_what_was_interrupted_is_looked_for_and_not_every_few_seconds(minder):
    slots.take(minder.state, "refresh", [now()], late=[], host=minder._host, at=now())
    minder.look()
    assert asked(minder, 1) == ["run-due --no-send"]
    process = minder._begun.pop("-schedule").process
    process.kill()
    process.wait(timeout=30)
    minder.look()
    assert minder._begun == {}


def test_settings_that_are_wrong_stop_nothing_and_are_told_once(minder, caplog):
    minder.look()
    (minder.folder / "regulars.toml").write_text("this is no TOML", encoding="utf-8")
    minder.look()
    minder.look()
    assert len([one for one in caplog.records if "cannot be looked at" in one.message]) == 1


def test_it_looks_by_itself_and_ends_what_it_began(minder):
    outbox.put(minder.state, "first", message("a"), at=now())
    minder.begin()
    asked(minder, 1)
    process = minder._begun["first"].process
    minder.close()
    assert process.poll() is not None
