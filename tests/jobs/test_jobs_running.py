"""The schedule: each slot once, whatever is killed, however often and in how many processes it is looked at."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workspaces
from regulars.app.workspace import Workspace
from regulars.core.errors import DataError, SettingsError
from regulars.core.schedule_settings import Entry
from regulars.jobs.calendar import calendar
from regulars.jobs.job import Job
from regulars.jobs.planned import Planned, jobs, planned
from regulars.jobs.running import Schedule, failed
from regulars.state import outbox, slots
from regulars.state.slots import Ran
from regulars.state.store import open_state

ZONE = "Europe/Amsterdam"
START = datetime(2026, 3, 27, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_what_runs_every_hour_is_one_event_a_day_in_a_calendar():
    job = next(iter(jobs().values()))
    plan = [Planned(entry=Entry(job=job.name, at=at), job=job) for at in ("hourly", "daily 07:00")]
    # Over the night in which clocks go forward: a day of 23 hours.
    text = calendar(plan, "Small", START, START + 3 * DAY, ZONE)
    often = [int(line.split(",")[1].split()[0].strip("\\")) for line in text.splitlines() if "times that day" in line]
    assert often == [10, 24, 23, 15]
    assert text.count("BEGIN:VEVENT") == len(often) + 3


class Clock:
    def __init__(self, at=START):
        self.at = at

    def __call__(self):
        return self.at


class Running:
    """A workspace with entries whose jobs write down what they do."""

    def __init__(self, folder, *entries, job=None):
        workspaces.write(folder, workspaces.HEAD + '[channels.ops]\nurl_env = "OPS"\n')
        self.clock, self.done, self.job = Clock(), [], job
        self.workspace = Workspace.at(folder)
        self.state = open_state(self.workspace.store)
        self.entries = [Entry(**{"job": "count", **entry}) for entry in entries]

    def do(self, work):
        self.done.append((work.entry.name, work.slot))
        return self.job(work) if self.job else "counted"

    def schedule(self, **more):
        job = Job(name="count", does="Counts.", run=self.do)
        plan = tuple(Planned(entry=entry, job=job) for entry in self.entries)
        return Schedule(workspace=self.workspace, state=self.state, clock=self.clock, plan=plan, **more)

    def look(self, at):
        self.clock.at = at
        return self.schedule().run()


@pytest.fixture
def running(tmp_path):
    opened = []

    def begun(*entries, **more):
        opened.append(Running(tmp_path, *entries, **more))
        opened[-1].look(START)
        return opened[-1]

    yield begun
    for one in opened:
        one.state.close()


def local(slot):
    from zoneinfo import ZoneInfo

    return slot.astimezone(ZoneInfo(ZONE)).isoformat(sep=" ", timespec="minutes")


def test_what_was_before_the_schedule_was_known_is_not_made_up_for(running):
    one = running({"at": "daily 05:00"})
    assert one.look(START + HOUR) == []
    (done,) = one.look(START + DAY)
    assert (done.said, done.error, local(done.slot)) == ("counted", None, "2026-03-28 05:00+01:00")
    assert one.look(START + DAY) == []


def test_over_a_week_with_a_change_of_clocks_each_day_runs_once(running):
    one = running({"at": "daily 02:30"})
    for n in range(7 * 24):
        one.look(START + n * HOUR)
    assert [local(slot) for _, slot in one.done][:3] == [
        "2026-03-28 02:30+01:00", "2026-03-29 03:30+02:00", "2026-03-30 02:30+02:00",
    ]  # fmt: skip
    assert len(one.done) == len(set(one.done)) == 7


def test_of_slots_that_were_missed_the_last_is_made_up_for_within_its_hours(running):
    one = running({"at": "hourly", "name": "hours"}, {"at": "daily 05:00", "name": "days", "late_hours": 2})
    one.look(START + 3 * DAY)  # 12:00 UTC: seven hours late for the days
    assert [name for name, _ in one.done] == ["hours"]
    missed = slots.missed(one.state, since=START)
    assert missed == {"hours": 71, "days": 3}
    said = {run.said for run in slots.runs(one.state, most=100) if run.ran is Ran.MISSED}
    assert said == {"a later one stands for it", "too late"}


def test_a_clock_that_is_set_back_runs_nothing_again_and_one_that_is_set_on_no_slot_twice(running):
    one = running({"at": "hourly"})
    one.look(START + 2 * HOUR)
    one.look(START)
    one.look(START + 2 * HOUR)
    one.look(START + DAY)
    one.look(START + 3 * HOUR)
    one.look(START + DAY + HOUR)
    counts = Counter(run.slot for run in slots.runs(one.state, most=100))
    assert set(counts.values()) == {1}
    assert sorted(counts) == [START + n * HOUR for n in range(1, 26)]
    assert len(one.done) == len(set(one.done)) == 3


@settings(max_examples=8, deadline=None)
@given(
    steps=st.lists(st.integers(-26 * 60, 40 * 60), min_size=3, max_size=14),
    said=st.sampled_from(["hourly", "daily 02:30"]),
)
def test_however_clocks_are_set_each_slot_is_written_down_once_and_none_is_left_out(steps, said):
    with TemporaryDirectory() as folder:
        one = Running(Path(folder), {"at": said, "late_hours": 1})
        at = latest = START
        one.look(at)
        for step in steps:
            at += timedelta(minutes=step)
            latest = max(latest, at)
            one.look(at)
        found = sorted(run.slot for run in slots.runs(one.state, most=10_000))
        assert found == list(one.entries[0].times.slots(START, latest, ZONE))
        assert len(one.done) == len(set(one.done))
        one.state.close()


def test_other_times_count_from_when_they_are_known(running):
    one = running({"at": "daily 18:00", "name": "x"})
    one.entries = [Entry(job="count", at="daily 09:00", name="x")]
    assert one.look(START + HOUR) == []  # 09:00 of that day was before
    assert [local(slot) for _, slot in one.done] == []
    one.look(START + DAY)
    assert [local(slot) for _, slot in one.done] == ["2026-03-28 09:00+01:00"]


def test_a_job_that_fails_stops_no_other_and_is_told(running):
    def job(work):
        if work.entry.name == "bad":
            raise DataError("`orders.csv` was refused.")
        if work.entry.name == "worse":
            raise ZeroDivisionError("secret-word")
        return "fine"

    bad = {"at": "hourly", "name": "bad", "tell": ("ops",)}
    one = running(bad, {**bad, "name": "worse"}, {"at": "hourly", "name": "good"}, job=job)
    found = one.look(START + HOUR)
    assert [(done.name, done.error is None) for done in found] == [("bad", False), ("worse", False), ("good", True)]
    assert failed(found).exit_status == DataError.exit_status
    last = slots.last(one.state)
    assert {name: run.ran for name, run in last.items()} == {"bad": Ran.FAILED, "worse": Ran.FAILED, "good": Ran.DONE}
    assert "secret-word" not in last["worse"].said
    told = outbox.letters(one.state)
    assert [letter.message.title for letter in told] == ["worse failed", "bad failed"]
    assert told[1].message.text == "`orders.csv` was refused."


def test_entries_that_are_due_together_run_in_their_order(running):
    one = running(
        {"at": "daily 05:00", "name": "b"}, {"at": "daily 05:00", "name": "a"}, {"at": "daily 04:00", "name": "c"}
    )
    one.look(START + DAY)
    assert [name for name, _ in one.done] == ["c", "b", "a"]


def test_what_was_interrupted_is_run_once_more_and_then_has_failed(running):
    one = running({"at": "daily 05:00"})
    slot = START + DAY - timedelta(hours=7)
    host = one.schedule().host
    taken = slots.take(one.state, "count", [slot], late=[], host=host, at=START + DAY)
    assert slots.take(one.state, "count", [slot], late=[], host=host, at=START + DAY) is None
    assert taken.slot == slot
    assert [done.slot for done in one.look(START + DAY)] == [slot]
    assert slots.last(one.state)["count"].tries == 2
    slots.take(one.state, "count", [slot + DAY], late=[], host=host, at=START + 2 * DAY)
    assert slots.again(one.state, "count", host=host, at=START + 2 * DAY).tries == 2
    assert one.look(START + 2 * DAY) == []
    assert slots.last(one.state)["count"].ran is Ran.FAILED
    assert one.look(START + 3 * DAY)[0].error is None


CHILD = """
import sys, time
from datetime import datetime
from pathlib import Path
sys.path[:0] = {path!r}
from test_jobs_running import Running
import workspaces
def job(work):
    with open({log!r}, "a") as log:
        log.write(work.slot.isoformat() + "\\n")
    time.sleep({sleep})
    return "done"
one = Running(Path({folder!r}), {{"at": "hourly"}}, job=job)
for at in {looks!r}:
    one.look(datetime.fromisoformat(at))
"""


def child(tmp_path, looks, sleep=0.0):
    here = Path(__file__).parent
    said = CHILD.format(
        path=[str(here), str(here.parent)], log=str(tmp_path / "log"), folder=str(tmp_path), sleep=sleep,
        looks=[at.isoformat() for at in looks],
    )  # fmt: skip
    return subprocess.Popen([sys.executable, "-c", said], env=os.environ)


def logged(tmp_path):
    return (tmp_path / "log").read_text().split() if (tmp_path / "log").exists() else []


def test_several_who_look_at_once_run_each_slot_once(running, tmp_path):
    running({"at": "hourly"})
    others = [Running(tmp_path, {"at": "hourly"}) for _ in range(3)]

    def look(one):
        for n in range(1, 13):
            one.look(START + n * HOUR)

    threads = [threading.Thread(target=look, args=[one]) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = [slot for one in others for _, slot in one.done]
    assert len(done) == len(set(done))
    assert max(done) == START + 12 * HOUR
    assert slots.missed(others[0].state, since=START).get("count", 0) + len(done) == 12
    for one in others:
        one.state.close()


@pytest.mark.long
def test_several_processes_run_each_slot_once(running, tmp_path):
    running({"at": "hourly"})
    looks = [START + n * HOUR for n in range(1, 7)]
    children = [child(tmp_path, looks, sleep=0.01) for _ in range(2)]
    assert [one.wait(timeout=60) for one in children] == [0, 0]
    lines = logged(tmp_path)
    assert len(lines) == len(set(lines))
    assert lines[-1] == (START + 6 * HOUR).isoformat()


def test_a_process_that_is_killed_leaves_its_slot_to_the_next_one(running, tmp_path):
    one = running({"at": "hourly"})
    killed = child(tmp_path, [START + HOUR], sleep=60)
    end = time.monotonic() + 30
    while not logged(tmp_path) and time.monotonic() < end:
        time.sleep(0.05)
    assert one.look(START + HOUR) == []  # it is being run
    killed.send_signal(signal.SIGKILL)
    killed.wait(timeout=30)
    (done,) = one.look(START + HOUR)
    assert (done.slot, logged(tmp_path)) == (START + HOUR, [(START + HOUR).isoformat()])
    assert one.look(START + HOUR) == []


def test_what_is_wrong_with_a_schedule_is_said_all_at_once(tmp_path):
    text = (
        workspaces.HEAD
        + """
[[schedule]]
job = "refesh"
at = "daily 05:00"
[[schedule]]
job = "refresh"
at = "daily 06:00"
page = "overview"
tell = ["ops"]
[[schedule]]
job = "report"
at = "mon 07:00"
page = "overvew"
[[schedule]]
name = "rows"
job = "report"
at = "mon 07:00"
page = "customers"
folder = "out"
format = "docx"
ask = { colour = "red" }
"""
    )
    workspaces.write(tmp_path, text)
    with pytest.raises(SettingsError) as wrong:
        planned(Workspace.at(tmp_path))
    for said in (
        "no job `refesh`. Did you mean `refresh`?", "takes no `page`", "no channel `ops`",
        "no page `overvew`. Did you mean `overview`?",
        "say where it goes", "as_user", "no format `docx`", "takes no `colour`",
    ):  # fmt: skip
        assert said in str(wrong.value)


def test_two_entries_of_one_name_and_odd_times_are_refused(tmp_path):
    twice = '[[schedule]]\njob = "refresh"\nat = "daily 05:00"\n' * 2
    with pytest.raises(SettingsError, match="two entries of the schedule are called `refresh`"):
        workspaces.write(tmp_path, workspaces.HEAD + twice)
    with pytest.raises(SettingsError, match="says no times"):
        workspaces.write(tmp_path, workspaces.HEAD + '[[schedule]]\njob = "refresh"\nat = "5 5 * * *"\n')
