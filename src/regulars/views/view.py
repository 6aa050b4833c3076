"""What a view is: a page declared once, of blocks that every surface draws."""

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from regulars.app import measure, review
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import CatalogueError, QueryError, UnknownName, nearest
from regulars.core.periods import Grain, Period
from regulars.data.quality.checking import Finding
from regulars.decisions import segment
from regulars.decisions.clusters import TRIED
from regulars.kpis.answer import Row
from regulars.kpis.cohorts import Cohort
from regulars.kpis.kpi import KPI
from regulars.kpis.query import Records, available, lacking, quoted, withheld
from regulars.stats.scenario import Change
from regulars.views.blocks import Answers, Block, Card, Cards, Cohorts, Notice, Segments
from regulars.views.parameters import PARAMETERS, SHOWN
from regulars.views.teams import ordered

T = TypeVar("T")


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
        course: grain of the periods that KPIs are followed over; all for one figure.
        focus: first day of the one period that is asked about, which courses lead up to; None where they are the
            question.
        team: whose KPIs stand first.
        where: which customers count, in the mapping language; all where "".
        of: what customers are at risk of: contracts or orders; contracts if there are some where "".
        kpi: which KPI the chart shows; the team's first where "".
        about: what the page is about, such as a customer's id.
        sort, direction, after, q, segment, state, attribute, rows_shown: of a list of customers.
        saved: name of a saved segment; "" where none is asked about.
        clusters: the first and last number of clusters that are tried.
        reason: why rows were put aside.
        budget: most that actions may cost together; the company's own where None.
        retention, price, response_time, elasticity, effect, cost, per, months: of a scenario (app/whatif.py).
        holdout: share of an audience that is left alone; that of the settings where None.
        status, owner, audience, assignee: of the work queue.
        goal: name of one; "" of all.
        opened: the open generation, for what is made of single records; None in tests of views.
        workspace: the company's folder.
        memory: what was worked out before of the same generation, by name: lists of customers, cut points.
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
    course: str = Grain.MONTH.value
    focus: date | None = None
    team: str = "executives"
    where: str = ""
    of: str = ""
    kpi: str = ""
    about: str = ""
    sort: str = "stake"
    direction: str = "desc"
    after: str = ""
    q: str = ""
    segment: str = ""
    state: str = ""
    attribute: tuple[str, str | None] | None = None
    rows_shown: int = SHOWN
    saved: str = ""
    clusters: tuple[int, int] = TRIED
    reason: str = ""
    budget: float | None = None
    retention: Change | None = None
    price: Change | None = None
    response_time: Change | None = None
    elasticity: tuple[float, ...] | None = None
    effect: tuple[float, ...] | None = None
    cost: float | None = None
    per: str = "year"
    months: int | None = None
    holdout: float | None = None
    status: str = "now"
    owner: str = ""
    audience: str = ""
    assignee: str = ""
    goal: str = ""
    opened: Opened | None = None
    workspace: Workspace | None = None
    memory: MutableMapping[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` gives, worked out once for as long as the memory lasts."""
        if name not in self.memory:
            self.memory[name] = make()
        found: T = self.memory[name]
        return found

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
        if self.focus is not None and self.end is not None:
            return measure.period_of(self.records, None, self.focus, self.end)
        return measure.period_of(self.records, Grain.MONTH, self.start, self.end)

    @property
    def first(self) -> tuple[str, ...]:
        """Names of the KPIs whose records are there, those that the team looks at first before the others."""
        return tuple(ordered(self.answerable, self.team))

    @property
    def currency(self) -> str:
        """Reporting currency; "" where no workspace is open."""
        return self.workspace.settings.company.currency if self.workspace else ""

    @property
    def findings(self) -> Sequence[Finding]:
        """What is remarkable about the records; nothing where no generation is open."""
        return review.findings_of(self.opened.backend) if self.opened else ()

    def available(self, *names: str) -> tuple[str, ...]:
        """Return those of the KPIs whose records are there."""
        return tuple(name for name in names if name in self.kpis and not available(self.kpis[name], self.records))

    def cards(self, *names: str, grain: str | None = None, empty: bool = True) -> Cards | Notice:
        """Show KPIs at a glance: the latest answer, how it moved, its course.

        Args:
            names: of KPIs.
            grain: of the course; as asked where None.
            empty: whether to show those that have no value in any period, too, where others have one.

        Raises:
            UnknownName: no such KPI.
        """
        if (lacking := self._lacking(names)) is not None:
            return lacking
        courses = self._courses(names, grain or self.course)
        cards = [Card(course=courses[name], named=bool(self.focus)) for name in names]
        told = [card for card in cards if any(row.estimate.interval.value is not None for row in card.course)]
        return Cards(cards=tuple(cards if empty or not told else told))

    def answers(
        self,
        *names: str,
        by: Sequence[str] = (),
        grain: str | None = "",
        where: str | None = None,
        compare: bool = False,
    ) -> Answers | Notice:
        """Show KPIs as a table by period and group; arguments as of `regulars.app.measure.ask`, grain as asked if "".

        Raises:
            UnknownName: no such KPI.
            QueryError: split, grain or condition cannot be.
        """
        cut = self.course if grain == "" else grain
        rows = self._known(names, by=by, grain=cut, where=where, compare=compare)
        return rows if isinstance(rows, Notice) else Answers(rows=rows)

    def cohorts(self, name: str, *, grain: str = "month", by: Sequence[str] = ()) -> Cohorts | Notice:
        """Show customers by when they came, followed by age.

        Raises:
            UnknownName: no such cohort table.
        """
        found = measure.cohorts(
            name,
            self.tables,
            self.records,
            grain=grain,
            start=self.start,
            end=self.end,
            by=by,
            where=self.where or None,
        )
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
            where=where or self.where or None,
            compare=compare,
        )
        return tuple(found)

    def _courses(self, names: Sequence[str], grain: str) -> Mapping[str, tuple[Row, ...]]:
        """Return the course of each KPI; what another page showed of the same generation is not asked again."""
        asked = f"courses by {grain} from {self.start} to {self.end} where {self.where}"
        known: dict[str, tuple[Row, ...]] = self.once(asked, dict)
        if new := [name for name in dict.fromkeys(names) if name not in known]:
            rows = self.rows(new, grain=grain, compare=True)
            known.update({name: tuple(row for row in rows if row.kpi.name == name) for name in new})
        return known

    def _known(
        self,
        names: Sequence[str],
        *,
        by: Sequence[str] = (),
        grain: str | None,
        where: str | None = None,
        compare: bool,
    ) -> tuple[Row, ...] | Notice:
        lacking = self._lacking(names)
        return self.rows(names, by=by, grain=grain, where=where, compare=compare) if lacking is None else lacking

    def _lacking(self, names: Sequence[str]) -> Notice | None:
        """Return what says why none of the KPIs has an answer; None where one has."""
        for name in names:
            if name not in self.kpis:
                raise UnknownName("KPI", name, self.kpis)
        lacking = {name: available(self.kpis[name], self.records) for name in names}
        if not all(lacking.values()):
            return None
        whys = sorted(set(lacking.values()))
        parts = [f"{why} ({_listed(name for name in names if lacking[name] == why)})" for why in whys]
        return Notice(text=f"Not shown: {'; '.join(parts) or 'no KPI is named'}.")


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
        takes: what may be asked of it, by name in `PARAMETERS`.
        place: where it stands in the menu; last, by title, where None.
        under: name of the page that it belongs to, whose tabs name it; "" of one in the menu.
        about: what it is about one of, `customer`, `kpi`, `action` or `experiment`; "" of a page about all.
        kept: whether it is worked out once and kept; not of pages that are quick, or different for everybody.
        rows: whether it shows single customers: not everybody may see it, and the audit log says who did.
        watches: whether a kept one shows alerts: it is made again when others wait.
    """

    name: str
    title: str
    question: str
    blocks: Callable[[Ask], Iterable[Block]]
    teams: tuple[str, ...] = ()
    takes: tuple[str, ...] = ("period",)
    place: int | None = None
    under: str = ""
    about: str = ""
    kept: bool = True
    rows: bool = False
    watches: bool = False

    def __post_init__(self) -> None:
        unknown = [name for name in self.takes if name not in PARAMETERS]
        if unknown:
            raise CatalogueError(f"View `{self.name}` takes no `{unknown[0]}`.{nearest(unknown[0], PARAMETERS)}")

    @property
    def path(self) -> str:
        """Where it stands below the address of the company, `{about}` in the place of what it is about."""
        own = self.name.replace("_", "-")
        return f"{own}s/{{about}}" if self.about == self.name else f"{own}/{{about}}" if self.about else own
