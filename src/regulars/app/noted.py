"""What changed in a week beyond noise, among all KPIs that a team looks at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from regulars.app import measure
from regulars.app.known_on import began
from regulars.app.trends import Trend, trends
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import QueryError
from regulars.core.estimate import Estimate, Interval
from regulars.core.periods import Grain, Period
from regulars.kpis.answer import Row
from regulars.kpis.kpi import BY_RATIO, Better, Shows
from regulars.kpis.query import Records, available, is_foretold
from regulars.stats import contrasts
from regulars.stats.newsworthy import ENOUGH, Surprise, error, settled, surprise

#: Weeks before one that say what is usual.
BACK = 60
#: Weeks looked back on to see whether something was told before.
_TOLD = 4
#: Between which values lie that have limits; those of shares are passed where a share is of something else.
_LIMITS = {Shows.POINTS: (-100.0, 100.0)}
#: Weeks over which a KPI may rise or fall.
DRIFT = 13
#: How much farther off than the week before makes news of what was told then.
_FARTHER = 1.5
#: Answers of a week that say nothing of it yet.
_NOT_YET = frozenset({"unfinished", "before_records", "maturing", "small_n"})

#: Weekly answers by KPI.
Courses = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, kw_only=True)
class News:
    """A KPI that was off the usual in a week.

    Attributes:
        row: its answer of the week.
        usual: between which it usually is.
        change: against the week before; without a value where there is none.
        q: share of such findings that are false, among all KPIs of the team (Benjamini-Hochberg).
        up: whether it is above the usual.
        weeks: for how many weeks on end, this one among them.
        farther: whether it is much farther off than the week before.
    """

    row: Row
    usual: Estimate
    change: Estimate
    q: float
    up: bool
    weeks: int = 1
    farther: bool = False

    @property
    def way(self) -> str:
        """Whether that is better or worse; "" where neither is."""
        if self.row.kpi.better is Better.NEITHER:
            return ""
        return "better" if self.up == (self.row.kpi.better is Better.HIGHER) else "worse"

    @property
    def moved(self) -> bool:
        """Whether it differs from the week before, too, the same way and beyond chance."""
        low, high = self.change.interval.low, self.change.interval.high
        return low is not None and high is not None and (low > 0 if self.up else high < 0)


@dataclass(frozen=True, kw_only=True)
class Week:
    """What changed in a week.

    Attributes:
        period: its days.
        looked: KPIs that were looked at.
        news: those that are off the usual, what is farthest off first.
        still: those that were so the week before, too, and are not farther off.
        usual: the others of which it is known, in the order in which they were asked.
        drifts: KPIs that rise or fall over weeks, and did not in any of the weeks before.
        drifting: those that did already, and whether they rise.
        back: KPIs that were off the week before, and are as usual again.
        young: KPIs of which it is too early to say what is usual.
        few: KPIs with too few customers in the week to tell.
        flags: quality flags that this week has and weeks before had not, each with its KPIs.
        always: quality flags that weeks before had, too.
    """

    period: Period
    looked: int
    news: tuple[News, ...]
    still: tuple[News, ...]
    usual: Mapping[str, News]
    drifts: tuple[Trend, ...]
    drifting: Mapping[str, bool]
    back: tuple[str, ...]
    young: tuple[str, ...]
    few: tuple[str, ...]
    flags: Mapping[str, tuple[str, ...]]
    always: tuple[str, ...]


def week_named(period: Period) -> str:
    """Return the name of a week as of ISO 8601.

    >>> week_named(Period(date(2017, 10, 2), date(2017, 10, 9)))
    '2017-W40'
    """
    year, week, _day = period.start.isocalendar()
    return f"{year}-W{week:02d}"


def last_week(opened: Opened, on: date | None = None) -> Period:
    """Return the last week that is over, and whole in the records; or the one that is asked for by its first day.

    Raises:
        QueryError: there is none, or it is not over, or begins before the records do.
    """
    records = opened.records
    start = on or Grain.WEEK.previous(Grain.WEEK.floor(records.as_of))
    week = Period(start, Grain.WEEK.next(start))
    days = f"records are of {began(records)} to {records.as_of - timedelta(days=1)}"
    if week.end > records.as_of:
        raise QueryError(f"The week {week_named(week)} is not over: {days}. Ask for the one before.")
    if week.start < began(records):
        raise QueryError(f"The week {week_named(week)} is not whole: {days}. Ask for a later one.")
    return week


def courses(names: Sequence[str], workspace: Workspace, opened: Opened, *, week: Period, where: str = "") -> Courses:
    """Return the weekly answers of KPIs that say what is usual, the week's own last."""
    records, start = opened.records, week.start - timedelta(weeks=BACK)
    waits = {name for name, kpi in workspace.kpis.items() if kpi.waits and kpi.waits(records.definitions) > 1}
    asked = [
        name
        for name in dict.fromkeys(names)
        if name in workspace.kpis
        and not available(workspace.kpis[name], records)
        and name not in waits
        and not is_foretold(workspace.kpis[name])
    ]
    if not asked:
        return {}
    begin = max(start, Grain.WEEK.floor(began(records)))
    rows = measure.ask(
        asked, workspace.kpis, records, grain=Grain.WEEK.value, start=begin, end=week.end, where=where or None
    )
    found: dict[str, list[Row]] = {name: [] for name in asked}
    for row in rows:
        found[row.kpi.name].append(row)
    return found


def noted(found: Courses, week: Period, records: Records) -> Week:
    """Return what changed in a week.

    Args:
        found: weekly answers, before the week and in it.
        week: which.
        records: that they are of.
    """
    false_discovery = records.definitions.false_discovery
    past = {name: [row for row in rows if row.estimate.period.start <= week.start] for name, rows in found.items()}
    told = [_told(past, back, false_discovery) for back in range(_TOLD)]
    every, before = told[0], told[1]
    news = [_running(one, name, told) for name, one in every.items()]
    fresh = [one for one in news if one.weeks == 1 or one.farther]
    untold = [name for name, rows in past.items() if _known(rows) is None]
    few = tuple(name for name in untold if past[name] and "small_n" in past[name][-1].estimate.flags)
    young = tuple(name for name in untold if name not in few and _valued(past[name]))
    flags = _flags(past)
    moving = [_drifts(past, back, records) for back in range(_TOLD + 1)]
    known = {name for before in moving[1:] for name in before}
    return Week(
        period=week,
        looked=len(past) - len(untold),
        news=tuple(fresh),
        still=tuple(one for one in news if one not in fresh),
        usual=_usual(past, every),
        drifts=tuple(one for name, one in moving[0].items() if name not in known),
        drifting={name: _rises(one) for name, one in moving[0].items() if name in known and not _old(name, moving)},
        back=tuple(name for name in before if name not in every and name not in untold),
        young=young,
        few=few,
        flags={flag: names for flag, (names, new) in flags.items() if new},
        always=tuple(flag for flag, (_names, new) in flags.items() if not new),
    )


def _drifts(past: Courses, back: int, records: Records) -> dict[str, Trend]:
    """Return the KPIs that rose or fell over the weeks up to so many before the last, beyond chance."""
    rows = [
        row
        for each in past.values()
        for row in _lately(each[: len(each) - back])
        if not _NOT_YET & set(row.estimate.flags)
    ]
    return {one.kpi.name: one for one in trends(rows, records) if one.moves and one.periods == DRIFT and _sure(one)}


def _lately(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the last weeks of a course over which it may rise or fall; none of one that is too young."""
    known = sum(row.estimate.interval.value is not None for row in rows)
    return _settled(rows)[-DRIFT:] if known >= ENOUGH else ()


def _sure(one: Trend) -> bool:
    low, high = one.slope.interval.low, one.slope.interval.high
    return low is not None and high is not None and (low > 0 or high < 0)


def _old(name: str, moving: Sequence[Mapping[str, Trend]]) -> bool:
    """Whether a rise or fall was told so often that everybody knows it."""
    return all(name in before for before in moving[1:])


def _rises(one: Trend) -> bool:
    return (one.slope.interval.value or 0.0) > 0


def _usual(past: Courses, off: Mapping[str, News]) -> dict[str, News]:
    """Return the KPIs of the last week that are as usual."""
    known = {name: _known(rows) for name, rows in past.items() if name not in off}
    return {name: _news(past[name], one, 1.0) for name, one in known.items() if one is not None}


def _told(past: Courses, back: int, false_discovery: float) -> dict[str, News]:
    """Return what was news so many weeks before the last one, what is farthest off first."""
    cut = {name: rows[: len(rows) - back] for name, rows in past.items()}
    known = {name: one for name, rows in cut.items() if (one := _known(rows)) is not None}
    if not known:
        return {}
    q = contrasts.benjamini_hochberg([one.p for one in known.values()]).tolist()
    off = {name: one for (name, one), value in zip(known.items(), q, strict=True) if value <= false_discovery}
    values = dict(zip(known, q, strict=True))
    ordered = sorted(off, key=lambda name: (off[name].p, name))
    return {name: _news(cut[name], off[name], values[name]) for name in ordered}


def _known(rows: Sequence[Row]) -> Surprise | None:
    """Return how far the last answer of a course is off; None where it, or what is usual, is not known."""
    if not rows or rows[-1].estimate.interval.value is None or _NOT_YET & set(rows[-1].estimate.flags):
        return None
    found = [row.estimate.interval for row in _settled(rows)]
    level = rows[-1].estimate.interval.level
    values = np.array([np.nan if one.value is None else one.value for one in found])
    errors = np.array(
        [np.nan if one.low is None or one.high is None else error(one.low, one.high, level) for one in found]
    )
    positive = bool((values[np.isfinite(values)] > 0).all())
    return surprise(values, errors, level=level, ratio=rows[-1].kpi.shows in BY_RATIO and positive)


def _settled(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the weeks of a course that say what is usual: from its first value on, without those that begin it."""
    whole = [row for row in rows if "before_records" not in row.estimate.flags]
    values = [row.estimate.interval.value for row in whole]
    first = next((place for place, value in enumerate(values) if value is not None), len(values))
    return whole[first + settled([np.nan if value is None else value for value in values[first:]]) :]


def _news(rows: Sequence[Row], off: Surprise, q: float) -> News:
    last = rows[-1]
    interval = last.estimate.interval
    least, most = _LIMITS.get(last.kpi.shows, (-np.inf, np.inf))
    usual = Interval(
        value=float(np.clip(off.usual, least, most)),
        low=max(off.low, least),
        high=min(off.high, most),
        level=interval.level,
        method=f"median of up to 8 weeks before; range of {off.periods} past weeks",
        n=off.periods,
    )
    before = Period(rows[-min(9, len(rows))].estimate.period.start, last.estimate.period.start)
    change = contrasts.difference(interval, rows[-2].estimate.interval)
    return News(
        row=last,
        usual=replace(last.estimate, interval=usual, period=before, flags=()),
        change=replace(last.estimate, interval=change),
        q=q,
        up=off.up,
    )


def _running(one: News, name: str, told: Sequence[Mapping[str, News]]) -> News:
    """Return news with for how many weeks on end it was so, and whether it is farther off now."""
    weeks = 1
    for before in told[1:]:
        if name not in before or before[name].up != one.up:
            break
        weeks += 1
    farther = weeks > 1 and _off(one) > _FARTHER * _off(told[1][name])
    return replace(one, weeks=weeks, farther=farther)


def _off(one: News) -> float:
    """Return how far a value is off the usual, in how far it usually is."""
    value, usual = one.row.estimate.interval.value, one.usual.interval
    assert value is not None
    assert usual.value is not None
    assert usual.low is not None
    assert usual.high is not None
    side = usual.high - usual.value if value > usual.value else usual.value - usual.low
    return abs(value - usual.value) / side if side else 0.0


def _valued(rows: Sequence[Row]) -> bool:
    """Whether the week has a value, and too few weeks before it have."""
    known = [row for row in rows if row.estimate.interval.value is not None]
    return bool(rows) and rows[-1].estimate.interval.value is not None and len(known) < ENOUGH


def _flags(past: Courses) -> dict[str, tuple[tuple[str, ...], bool]]:
    """Return the quality flags of the week, each with its KPIs, and whether most weeks before had none of them."""
    found: dict[str, list[str]] = {}
    usual: dict[str, int] = {}
    for name, rows in past.items():
        for flag in rows[-1].estimate.flags if rows else ():
            if flag in _NOT_YET or flag == "small_n":
                continue
            found.setdefault(flag, []).append(name)
            usual[flag] = usual.get(flag, 0) + (
                2 * sum(flag in row.estimate.flags for row in rows[:-1]) > len(rows) - 1
            )
    return {flag: (tuple(names), not usual[flag]) for flag, names in found.items()}
