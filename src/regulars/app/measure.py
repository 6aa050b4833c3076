"""Ask for KPIs in plain words: names, dates and conditions as text, checked and turned into a typed question."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from difflib import get_close_matches

import ibis.expr.types as ir

from regulars.core.errors import ExpressionError, QueryError, UnknownName, nearest
from regulars.core.periods import Grain, Period, day_of
from regulars.data.language import casts, expression, syntax
from regulars.data.tables import Kind
from regulars.decisions.saved import rule_of, scores, with_saved
from regulars.kpis import cohorts as cohort_tables
from regulars.kpis import query
from regulars.kpis.answer import Row
from regulars.kpis.cohorts import Cohort, CohortTable
from regulars.kpis.kpi import KPI
from regulars.kpis.query import Records
from regulars.kpis.question import Question

#: How many periods are shown where no dates are given.
SHOWN = 12
#: Years that may be asked about: from the first up to, not including, the second.
YEARS = (1900, 2200)
#: Flag of answers about saved segments.
SEGMENT_OF_TODAY = "segment_of_today"
#: The grain of one figure over the whole period.
ALL = "all"


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
        grain: day, week, month, quarter or year; all, or None, for one figure over the whole period.
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
    used = segments_in(records, where, by)
    records = with_saved(records, used)
    only = condition(where, records) if where else None
    question = Question(
        kpis=tuple(names),
        period=period_of(records, cut, day(start, "from"), day(end, "to")),
        grain=cut,
        by=tuple(dict.fromkeys(by)),
        where=only.holds if only else None,
        nobody=only.nobody(records) if only else "",
        compare=compare,
        level=_level(level),
    )
    rows = query.answer(question, kpis, records)
    return [of_segments(row, used, records) for row in rows] if used else rows


def of_segments(row: Row, used: Sequence[str], records: Records) -> Row:
    """Return a row of saved segments: a flag that they are of today, and the scores of predictions in their rules."""
    scored = (*row.scored, *(one for name in used for one in scores(rule_of(name, records), records)))
    estimate = replace(row.estimate, flags=tuple(sorted({*row.estimate.flags, SEGMENT_OF_TODAY})))
    return replace(row, estimate=estimate, scored=tuple(dict.fromkeys(scored)))


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

    Where neither is given, the last twelve up to the last one that has a customer.

    Raises:
        UnknownName: no such table.
        QueryError: dates, split or condition cannot be.
    """
    if name not in known:
        raise UnknownName("cohort table", name, known)
    cut = _grain(grain)
    if cut is None:
        raise QueryError("Cohorts are of a day, week, month, quarter or year: there is no `all` of them.")
    records = naming(records, where, by)
    only = condition(where, records) if where else None
    if only and (why := only.nobody(records)):
        return CohortTable(cohort=known[name], grain=cut, why_not=f"has no value: {why}")

    def follow(until: date | None) -> CohortTable:
        period = period_of(records, cut, day(start, "from"), until)
        return cohort_tables.cohorts(
            known[name],
            records,
            grain=cut,
            first=period.start,
            last=period.end - timedelta(days=1),
            ages=records.definitions.cohort_months if ages is None else ages,
            by=by,
            where=only.holds if only else None,
        )

    found = follow(day(end, "to"))
    if start is None and end is None and not any(row.size for row in found.rows if row.cohort == found.rows[-1].cohort):
        newest = cohort_tables.newest(known[name], records, cut)
        return found if newest is None else follow(min(cut.next(newest), records.as_of))
    return found


def period_of(records: Records, grain: Grain | None, start: date | None, end: date | None) -> Period:
    """Return the period asked about: the last twelve of the grain, or all records where there is no grain."""
    until = end or records.as_of
    if records.as_of == day_of(0):
        raise QueryError("No record has a day yet. `regulars kpis` says which records each KPI needs.")
    if start is not None and start >= records.as_of:
        raise QueryError(f"There is no record from `{start}` on: records end before `{records.as_of}`.")
    began = min((span.start for span in records.covered.values()), default=until - timedelta(days=1))
    if end is not None and end <= began:
        raise QueryError(f"There is no record before `{end}`: records begin on `{began}`.")
    if start is None and grain is None:
        start = began
    elif start is None:
        assert grain is not None
        start = grain.floor(until - timedelta(days=1))
        for _ in range(SHOWN - 1):
            start = grain.previous(start)
        start = max(start, grain.floor(began))
    if start >= until:
        raise QueryError(f"The period from `{start}` to `{until}` has no day. `to` is the day after the last one.")
    return Period(start, until)


@dataclass(frozen=True)
class Condition:
    """Which customers count.

    Attributes:
        said: the expression.
        holds: from the table of people, where it does.
    """

    said: expression.Expression
    holds: Callable[[ir.Table], ir.BooleanValue]

    def nobody(self, records: Records) -> str:
        """Return "" where any customer meets it, else that none does, with the value that may have been meant."""
        people = records.tables["people"]
        if records.run(people.filter(self.holds(people)).limit(1)):
            return ""
        meant = misspelt(self.said, records)
        return f"no customer meets the condition: {meant}" if meant else "no customer meets the condition"


def misspelt(said: expression.Expression, records: Records) -> str:
    """Return which text no customer has that a condition compares an attribute with, and the one that may be meant."""
    people = records.tables["people"]
    for name, wanted in _compared(said.root):
        if name not in records.attributes:
            continue
        found = records.run(people.select(value=people[name]).distinct().order_by("value"))
        known = [row["value"] for row in found if row["value"] is not None]
        alike = [value for value in known if value.casefold() == wanted.casefold()]
        if wanted not in known and (near := alike or get_close_matches(wanted, known, n=1, cutoff=0.5)):
            return f"no `{name}` is `{wanted}`. Did you mean `{near[0]}`?"
    return ""


def _compared(root: syntax.Node) -> Iterator[tuple[str, str]]:
    """Yield every attribute with a text that it is compared with."""
    for node in syntax.walk(root):
        if isinstance(node, syntax.Binary | syntax.In):
            names = [part.name for part in node.parts if isinstance(part, syntax.Column)]
            texts = [part.value for part in node.parts if isinstance(part, syntax.Literal)]
            yield from ((name, text) for name in names for text in texts if isinstance(text, str))


def segments_in(records: Records, where: str | None = None, by: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the saved segments that a condition or a split names; none where the condition cannot be read."""
    try:
        named = expression.parse(where).columns if where else frozenset()
    except ExpressionError:  # told by `condition`
        named = frozenset()
    return tuple(name for name in records.segments if name in named or name in by)


def naming(records: Records, where: str | None = None, by: Sequence[str] = ()) -> Records:
    """Return the records with the saved segments that a condition or a split names as attributes of customers.

    Raises:
        QueryError: the rule of one is wrong, or nobody can be told by it.
    """
    return with_saved(records, segments_in(records, where, by))


def condition(text: str, records: Records) -> Condition:
    """Return the typed condition that `text` says, over attributes of customers; saved segments as of `naming`.

    Raises:
        QueryError: it cannot be read, or names something that is no attribute.
    """
    try:
        parsed = expression.parse(text)
    except ExpressionError as cause:
        raise QueryError(f"The condition cannot be read. {cause}") from cause
    for name in sorted(parsed.columns):
        if name not in records.attributes:
            known = (*records.attributes, *records.segments)
            raise QueryError(
                f"`{name}` in `where` is no attribute of customers or saved segment.{nearest(name, known)}"
            )

    def holds(people: ir.Table) -> ir.BooleanValue:
        return casts.compile(parsed, people, Kind.BOOLEAN, casts.Reading()).value

    return Condition(parsed, holds)


def _grain(name: str | None) -> Grain | None:
    if name is None or name == ALL:
        return None
    try:
        return Grain(name)
    except ValueError:
        raise QueryError(f"`{name}` is no grain.{nearest(name, [*(grain.value for grain in Grain), ALL])}") from None


def day(text: str | date | None, what: str) -> date | None:
    """Return the day that `text` says.

    Raises:
        QueryError: it is no date; `what` says which of the question's.
    """
    if text is None:
        return None
    try:
        found = text if isinstance(text, date) else date.fromisoformat(text)
    except ValueError:
        raise QueryError(f"`{text}` after `{what}` is no date. Write it as 2024-12-31.") from None
    if not YEARS[0] <= found.year < YEARS[1]:
        raise QueryError(f"`{found}` after `{what}` is no day of records: they lie from {YEARS[0]} to {YEARS[1] - 1}.")
    return found


def _level(level: float | None) -> float | None:
    # Nearer to 1, limits have no number any more.
    if level is not None and not 0 < level <= 1 - 1e-9:
        raise QueryError(f"`{level}` is no level. Write a share between 0 and 1, such as 0.95.")
    return level


def known_splits(
    split: Sequence[str], names: Sequence[str], kpis: Mapping[str, KPI], records: Records, origins: Mapping[str, str]
) -> None:
    """Refuse a split by nothing that is known, saying what each attribute is mapped from.

    Raises:
        QueryError: nothing is called so.
    """
    own = {name for kpi in names if kpi in kpis for name in kpis[kpi].frame.splits}
    known = (*records.attributes, *records.segments, *own)
    for name in split:
        if name in known or get_close_matches(name, known, n=1, cutoff=0.75):
            continue
        said = [f"`{one}` (mapped from `{origins[one]}`)" if one in origins else f"`{one}`" for one in known]
        raise QueryError(f"Nothing to split by is called `{name}`. There are: {', '.join(said)}.")
