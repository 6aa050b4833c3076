"""Days along an axis."""

import re
from collections.abc import Iterator
from datetime import date

from regulars.core.periods import Grain, Period, day_number, day_of
from regulars.views.charts import lettering

#: Days that a date can have.
FIRST, LAST = day_number(date.min), day_number(date.max)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PERIOD = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)")
_MONDAY = 4
#: Pixels between labels.
_APART = 12


def brief(label: str) -> str:
    """Return a period's label as short as an axis wants it; other labels as they are.

    >>> brief("2024-02-01..2024-03-01"), brief("2024-01-01..2025-01-01"), brief("NL")
    ('Feb 2024', '2024', 'NL')
    """
    found = _PERIOD.fullmatch(label)
    if found is None:
        return label
    try:
        period = Period(*map(date.fromisoformat, found.groups()))
        return _period(period)
    except (ValueError, OverflowError):
        return label


def _period(period: Period) -> str:
    start = period.start
    for grain, text in (
        (Grain.YEAR, str(start.year)),
        (Grain.QUARTER, f"Q{(start.month + 2) // 3} {start.year}"),
        (Grain.MONTH, f"{_MONTHS[start.month - 1]} {start.year}"),
    ):
        if grain.floor(start) == start and grain.next(start) == period.end:
            return text
    return f"{start.day} {_MONTHS[start.month - 1]} {start.year}"


def calendar(first: int, last: int, room: float) -> list[tuple[int, str]]:
    """Return the finest ticks between two days whose labels stand beside each other within `room` pixels.

    >>> calendar(day_number(date(2024, 2, 3)), day_number(date(2024, 5, 20)), 300)
    [(19783, 'Mar 2024'), (19814, 'Apr'), (19844, 'May')]
    """
    found: list[tuple[int, str]] = []
    days = max(last - first, 1)
    for length, unit, every in _steps():
        # No label is narrower than this: spare making thousands of them.
        if days / length * 25 > room:
            continue
        found = list(_named(_ticks(first, last, unit, every), unit))
        pixels = [(place - first) / days * room for place, _text in found]
        ends = [middle + lettering.width(text) / 2 for middle, (_day, text) in zip(pixels, found, strict=True)]
        starts = [2 * middle - end for middle, end in zip(pixels, ends, strict=True)]
        if all(start - end >= _APART for start, end in zip(starts[1:], ends, strict=False)):
            break
    return found if len(found) > 1 else list(_named(iter(sorted({first, last})), "day"))


def _steps() -> Iterator[tuple[float, str, int]]:
    for every in (1, 2):
        yield every, "day", every
    yield 7, "week", 1
    for every in (1, 3, 6):
        yield 30 * every, "month", every
    for every in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000):
        yield 365 * every, "year", every


def _ticks(first: int, last: int, unit: str, every: int) -> Iterator[int]:
    if unit in ("day", "week"):
        step = every if unit == "day" else 7
        start = first if unit == "day" else first + (_MONDAY - first) % 7
        yield from range(start, last + 1, step)
        return
    step = every if unit == "month" else 12 * every
    begin = day_of(first)
    month = -(-(begin.year * 12 + begin.month - 1 + (begin.day > 1)) // step) * step
    while month // 12 <= date.max.year and (place := day_number(date(month // 12, month % 12 + 1, 1))) <= last:
        yield place
        month += step


def _named(places: Iterator[int], unit: str) -> Iterator[tuple[int, str]]:
    year = None
    for place in places:
        day = day_of(place)
        month = _MONTHS[day.month - 1]
        short = month if unit == "month" else f"{day.day} {month}"
        yield place, str(day.year) if unit == "year" else short if day.year == year else f"{short} {day.year}"
        year = day.year
