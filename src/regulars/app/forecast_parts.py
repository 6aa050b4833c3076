"""What was seen of past periods after the same elapsed part as of the one that runs."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from regulars.app import measure
from regulars.core.periods import Period, day_number
from regulars.kpis import query
from regulars.kpis.answer import Row
from regulars.kpis.kpi import KPI
from regulars.kpis.query import Records
from regulars.kpis.question import Question

#: Past periods that are looked at, at most.
_MOST = 30


def parts(
    kpi: KPI, course: Sequence[Row], so_far: Row, kpis: Mapping[str, KPI], records: Records, where: str
) -> tuple[NDArray[np.float64], float]:
    """Return what was seen of each period of a course and, last, of the one that runs, and the elapsed share.

    Values are NaN where they are not looked at, or unknown: shape (n + 1,).
    """
    now = so_far.estimate.period
    elapsed = (records.as_of - now.start).days
    seen = np.full(len(course) + 1, np.nan)
    if so_far.estimate.interval.value is not None:
        seen[-1] = so_far.estimate.interval.value
        past = [row.estimate.period for row in course[-_MOST:]]
        seen[len(course) - len(past) : -1] = _answers(kpi, past, elapsed, kpis, records, where)
    return seen, elapsed / now.days


def _answers(
    kpi: KPI, past: Sequence[Period], elapsed: int, kpis: Mapping[str, KPI], records: Records, where: str
) -> list[float]:
    """Return the answers over the first days of each period: one question, cut there and at the end of each."""
    cuts = [min(period.start + timedelta(days=elapsed), period.end - timedelta(days=1)) for period in past]
    bounds = [day_number(past[0].start) - 1]
    for period, cut in zip(past, cuts, strict=True):
        bounds += [day_number(period.start), day_number(cut)]
    bounds.append(day_number(past[-1].end))
    records = measure.naming(records, where or None)
    only = measure.condition(where, records) if where else None
    question = Question(
        kpis=(kpi.name,),
        period=Period(past[0].start, past[-1].end),
        where=only.holds if only else None,
        bounds=tuple(bounds),
    )
    rows = query.answer(question, kpis, records)[::2]
    found = (row.estimate.interval.value for row in rows)
    return [np.nan if value is None else value for value in found]
