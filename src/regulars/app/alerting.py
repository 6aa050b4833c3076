"""Which alerts fire: rules judged over all of the past at once, so that a replay is what a watch would have said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from regulars.app.alert_course import Course, Courses
from regulars.app.alert_rules import unanswered
from regulars.app.workspace import Opened, Workspace
from regulars.core.alert_when import Turn
from regulars.core.estimate import Estimate, Interval
from regulars.core.periods import Grain, Period
from regulars.decisions.alert_rule import AlertRule
from regulars.kpis.answer import Row
from regulars.kpis.kpi import KPI, Shows
from regulars.kpis.sums import Total
from regulars.stats import unusual
from regulars.stats.contrasts import difference
from regulars.stats.unusual import Judged

#: Raised when the method changes.
VERSION = 1
#: By grain: periods of a week, of a year, values that the model is learned on, and residuals that it is judged by.
_SHAPES = {Grain.DAY: (7, 364, 28, 60), Grain.WEEK: (1, 52, 12, 26), Grain.MONTH: (1, 12, 6, 18)}
#: Days of a period, about.
_DAYS = {Grain.DAY: 1, Grain.WEEK: 7, Grain.MONTH: 30}
#: How many periods before it a change is told against: of days, the same one of the week before.
_LAGS = {Grain.DAY: 7, Grain.WEEK: 1, Grain.MONTH: 1}
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """One time at which a rule fires.

    Attributes:
        rule: which.
        kpi: what it watches.
        period: the last of the run that is odd; its first day names it.
        run: of how many periods.
        came: value of the period.
        expected: what was to be expected of each period of the run, or the limit that it was to keep to.
        off: mean of the run less that, a period.
        money: what the whole run is worth, less than was to be expected below 0; None where it cannot be told.
        p: p-value of what is unusual; None of a threshold.
    """

    rule: AlertRule
    kpi: KPI
    period: Period
    run: int
    came: Estimate
    expected: Estimate
    off: Estimate
    money: Estimate | None
    p: float | None

    @property
    def key(self) -> str:
        """The same for the same thing, and for nothing else, whatever generation tells it."""
        return f"{self.rule.name}:{self.period.start}"

    @property
    def bad(self) -> bool | None:
        """Whether it is bad news; None of what is neither."""
        better, off = self.kpi.better.value, self.off.interval.value or 0.0
        return None if better == "neither" else (off < 0) == (better == "higher")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Watched:
    """What a rule says of each period of its course.

    Attributes:
        rule: which.
        kpi: what it watches.
        course: the periods.
        why_not: why it cannot be told; "" where it can.
        told: at which places it fires: the first of a row of periods, and none within the cool-down.
        fires: at which places its condition holds, told or not.
        sure: at which places it can be told whether it fires.
        judged: what was to be expected, of what is unusual.
    """

    rule: AlertRule
    kpi: KPI
    course: Course | None = None
    why_not: str = ""
    told: Bools
    fires: Bools
    sure: Bools
    judged: Judged | None = None

    @property
    def since(self) -> date | None:
        """The first day of the row of periods in which it fires up to the last one; None where it does not now."""
        if self.course is None or not self.fires.any() or not self.fires[-1]:
            return None
        quiet = np.flatnonzero(~self.fires)
        return self.course.periods[int(quiet[-1]) + 1 if len(quiet) else 0].start

    def fired(self, place: int) -> Fired:
        """Return what fires at a place."""
        return _fired(self, place)


def watch(rules: Sequence[AlertRule], workspace: Workspace, opened: Opened) -> tuple[Watched, ...]:
    """Judge rules over all of the records; what is unusual among all rules of a grain together.

    Args:
        rules: which; false discoveries are controlled over all of them.
        workspace: the company's folder.
        opened: the open generation.
    """
    whys = {rule.name: unanswered(rule, workspace, opened.records) for rule in rules}
    able = [rule for rule in rules if not whys[rule.name]]
    courses = Courses(workspace, opened).of(able)
    judged = _judged_together([rule for rule in able if rule.waits_for.turn is Turn.UNUSUAL], courses, opened)
    return tuple(_watched(rule, workspace.kpis[rule.kpi], whys, courses, judged) for rule in rules)


def _judged_together(
    rules: Sequence[AlertRule], courses: Mapping[str, Course], opened: Opened
) -> dict[str, tuple[Judged, Bools]]:
    """Return what each rule's course was expected to be, and where it is unusual among all rules of its grain."""
    found: dict[str, tuple[Judged, Bools]] = {}
    for grain, (season, year, learns, least) in _SHAPES.items():
        own = [rule for rule in rules if rule.grain is grain and courses[rule.name].rows]
        longest = max((len(courses[rule.name].rows) for rule in own), default=0)
        together = np.full((len(own), longest), np.nan)
        single: list[Judged] = []
        for row, rule in enumerate(own):
            course = courses[rule.name]
            values = course.values
            level = opened.records.definitions.level
            one = unusual.judged(
                values, known=course.apart, season=season, year=year, level=level, learns=learns, least=least
            )
            single.append(one)
            # Courses end on different days where some values are still to ripen, but all begin on the same.
            together[row, : len(values)] = one.p[0]
        fires = unusual.fires(together) if own else together.astype(np.bool_)
        for row, (rule, one) in enumerate(zip(own, single, strict=True)):
            found[rule.name] = one, fires[row, : len(courses[rule.name].rows)]
    return found


def _watched(
    rule: AlertRule,
    kpi: KPI,
    whys: Mapping[str, str],
    courses: Mapping[str, Course],
    judged: Mapping[str, tuple[Judged, Bools]],
) -> Watched:
    none = np.zeros(0, np.bool_)
    if why := whys[rule.name]:
        return Watched(rule=rule, kpi=kpi, why_not=why, told=none, fires=none, sure=none)
    course = courses[rule.name]
    if not course.rows:
        return Watched(rule=rule, kpi=kpi, why_not=f"no {rule.grain} is over yet", told=none, fires=none, sure=none)
    own = judged.get(rule.name)
    if own is None:
        off, sure, fires = _thresholds(rule, course)
        expected, run = course.values - off, np.ones(len(off), np.int64)
    else:
        expected, run, fires = own[0].foretold[0], own[0].run[0], own[1]
        off, sure = own[0].came[0] - expected, np.isfinite(own[0].p[0])
    worth = _worth(rule, kpi, off, run)
    if rule.worth and worth is not None:
        fires = fires & (np.nan_to_num(np.abs(worth)) >= rule.worth)
    return Watched(
        rule=rule,
        kpi=kpi,
        course=course,
        why_not="" if sure.any() else _too_short(rule, own[0] if own else None, course),
        told=_first(fires, off, -(-rule.cooldown_days // _DAYS[rule.grain])),
        fires=fires,
        sure=sure,
        judged=own[0] if own else None,
    )


def _thresholds(rule: AlertRule, course: Course) -> tuple[NDArray[np.float64], Bools, Bools]:
    """Return how far each value is from its limit, where that can be told, and where it fires."""
    when, apart, lag = rule.waits_for, course.apart, _LAGS[rule.grain]
    before = np.concatenate([np.full(lag, np.nan), course.values])[: len(course.values)]
    sure = np.isfinite(course.values) & ~apart
    if when.turn in (Turn.FALLS, Turn.RISES):
        sure &= np.isfinite(before) & ~np.concatenate([np.zeros(lag, np.bool_), apart])[: len(apart)]
        limit = before
    else:
        limit = np.full(len(before), when.amount, np.float64)
    fires = np.array(
        [
            bool(sure[place]) and when.met(float(value), float(old) if isfinite(old) else None)
            for place, (value, old) in enumerate(zip(course.values, before, strict=True))
        ],
        np.bool_,
    )
    return course.values - limit, sure, fires


def _worth(rule: AlertRule, kpi: KPI, off: NDArray[np.float64], run: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """Return what deviations are worth over their run; None where nobody knows."""
    each = unit_worth(rule, kpi)
    return None if each is None else off * run * each


def unit_worth(rule: AlertRule, kpi: KPI) -> float | None:
    """Return what one unit of a rule's KPI is worth in a period; None where nobody knows.

    A sum of money is worth itself. A mean of money is worth as much for every order or customer, whose number is not
    what is watched.
    """
    if isinstance(kpi.formula, Total) and kpi.shows is Shows.MONEY:
        return 1.0
    return rule.unit_worth


def _first(fires: Bools, off: NDArray[np.float64], cooldown: int) -> Bools:
    """Return the first of each row of periods that fire, without those within the cool-down after one that was told.

    A fall is told though a rise was, and the other way round.
    """
    goes_on = fires[:-1] & (np.sign(off[:-1]) == np.sign(off[1:]))
    return unusual.cooled(fires & ~np.concatenate([[False], goes_on]), cooldown, off)[0]


def _too_short(rule: AlertRule, judged: Judged | None, course: Course) -> str:
    if judged is None:
        return "there is no value, or none that can be believed"
    _, _, learns, least = _SHAPES[rule.grain]
    n = int(np.isfinite(course.values).sum())
    if n >= learns + least:
        return f"too few {rule.grain}s in a row have a value that can be believed"
    return f"what is usual can be told from {learns + least} {rule.grain}s with a value on; there are {n}"


def _fired(one: Watched, place: int) -> Fired:
    assert one.course is not None
    row = one.course.rows[place]
    came, level = row.estimate, row.estimate.interval.level
    run = 1 if one.judged is None else int(one.judged.run[0, place])
    first = one.course.rows[place - run + 1].estimate.period.start
    expected, off = _limit(one, place) if one.judged is None else _forecast(one.judged, place)

    def told(found: _Told, times: float = 1.0) -> Estimate:
        value, low, high = (part * times for part in found.limits)
        interval = Interval(value=value, low=low, high=high, level=level, method=found.method, n=found.n)
        version = f"alert {VERSION}, {came.version}"
        return Estimate(
            interval=interval,
            period=Period(first, came.period.end),
            as_of=came.as_of,
            version=version,
            flags=came.flags,
        )

    each = unit_worth(one.rule, one.kpi)
    return Fired(
        rule=one.rule,
        kpi=one.kpi,
        period=came.period,
        run=run,
        came=came,
        expected=told(expected),
        off=told(off),
        money=None if each is None else told(off, run * each),
        p=None if one.judged is None else float(one.judged.p[0, place]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A value with its limits, and how they were had."""

    limits: tuple[float, float, float]
    method: str
    n: int


def _forecast(judged: Judged, place: int) -> tuple[_Told, _Told]:
    """Return what was foretold of a run, a period, and how far off it was."""
    value, low, high, came = (
        float(part[0, place]) for part in (judged.foretold, judged.foretold_low, judged.foretold_high, judged.came)
    )
    method, n = "conformal, one step ahead", int(judged.counted[0, place])
    off = (came - value, came - high, came - low)
    return _Told(limits=(value, low, high), method=method, n=n), _Told(limits=off, method=method, n=n)


def _limit(one: Watched, place: int) -> tuple[_Told, _Told]:
    """Return the limit that a value was to keep to, of a change what it is set against, and how far off it was."""
    assert one.course is not None
    when, own = one.rule.waits_for, _limits(one.course.rows[place])
    if when.turn in (Turn.BELOW, Turn.ABOVE):
        amount = float(when.amount or 0.0)
        limit = _Told(limits=(amount, amount, amount), method="as the rule says", n=own.n)
        value, low, high = own.limits
        return limit, _Told(limits=(value - amount, low - amount, high - amount), method=own.method, n=own.n)
    before = one.course.rows[place - _LAGS[one.rule.grain]]
    found = difference(one.course.rows[place].estimate.interval, before.estimate.interval)
    if found.value is None or found.low is None or found.high is None:
        (value, low, high), (old, old_low, old_high) = own.limits, _limits(before).limits
        return _limits(before), _Told(
            limits=(value - old, low - old_high, high - old_low), method="difference of limits", n=own.n
        )
    return _limits(before), _Told(limits=(found.value, found.low, found.high), method=found.method, n=found.n)


def _limits(row: Row) -> _Told:
    found = row.estimate.interval
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    return _Told(limits=(found.value, found.low, found.high), method=found.method, n=found.n)
