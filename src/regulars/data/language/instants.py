"""When: texts into instants (UTC, stored as timestamps without zone) and instants into local days.

The rules of time zones are Python's (zoneinfo), as everywhere in the system. The engine's own copy of them is as old
as the engine, takes the later of two times where clocks go back, and never says that clocks left a time out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.data import engine

STAMP = "timestamp(6)"
#: Years that are believed: from the first up to, not including, the second.
YEARS = (1900, 2100)

_SECOND, _MINUTE, _DAY = 1_000_000, 60_000_000, 86_400_000_000  # microseconds
_WEEK_SECONDS = 7 * 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = -(2**63) + 1  # stands for "no such time" on the way back from numpy

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
_OFFSET = r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
_LOCAL, _AWARE = f"{_DATE}(?:[T ]{_TIME})?", f"{_DATE}[T ]{_TIME}{_OFFSET}"
ISO_DATE = _DATE
ISO_INSTANT = f"{_DATE}(?:[T ]{_TIME}{_OFFSET}?)?"


def believed(shape: str) -> str:
    """Return `shape` with only the years that are believed.

    >>> believed(ISO_DATE)
    '(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}'
    """
    return shape.replace("[0-9]{4}", "(?:19|20)[0-9]{2}")


# --- time zones --------------------------------------------------------------------------------------------------

_Micros = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Zone:
    """A time zone within `YEARS`, as pieces of constant offset; all in microseconds.

    Attributes:
        name: IANA name.
        utc_from: instants from which the pieces hold, the first from ever.
        utc_ahead: what local time is ahead of UTC in them.
        local_from: the same by the wall clock: where clocks go back, the first piece holds as long as it can.
        local_ahead: as `utc_ahead`; a time that clocks left out is counted by the offset before it.
        left_out: whether clocks left out the piece.
    """

    name: str
    utc_from: _Micros
    utc_ahead: _Micros
    local_from: _Micros
    local_ahead: _Micros
    left_out: npt.NDArray[np.bool_]

    @property
    def fixed(self) -> bool:
        """Whether the offset never changes."""
        return len(self.utc_from) == 1

    @property
    def least(self) -> int:
        """Smallest offset."""
        return int(self.utc_ahead.min())

    @property
    def greatest(self) -> int:
        """Greatest offset."""
        return int(self.utc_ahead.max())

    def to_utc(self, local: _Micros, *, strict: bool) -> _Micros:
        """Return the first instant at which clocks show `local`; a strict reading has none for what they left out.

        Midnight always exists: it stands for the day, which begins after the gap.
        """
        piece = self.local_from.searchsorted(local, side="right") - 1
        utc = local - self.local_ahead[piece]
        return np.where(self.left_out[piece] & (local % _DAY != 0), _NEVER, utc) if strict else utc

    def to_local(self, utc: _Micros) -> _Micros:
        """Return what clocks show at `utc`."""
        return utc + self.utc_ahead[self.utc_from.searchsorted(utc, side="right") - 1]


@lru_cache(maxsize=64)
def zone(name: str) -> Zone:
    """Return the zone `name` (ZoneInfoNotFoundError where there is none)."""
    (_, _, first), *changes = _changes(ZoneInfo(name))
    utc, local = [(-(2**62), first)], [(-(2**62), first, False)]
    for at, before, after in changes:
        utc.append((at, after))
        local += [(at + before, before, True)] if after > before else []
        local.append((at + max(before, after), after, False))
    utc_from, utc_ahead = np.array(utc, dtype=np.int64).T
    local_from, local_ahead, left_out = np.array(local, dtype=np.int64).T
    return Zone(
        name=name,
        utc_from=utc_from,
        utc_ahead=utc_ahead,
        local_from=local_from,
        local_ahead=local_ahead,
        left_out=left_out.astype(bool),
    )


def _changes(info: ZoneInfo) -> Iterator[tuple[int, int, int]]:
    """Yield instant, offset before and after (microseconds) of each change; first the offset at the beginning."""

    def offset(second: int) -> int:
        here = (_EPOCH + timedelta(seconds=second)).astimezone(info).utcoffset()
        return int(here.total_seconds()) * _SECOND if here else 0

    first, last = (int((datetime(year, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) for year in YEARS)
    before, known = first, offset(first)
    yield first * _SECOND, known, known
    for second in range(first, last, _WEEK_SECONDS):  # no zone changed and changed back within a week
        if (now := offset(second)) != known:
            low, high = before, second
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == known else (low, middle)
            yield high * _SECOND, known, now
        before, known = second, now


@ibis.udf.scalar.pyarrow(signature=(("int64", "string", "boolean"), "int64"))
def _utc_of_local(micros: pa.Array, zones: pa.Array, strict: pa.Array) -> pa.Array:
    values = micros.to_numpy(zero_copy_only=False)
    return pa.array(zone(zones[0].as_py()).to_utc(values, strict=strict[0].as_py())) if len(micros) else micros


@ibis.udf.scalar.pyarrow(signature=(("int64", "string"), "int64"))
def _local_of_utc(micros: pa.Array, zones: pa.Array) -> pa.Array:
    return pa.array(zone(zones[0].as_py()).to_local(micros.to_numpy(zero_copy_only=False))) if len(micros) else micros


def _utc(local: ir.IntegerValue, place: Zone) -> ir.IntegerValue:
    if place.fixed:
        return local - place.least
    # TRICKY: the engine computes the first side of a nullif twice.
    return engine.once(_utc_of_local(local, place.name, True), lambda utc: utc.nullif(_NEVER))


def to_utc(local: ir.TimestampValue, place: Zone) -> ir.TimestampValue:
    """Return the instant of a wall-clock time, as `Zone.to_utc` says; NULL for one that clocks left out."""
    return engine.stamp(_utc(engine.stamp_micros(local), place))


def local_day(instant: ir.TimestampValue, zone_name: str) -> ir.IntegerValue:
    """Return the day number (int32, days since 1970-01-01) of an instant in a time zone.

    Where the zone's least and greatest offset give the same day, as they do for 22 of 24 hours or so, that is the
    day, and the zone's rules are not asked.
    """
    place = zone(zone_name)
    micros = engine.stamp_micros(instant.cast(STAMP))
    if place.fixed:
        return _day_number(micros + place.least).cast("int32")

    def look(utc: ir.IntegerValue) -> ir.IntegerValue:
        least, greatest = (_day_number(utc + offset) for offset in (place.least, place.greatest))
        return ibis.ifelse(least == greatest, least, _day_number(_local_of_utc(utc, place.name)))

    return engine.once(micros, look).cast("int32")


def _day_number(micros: ir.IntegerValue) -> ir.IntegerValue:
    return engine.stamp(micros).date().delta(ibis.date(1970, 1, 1), unit="day")


def add_days(instant: ir.TimestampValue, days: ir.IntegerValue, place: Zone) -> ir.TimestampValue:
    """Return the same time of day `days` later in `place`; what clocks left out moves on by the gap."""
    micros = engine.stamp_micros(instant)
    if place.fixed:
        return engine.stamp(micros + days * _DAY)
    return engine.stamp(_utc_of_local(_local_of_utc(micros, place.name) + days * _DAY, place.name, False))


def add_seconds(instant: ir.TimestampValue, seconds: ir.DecimalValue) -> ir.TimestampValue:
    """Return the instant `seconds` later."""
    # 64 bits have no room for a lifetime in microseconds with four decimals.
    return engine.stamp(engine.stamp_micros(instant) + (seconds.cast("decimal(28, 4)") * _SECOND).cast("int64"))


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
