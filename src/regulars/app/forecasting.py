"""What KPIs will say: each course foretold, the running period completed, beside how well that went on the past."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from regulars.app import measure
from regulars.app.forecast_calendar import calendars
from regulars.app.forecast_parts import parts
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import QueryError, UnknownName, nearest
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.periods import Grain, Period
from regulars.core.wording import counted
from regulars.kpis.answer import Row, Scored
from regulars.kpis.kpi import KPI, Shows
from regulars.kpis.query import Records
from regulars.stats import forecasts
from regulars.stats.forecasting.calendars import Calendar
from regulars.stats.forecasting.choosing import against
from regulars.stats.forecasting.rolling import Floats
from regulars.stats.forecasts import Ahead, Course
from regulars.stats.intervals import wilson

#: Raised when the method changes.
VERSION = 1
#: Grains that are foretold: periods of a season, periods ahead where none are said, most ahead, and most looked back.
GRAINS: Mapping[Grain, tuple[int, int, int, int]] = {
    Grain.DAY: (7, 28, 92, 730),
    Grain.WEEK: (52, 8, 52, 260),
    Grain.MONTH: (12, 6, 24, 120),
    Grain.QUARTER: (4, 4, 8, 40),
}
#: As near as sums of floats come.
_NEARLY = 1e-6
#: Days of a weekday without a value after which none is expected.
_LATELY = 4
#: Finished periods at the end that may have no value.
_LATE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A shift of a KPI's level.

    Attributes:
        period: the first one at the new level.
        between: the first and the last period in which it may have been.
        change: level after it less level before it.
    """

    period: Period
    between: tuple[Period, Period]
    change: Estimate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forecast:
    """What a KPI will say.

    Attributes:
        kpi: which.
        grain: of its periods.
        course: answers over finished periods, in order.
        so_far: the answer over the period that runs, as far as it is over; None where none does.
        completed: what that period will come to; None where none runs, or what follows cannot wait for it.
        steps: later periods, in order; those that ended, but of which not all is known yet, come first.
        model: which foretells, in words; "" where nothing is foretold.
        scored: how well that went at rolling origins (the second law); None where nothing is foretold.
        way: how the running period is completed, in words; "" where it is not.
        shifts: of the level.
        why_not: why there is no forecast.
        ahead: what it is made of.
    """

    kpi: KPI
    grain: Grain
    course: tuple[Row, ...] = ()
    so_far: Row | None = None
    completed: Estimate | None = None
    steps: tuple[Estimate, ...] = ()
    model: str = ""
    scored: Scored | None = None
    way: str = ""
    shifts: tuple[Shift, ...] = ()
    why_not: str = ""
    ahead: Ahead | None = field(default=None, repr=False)

    @property
    def version(self) -> str:
        """Version of the method and of the KPI's definition; of the definition alone where nothing is foretold."""
        told = [*self.steps, *(row.estimate for row in self.course[-1:])]
        return told[0].version if told else str(self.kpi.version)

    def draws(self, n: int, rng: np.random.Generator, *, completed: bool = False) -> Floats:
        """Return joint courses of the steps, shape (n, steps), so that sums over periods have a distribution.

        Steps without a value are NaN. With `completed`, the running period is the first column; where none is completed
        there is none.

        Raises:
            QueryError: there is no forecast.
        """
        if self.ahead is None:
            raise QueryError(f"There is no forecast of `{self.kpi.name}`: {self.why_not}.")
        drawn = forecasts.paths(self.ahead, n, rng)
        told = (*([self.completed] if self.completed is not None else []), *self.steps)
        drawn[:, [one.interval.value is None for one in told]] = np.nan
        return drawn[:, 1:] if self.completed is not None and not completed else drawn


def forecast(
    names: Sequence[str],
    workspace: Workspace,
    opened: Opened,
    *,
    grain: str = "month",
    ahead: int | None = None,
    where: str | None = "",
) -> tuple[Forecast, ...]:
    """Foretell KPIs by day, week, month or quarter.

    Args:
        names: of KPIs.
        workspace: whose.
        opened: the open generation.
        grain: of periods.
        ahead: periods after the running one; 28 days, 8 weeks, 6 months or 4 quarters where None.
        where: which customers count; all where "".

    Raises:
        UnknownName: no such KPI.
        QueryError: no KPI is named, or grain, number of periods or condition cannot be.
    """
    if not names:
        raise QueryError("No KPI is named. `regulars kpis` lists them.")
    for name in names:
        if name not in workspace.kpis:
            raise UnknownName("KPI", name, workspace.kpis)
    asked = _Asked.of(workspace, opened, grain, ahead, where or "")
    rows = asked.rows(tuple(dict.fromkeys(names)))
    return tuple(asked.told(workspace.kpis[name], rows[name]) for name in dict.fromkeys(names))


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What is asked of every KPI."""

    workspace: Workspace
    records: Records
    grain: Grain
    ahead: int
    where: str

    @classmethod
    def of(cls, workspace: Workspace, opened: Opened, grain: str, ahead: int | None, where: str) -> "_Asked":
        if grain not in [one.value for one in GRAINS]:
            raise QueryError(f"Nothing is foretold by `{grain}`.{nearest(grain, [one.value for one in GRAINS])}")
        cut = Grain(grain)
        _, usual, most, _ = GRAINS[cut]
        if ahead is not None and not 1 <= ahead <= most:
            raise QueryError(f"`{ahead}` periods ahead cannot be foretold by {cut}: from 1 to {most} can.")
        return cls(workspace=workspace, records=opened.records, grain=cut, ahead=ahead or usual, where=where)

    def rows(self, names: Sequence[str]) -> dict[str, list[Row]]:
        """Return the answers over all periods that are looked back on, by KPI."""
        back, start = GRAINS[self.grain][3], self.grain.floor(self.records.as_of)
        began = min((span.start for span in self.records.covered.values()), default=self.records.as_of)
        while back and start > began:
            start, back = self.grain.previous(start), back - 1
        found = measure.ask(
            names, self.workspace.kpis, self.records, grain=self.grain.value, start=start, where=self.where or None
        )
        by_kpi: dict[str, list[Row]] = {name: [] for name in names}
        for row in found:
            by_kpi[row.kpi.name].append(row)
        return by_kpi

    def told(self, kpi: KPI, rows: Sequence[Row]) -> Forecast:
        """Return what a KPI will say, or why that cannot be told."""
        finished = [row for row in rows if "unfinished" not in row.estimate.flags]
        so_far = next((row for row in rows if "unfinished" in row.estimate.flags), None)
        course = _usable(finished)
        told = Forecast(kpi=kpi, grain=self.grain, course=tuple(finished), so_far=so_far)
        if why := _why_not(course, finished, rows):
            return replace(told, why_not=why)
        between = finished[finished.index(course[-1]) + 1 :]
        waits = len(between)
        before = waits + (so_far is not None)
        count = before + self.ahead
        level = course[0].estimate.interval.level
        periods = _following(course[-1].estimate.period, self.grain, count)
        adds_up = kpi.formula.extensive and self._adds_up(kpi, course)
        known = calendars(self.workspace.settings.calendar, kpi, self.grain, course, periods, adds_up)
        asked = _course(kpi, course, known, self.grain)
        found = forecasts.foretold(asked, count, level, compared=before + GRAINS[self.grain][1])
        completes = so_far is not None and not waits
        if so_far is not None and completes:
            seen, elapsed = parts(kpi, course, so_far, self.workspace.kpis, self.records, self.where)
            found = forecasts.running(found, seen, elapsed)
        estimates = [self._estimate(found, place, period, course) for place, period in enumerate(periods)]
        return replace(
            told,
            completed=estimates[0] if completes else None,
            steps=tuple(estimates[1:] if completes else estimates),
            model=found.model,
            scored=_scored(found, kpi, self.grain, course),
            way=found.way,
            shifts=tuple(self._shifts(found, course)),
            ahead=found,
        )

    def _adds_up(self, kpi: KPI, course: Sequence[Row]) -> bool:
        """Return whether answers over periods add up to that over all of them: sales do, balances do not."""
        start, end = course[0].estimate.period.start, course[-1].estimate.period.end
        (whole,) = measure.ask(
            (kpi.name,), self.workspace.kpis, self.records, grain=None, start=start, end=end, where=self.where or None
        )
        value, total = whole.estimate.interval.value, float(np.nansum(_values(course)))
        return value is not None and abs(value - total) <= _NEARLY * max(abs(value), abs(total))

    def _estimate(self, found: Ahead, place: int, period: Period, course: Sequence[Row]) -> Estimate:
        never = self.grain is Grain.DAY and _never(course, period)
        why = "no day of this weekday had a value lately" if never else ""
        return Estimate(
            interval=unknown(why, level=found.level) if why else _interval(found, place),
            period=period,
            as_of=self.records.known_at,
            version=self._version(course),
            flags=self._flags(period, course),
        )

    def _version(self, course: Sequence[Row]) -> str:
        return f"{VERSION} of {course[-1].estimate.version}"

    def _flags(self, period: Period, course: Sequence[Row]) -> tuple[str, ...]:
        """Return what pushes a forecast: what pushes the last answer, and that its period runs or is not told yet."""
        kept = set(_pushed(course))
        if period.start < self.records.as_of < period.end:
            kept.add("unfinished")
        if period.end <= self.records.as_of:
            kept.add("maturing")
        return tuple(sorted(kept))

    def _shifts(self, found: Ahead, course: Sequence[Row]) -> list[Shift]:
        each = [row.estimate.period for row in course]
        whole = Period(each[0].start, each[-1].end)
        return [
            Shift(
                period=each[one.at],
                between=(each[one.first or one.at], each[min(one.last or one.at, len(each) - 1)]),
                change=Estimate(
                    interval=one.shift,
                    period=whole,
                    as_of=self.records.known_at,
                    version=self._version(course),
                    flags=_pushed(course),
                ),
            )
            for one in found.breaks
        ]


def _usable(finished: Sequence[Row]) -> list[Row]:
    """Return the answers from the first to the last of which all is known; those before records begin are left out."""
    whole = [row for row in finished if "before_records" not in row.estimate.flags]
    known = [
        place
        for place, row in enumerate(whole)
        if row.estimate.interval.value is not None and "maturing" not in row.estimate.flags
    ]
    return list(whole[known[0] : known[-1] + 1]) if known else []


def _why_not(course: Sequence[Row], finished: Sequence[Row], rows: Sequence[Row]) -> str:
    """Return why a course cannot be foretold; "" where it can."""
    if not course:
        said = [row.estimate.interval.why_not for row in (*finished, *rows) if row.estimate.interval.why_not]
        return said[-1] if said else "no period is finished yet"
    after = finished[finished.index(course[-1]) + 1 :]
    empty = [row for row in after if "maturing" not in row.estimate.flags and row.estimate.interval.value is None]
    if len(empty) > _LATE and not _waits(empty):
        return f"the last finished period with a value ended on {course[-1].estimate.period.end}"
    return forecasts.short(_values(course))


def _waits(empty: Sequence[Row]) -> bool:
    """Whether periods have no value only because it is too early to tell."""
    return all(row.estimate.interval.why_not.startswith("too early") for row in empty)


def _values(course: Sequence[Row]) -> Floats:
    found = (row.estimate.interval.value for row in course)
    return np.array([np.nan if value is None else value for value in found], dtype=np.float64)


def _course(kpi: KPI, course: Sequence[Row], known: Sequence[Calendar], grain: Grain) -> Course:
    low, high = _domain(kpi, course)
    found = [row.estimate.interval for row in course]
    noise = np.array([np.nan if one.low is None or one.high is None else (one.high - one.low) / 2 for one in found])
    noise[~np.isfinite(noise)] = np.nan
    return Course(values=_values(course), season=GRAINS[grain][0], low=low, high=high, calendars=known, noise=noise)


def _domain(kpi: KPI, course: Sequence[Row]) -> tuple[float, float]:
    """Return between which values a KPI lies: no limit of the past, and what a KPI shows, says otherwise."""
    found = [row.estimate.interval for row in course if row.estimate.interval.value is not None]
    lows, highs = ([getattr(one, side) for one in found] for side in ("low", "high"))
    if kpi.shows is Shows.POINTS:
        return -100.0, 100.0
    least = 0.0 if min(lows) >= 0 else -np.inf
    most = 1.0 if kpi.shows is Shows.SHARE and max(highs) <= 1 else np.inf
    return (least if kpi.least is None else float(kpi.least)), most


def _pushed(course: Sequence[Row]) -> tuple[str, ...]:
    """Return the flags of the last answer, but that it is of few: what is made of a course is of all of them."""
    return tuple(flag for flag in course[-1].estimate.flags if flag != "small_n")


def _never(course: Sequence[Row], period: Period) -> bool:
    """Return whether days of the weekday of `period` have had no value lately: the company is closed then."""
    alike = [row for row in course if row.estimate.period.start.weekday() == period.start.weekday()][-_LATELY:]
    return len(alike) == _LATELY and all(row.estimate.interval.value is None for row in alike)


def _following(last: Period, grain: Grain, count: int) -> list[Period]:
    found: list[Period] = []
    start = last.end
    for _ in range(count):
        found.append(Period(start, grain.next(start)))
        start = found[-1].end
    return found


def _interval(found: Ahead, place: int) -> Interval:
    one = found.bounds[place]
    if one is None:
        return unknown("too few past forecasts reach so far ahead", level=found.level)
    how = f"conformal, {counted(one.windows, 'past forecast')}"
    if one.held < found.level:
        how += f" that hold {one.held:.0%}, widened by Student's t"
    value, low, high = (float(part[place]) for part in (found.values, found.low, found.high))
    return Interval(value=value, low=low, high=high, level=found.level, method=how, n=one.windows)


def _scored(found: Ahead, kpi: KPI, grain: Grain, course: Sequence[Row]) -> Scored:
    """Return how well the model did at rolling origins, beside the simple rule."""
    rule, level = found.naive, found.level
    score = {"coverage": _coverage(found, level)}
    for name, errors in (("mase", found.in_time), ("naive_mase", rule.errors)):
        score[name] = forecasts.mase(errors, rule.origins, found.scale, level)
    first, count = course[int(rule.origins[0])].estimate.period.start, len(rule.origins)
    ahead = f"{rule.came.shape[1]} {grain}s" if rule.came.shape[1] > 1 else f"1 {grain}"
    return Scored(
        outcome=kpi.name,
        model=f"{found.model} {VERSION}",
        score=score,
        verdict=_verdict(found),
        tried=f"tried on {counted(count, 'past day')} from {first} on, up to {ahead} ahead, the model chosen by "
        "what had come before each",
    )


def _verdict(found: Ahead) -> str:
    if found.tried is found.naive or found.model == found.rule:
        return f"no model did better than the simple rule ({found.rule})"
    ratio = against(found.in_time, found.naive.errors)
    if ratio == 1:
        return f"too few past forecasts to set it beside the simple rule ({found.rule})"
    word = "less" if ratio < 1 else "more"
    return f"errors {abs(1 - ratio):.0%} {word} than those of the simple rule ({found.rule})"


def _coverage(found: Ahead, level: float) -> Interval:
    held, count = found.held
    if not count:
        return unknown("too few past forecasts", level=level)
    # Steps of one origin say much the same: the interval is that of as many values as there are origins.
    n = min(len(found.tried.origins), count)
    told = wilson(round(held / count * n), n, level=level)
    return replace(
        told,
        value=held / count,
        low=min(told.low or 0.0, held / count),
        high=max(told.high or 0.0, held / count),
        method=f"{told.method}, of {counted(n, 'past forecast')}",
    )
