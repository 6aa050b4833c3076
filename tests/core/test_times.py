"""When things are to be done: each local time once, in every zone, over every change of clocks."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from regulars.core.quiet_hours import is_quiet, quiet_until, spans
from regulars.core.times import days_of, times

#: Halves of hours, changes at midnight, a day that never was (Apia, 30 December 2011), no changes at all.
ZONES = (
    "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Havana", "Asia/Beirut",
    "Pacific/Apia", "America/Nuuk", "UTC", "Antarctica/Troll", "Africa/Casablanca",
)  # fmt: skip
zones = st.sampled_from(ZONES)
MINUTES = int(timedelta(days=20 * 365) / timedelta(minutes=1))
instants = st.integers(0, MINUTES).map(lambda n: datetime(2009, 1, 1, tzinfo=UTC) + timedelta(minutes=n))
clocks = st.times().map(lambda at: at.replace(minute=at.minute, second=0, microsecond=0))
DAY = timedelta(days=1)


def at(text, zone="Europe/Amsterdam"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def shown(slots, zone="Europe/Amsterdam"):
    return [slot.astimezone(ZoneInfo(zone)).isoformat(sep=" ", timespec="minutes") for slot in slots]


@given(zone=zones, start=instants, clock=clocks)
@example(zone="Pacific/Apia", start=datetime(2011, 12, 28, tzinfo=UTC), clock=time(5))
@example(zone="America/Havana", start=datetime(2026, 3, 7, tzinfo=UTC), clock=time(0))
def test_every_local_day_has_one_slot_and_no_other(zone, start, clock):
    found = list(times(f"daily {clock:%H:%M}").slots(start, start + 30 * DAY, zone))
    local = [slot.astimezone(ZoneInfo(zone)) for slot in found]
    assert found == sorted(set(found))
    exists = {start.astimezone(ZoneInfo(zone)).date() + n * DAY for n in range(1, 30)}
    if zone == "Pacific/Apia":
        exists.discard(date(2011, 12, 30))
    assert exists <= {one.date() for one in local}
    assert len({one.date() for one in local}) == len(local)
    for one in local:
        # After the time that is left out, never before: by as much as clocks were put on.
        late = datetime.combine(one.date(), one.time()) - datetime.combine(one.date(), clock)
        assert timedelta(0) <= late <= timedelta(hours=2)
        assert late == timedelta(0) or not exists_on(one.date(), clock, zone)


def exists_on(day, clock, zone):
    local = datetime.combine(day, clock, ZoneInfo(zone))
    return local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local.replace(tzinfo=None)


@settings(max_examples=25, deadline=None)
@given(zone=zones, start=instants, said=st.sampled_from(["hourly", "daily 02:30", "mon-fri 00:15", "monthly 31 23:45"]),
       cuts=st.lists(st.integers(0, 40 * 24 * 60), max_size=12))  # fmt: skip
def test_slots_do_not_depend_on_when_anybody_looks(zone, start, said, cuts):
    end = start + 40 * DAY
    looks = [start, *(start + timedelta(minutes=n) for n in sorted(cuts)), end]
    piecewise = [slot for a, b in pairwise(looks) for slot in times(said).slots(a, b, zone)]
    whole = list(times(said).slots(start, end, zone))
    assert piecewise == whole
    if whole:
        assert times(said).next(start, zone) == whole[0]
        assert times(said).latest(end, zone) == whole[-1]


def test_a_time_that_is_left_out_comes_right_after_and_one_that_is_repeated_comes_once():
    night = times("daily 02:30")
    assert shown(night.slots(at("2026-03-28 12:00"), at("2026-03-30 12:00"), "Europe/Amsterdam")) == [
        "2026-03-29 03:30+02:00",
        "2026-03-30 02:30+02:00",
    ]
    assert shown(night.slots(at("2026-10-24 12:00"), at("2026-10-26 12:00"), "Europe/Amsterdam")) == [
        "2026-10-25 02:30+02:00",
        "2026-10-26 02:30+01:00",
    ]


def test_every_hour_that_clocks_show_has_a_slot():
    hours = list(times("hourly").slots(at("2026-03-29 00:00"), at("2026-03-30 00:00"), "Europe/Amsterdam"))
    assert len(hours) == 23
    hours = list(times("hourly").slots(at("2026-10-25 00:00"), at("2026-10-26 00:00"), "Europe/Amsterdam"))
    assert len(hours) == 25
    kathmandu = times("hourly").slots(at("2026-01-01 00:00", "UTC"), at("2026-01-01 02:00", "UTC"), "Asia/Kathmandu")
    assert shown(kathmandu, "Asia/Kathmandu") == ["2026-01-01 06:00+05:45", "2026-01-01 07:00+05:45"]


def test_days_of_weeks_and_months():
    zone, start, end = "Europe/Amsterdam", at("2026-01-01 00:00"), at("2026-03-01 00:00")
    assert [one[:10] for one in shown(times("monthly 31 08:00").slots(start, end, zone))] == [
        "2026-01-31",
        "2026-02-28",
    ]
    weekdays = {slot.astimezone(ZoneInfo(zone)).weekday() for slot in times("mon-fri 08:00").slots(start, end, zone)}
    assert weekdays == {0, 1, 2, 3, 4}
    assert (days_of("sat,sun"), days_of("fri-mon")) == ({5, 6}, {4, 5, 6, 0})
    assert times("MON  07:00").said == "mon 07:00"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "daily",
        "daily 25:00",
        "daily 7:00",
        "monthly 0 08:00",
        "monthly 32 08:00",
        "no 07:00",
        "mon 24:00",
        "5 5 * * *",
    ],
)
def test_what_says_no_times_is_refused_with_an_example(said):
    with pytest.raises(ValueError, match="Write "):
        times(said)


def test_quiet_hours_of_days_and_nights():
    zone, quiet = "Europe/Amsterdam", spans(["21:00-07:00", "sat-sun"])
    quiets = {
        "2026-03-02 06:59": True, "2026-03-02 07:00": False, "2026-03-02 20:59": False, "2026-03-02 21:00": True,
        "2026-03-07 12:00": True, "2026-03-08 23:59": True, "2026-03-09 07:00": False,
    }  # fmt: skip
    assert {when: is_quiet(quiet, at(when), zone) for when in quiets} == quiets
    assert shown([quiet_until(quiet, at("2026-03-06 22:00"), zone)]) == ["2026-03-09 07:00+01:00"]
    assert quiet_until(quiet, at("2026-03-02 12:00"), zone) is None
    friday = spans(["fri 18:00-24:00"])
    assert is_quiet(friday, at("2026-03-06 23:59"), zone)
    assert not is_quiet(friday, at("2026-03-07 00:00"), zone)
    for wrong in ("", "21-07", "21:00-21:00", "fri 18:00"):
        with pytest.raises(ValueError, match="Write "):
            spans([wrong])
