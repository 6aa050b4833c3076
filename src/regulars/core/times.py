"""When something is to be done, again and again: local times of a company, as instants that each come once.

A slot is an instant. A local time that a change of clocks leaves out comes right after it; one that is repeated comes
the first time. Where slots stand does not depend on when anybody looks, so that what was done is known by its slot.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_EXAMPLES = "Write `hourly`, `daily 05:00`, `mon 07:00`, `mon-fri 07:00`, `mon,thu 07:00` or `monthly 1 08:00`."
_DAY = timedelta(days=1)
#: No zone is further from UTC, so that a local day begins at most so much before or after.
_FAR = timedelta(days=2)
#: Days within which there is a next slot, whatever is written.
_NEXT = timedelta(days=70)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What `at` of a schedule says.

    Attributes:
        said: in words.
        clock: local time of day; None of every full hour.
        fits: whether a local day is one of them.
    """

    said: str
    clock: time | None
    fits: Callable[[date], bool]

    def slots(self, after: datetime, until: datetime, zone: str) -> Iterator[datetime]:
        """Yield the slots (UTC) after an instant, up to and with another one, in order, each once."""
        local, last = ZoneInfo(zone), after
        day = after.astimezone(local).date() - _FAR
        # A zone that leaves out a whole day has two local times at one instant.
        while day <= (until + _FAR).astimezone(local).date():
            for slot in self._of(day, local):
                if last < slot <= until:
                    last = slot
                    yield slot
            day += _DAY

    def next(self, after: datetime, zone: str) -> datetime:
        """Return the first slot (UTC) after an instant."""
        return next(self.slots(after, after + _NEXT, zone))

    def latest(self, at: datetime, zone: str) -> datetime | None:
        """Return the last slot (UTC) up to and with an instant; None where there was none for a long time."""
        found = None
        for slot in self.slots(at - _NEXT, at, zone):
            found = slot
        return found

    def _of(self, day: date, zone: ZoneInfo) -> Iterator[datetime]:
        if not self.fits(day):
            return
        if self.clock is not None:
            yield _instant(day, self.clock, zone)
            return
        found = {one for hour in range(24) for one in _hours(day, time(hour), zone)}
        yield from sorted(found)


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _hours(day: date, clock: time, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield when clocks show a full hour: twice where it is repeated, never where it is left out."""
    for fold in (0, 1):
        shown = datetime.combine(day, clock.replace(fold=fold), zone)
        instant = shown.astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == shown.replace(tzinfo=None, fold=0):
            yield instant


def times(said: str) -> Times:
    """Read when something is to be done.

    >>> times("mon 07:00").next(datetime(2026, 3, 1, tzinfo=UTC), "Europe/Paris").isoformat()
    '2026-03-02T06:00:00+00:00'

    Raises:
        ValueError: it cannot be read.
    """
    words = said.lower().split()
    match words:
        case ["hourly"]:
            return Times(said="hourly", clock=None, fits=lambda _day: True)
        case ["daily", clock]:
            return Times(said=" ".join(words), clock=clock_of(clock), fits=lambda _day: True)
        case ["monthly", number, clock] if number.isascii() and number.isdigit() and 1 <= int(number) <= 31:
            wanted = int(number)
            return Times(said=" ".join(words), clock=clock_of(clock), fits=lambda day: day.day == _within(day, wanted))
        case [days, clock] if days != "monthly":
            among = days_of(days)
            return Times(said=" ".join(words), clock=clock_of(clock), fits=lambda day: day.weekday() in among)
    raise ValueError(f"`{said[:60]}` says no times. {_EXAMPLES}")


def _within(day: date, wanted: int) -> int:
    return min(wanted, monthrange(day.year, day.month)[1])


def clock_of(text: str) -> time:
    """Read a time of day.

    Raises:
        ValueError: it is none.
    """
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text[:60]}` is no time of day. Write it as `07:00`.")
    return time(int(found[1]), int(found[2]))


def days_of(text: str) -> frozenset[int]:
    """Read days of the week such as `mon`, `mon-fri` or `sat,sun`; Monday is 0.

    Raises:
        ValueError: they cannot be read.
    """
    found: set[int] = set()
    for part in text.lower().split(","):
        first, _, last = part.partition("-")
        for name in (first, last or first):
            if name not in WEEK:
                raise ValueError(f"`{text[:60]}` are no days of the week. {_EXAMPLES}")
        start, end = WEEK.index(first), WEEK.index(last or first)
        found |= {day % 7 for day in range(start, end + 1 if end >= start else end + 8)}
    return frozenset(found)
