"""Days of earlier months and years."""

from datetime import date, timedelta

from regulars.core.periods import Grain


def earlier(day: date, months: int) -> date:
    """Return the day so many months before; the last of its month where that is shorter.

    >>> str(earlier(date(2024, 3, 31), 1)), str(earlier(date(2024, 1, 1), 12))
    ('2024-02-29', '2023-01-01')
    """
    place = 12 * day.year + day.month - 1 - months
    first = date(place // 12, place % 12 + 1, 1)
    last = Grain.MONTH.next(first) - timedelta(days=1)
    return min(first + timedelta(days=day.day - 1), last)
