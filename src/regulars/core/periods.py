"""Time: half-open periods of local days, grains, the company's zone; the only reader of the clock.

Inside the system a day is a whole number: days since 1970-01-01 in the company's zone. Whole numbers mean the same
on every engine; dates and intervals do not (docs/decisions/0002-engine.md).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

#: Mean length of a year (Julian), and a twelfth of it: for rates by the year, and ages and horizons in months.
YEAR_DAYS = 365.25
MONTH_DAYS = YEAR_DAYS / 12
_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Return days since 1970-01-01.

    >>> day_number(date(1970, 1, 2))
    1
    """
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    """Return the date of a day number."""
    return _EPOCH + timedelta(days=number)


class Grain(StrEnum):
    """A calendar division of time."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    def floor(self, day: date) -> date:
        """Return the first day of the grain that holds `day` (weeks begin on Monday, ISO 8601)."""
        match self:
            case Grain.DAY:
                return day
            case Grain.WEEK:
                return day - timedelta(days=day.weekday())
            case Grain.MONTH:
                return day.replace(day=1)
            case Grain.QUARTER:
                return date(day.year, day.month - (day.month - 1) % 3, 1)
            case Grain.YEAR:
                return date(day.year, 1, 1)

    def next(self, start: date) -> date:
        """Return the first day of the grain after the one that begins at `start`."""
        match self:
            case Grain.DAY:
                return start + timedelta(days=1)
            case Grain.WEEK:
                return start + timedelta(days=7)
            case Grain.MONTH:
                return self.floor(start + timedelta(days=31))
            case Grain.QUARTER:
                return self.floor(start + timedelta(days=93))
            case Grain.YEAR:
                return date(start.year + 1, 1, 1)

    def previous(self, start: date) -> date:
        """Return the first day of the grain before the one that begins at `start`."""
        return self.floor(start - timedelta(days=1))


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Local days from `start` up to, not including, `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"A period must end after it starts: {self.start} .. {self.end}")

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"


def split(period: Period, grain: Grain) -> tuple[Period, ...]:
    """Return the whole grains that touch `period`, in order.

    >>> [str(p) for p in split(Period(date(2024, 1, 15), date(2024, 3, 1)), Grain.MONTH)]
    ['2024-01-01..2024-02-01', '2024-02-01..2024-03-01']
    """
    found, start = [], grain.floor(period.start)
    while start < period.end:
        found.append(Period(start, grain.next(start)))
        start = grain.next(start)
    return tuple(found)


def now() -> datetime:
    """Return the present instant, UTC. Nothing else in the system reads the clock."""
    return datetime.now(UTC)


def start_of_day(day: date, zone: str) -> datetime:
    """Return the instant (UTC) at which `day` begins in `zone`."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
