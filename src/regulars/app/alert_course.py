"""The course of what alerts watch: finished periods of a KPI, and which of them cannot be believed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from ibis import _
from numpy.typing import NDArray

from regulars.app import measure
from regulars.app.workspace import Opened, Workspace
from regulars.core.periods import Grain, Period, day_number, day_of
from regulars.data.store import day_column
from regulars.data.tables import TABLES
from regulars.decisions.alert_rule import AlertRule
from regulars.kpis.answer import Row
from regulars.kpis.query import Records

#: Days that are looked back on, at most, by grain.
BACK = {Grain.DAY: 800, Grain.WEEK: 7 * 260, Grain.MONTH: 31 * 120}
#: Weeks in each of which a weekday had so many records that one without any is no chance (fewer than 1 in 100).
_WEEKS, _MANY = 4, 5
#: Tables whose records arrive as things happen.
_ARRIVE = ("orders", "events", "tickets", "responses")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """The finished periods of a KPI, in order, without gaps.

    Attributes:
        rows: answers.
        values: of the KPI; NaN where there is none.
        broken: why the records of a period cannot be believed, by place; nothing of those that can.
        known: what the calendar says of a period, by place.
    """

    rows: tuple[Row, ...]
    values: NDArray[np.float64]
    broken: Mapping[int, str]
    known: Mapping[int, str]

    @property
    def periods(self) -> tuple[Period, ...]:
        """The periods."""
        return tuple(row.estimate.period for row in self.rows)

    @property
    def apart(self) -> NDArray[np.bool_]:
        """Which periods are neither judged nor learned from."""
        found = np.zeros(len(self.rows), np.bool_)
        found[[*self.broken, *self.known]] = True
        return found


@dataclass(frozen=True)
class Courses:
    """Where courses are had from.

    Attributes:
        workspace: the company's folder.
        opened: the open generation.
    """

    workspace: Workspace
    opened: Opened

    @property
    def records(self) -> Records:
        """What is asked."""
        return self.opened.records

    def of(self, rules: Sequence[AlertRule]) -> dict[str, Course]:
        """Return the course of each rule, by name; KPIs of the same customers and grain are asked at once."""
        found: dict[str, Course] = {}
        alike: dict[tuple[str, Grain], list[AlertRule]] = {}
        for rule in rules:
            alike.setdefault((rule.where, rule.grain), []).append(rule)
        for (where, grain), some in alike.items():
            period = self._period(grain)
            names = list(dict.fromkeys(rule.kpi for rule in some))
            rows = [] if period is None else self._asked(names, where, grain, period)
            found |= {rule.name: self._course(rule, [row for row in rows if row.kpi.name == rule.kpi]) for rule in some}
        return found

    def _asked(self, names: Sequence[str], where: str, grain: Grain, period: Period) -> list[Row]:
        kpis, end = self.workspace.kpis, period.end
        return measure.ask(names, kpis, self.records, grain=grain, start=period.start, end=end, where=where or None)

    def _period(self, grain: Grain) -> Period | None:
        """Return the span of finished periods; None where there is none."""
        end = grain.floor(self.records.as_of)
        began = min((span.start for span in self.records.covered.values()), default=end)
        start = grain.floor(max(began, end - timedelta(days=BACK[grain])))
        start = start if start >= began else grain.next(start)
        return Period(start, end) if start < end else None

    def _course(self, rule: AlertRule, rows: Sequence[Row]) -> Course:
        # A value that will still change is none to compare with.
        sure = [row for row in rows if "maturing" not in row.estimate.flags]
        values = [row.estimate.interval.value for row in sure]
        return Course(
            rows=tuple(sure),
            values=np.array([np.nan if one is None else one for one in values], np.float64),
            broken=self._broken(rule, sure),
            known=self._known(rule, sure),
        )

    def _broken(self, rule: AlertRule, rows: Sequence[Row]) -> dict[int, str]:
        own = [flag for flag in self.records.flags.get(rule.kpi, ()) if flag.during]
        days = {
            day: f"there is no record of {name} on {day_of(day)}"
            for name in self.tables(rule)
            for day in self.missing(name)
        }
        found: dict[int, str] = {}
        for place, row in enumerate(rows):
            period = row.estimate.period
            whys = [days[day] for day in range(day_number(period.start), day_number(period.end)) if day in days]
            whys += [flag.code.replace("_", " ") for flag in own if flag.on(period, divided=bool(rule.where))]
            if whys:
                found[place] = whys[0]
        return found

    def _known(self, rule: AlertRule, rows: Sequence[Row]) -> dict[int, str]:
        """Return the days of a course that the company's calendar explains; longer periods hold too much besides."""
        if rule.grain is not Grain.DAY or not rows:
            return {}
        whole = Period(rows[0].estimate.period.start, rows[-1].estimate.period.end)
        closed = self.workspace.settings.calendar.holidays(whole)
        return {
            place: "a holiday, or a day on which the company is closed"
            for place, row in enumerate(rows)
            if row.estimate.period.start in closed
        }

    def tables(self, rule: AlertRule) -> tuple[str, ...]:
        """Return the tables that a rule's KPI is answered from whose records arrive day by day."""
        names = self.workspace.kpis[rule.kpi].frame.named
        return tuple(name for name in _ARRIVE if name in names and name in self.records.covered)

    def missing(self, name: str) -> frozenset[int]:
        """Return the days, by number, on which no record of a table came though it should have."""
        if name not in self._missing:
            arrived = self._arrived(name)
            self._missing[name] = without(arrived, day_number(self.records.as_of), self._closed(arrived))
        return self._missing[name]

    def _closed(self, arrived: Mapping[int, int]) -> frozenset[int]:
        """Return the days, by number, on which the company was closed, from the first record on."""
        if not arrived:
            return frozenset()
        whole = Period(day_of(min(arrived)), max(self.records.as_of, day_of(max(arrived) + 1)))
        opened = {day_number(day) for day in self.workspace.settings.calendar.open_days(whole)}
        return frozenset(range(day_number(whole.start), day_number(whole.end))) - opened

    @cached_property
    def _missing(self) -> dict[str, frozenset[int]]:
        return {}

    def _arrived(self, name: str) -> dict[int, int]:
        table = self.records.tables[name]
        days = table.group_by(day=table[day_column(str(TABLES[name].instant))]).aggregate(n=_.count())
        return {int(row["day"]): int(row["n"]) for row in self.records.run(days.filter(_.day.notnull()))}


def without(counts: Mapping[int, int], until: int, closed: frozenset[int] = frozenset()) -> frozenset[int]:
    """Return the days without a record, of weekdays that had many in each of the weeks before.

    Days on which the company was closed are none of them, and say nothing of others. A weekday that has had none for as
    many weeks is one without records from then on. Where none came after a day that should have had some, all later
    days are without, too.
    """
    first, last = min(counts, default=until), max(counts, default=until)
    found: set[int] = set()
    for day in range(first, until):
        weeks = [day - 7 * week for week in range(1, 2 * _WEEKS + 1)]
        told = [one for one in weeks if one not in found and one not in closed][:_WEEKS]
        due = len(told) == _WEEKS and all(counts.get(one, 0) >= _MANY for one in told)
        if day not in counts and day not in closed and (due or (day > last and max(found, default=first) > last)):
            found.add(day)
    return frozenset(found)


def newest(course: Course) -> date | None:
    """Return the day after the last period of a course; None where it has none."""
    return course.periods[-1].end if course.rows else None
