"""When: texts into instants (UTC, stored as timestamps without zone) and instants into local days.

A wall-clock time is turned into UTC by the engine's own zones (ICU). Where clocks change, ICU takes the later of two
times and never says that a time does not exist; the days on which that matters are known beforehand, and only they
are looked at twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from regulars.data import engine

STAMP = "timestamp(6)"
_SECOND, _MINUTE, _DAY = 1_000_000, 60_000_000, 86_400_000_000  # microseconds
_DAY_SECONDS = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Years that are believed: from the first up to, not including, the second.
YEARS = (1900, 2100)

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
_OFFSET = r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
ISO_DATE = _DATE
ISO_INSTANT = f"{_DATE}(?:[T ]{_TIME}{_OFFSET}?)?"
_LOCAL, _AWARE = f"{_DATE}(?:[T ]{_TIME})?", f"{_DATE}[T ]{_TIME}{_OFFSET}"


def believed(shape: str) -> str:
    """Return `shape` with only the years that are believed.

    >>> believed(ISO_DATE)
    '(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}'
    """
    return shape.replace("[0-9]{4}", "(?:19|20)[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """What is known beforehand of a time zone, within `YEARS`.

    Attributes:
        name: IANA name.
        least, greatest: offsets from UTC, microseconds; equal where the zone never changed.
        days: local day numbers on which some wall-clock time happens twice or never.
        from_time, to_time: the part of the day in which it does, since 1970; microseconds since midnight.
    """

    name: str
    least: int
    greatest: int
    days: tuple[int, ...]
    from_time: int
    to_time: int

    @property
    def fixed(self) -> bool:
        """Whether the offset never changes."""
        return self.least == self.greatest


@lru_cache(maxsize=64)
def zone(name: str) -> Zone:
    """Return what is known of the zone `name` (ZoneInfoNotFoundError where there is none)."""
    changes = list(_changes(ZoneInfo(name)))
    offsets = {offset for _, before, after in changes for offset in (before, after)}
    spans = [(at + min(before, after), at + max(before, after)) for at, before, after in changes[1:]]
    days = sorted({day for start, end in spans for day in range(start // _DAY_SECONDS, (end - 1) // _DAY_SECONDS + 1)})
    recent = [(start % _DAY_SECONDS, start % _DAY_SECONDS + end - start) for start, end in spans if start >= 0]
    from_time, to_time = min((start for start, _ in recent), default=0), max((end for _, end in recent), default=0)
    if to_time > _DAY_SECONDS:  # a span goes past midnight
        from_time, to_time = 0, _DAY_SECONDS
    return Zone(
        name=name,
        least=min(offsets) * _SECOND,
        greatest=max(offsets) * _SECOND,
        days=tuple(days),
        from_time=from_time * _SECOND,
        to_time=to_time * _SECOND,
    )


def _changes(info: ZoneInfo) -> Iterator[tuple[int, int, int]]:
    """Yield second, offset before and after of each change; the first is the offset at the beginning."""

    def offset(second: int) -> int:
        here = (_EPOCH + timedelta(seconds=second)).astimezone(info).utcoffset()
        return int(here.total_seconds()) if here else 0

    first, last = (int((datetime(year, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) for year in YEARS)
    before, known = first, offset(first)
    yield first, known, known
    for second in range(first, last, 7 * _DAY_SECONDS):  # no zone changed and changed back within a week
        if (now := offset(second)) != known:
            low, high = before, second
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == known else (low, middle)
            yield high, known, now
        before, known = second, now


# --- texts -------------------------------------------------------------------------------------------------------


def read_iso(text: ir.StringValue, place: Zone) -> ir.TimestampValue:
    """Return the instant that an ISO text says, NULL where it says none; without an offset it is local in `place`."""
    return engine.stamp(engine.once(text, lambda iso: _micros(iso, place)))


def _micros(text: ir.StringValue, place: Zone) -> ir.IntegerValue:
    plain = engine.regexp_full_match(text, believed(_LOCAL))
    aware = engine.regexp_full_match(text, believed(_AWARE))
    return ibis.cases(
        (plain, _utc(_read(text), place)),
        (aware & text.endswith("Z"), _read(_without(text, 1))),
        (aware, _shifted(text)),
    )


def _shifted(text: ir.StringValue) -> ir.IntegerValue:
    offset = text.right(6)
    minutes = offset.substr(1, 2).try_cast("int64") * 60 + offset.right(2).try_cast("int64")
    return _read(_without(text, 6)) - ibis.ifelse(offset.startswith("-"), -minutes, minutes) * _MINUTE


def _without(text: ir.StringValue, tail: int) -> ir.StringValue:
    return text.left(text.length() - tail)


def _read(text: ir.StringValue) -> ir.IntegerValue:
    return engine.stamp_micros(text.try_cast(STAMP))


def read_format(text: ir.StringValue, form: str, shape: str, place: Zone) -> ir.TimestampValue:
    """Return the instant that a text says by a strptime format; NULL where it does not fit `shape`, the format's."""
    fitting = ibis.ifelse(engine.regexp_full_match(text, shape), text, ibis.null("string"))
    if "%z" in form.replace("%%", ""):
        return engine.stamp(engine.instant_micros(engine.try_strptime_offset(fitting, form)))
    return to_utc(engine.try_strptime(fitting, form), place)


def in_gap(text: ir.StringValue, form: str | None = None) -> ir.BooleanValue:
    """Whether a text that gave no instant says a real day and time all the same: then clocks left that time out."""
    local = text.try_cast(STAMP) if form is None else engine.try_strptime(text, form)
    return local.notnull()


# --- wall clocks -------------------------------------------------------------------------------------------------


def to_utc(local: ir.TimestampValue, place: Zone) -> ir.TimestampValue:
    """Return the instant of a wall-clock time: the first of two; NULL for one that clocks left out.

    Midnight always exists: it stands for the day, which begins after the gap.
    """
    return engine.stamp(_utc(engine.stamp_micros(local), place))


def _utc(micros: ir.IntegerValue, place: Zone) -> ir.IntegerValue:
    if place.fixed:
        return micros - place.least

    def look(local: ir.IntegerValue, later: ir.IntegerValue) -> ir.IntegerValue:
        time = _time_of_day(local)
        near = time.between(place.from_time, place.to_time - 1) | (local < 0)
        suspect = ibis.ifelse(near, _day_number(local).isin(place.days), False)
        return ibis.ifelse(suspect, _checked(local, later, time, place), later)

    return engine.once(micros, lambda local: engine.once(_utc_by_icu(local, place), lambda later: look(local, later)))


def _checked(local: ir.IntegerValue, later: ir.IntegerValue, time: ir.IntegerValue, place: Zone) -> ir.IntegerValue:
    exists = (_local_by_icu(later, place) == local) | (time == 0)
    before = local - _DAY
    by_day_before = local - before + _utc_by_icu(before, place)
    first = engine.once(
        by_day_before, lambda earlier: ibis.ifelse(_local_by_icu(earlier, place) == local, earlier, later)
    )
    return ibis.ifelse(exists, first, ibis.null("int64"))


def _utc_by_icu(micros: ir.IntegerValue, place: Zone) -> ir.IntegerValue:
    return engine.instant_micros(engine.from_local(place.name, engine.stamp(micros)))


def _local_by_icu(micros: ir.IntegerValue, place: Zone) -> ir.IntegerValue:
    return engine.stamp_micros(engine.to_local(place.name, engine.instant(micros)))


def _time_of_day(micros: ir.IntegerValue) -> ir.IntegerValue:
    return (micros + 1_000_000 * _DAY) % _DAY  # % takes the sign of the left side


def _day_number(micros: ir.IntegerValue) -> ir.IntegerValue:
    return engine.stamp(micros).date().delta(ibis.date(1970, 1, 1), unit="day")


def local_day(instant: ir.TimestampValue, zone_name: str) -> ir.IntegerValue:
    """Return the day number (int32, days since 1970-01-01) of an instant in a time zone.

    Where the zone's least and greatest offset give the same day, which they do for 22 of 24 hours or so, that is the
    day, and the costly question to ICU is not asked.
    """
    place = zone(zone_name)
    micros = engine.stamp_micros(instant.cast(STAMP))
    if place.fixed:
        return _day_number(micros + place.least).cast("int32")

    def look(utc: ir.IntegerValue) -> ir.IntegerValue:
        least, greatest = (_day_number(utc + offset) for offset in (place.least, place.greatest))
        return ibis.ifelse(least == greatest, least, _day_number(_local_by_icu(utc, place)))

    return engine.once(micros, look).cast("int32")


def add_days(instant: ir.TimestampValue, days: ir.IntegerValue, place: Zone) -> ir.TimestampValue:
    """Return the same time of day `days` later in `place`; what clocks left out moves on by the gap."""
    micros = engine.stamp_micros(instant)
    if place.fixed:
        return engine.stamp(micros + days * _DAY)
    return engine.stamp(_utc_by_icu(_local_by_icu(micros, place) + days * _DAY, place))
