# ruff: noqa: DTZ001 - instants are stored without zone; tables of cells are wide
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.core.periods import day_number, start_of_day
from regulars.data import engine
from regulars.data.language import instants

ZONES = ("UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo",
         "Pacific/Apia", "Africa/Casablanca", "Europe/London", "Etc/GMT+5", "Asia/Kolkata")  # fmt: skip
few = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
EPOCH = datetime(1970, 1, 1)


@pytest.fixture(scope="module")
def run():
    backend = engine.connect(threads=2)

    def run(moments, make):
        table = ibis.memtable(pa.table({"at": pa.array(moments, pa.timestamp("us"))}))
        return backend.to_pyarrow(table.select(v=make(table.at))).to_pydict()["v"]

    yield run
    backend.disconnect()


def change_days(zone: str) -> list[int]:
    """Day numbers on which clocks change."""
    return [int(at // 86_400_000_000) for at in instants.zone(zone).utc_from if at > -(2**61)]


def near_changes(zone: str) -> st.SearchStrategy[datetime]:
    """Wall-clock times, most of them near where clocks change."""
    days = change_days(zone)
    anywhere = st.datetimes(datetime(1900, 1, 3), datetime(2099, 12, 30))
    if not days:
        return anywhere
    near = st.tuples(st.sampled_from(days), st.integers(-26 * 12, 38 * 12))
    return near.map(lambda drawn: EPOCH + timedelta(days=drawn[0], minutes=5 * drawn[1])) | anywhere


def oracle(local: datetime, zone: str) -> datetime | None:
    """What zoneinfo says: the first of two (fold=0); nothing in a gap, but midnight."""
    utc = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    exists = utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local
    return utc.replace(tzinfo=None) if exists or local.time().isoformat() == "00:00:00" else None


@pytest.mark.parametrize("zone", ZONES)
@few
@given(data=st.data())
def test_wall_clocks_agree_with_zoneinfo(run, zone, data):
    local = data.draw(st.lists(near_changes(zone).filter(lambda at: at.year < 2099), min_size=1, max_size=300))
    found = run(local, lambda at: instants.to_utc(at, instants.zone(zone)))
    assert dict(zip(local, found, strict=True)) == {at: oracle(at, zone) for at in local}


@pytest.mark.parametrize("zone", ZONES)
@few
@given(data=st.data())
def test_local_days_agree_with_zoneinfo(run, zone, data):
    utc = data.draw(st.lists(near_changes(zone), min_size=1, max_size=300))
    found = run(utc, lambda at: instants.local_day(at, zone))
    assert found == [day_number(at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()) for at in utc]


@pytest.mark.parametrize("zone", ZONES)
def test_every_change_of_clocks(run, zone):
    local = [EPOCH + timedelta(days=day, minutes=20 * step) for day in change_days(zone) for step in range(-6, 78)]
    found = run(local, lambda at: instants.to_utc(at, instants.zone(zone)))
    assert found == [oracle(at, zone) for at in local]


def test_midnight_that_clocks_left_out_is_the_start_of_the_day(run):
    zone = "America/Sao_Paulo"
    found = run(
        [datetime(2018, 11, 4), datetime(2018, 11, 4, 0, 30)], lambda at: instants.to_utc(at, instants.zone(zone))
    )
    assert found == [start_of_day(datetime(2018, 11, 4).date(), zone).replace(tzinfo=None), None]


def test_days_before_1970_are_not_cut_towards_zero(run):
    moments = [datetime(1969, 12, 31, 23, 59, 59), datetime(1970, 1, 1), datetime(1900, 1, 1)]
    assert run(moments, lambda at: instants.local_day(at, "UTC")) == [-1, 0, -25_567]


def test_days_are_added_by_the_local_clock(run):
    place = instants.zone("Europe/Amsterdam")
    moments = [datetime(2024, 3, 30, 9), datetime(2024, 3, 30, 1, 30), datetime(2024, 10, 26, 12)]
    found = run(moments, lambda at: instants.add_days(at, ibis.literal(1, "int64"), place))
    assert found == [datetime(2024, 3, 31, 8), datetime(2024, 3, 31, 1, 30), datetime(2024, 10, 27, 13)]


def test_unknown_and_fixed_zones():
    with pytest.raises(ZoneInfoNotFoundError):
        instants.zone("Europe/Atlantis")
    assert instants.zone("UTC").fixed
    assert instants.zone("Etc/GMT+5").least == -5 * 3_600_000_000
    assert not instants.zone("Asia/Kathmandu").fixed


def test_no_value_stays_none(run):
    for zone in ZONES:
        assert run([None], lambda at, zone=zone: instants.to_utc(at, instants.zone(zone))) == [None]
        assert run([None], lambda at, zone=zone: instants.local_day(at, zone)) == [None]
