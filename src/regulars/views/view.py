"""What a view is: a page declared once, of blocks that every surface draws."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from regulars.app import measure
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import QueryError, UnknownName
from regulars.core.periods import Grain, Period
from regulars.decisions import segment
from regulars.kpis.answer import Row
from regulars.kpis.cohorts import Cohort
from regulars.kpis.kpi import KPI
from regulars.kpis.query import Records, available, lacking, quoted, withheld
from regulars.views.blocks import Answers, Block, Card, Cards, Cohorts, Notice, Segments


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The door through which a view gets at a company's answers: each question gives a block, or says what it lacks.

    Attributes:
        records: what is asked.
        kpis: the KPIs that there are.
        tables: the cohort tables that there are.
        start: first day of every question; the last twelve periods where None.
        end: the day after the last one; where the records end if None.
        by: attributes of customers to split by.
        question: of surveys: nps, csat, ces or pmf; the one with most answers where "".
        touchpoint: of surveys: relational or transactional; what is usual for the question where "".
        top: at most so many rows in a list.
        grain: of the periods that tell what is new: week or month.
        opened: the open generation, for what is made of single records; None in tests of views.
        workspace: the company's folder.
    """

    records: Records
    kpis: Mapping[str, KPI]
    tables: Mapping[str, Cohort]
    start: date | None = None
    end: date | None = None
    by: tuple[str, ...] = ()
    question: str = ""
    touchpoint: str = ""
    top: int = 20
    grain: str = "week"
    opened: Opened | None = None
    workspace: Workspace | None = None

    @property
    def answerable(self) -> tuple[str, ...]:
        """Names of the KPIs whose records are there."""
        return tuple(name for name, kpi in self.kpis.items() if not available(kpi, self.records))

    @property
    def missing(self) -> tuple[str, ...]:
        """The canonical tables for want of which other KPIs cannot be answered, such as "`events` or `orders`"."""
        return tuple(sorted({quoted(need) for kpi in self.kpis.values() for need in lacking(kpi, self.records)[0]}))

    @property
    def untold(self) -> bool:
        """Whether KPIs wait for nothing but that it is foretold."""
        each = (lacking(kpi, self.records) for kpi in self.kpis.values())
        return any(foretold and not needs and not withheld(foretold, self.records) for needs, foretold in each)

    @property
    def period(self) -> Period:
        """Local days that are asked about as one: the last twelve months where none are said."""
        return measure.period_of(self.records, Grain.MONTH, self.start, self.end)

    def available(self, *names: str) -> tuple[str, ...]:
        """Return those of the KPIs whose records are there."""
        return tuple(name for name in names if name in self.kpis and not available(self.kpis[name], self.records))

    def cards(self, *names: str, grain: str = "month", empty: bool = True) -> Cards | Notice:
        """Show KPIs at a glance: the latest answer, how it moved, its course.

        Args:
            names: of KPIs.
            grain: of the course.
            empty: whether to show those that have no value in any period, too, where others have one.

        Raises:
            UnknownName: no such KPI.
        """
        rows = self._known(names, grain=grain, compare=True)
        if isinstance(rows, Notice):
            return rows
        cards = [Card(course=tuple(row for row in rows if row.kpi.name == name)) for name in names]
        told = [card for card in cards if any(row.estimate.interval.value is not None for row in card.course)]
        return Cards(cards=tuple(cards if empty or not told else told))

    def answers(
        self,
        *names: str,
        by: Sequence[str] = (),
        grain: str | None = "month",
        where: str | None = None,
        compare: bool = False,
    ) -> Answers | Notice:
        """Show KPIs as a table by period and group; arguments as of `regulars.app.measure.ask`.

        Raises:
            UnknownName: no such KPI.
            QueryError: split, grain or condition cannot be.
        """
        rows = self._known(names, by=by, grain=grain, where=where, compare=compare)
        return rows if isinstance(rows, Notice) else Answers(rows=rows)

    def cohorts(self, name: str, *, grain: str = "month", by: Sequence[str] = ()) -> Cohorts | Notice:
        """Show customers by when they came, followed by age.

        Raises:
            UnknownName: no such cohort table.
        """
        found = measure.cohorts(name, self.tables, self.records, grain=grain, start=self.start, end=self.end, by=by)
        if found.why_not:
            return Notice(text=f"Not shown: cohort table `{name}` {found.why_not}.")
        return Cohorts(table=found)

    def segments(self) -> Segments | Notice:
        """Show RFM segments as they are at the end of the period."""
        on = min(self.end or self.records.as_of, self.records.as_of)
        try:
            return Segments(found=segment.segments(self.records, on=on))
        except QueryError as lacking:
            return Notice(text=f"RFM segments are not shown. {lacking}")

    def rows(
        self,
        names: Sequence[str],
        *,
        by: Sequence[str] = (),
        grain: str | None,
        where: str | None = None,
        compare: bool = False,
    ) -> tuple[Row, ...]:
        """Return the answers of KPIs; arguments and errors as of `regulars.app.measure.ask`."""
        found = measure.ask(
            names,
            self.kpis,
            self.records,
            by=by,
            grain=grain,
            start=self.start,
            end=self.end,
            where=where,
            compare=compare,
        )
        return tuple(found)

    def _known(
        self,
        names: Sequence[str],
        *,
        by: Sequence[str] = (),
        grain: str | None,
        where: str | None = None,
        compare: bool,
    ) -> tuple[Row, ...] | Notice:
        for name in names:
            if name not in self.kpis:
                raise UnknownName("KPI", name, self.kpis)
        lacking = {name: available(self.kpis[name], self.records) for name in names}
        if all(lacking.values()):
            whys = sorted(set(lacking.values()))
            parts = [f"{why} ({_listed(name for name in names if lacking[name] == why)})" for why in whys]
            return Notice(text=f"Not shown: {'; '.join(parts) or 'no KPI is named'}.")
        return self.rows(names, by=by, grain=grain, where=where, compare=compare)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A page, declared at module level in `views/`.

    Attributes:
        name: stable snake_case key.
        title: what stands above it.
        question: the business question that it answers, ending in "?".
        blocks: asks, and gives the page's blocks from top to bottom.
        teams: who reads it.
    """

    name: str
    title: str
    question: str
    blocks: Callable[[Ask], Iterable[Block]]
    teams: tuple[str, ...] = ()
