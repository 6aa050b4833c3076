"""Ask for KPIs in plain words: names, dates and conditions as text, checked and turned into a typed question."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import ibis.expr.types as ir

from regulars.core.errors import ExpressionError, QueryError, UnknownName, nearest
from regulars.core.periods import Grain, Period
from regulars.data.language import casts, expression
from regulars.data.tables import Kind
from regulars.kpis import cohorts as cohort_tables
from regulars.kpis import query
from regulars.kpis.answer import Row
from regulars.kpis.cohorts import Cohort, CohortTable
from regulars.kpis.kpi import KPI
from regulars.kpis.query import Records
from regulars.kpis.question import Question

#: How many periods are shown where no dates are given.
SHOWN = 12


def ask(
    names: Sequence[str],
    kpis: Mapping[str, KPI],
    records: Records,
    *,
    by: Sequence[str] = (),
    grain: str | None = "month",
    start: str | date | None = None,
    end: str | date | None = None,
    where: str | None = None,
    compare: bool = False,
    level: float | None = None,
) -> list[Row]:
    """Answer a question put in plain words.

    Args:
        names: KPIs.
        kpis: those that there are.
        records: what is asked.
        by: attributes to split by.
        grain: day, week, month, quarter or year; None for one figure over the whole period.
        start: first day, ISO.
        end: day after the last, ISO; where the records end if None.
        where: condition on attributes of customers, such as "market = 'NL' and segment != 'consumer'".
        compare: with the period before.
        level: coverage of the intervals.

    Raises:
        UnknownName: no such KPI.
        QueryError: dates, split or condition cannot be.
    """
    cut = _grain(grain)
    question = Question(
        kpis=tuple(names),
        period=period_of(records, cut, day(start, "from"), day(end, "to")),
        grain=cut,
        by=tuple(by),
        where=condition(where, records) if where else None,
        compare=compare,
        level=_level(level),
    )
    return query.answer(question, kpis, records)


def cohorts(
    name: str,
    known: Mapping[str, Cohort],
    records: Records,
    *,
    grain: str = "month",
    start: str | date | None = None,
    end: str | date | None = None,
    ages: int | None = None,
    by: Sequence[str] = (),
    where: str | None = None,
) -> CohortTable:
    """Follow the cohorts that begin from `start` to before `end`, each up to `ages` (the company's number if None).

    Raises:
        UnknownName: no such table.
        QueryError: dates, split or condition cannot be.
    """
    if name not in known:
        raise UnknownName("cohort table", name, known)
    cut = _grain(grain) or Grain.MONTH
    period = period_of(records, cut, day(start, "from"), day(end, "to"))
    return cohort_tables.cohorts(
        known[name],
        records,
        grain=cut,
        first=period.start,
        last=period.end - timedelta(days=1),
        ages=records.definitions.cohort_months if ages is None else ages,
        by=by,
        where=condition(where, records) if where else None,
    )


def period_of(records: Records, grain: Grain | None, start: date | None, end: date | None) -> Period:
    """Return the period asked about: the last twelve of the grain, or all records where there is no grain."""
    until = end or records.as_of
    if start is not None and start >= records.as_of:
        raise QueryError(f"There is no record from `{start}` on: records end before `{records.as_of}`.")
    if start is None and grain is None:
        start = min((span.start for span in records.covered.values()), default=until - timedelta(days=1))
    elif start is None:
        assert grain is not None
        start = grain.floor(until - timedelta(days=1))
        for _ in range(SHOWN - 1):
            start = grain.previous(start)
        first = min((span.start for span in records.covered.values()), default=start)
        start = max(start, grain.floor(first))
    if start >= until:
        raise QueryError(f"The period from `{start}` to `{until}` has no day. `to` is the day after the last one.")
    return Period(start, until)


def condition(text: str, records: Records) -> Callable[[ir.Table], ir.BooleanValue]:
    """Return the typed condition that `text` says, over attributes of customers.

    Raises:
        QueryError: it cannot be read, or names something that is no attribute.
    """
    try:
        parsed = expression.parse(text)
    except ExpressionError as cause:
        raise QueryError(f"The condition cannot be read. {cause}") from cause
    for name in sorted(parsed.columns):
        if name not in records.attributes:
            raise QueryError(f"`{name}` in `where` is no attribute of customers.{nearest(name, records.attributes)}")

    def holds(people: ir.Table) -> ir.BooleanValue:
        return casts.compile(parsed, people, Kind.BOOLEAN, casts.Reading()).value

    return holds


def _grain(name: str | None) -> Grain | None:
    if name is None:
        return None
    try:
        return Grain(name)
    except ValueError:
        raise QueryError(f"`{name}` is no grain.{nearest(name, [grain.value for grain in Grain])}") from None


def day(text: str | date | None, what: str) -> date | None:
    """Return the day that `text` says.

    Raises:
        QueryError: it is no date; `what` says which of the question's.
    """
    if text is None or isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise QueryError(f"`{text}` after `{what}` is no date. Write it as 2024-12-31.") from None


def _level(level: float | None) -> float | None:
    if level is not None and not 0 < level < 1:
        raise QueryError(f"`{level}` is no level. Write a share between 0 and 1, such as 0.95.")
    return level
