"""Which period is explained, and against which."""

from datetime import date, timedelta

from regulars.app import measure, shifted
from regulars.core.errors import QueryError, nearest
from regulars.core.periods import Grain, Period, day_number
from regulars.kpis.query import Records
from regulars.kpis.timeline import Timeline

#: What a period may be compared with, besides a period of its own.
PREVIOUS, YEAR = "prev", "year"
#: Weeks of a comparison with the year before: weekdays stand against the same weekdays.
_WEEKS = 52
_HOW = (
    "Write `prev` for the period before, `year` for the same a year before, or FROM..TO such as 2024-01-01..2024-02-01."
)


def asked(
    records: Records, start: str | date | None = None, end: str | date | None = None, against: str = PREVIOUS
) -> tuple[Period, Period]:
    """Return the period that is asked about, and the one that it is compared with.

    Args:
        records: what is asked.
        start: first day, ISO; that of the last month that is over where None.
        end: the day after the last, ISO; where None, the end of the month that begins on `start`, if records end in
            it, else the end of the records.
        against: `prev`, `year` or FROM..TO.

    Raises:
        QueryError: dates cannot be, or there are no records.
    """
    first, last = measure.day(start, "from"), measure.day(end, "to")
    if first is None and last is None:
        last = Grain.MONTH.floor(records.as_of)
    if first is None and last is not None:
        first = Grain.MONTH.previous(last) if last == Grain.MONTH.floor(last) else Grain.MONTH.floor(last)
    if (
        last is None
        and first is not None
        and first == Grain.MONTH.floor(first)
        and records.as_of < Grain.MONTH.next(first)
    ):
        last = Grain.MONTH.next(first)
    period = measure.period_of(records, None, first, last)
    return period, earlier(period, against)


def earlier(period: Period, against: str = PREVIOUS) -> Period:
    """Return what `period` is compared with.

    Raises:
        QueryError: `against` cannot be read, or overlaps `period`.
    """
    if against == PREVIOUS:
        return before(period)
    if against == YEAR:
        found = _year_before(period)
        if found.end > period.start:
            raise QueryError(f"`{period}` is longer than a year, so that the one a year before is part of it. {_HOW}")
        return found
    start, dots, end = against.partition("..")
    if not dots:
        raise QueryError(f"`{against}` is nothing to compare with. {_HOW}{nearest(against, (PREVIOUS, YEAR))}")
    first, last = measure.day(start.strip(), "against"), measure.day(end.strip(), "against")
    if first is None or last is None or first >= last:
        raise QueryError(f"`{against}` has no day: the second is the day after the last one. {_HOW}")
    if last > period.start:
        raise QueryError(f"`{against}` does not end before `{period.start}`, the first day that is explained.")
    return Period(first, last)


def before(period: Period) -> Period:
    """Return the period before: as many months where it is whole months, else as many days."""
    months = _months(period)
    if months:
        return Period(shifted.earlier(period.start, months), period.start)
    return Period(period.start - timedelta(days=period.days), period.start)


def _year_before(period: Period) -> Period:
    if not _months(period) and not period.days % 7:
        back = timedelta(weeks=_WEEKS)
        return Period(period.start - back, period.end - back)
    start, end = (shifted.earlier(day, 12) for day in (period.start, period.end))
    # Of a year without 29 February, the day before it would end when it begins.
    return Period(start, max(end, start + timedelta(days=1)))


def _months(period: Period) -> int:
    """Return how many months a period is; 0 where it is not whole ones."""
    if Grain.MONTH.floor(period.start) != period.start or Grain.MONTH.floor(period.end) != period.end:
        return 0
    return (period.end.year - period.start.year) * 12 + period.end.month - period.start.month


def timelines(period: Period, against: Period, records: Records, *, whole: bool) -> tuple[Timeline, Timeline]:
    """Return the timelines, the earlier one first, cut to as many days as have passed of the later.

    Args:
        period: that is explained.
        against: that it is compared with.
        records: what is asked.
        whole: whether a period must be over before it can be answered: then nothing is cut.

    Raises:
        QueryError: the period begins after the records end.
    """
    as_of = day_number(records.as_of)
    if period.start >= records.as_of:
        raise QueryError(
            f"The period `{period}` begins after the records end (`{records.as_of}`). Choose an earlier one."
        )
    if whole or period.end <= records.as_of:
        return _timeline(against, as_of), _timeline(period, as_of)
    passed = (records.as_of - period.start).days
    cut = Period(against.start, min(against.start + timedelta(days=passed), against.end))
    return _timeline(cut, as_of, begins=before(against).start), _timeline(period, as_of)


def _timeline(period: Period, as_of: int, *, begins: date | None = None) -> Timeline:
    start = begins or before(period).start
    return Timeline(bounds=(day_number(start), day_number(period.start), day_number(period.end)), as_of=as_of)
