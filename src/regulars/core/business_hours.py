"""When a company's service is open: weekly hours and holidays, as pieces of time in UTC."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = 86_400
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LINE = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?\s+(\d{2}):(\d{2})-(\d{2}):(\d{2})")
_EXAMPLE = "Write it as `mon-fri 09:00-17:30`."

#: Seconds of a day from which until which service is open.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly hours.

    Attributes:
        week: the spans of each day, Monday first, in order and apart from each other.
        holidays: local days on which service is closed.
    """

    week: tuple[tuple[Span, ...], ...]
    holidays: frozenset[date] = frozenset()

    def pieces(self, zone: str, first: date, last: date) -> list[Span]:
        """Return when service is open from local day `first` through `last`, in seconds since 1970 UTC, in order.

        Local times that a change of clocks leaves out or repeats count as the clock shows them, once.
        """
        found: list[Span] = []
        day = first
        while day <= last:
            for start, end in () if day in self.holidays else self.week[day.weekday()]:
                opens, closes = _instant(day, start, zone), _instant(day, end, zone)
                if closes > opens:
                    found.append((opens, closes))
            day += timedelta(days=1)
        return found


def parse(lines: Iterable[str], holidays: Iterable[date] = ()) -> Hours:
    """Return the hours that `lines` such as "mon-fri 09:00-17:30" say.

    >>> parse(["mon-tue 09:00-12:00", "mon 13:00-24:00"]).week[:3]
    (((32400, 43200), (46800, 86400)), ((32400, 43200),), ())

    Raises:
        ValueError: a line cannot be read, or two of a day overlap.
    """
    week: list[list[Span]] = [[] for _ in _DAYS]
    for line in lines:
        days, span = _read(line)
        for day in days:
            week[day].append(span)
    for name, spans in zip(_DAYS, week, strict=True):
        spans.sort()
        for (_start, end), (start, _end) in pairwise(spans):
            if start < end:
                raise ValueError(f"two spans of `{name}` overlap. Join them into one.")
    return Hours(tuple(map(tuple, week)), frozenset(holidays))


def _read(line: str) -> tuple[Sequence[int], Span]:
    found = _LINE.fullmatch(line.strip().lower())
    if found is None:
        raise ValueError(f"`{line}` is no span of business hours. {_EXAMPLE}")
    for name in found.group(1, 2):
        if name and name not in _DAYS:
            raise ValueError(f"`{name}` in `{line}` is no day of the week. Use {', '.join(_DAYS)}.")
    first = _DAYS.index(found[1])
    last = _DAYS.index(found[2]) if found[2] else first
    start, end = (int(found[part]) * 3600 + int(found[part + 1]) * 60 for part in (3, 5))
    if not 0 <= start < end <= DAY or int(found[4]) > 59 or int(found[6]) > 59:
        raise ValueError(f"`{line}` does not end after it begins within one day (00:00 to 24:00). {_EXAMPLE}")
    if last < first:
        raise ValueError(f"`{line}` runs over the end of the week. Write two spans.")
    return range(first, last + 1), (start, end)


def _instant(day: date, second: int, zone: str) -> int:
    """Return the instant at which local clocks show `second` of `day`."""
    on, rest = day + timedelta(days=second // DAY), second % DAY
    local = datetime.combine(on, time(rest // 3600, rest % 3600 // 60), ZoneInfo(zone))
    return int(local.astimezone(UTC).timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDay:
    """One day, UTC.

    Attributes:
        day: days since 1970-01-01 UTC.
        before: seconds of service before it, counted from the first day asked about.
        spans: when service is open on it, in seconds of the day.
    """

    day: int
    before: int
    spans: tuple[Span, ...]


def by_day(pieces: Sequence[Span], first: int, last: int) -> list[OpenDay]:
    """Return every UTC day from `first` through `last` with its share of `pieces`.

    >>> by_day([(3600, 7200), (86000, 90000)], 0, 1)[1]
    OpenDay(day=1, before=4000, spans=((0, 3600),))
    """
    cut: dict[int, list[Span]] = {}
    for start, end in pieces:
        for day in range(start // DAY, (end - 1) // DAY + 1):
            cut.setdefault(day, []).append((max(start - day * DAY, 0), min(end - day * DAY, DAY)))
    found, before = [], 0
    for day in range(first, last + 1):
        spans = tuple(cut.get(day, ()))
        found.append(OpenDay(day=day, before=before, spans=spans))
        before += sum(end - start for start, end in spans)
    return found
