"""When nobody is to be told anything: local times of a company."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from regulars.core.times import clock_of, days_of

_EXAMPLES = "Write `21:00-07:00`, `fri 18:00-24:00` or `sat-sun`."
_MIDNIGHT = time(0)
_EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Span:
    """Hours of some days.

    Attributes:
        days: on which it begins; Monday is 0.
        start: local time at which it begins.
        end: local time before which it ends, on the next day where it is not after `start`; midnight ends the day.
    """

    days: frozenset[int]
    start: time
    end: time

    def holds(self, local: datetime) -> bool:
        """Whether a local time lies in it."""
        today, yesterday = local.weekday() in self.days, (local.weekday() - 1) % 7 in self.days
        clock = local.time()
        if self.start < self.end:
            return today and self.start <= clock < self.end
        return (today and clock >= self.start) or (yesterday and clock < self.end)


def spans(lines: Iterable[str]) -> tuple[Span, ...]:
    """Read quiet hours.

    Raises:
        ValueError: a line cannot be read.
    """
    return tuple(_span(line) for line in lines)


def _span(line: str) -> Span:
    match line.lower().split():
        case [hours] if ":" in hours:
            return Span(_EVERY_DAY, *_hours(hours))
        case [days]:
            return Span(days_of(days), _MIDNIGHT, _MIDNIGHT)
        case [days, hours]:
            return Span(days_of(days), *_hours(hours))
    raise ValueError(f"`{line[:60]}` are no quiet hours. {_EXAMPLES}")


def _hours(text: str) -> tuple[time, time]:
    start, _, end = text.partition("-")
    found = clock_of(start), _MIDNIGHT if end == "24:00" else clock_of(end)
    if found[0] == found[1]:
        raise ValueError(f"`{text[:60]}` ends when it begins. {_EXAMPLES}")
    return found


def quiet_until(quiet: Iterable[Span], at: datetime, zone: str) -> datetime | None:
    """Return when quiet hours that hold at an instant end, to the minute; None where none hold, or they never end."""
    every = tuple(quiet)
    if not _holds(every, at, zone):
        return None
    # Hours are whole minutes, and a week is all there is.
    minute = at.replace(second=0, microsecond=0)
    for _ in range(8 * 24 * 60):
        minute += timedelta(minutes=1)
        if not _holds(every, minute, zone):
            return minute
    return None


def is_quiet(quiet: Iterable[Span], at: datetime, zone: str) -> bool:
    """Whether quiet hours hold at an instant."""
    return _holds(tuple(quiet), at, zone)


def _holds(every: tuple[Span, ...], at: datetime, zone: str) -> bool:
    local = at.astimezone(ZoneInfo(zone))
    return any(one.holds(local) for one in every)
