"""Cohort LTV: what an acquired customer has brought by each age, and what is still to come of it by a fitted law.

Age is a customer's own: the days since their first order. A cohort is seen at an age once all its customers have lived
through it. Until then what they brought so far stands together with what the law expects of each of them for the days
that are left, and is marked as a forecast.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import fsum, hypot

import numpy as np

from regulars.app import foretell, measure
from regulars.app.foretell import Foretold
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import QueryError, nearest
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.periods import MONTH_DAYS, Grain, Period, day_of, split
from regulars.data.quality.checking import Finding
from regulars.data.snapshot import Snapshot
from regulars.kpis.flags import raised
from regulars.kpis.query import Records
from regulars.kpis.worth import COSTS_UNKNOWN, with_costs
from regulars.models.acquired import Acquired, Floats, Ints, Law, ToCome, to_come
from regulars.models.backtest import Progress
from regulars.models.buyers import buyers
from regulars.models.buying import Family
from regulars.models.spending import spending
from regulars.models.trial import Trial, Tried
from regulars.stats import intervals
from regulars.stats.likelihood import NotFitted
from regulars.stats.moments import Sums
from regulars.stats.predictive_totals import METHOD, half_width

#: Most months that are followed.
_LONGEST = 120
#: Raised when what is counted changes.
VERSION = 1
_GRAINS = (Grain.MONTH, Grain.QUARTER)
#: Name of the cohort table whose flags hold here: it counts the same money.
_ALIKE = "value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a customer of a cohort has brought by an age.

    Attributes:
        estimate: money per customer.
        forecast: whether some of it is still to come.
        to_come: how much of it is; 0 where none.
    """

    estimate: Estimate
    forecast: bool = False
    to_come: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LtvRow:
    """A cohort by age.

    Attributes:
        cohort: the period of its first orders; None for those of all cohorts, old enough at each age, together.
        size: customers.
        cells: one per age in months, from 0, the first day.
    """

    cohort: Period | None
    size: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What forecasts were made with, and how well that went on past days (the second law).

    Attributes:
        model: name of the model of value whose law it is.
        tried: its score.
        trial: the trial.
        n: customers that it was learned from.
        notes: what was found in fitting it.
    """

    model: str
    tried: Tried
    trial: Trial
    n: int
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CohortLtv:
    """Cohort LTV.

    Attributes:
        grain: of cohorts.
        rows: one per cohort.
        pooled: all of them together.
        score: of the forecasts; None where there are none.
        why_not: why there are none; "" where there are, or need be none.
    """

    grain: Grain
    rows: tuple[LtvRow, ...]
    pooled: LtvRow
    score: Score | None
    why_not: str


def cohort_ltv(
    workspace: Workspace,
    opened: Opened,
    *,
    grain: str = "month",
    months: int = 12,
    start: str | date | None = None,
    end: str | date | None = None,
    findings: Sequence[Finding] = (),
    progress: Progress = lambda *_: None,
) -> CohortLtv:
    """Return what customers have brought, and will, by age and by the period of their first order.

    Args:
        workspace: the company.
        opened: its records.
        grain: of cohorts: month or quarter.
        months: oldest age, > 0.
        start: a day of the first cohort, ISO; twelve cohorts where not given.
        end: day after the last cohort's; that of the last one with a customer where neither is given.
        findings: of the records.
        progress: told which model is tried on which day.

    Raises:
        QueryError: there are no orders, or grain, months or dates cannot be.
    """
    records = opened.records
    if "orders" not in records.covered:
        raise QueryError("`ltv` needs `orders`: there are no such records. Map them in `regulars.toml`.")
    if grain not in _GRAINS:
        raise QueryError(f"`{grain}` is no grain of this.{nearest(grain, _GRAINS)}")
    if not 1 <= months <= _LONGEST:
        raise QueryError(f"`{months}` is no number of months. Write one from 1 to {_LONGEST}.")
    snapshot = foretell.snapshot_of(records, workspace.features)
    days = np.array([max(round(age * MONTH_DAYS), 1) for age in range(months + 1)])
    table = Acquired.of(snapshot, days, _cohorts(snapshot, records, Grain(grain), start, end))
    score: Score | None = None
    ahead_of: ToCome | None = None
    why_not = ""
    if table.open.any():
        try:
            found = foretell.foretold(workspace, opened, "value", findings=findings, progress=progress)
            score, ahead_of = _forecast(workspace, found, snapshot, table)
        except (QueryError, NotFitted) as cause:
            why_not = str(cause).rstrip(".")
    rows = _Rows(
        table=table,
        records=records,
        grain=Grain(grain),
        ahead=ahead_of,
        past_error=0.0 if score is None else score.tried.past_error,
        why_not=why_not,
        costs=with_costs(records),
    )
    cohorts = tuple(rows.row(index) for index in range(len(table.periods)))
    return CohortLtv(grain=Grain(grain), rows=cohorts, pooled=rows.pooled(), score=score, why_not=why_not)


def _cohorts(
    snapshot: Snapshot, records: Records, grain: Grain, start: str | date | None, end: str | date | None
) -> tuple[Period, ...]:
    first, until = measure.day(start, "from"), measure.day(end, "to")
    age = buyers(snapshot).histories.age
    if first is None and until is None and len(age):
        until = min(grain.next(grain.floor(day_of(snapshot.day - 1 - int(age.min())))), records.as_of)
    return split(measure.period_of(records, grain, first, until), grain)


def _forecast(workspace: Workspace, found: Foretold, snapshot: Snapshot, table: Acquired) -> tuple[Score, ToCome]:
    """Return what is to come by the law that foretold value best on past days and can be fitted now.

    Raises:
        NotFitted: none can.
    """
    families: Mapping[str, Family] = workspace.declared(Family, "models")
    of_value = {f"{name}_value": family for name, family in families.items()}
    trial, why = found.said.trial, "no law of buying foretells value"
    for tried in trial.tried:
        if tried.model not in of_value:
            continue
        family = of_value[tried.model]
        try:
            learned, spent = family.learned(snapshot), spending(snapshot)
        except NotFitted as cause:
            why = f"`{tried.model}` cannot be fitted: {cause}"
            continue
        score = Score(model=tried.model, tried=tried, trial=trial, n=learned.n, notes=(*learned.notes, *spent.notes))
        return score, to_come(Law(family=family, learned=learned, spending=spent, snapshot=snapshot), table)
    raise NotFitted(why)


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Makes rows of estimates."""

    table: Acquired
    records: Records
    grain: Grain
    ahead: ToCome | None
    past_error: float
    why_not: str
    costs: bool

    def row(self, index: int) -> LtvRow:
        """Return a cohort."""
        mine = np.flatnonzero(self.table.cohort == index)
        cells = tuple(self._cell(index, age, mine) for age in range(len(self.table.days)))
        return LtvRow(cohort=self.table.periods[index], size=len(mine), cells=cells)

    def pooled(self) -> LtvRow:
        """Return all cohorts together, at each age those that have lived through it."""
        table, level = self.table, self.records.definitions.level
        period = Period(table.periods[0].start, self.records.as_of)
        cells = []
        for age in range(len(table.days)):
            old = (table.over[:, age] <= table.today) & table.grown
            mine = table.brought[old[table.cohort], age]
            why = unknown("no cohort with customers has lived through this age yet", level=level)
            found = _mean(mine, level) if len(mine) else why
            cells.append(Cell(estimate=self._estimate(found, period, np.flatnonzero(old))))
        return LtvRow(cohort=None, size=len(table.rows), cells=tuple(cells))

    def _cell(self, index: int, age: int, mine: Ints) -> Cell:
        table, period = self.table, self.table.periods[index]
        over, level = day_of(int(table.over[index, age])), self.records.definitions.level
        spoken = Period(period.start, over)
        if not len(mine):
            found = unknown("nobody placed a first order in this period", level=level)
        elif not table.grown[index]:
            found = unknown(f"the cohort grows until {period.end - timedelta(days=1)}", level=level, n=len(mine))
        elif over <= self.records.as_of:
            found = _mean(table.brought[mine, age], level)
        elif self.ahead is None:
            found = unknown(f"this age is over on {over}; no forecast: {self.why_not}", level=level, n=len(mine))
        else:
            return self._forecast(self.ahead, index, age, mine, spoken)
        return Cell(estimate=self._estimate(found, spoken, [index]))

    def _forecast(self, ahead: ToCome, index: int, age: int, mine: Ints, period: Period) -> Cell:
        n, level = len(mine), self.records.definitions.level
        rest = ahead.mean[mine, age]
        base = _mean(self.table.brought[mine, age] + rest, level)
        share = fsum(rest) / n
        wider = half_width(
            share,
            moved=(ahead.doubts[:, index, age] / n).tolist(),
            chance=float(ahead.chance[index, age]) / n**2,
            past_error=self.past_error,
            level=level,
        )
        return Cell(estimate=self._estimate(_widened(base, wider), period, [index]), forecast=True, to_come=share)

    def _estimate(self, interval: Interval, period: Period, cohorts: Sequence[int] | Ints) -> Estimate:
        records, covered = self.records, self.records.covered["orders"]
        flags = raised(records.flags, _ALIKE, period, divided=False)
        # Customers older than the records look as if they began when the records do.
        if any(self.table.periods[index].start <= covered.start for index in cohorts):
            flags.add("before_records")
        if not interval.why_not and interval.n < records.definitions.small_n:
            flags.add("small_n")
        if not self.costs:
            flags.add(COSTS_UNKNOWN)
        version = f"{VERSION} (grain={self.grain})"
        return Estimate(
            interval=interval, period=period, as_of=records.known_at, version=version, flags=tuple(sorted(flags))
        )


def _mean(values: Floats, level: float) -> Interval:
    sums = Sums(n=len(values), total=fsum(values), squares=fsum(values**2), cubes=fsum(values**3))
    return intervals.mean(sums, level=level)


def _widened(found: Interval, half: float) -> Interval:
    """Return an interval whose sides are longer by independent doubt of half that width."""
    if found.value is None or found.low is None or found.high is None:
        return found
    down, up = found.value - found.low, found.high - found.value
    return Interval(
        value=found.value,
        low=found.value - hypot(down, half),
        high=found.value + hypot(up, half),
        level=found.level,
        method=f"{found.method}; {METHOD}",
        n=found.n,
    )
