"""Where a goal should be by now: as earlier years went, else as is foretold, else in even steps."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from regulars.app.known_on import begun
from regulars.app.put_together import How
from regulars.app.shifted import earlier
from regulars.app.standing import Asked, Pace, Standing
from regulars.core.estimate import Interval, unknown
from regulars.core.periods import Period
from regulars.core.wording import counted
from regulars.kpis.kpi import Shows
from regulars.stats import contrasts
from regulars.stats.intervals import t, z

#: Earlier years, and earlier quarters or months, that are looked at.
YEARS, PERIODS = 5, 12
#: Months of a goal that is set beside earlier ones of its length where there is no earlier year.
_SHORT = 3


def pace(found: Standing, asked: Asked) -> Pace:
    """Return where a running goal should be; a pace without a value says why there is none."""
    until = asked.records.as_of
    for parts, named in ((_years(found, asked), "year"), (_periods(found, asked), _called(found))):
        compared = [(asked.of(part.start, part.end).interval, part, whole) for part, whole in parts]
        usual = _usual(compared, found, asked)
        if usual is not None and _matters(usual[0], found):
            share, n = usual
            return _told(found, share, f"{_words(found)} by this day of {counted(n, f'earlier {named}')}")
    foretold = _foretold(found)
    if foretold is not None:
        how = "the share of the whole that there is by now, as the rest is foretold: no earlier year is known"
        return _told(found, foretold, how)
    return _even(found, asked, until)


def _foretold(found: Standing) -> Interval | None:
    """Return what share of the whole there is by now as the rest is foretold; None where that is not known."""
    if found.together.how is not How.SUM or found.chance.expected is None or found.now.interval.value is None:
        return None
    so_far, whole = found.now.interval.value, found.chance.expected.interval
    if whole.value is None or whole.low is None or whole.high is None or whole.low <= 0:
        return None
    low, high = sorted((so_far / whole.high, so_far / whole.low))
    level, method, n = whole.level, "so far, of what is foretold", whole.n
    return Interval(value=so_far / whole.value, low=low, high=high, level=level, method=method, n=n)


def _matters(share: Interval, found: Standing) -> bool:
    """Whether earlier periods differed from their wholes by then: a mean that did so by chance is no pace."""
    if found.together.how is not How.MEAN:
        return True
    assert share.low is not None
    assert share.high is not None
    none = 0.0 if found.kpi.shows is Shows.POINTS else 1.0
    return not share.low <= none <= share.high


def _called(found: Standing) -> str:
    return "quarter" if found.said.span.months == _SHORT else "month"


def _words(found: Standing) -> str:
    how = found.together.how
    return "the share that was reached" if how is How.SUM else "how far it was off the whole period's value"


def _years(found: Standing, asked: Asked) -> Iterator[tuple[Period, Period]]:
    return _shifted(found, asked, [12 * back for back in range(1, YEARS + 1)])


def _periods(found: Standing, asked: Asked) -> Iterator[tuple[Period, Period]]:
    months = 1 if found.period.days <= 31 else found.said.span.months
    if months > _SHORT:
        return iter(())
    return _shifted(found, asked, [months * back for back in range(1, PERIODS + 1)])


def _shifted(found: Standing, asked: Asked, months: Sequence[int]) -> Iterator[tuple[Period, Period]]:
    """Yield earlier periods as far as this one has come, with the whole ones."""
    until = asked.records.as_of
    for back in months:
        start, end, there = (earlier(day, back) for day in (found.period.start, found.period.end, until))
        if not begun(asked.records, Period(start, end)):
            return
        if start < there < end <= until:
            yield Period(start, there), Period(start, end)


def _usual(
    compared: Sequence[tuple[Interval, Period, Period]], found: Standing, asked: Asked
) -> tuple[Interval, int] | None:
    """Return what part of the whole (points: by how much less) earlier periods had by this day, and of how many."""
    how = found.together.how
    each = []
    for part, so_far, whole in compared:
        if how is How.SUM:
            rest = asked.of(so_far.end, whole.end).interval
            each.append(_share(part, rest))
        elif found.kpi.shows is Shows.POINTS:
            each.append(contrasts.difference(part, asked.of(whole.start, whole.end).interval))
        else:
            each.append(_shift(contrasts.relative_change(part, asked.of(whole.start, whole.end).interval), 1.0))
    known = [one for one in each if one.value is not None and np.isfinite(one.low or 0) and np.isfinite(one.high or 0)]
    return (_mean(known), len(known)) if known else None


def _share(part: Interval, rest: Interval) -> Interval:
    """Return the share that a part has of it and the rest: both are taken as independent."""
    if part.value is None or rest.value is None or part.value + rest.value <= 0:
        return unknown("nothing to take a share of", level=part.level)
    whole = part.value + rest.value
    half = np.hypot(rest.value * _half(part), part.value * _half(rest)) / whole**2
    value = part.value / whole
    return Interval(
        value=value, low=value - half, high=value + half, level=part.level, method="delta method", n=part.n + rest.n
    )


def _half(found: Interval) -> float:
    assert found.low is not None
    assert found.high is not None
    return (found.high - found.low) / 2


def _shift(found: Interval, by: float) -> Interval:
    if found.value is None or found.low is None or found.high is None:
        return found
    return replace(found, value=found.value + by, low=found.low + by, high=found.high + by)


def _mean(each: Sequence[Interval]) -> Interval:
    """Return the mean over periods: doubt of each, and how much they differ where there are several."""
    level, count = each[0].level, len(each)
    values = np.array([one.value for one in each], dtype=float)
    within = sum((_half(one) / z(level)) ** 2 for one in each) / count**2
    between = float(values.var(ddof=1)) / count if count > 1 else 0.0
    quantile = t(level, count - 1) if between > within and count > 1 else z(level)
    half, value = quantile * max(within, between) ** 0.5, float(values.mean())
    n = sum(one.n for one in each)
    return Interval(
        value=value, low=value - half, high=value + half, level=level, method="mean of earlier periods", n=n
    )


def _told(found: Standing, share: Interval, how: str) -> Pace:
    """Return the pace where the value should be `share` of the target (points: so much off it)."""
    target = found.target.interval
    assert target.value is not None
    assert share.value is not None
    assert share.low is not None
    assert share.high is not None
    own = found.together.how
    if own is not How.SUM and found.kpi.shows is Shows.POINTS:
        values = [target.value + one for one in (share.value, share.low, share.high)]
    else:
        values = [target.value * one for one in (share.value, share.low, share.high)]
    low, high = sorted(values[1:])
    due = Interval(value=values[0], low=low, high=high, level=share.level, method=share.method, n=share.n)
    return _beside(found, due, how)


def _beside(found: Standing, due: Interval, how: str) -> Pace:
    whole = replace(found.now, interval=due)
    ahead = contrasts.difference(found.now.interval, due)
    return Pace(due=whole, ahead=replace(found.now, interval=ahead), how=how)


def _even(found: Standing, asked: Asked, until: date) -> Pace:
    """Return the pace of even steps, or of a mean that should be at its target all along."""
    how = found.together.how
    target, level = found.target.interval, found.target.interval.level
    gone = (until - found.period.start).days / found.period.days
    if how is How.SUM:
        return _told(found, replace(target, value=gone, low=gone, high=gone, method="days gone"),
                     "even steps: no earlier year is known, and nothing is foretold")  # fmt: skip
    if how is How.MEAN:
        return _beside(found, target, "a mean should be at its target all along: no earlier year says otherwise")
    why = "it changes with the length of the period, and no earlier year is known"
    if how is How.CLOSING:
        begin = asked.of(earlier(found.period.start, 1), found.period.start).interval
        if begin.value is not None and target.value is not None:
            value = begin.value + gone * (target.value - begin.value)
            assert begin.low is not None
            assert begin.high is not None
            low, high = (value + (1 - gone) * (end - begin.value) for end in (begin.low, begin.high))
            line = Interval(value=value, low=low, high=high, level=level, method="straight line", n=begin.n)
            return _beside(found, line, "a straight line from where it began; no earlier year is known")
        why = f"where it began is not known: {begin.why_not or 'no value'}"
    return _beside(found, unknown(why, level=level), "")
