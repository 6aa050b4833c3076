"""Cohorts: customers by the period in which they began, followed by age.

Age counts calendar periods: 0 is the period of the beginning itself, 1 the one after it. A cell is known once its
calendar period is over; until then it is "no value, because ...", never 0. The pooled row uses, at each age, only the
cohorts that have reached it.

Statistics, not customers, leave the engine, in one query per table.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.definitions import Definitions
from regulars.core.errors import QueryError, UnknownName
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.periods import Grain, Period, day_number, split
from regulars.kpis.ages import Ages, ByAge
from regulars.kpis.aggregations import Statistics
from regulars.kpis.flags import raised
from regulars.kpis.frame import Frame, Scope
from regulars.kpis.kpi import Better, Family, Shows
from regulars.kpis.query import Records
from regulars.kpis.timeline import Timeline


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """A question about customers by age, and how it is answered.

    Attributes:
        name: stable snake_case key.
        question: the business question, ending in "?".
        family: catalogue chapter; gives the owner team.
        frame: one row per customer and period, with `began`, the period in which the customer began.
        formula: how they become a number per age.
        better: which direction is good.
        shows: what the value is.
        source: where the definition comes from.
        caveat: when not to trust it; shown beside the table.
        remarks: quality flags that depend on what the records hold.
        version: raised when the definition changes.
    """

    name: str
    question: str
    family: Family
    frame: Frame
    formula: ByAge
    better: Better
    shows: Shows
    source: str
    caveat: str
    remarks: Callable[[Records], tuple[str, ...]] = lambda records: ()
    version: int = 1

    def versioned(self, definitions: Definitions, grain: Grain) -> str:
        """Return the version with the grain and the company's parameters."""
        parameters = [f"{name}={getattr(definitions, name)}" for name in self.frame.parameters]
        return f"{self.version} ({', '.join([f'grain={grain}', *parameters])})"


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRow:
    """One cohort, or several pooled, by age.

    Attributes:
        cohort: the period in which its customers began; None for the pooled row.
        group: values of the split by name.
        size: customers.
        cells: one per age, from 0; an immature one has no value and says when it will.
    """

    cohort: Period | None
    group: Mapping[str, Any]
    size: int
    cells: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortTable:
    """The answer: cohorts in order by group, and one pooled row per group.

    Attributes:
        cohort: the definition.
        grain: of cohorts and ages.
        rows: one per group and cohort.
        pooled: one per group.
        why_not: reason there is no value, or "".
    """

    cohort: Cohort
    grain: Grain
    rows: tuple[CohortRow, ...] = ()
    pooled: tuple[CohortRow, ...] = ()
    why_not: str = ""

    @property
    def reached(self) -> int:
        """How many ages, from 0 on, any cohort has a value at."""
        ages = (age for row in self.rows for age, cell in enumerate(row.cells) if not cell.interval.why_not)
        return max(ages, default=-1) + 1


def cohorts(
    cohort: Cohort,
    records: Records,
    *,
    grain: Grain,
    first: date,
    last: date,
    ages: int,
    by: Sequence[str] = (),
    where: Callable[[ir.Table], ir.BooleanValue] | None = None,
    level: float | None = None,
) -> CohortTable:
    """Follow the cohorts that begin from the period of `first` to that of `last`, each up to age `ages`.

    Args:
        cohort: the definition.
        records: what is asked.
        grain: of cohorts and of ages.
        first: a day of the first cohort's period.
        last: a day of the last one's; cohorts that have not begun are left out.
        ages: oldest age shown, >= 0.
        by: attributes of customers to split by.
        where: which customers count, from the table of people; None where all do.
        level: coverage of intervals; the company's where None.

    Raises:
        UnknownName: no such attribute.
        QueryError: no cohort has begun, or `ages` is negative.
    """
    for name in by:
        if name not in records.attributes:
            raise UnknownName("attribute", name, records.attributes)
    if why := _lacking(cohort, records):
        return CohortTable(cohort=cohort, grain=grain, why_not=why)
    divided = bool(by) or where is not None
    plan = _Plan.of(cohort, records, grain, first, last, ages, level or records.definitions.level, divided=divided)
    found = _statistics(plan, tuple(by), where)
    groups = sorted({group for group, _began in found}, key=_order) if by else [()]
    rows, pooled = [], []
    for group in groups:
        named = dict(zip(by, group, strict=True))
        own = [plan.mature(index, found.get((group, index), {})) for index in range(plan.cohorts)]
        rows += [plan.row(index, named, size, stages) for index, (size, stages) in enumerate(own)]
        pooled.append(plan.pooled(named, own))
    span = f"{plan.periods[0].start} to {plan.periods[plan.cohorts - 1].end}"
    why = "" if any(row.size for row in rows) else f"has no value: nobody began from {span}"
    return CohortTable(cohort=cohort, grain=grain, rows=tuple(rows), pooled=tuple(pooled), why_not=why)


def newest(cohort: Cohort, records: Records, grain: Grain) -> date | None:
    """Return the first day of the last cohort that has a customer; None where none has, or records are missing."""
    if _lacking(cohort, records):
        return None
    whole = Period(grain.floor(_covered(cohort.frame, records).start), records.as_of)
    timeline = Timeline.of(whole, records.as_of, grain)
    scope = Scope(tables=records.tables, timeline=timeline, definitions=records.definitions)
    rows = cohort.frame.build(scope)
    begun = rows.filter((rows.began >= 0) & (rows.began < timeline.count))
    last = records.run(begun.aggregate(last=begun.began.max()))[0]["last"]
    return None if last is None else timeline.periods[last].start


def _lacking(cohort: Cohort, records: Records) -> str:
    needed = " and ".join(f"`{name}`" for name in cohort.frame.missing(records.covered))
    return f"needs {needed}" if needed else ""


def _statistics(
    plan: "_Plan", by: tuple[str, ...], where: Callable[[ir.Table], ir.BooleanValue] | None
) -> Mapping[tuple[tuple[Any, ...], int], Mapping[int, Statistics]]:
    """Return statistics by age, by group and number of the cohort."""
    records, formula = plan.records, plan.cohort.formula
    scope = Scope(tables=records.tables, timeline=plan.timeline, definitions=records.definitions)
    units = formula.units(plan.cohort.frame.build(scope))
    # What lies beyond the oldest age still tells how many there were.
    aged = units.mutate(age=ibis.least(units.period - units.began, plan.ages + 1).cast("int32"))
    asked = aged.filter((_.began >= 0) & (_.began < plan.cohorts) & (_.age >= 0))
    if by or where is not None:
        people = records.tables["people"]
        chosen = people if where is None else people.filter(where(people))
        known = chosen.select(person=chosen.customer, **{name: chosen[name] for name in by})
        asked = asked.join(known, asked.customer == known.person)
    found: dict[tuple[tuple[Any, ...], int], dict[int, Statistics]] = defaultdict(dict)
    sums = formula.across(asked)
    for row in records.run(asked.group_by(*by, "began", "age").aggregate(**sums)):
        group = tuple(row[name] for name in by)
        found[group, row["began"]][row["age"]] = {name: row[name] for name in sums}
    return found


def _order(group: tuple[Any, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, str(value)) for value in group)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What one table is made with; periods are numbered from the first cohort's, as in `timeline`."""

    cohort: Cohort
    records: Records
    timeline: Timeline
    version: str
    cohorts: int
    ages: int
    level: float
    began: date
    remarks: tuple[str, ...]
    divided: bool
    periods: tuple[Period, ...]

    @classmethod
    def of(
        cls,
        cohort: Cohort,
        records: Records,
        grain: Grain,
        first: date,
        last: date,
        ages: int,
        level: float,
        *,
        divided: bool,
    ) -> "_Plan":
        if first > last or first >= records.as_of or ages < 0:
            raise QueryError(
                f"There is no cohort from `{first}` to `{last}` up to age `{ages}` before the records end"
                f" (`{records.as_of}`). Choose earlier days, and an age of 0 or more."
            )
        begun = [
            p
            for p in split(Period(grain.floor(first), grain.next(grain.floor(last))), grain)
            if p.start < records.as_of
        ]
        periods = [*begun]
        while len(periods) < len(begun) + ages:
            start = periods[-1].end
            periods.append(Period(start, grain.next(start)))
        starts = (grain.previous(periods[0].start), *(p.start for p in periods), periods[-1].end)
        return cls(
            cohort=cohort,
            records=records,
            timeline=Timeline(bounds=tuple(map(day_number, starts)), as_of=day_number(records.as_of)),
            version=cohort.versioned(records.definitions, grain),
            cohorts=len(begun),
            ages=ages,
            level=level,
            began=_covered(cohort.frame, records).start,
            remarks=cohort.remarks(records),
            divided=divided,
            periods=tuple(periods),
        )

    def known(self, index: int, age: int) -> bool:
        """Whether the calendar period of cohort `index` at `age` is over."""
        return self.periods[index + age].end <= self.records.as_of

    def mature(self, index: int, found: Mapping[int, Statistics]) -> tuple[int, Ages]:
        """Return the size of cohort `index` and its statistics at the ages that are over."""
        stages = self.cohort.formula.follow(found, self.ages) if found else [{"n": 0}] * (self.ages + 1)
        return int(stages[0]["n"]), [row if self.known(index, age) else None for age, row in enumerate(stages)]

    def row(self, index: int, group: Mapping[str, Any], size: int, stages: Ages) -> CohortRow:
        began = self.periods[index]
        cells = []
        for age, statistics in enumerate(stages):
            period = Period(began.start, self.periods[index + age].end)
            cells.append(self._estimate(self._cell(period, size, statistics), period, self._flags(index)))
        return CohortRow(cohort=began, group=group, size=size, cells=tuple(cells))

    def pooled(self, group: Mapping[str, Any], own: Sequence[tuple[int, Ages]]) -> CohortRow:
        some = {index: stages for index, (size, stages) in enumerate(own) if size and stages[0]}
        whole = Period(self.periods[0].start, self.records.as_of)
        cells = []
        for age in range(self.ages + 1):
            reached = [index for index, stages in some.items() if stages[age]]
            if reached:
                interval = self.cohort.formula.pool(list(some.values()), age, self.level)
            else:
                why = f"no cohort has lived through age {age} yet" if some else "nobody began in these periods"
                interval = unknown(why, level=self.level)
            flags = {flag for index in reached for flag in self._flags(index)}
            cells.append(self._estimate(interval, whole, flags))
        size = sum(own[index][0] for index in some)
        return CohortRow(cohort=None, group=group, size=size, cells=tuple(cells))

    def _cell(self, period: Period, size: int, statistics: Statistics | None) -> Interval:
        if statistics is None:
            return unknown(f"this age is over on {period.end}", level=self.level, n=size)
        if not size:
            return unknown("nobody began in this period", level=self.level)
        return self.cohort.formula.estimate(statistics, self.level)

    def _estimate(self, interval: Interval, period: Period, flags: set[str]) -> Estimate:
        small = not interval.why_not and interval.n < self.records.definitions.small_n
        found = raised(self.records.flags, self.cohort.name, period, divided=self.divided)
        return Estimate(
            interval=interval,
            period=period,
            as_of=self.records.known_at,
            version=self.version,
            flags=tuple(sorted({*flags, *found, *self.remarks, *(("small_n",) if small else ())})),
        )

    def _flags(self, index: int) -> set[str]:
        period, flags = self.periods[index], set()
        if period.end > self.records.as_of:
            flags.add("unfinished")
        # Customers older than the records look as if they began when the records do.
        if period.start <= self.began:
            flags.add("before_records")
        return flags


def _covered(frame: Frame, records: Records) -> Period:
    """Return what the records cover of the tables that the frame reads: of alternatives, the first that is there."""
    wanted = [need if isinstance(need, tuple) else (need,) for need in frame.needs]
    spans = [records.covered[next(name for name in names if name in records.covered)] for names in wanted]
    return max(spans, key=lambda span: span.start)
