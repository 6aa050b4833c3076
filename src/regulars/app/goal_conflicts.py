"""Goals that went against each other in the past: when one rose, another fell. An association, not a cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.app import measure
from regulars.app.known_on import began
from regulars.app.shifted import earlier
from regulars.app.standing import Standing
from regulars.app.workspace import Opened, Workspace
from regulars.core.estimate import Interval
from regulars.core.periods import Grain, Period
from regulars.kpis.answer import Row
from regulars.kpis.kpi import BY_RATIO, KPI, Better
from regulars.kpis.query import available, is_foretold
from regulars.stats import contrasts, ranking

Floats: TypeAlias = NDArray[np.float64]
#: Months looked back on, and changes that it takes.
BACK, LEAST = 36, 12
#: Family of KPIs that are looked at beside goals: what is left after costs, and when it comes back.
_BESIDE = "profitability"
_NOT_YET = frozenset({"unfinished", "before_records", "maturing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two KPIs of which one got worse when the other got better.

    Attributes:
        goal: that got better.
        other: the KPI that got worse.
        goals: titles of the goals on that KPI; empty of one that is only looked at beside.
        association: of changes for the better, Spearman's rank correlation.
        q: among all pairs that were looked at (Benjamini-Hochberg).
        grain: of the periods whose changes were compared.
        period: that they lie in.
    """

    goal: Standing
    other: KPI
    goals: tuple[str, ...]
    association: Interval
    q: float
    grain: Grain
    period: Period


def conflicts(found: Sequence[Standing], workspace: Workspace, opened: Opened) -> tuple[Conflict, ...]:
    """Return which goals went against each other, or against what is left after costs, the surest first.

    Changes from one period to the next are compared, so that two courses that merely grow do not pass for associated;
    months where there are enough of them, else weeks.
    """
    told = [one for one in found if not one.problem and not one.said.where]
    names = list(dict.fromkeys([*(one.kpi.name for one in told), *_beside(workspace, opened)]))
    if not told or len(names) < 2:
        return ()
    grain = Grain.MONTH if _months(opened) > LEAST else Grain.WEEK
    courses = {name: _changes(rows) for name, rows in _rows(names, workspace, opened, grain).items()}
    pairs = [(goal, name) for goal in _first(told) for name in names if _asked(goal, name, told, courses)]
    looked = [(goal, name, _association(goal, workspace.kpis[name], courses, opened)) for goal, name in pairs]
    known = [(goal, name, one) for goal, name, one in looked if one is not None]
    if not known:
        return ()
    q = contrasts.benjamini_hochberg([p for _goal, _name, (_interval, p) in known]).tolist()
    limit = opened.records.definitions.false_discovery
    span = Period(earlier(opened.records.as_of, BACK), opened.records.as_of)
    every = [
        Conflict(
            goal=goal,
            other=workspace.kpis[name],
            goals=tuple(one.title for one in told if one.kpi.name == name),
            association=interval,
            q=float(value),
            grain=grain,
            period=Period(max(span.start, began(opened.records)), span.end),
        )
        for (goal, name, (interval, _p)), value in zip(known, q, strict=True)
        if value <= limit and (interval.high or 0.0) < 0
    ]
    return tuple(sorted(every, key=lambda one: one.q))


def _beside(workspace: Workspace, opened: Opened) -> list[str]:
    return [
        name
        for name, kpi in workspace.kpis.items()
        if kpi.family.name == _BESIDE
        and kpi.better is not Better.NEITHER
        and not available(kpi, opened.records)
        and not is_foretold(kpi)
    ]


def _months(opened: Opened) -> int:
    first, last = began(opened.records), opened.records.as_of
    return 12 * (last.year - first.year) + last.month - first.month


def _rows(names: Sequence[str], workspace: Workspace, opened: Opened, grain: Grain) -> dict[str, list[Row]]:
    start = max(earlier(grain.floor(opened.records.as_of), BACK), grain.floor(began(opened.records)))
    found: dict[str, list[Row]] = {name: [] for name in names}
    for row in measure.ask(names, workspace.kpis, opened.records, grain=grain.value, start=start):
        found[row.kpi.name].append(row)
    return found


def _changes(rows: Sequence[Row]) -> Floats:
    """Return changes from period to period, by ratio where all values are above 0; NaN where one is not known."""
    answers = [None if _NOT_YET & set(row.estimate.flags) else row.estimate.interval.value for row in rows]
    values = np.array([np.nan if value is None else value for value in answers])
    known = values[np.isfinite(values)]
    if rows and rows[0].kpi.shows in BY_RATIO and len(known) and (known > 0).all():
        values = np.log(values)
    return np.diff(values)


def _first(told: Sequence[Standing]) -> list[Standing]:
    """Return one goal for each KPI and direction."""
    found = {(one.kpi.name, one.most): one for one in reversed(told)}
    return list(reversed(found.values()))


def _asked(goal: Standing, name: str, told: Sequence[Standing], courses: Mapping[str, Floats]) -> bool:
    """Whether a pair is looked at: each pair of goals once."""
    if name == goal.kpi.name or name not in courses:
        return False
    goals = [one.kpi.name for one in told]
    return name not in goals or goals.index(goal.kpi.name) < goals.index(name)


def _association(
    goal: Standing, other: KPI, courses: Mapping[str, Floats], opened: Opened
) -> tuple[Interval, float] | None:
    """Return how changes for the better go together, and the p-value of no association; None of too few."""
    one, two = courses[goal.kpi.name], courses[other.name]
    both = np.isfinite(one) & np.isfinite(two)
    if int(both.sum()) < LEAST or not np.ptp(one[both]) or not np.ptp(two[both]):
        return None
    sign = (-1.0 if goal.most else 1.0) * (-1.0 if other.better is Better.LOWER else 1.0)
    found = ranking.spearman(one[both], sign * two[both], level=opened.records.definitions.level)
    return found, contrasts.p_value(found)
