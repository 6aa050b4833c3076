"""What a page is made of. Blocks hold answers, not text: each surface draws them in its own way.

A number gets into a block only inside an estimate, so that its interval, n, period, as-of, version and flags come
along.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from regulars.core.errors import CatalogueError
from regulars.core.estimate import Estimate
from regulars.decisions.segment import Segmentation
from regulars.kpis.answer import Row
from regulars.kpis.cohorts import CohortTable
from regulars.kpis.kpi import Shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What the blocks below it are about."""

    text: str

    def __post_init__(self) -> None:
        _only(str, self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Words of the view's author: how to read what follows. No place for numbers, but for verdicts that tell all of it.

    Attributes:
        text: the words.
        held: texts out of the records that stand in it, such as values of attributes.
    """

    text: str
    held: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _only(str, self.text, *self.held)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Why something is not shown, and what it waits for."""

    text: str

    def __post_init__(self) -> None:
        _only(str, self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A KPI with its course.

    Attributes:
        course: its answers, one or more, in the order of their periods.
        named: whether the last period is the one asked about, with a value or not.
    """

    course: tuple[Row, ...]
    named: bool = False

    def __post_init__(self) -> None:
        _only(Row, *self.course)
        if len({row.kpi.name for row in self.course}) != 1:
            raise CatalogueError("A card needs the answers of one KPI.")

    @property
    def finished(self) -> tuple[Row, ...]:
        """The answers over periods that have ended."""
        return tuple(row for row in self.course if "unfinished" not in row.estimate.flags)

    @property
    def mature(self) -> tuple[Row, ...]:
        """Those of whose customers all is known."""
        return tuple(row for row in self.finished if "maturing" not in row.estimate.flags)

    @property
    def latest(self) -> Row:
        """The answer to show large: the last one over a finished period that has a value, or the one asked about."""
        if self.named:
            return self.course[-1]
        # What is foretold has a value as of the end of the records only, finished period or not.
        for rows in (self.mature, self.finished, self.course):
            if answered := [row for row in rows if row.estimate.interval.value is not None]:
                return answered[-1]
        return (self.finished or self.course)[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """KPIs at a glance."""

    cards: tuple[Card, ...]

    def __post_init__(self) -> None:
        _only(Card, *self.cards)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """A table of answers, by period or group."""

    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        _only(Row, *self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohorts:
    """A cohort table."""

    table: CohortTable

    def __post_init__(self) -> None:
        _only(CohortTable, self.table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """RFM segments with their cut points."""

    found: Segmentation

    def __post_init__(self) -> None:
        _only(Segmentation, self.found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head of a column of a grid.

    Attributes:
        name: stable key, in files.
        title: what stands above it.
        shows: what its estimates are; None of text and counts.
        change: whether its estimates are differences, written with their sign.
        minor: whether it may be left out where there is no room.
        to: what sorts by it; None where nothing does.
        sorted: "ascending" or "descending" where the list is sorted by it.
    """

    name: str
    title: str
    shows: Shows | None = None
    change: bool = False
    minor: bool = False
    to: "Link | None" = None
    sorted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """An estimate that is something else than the others of its column.

    Attributes:
        estimate: the number with what travels with it.
        shows: what it is.
    """

    estimate: Estimate
    shows: Shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """Words that may tell who a person is: shown whole to those alone who have the right.

    Attributes:
        text: the words.
    """

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Words that lead to another page.

    Attributes:
        text: the words.
        page: name of the view.
        about: what that page is about, such as a customer's id; "" of a page about all.
        asked: what is asked there, by parameter.
        personal: whether text and `about` may tell who a person is.
    """

    text: str
    page: str
    about: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)
    personal: bool = False


#: What stands in a cell: words, a count of rows that are there, an estimate, or nothing.
Cell = str | int | Estimate | Figure | Personal | Link | None


def estimate_of(cell: Cell) -> Estimate | None:
    """Return the estimate in a cell; None of words and counts."""
    return cell.estimate if isinstance(cell, Figure) else cell if isinstance(cell, Estimate) else None


def shown_as(cell: Cell, head: Head) -> Shows | None:
    """Return what the number in a cell is."""
    return cell.shows if isinstance(cell, Figure) else head.shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table of estimates, counts and words.

    Attributes:
        name: stable key, in files.
        title: what it says.
        heads: of its columns.
        rows: cells in the order of `heads`; a number with uncertainty is an estimate, never a bare one.
        caption: how to read it, and when not to trust it.
        customers: whether its rows are single customers: not everybody may see them.
        more: where a list goes on: what is told of it, and links.
    """

    name: str
    title: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    customers: bool = False
    more: "More | None" = None

    def __post_init__(self) -> None:
        for row in self.rows:
            _only((str, int, Estimate, Figure, Personal, Link, type(None)), *row)
            if len(row) != len(self.heads):
                raise CatalogueError(f"A row of grid `{self.name}` has {len(row)} cells under {len(self.heads)} heads.")


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """How a list goes on.

    Attributes:
        told: how much of it is shown.
        links: to its other parts, each with what it is to this one: first, previous or next.
    """

    told: str
    links: tuple[tuple[str, Link], ...] = ()


class ChartKind(StrEnum):
    """How a chart is drawn."""

    LINE = "line"  # estimates over time with their bands; open periods dashed
    STEPS = "steps"  # curves that fall in steps, such as survival
    DOTS = "dots"  # a dot with its interval for each of several things
    BARS = "bars"  # horizontal bars from 0, with intervals
    HISTOGRAM = "histogram"  # counts by class
    CURVE = "curve"  # a share of one thing by the share of another, beside the diagonal
    CALIBRATION = "calibration"  # what came against what was foretold, beside the diagonal
    LANES = "lanes"  # what happened when, a lane for each kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One place in a chart.

    Attributes:
        label: what it is of: a period, a group, a class.
        x: its place along the axis, a whole number (a day, a percentage); by order where None.
        estimate: how much; None where nothing is known or only counted.
        against: of a calibration, what was foretold.
        count: how many, of what is only counted.
        open: whether its period is still running.
    """

    label: str
    x: int | None = None
    estimate: Estimate | None = None
    against: Estimate | None = None
    count: int | None = None
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Marks that belong together: a line, a lane, a colour.

    Attributes:
        name: what it is; "" of the only one.
        marks: in order.
        follows: whether it goes on where the one before it ends, as what is foretold does: in its colour, but lighter.
    """

    name: str = ""
    marks: tuple[Mark, ...]
    follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A picture of estimates, the same on a page, on paper and in mail.

    Attributes:
        name: stable key, in files.
        title: what it shows.
        kind: how it is drawn.
        says: the finding in one sentence, for those who cannot see it.
        shows: what its estimates are.
        series: at most four that are told apart by colour; lanes may be more.
        axis: what stands along the axis of places, such as "months since the first order".
        rule: where a line helps to compare: 0 of differences, 1 of ratios; None for none.
    """

    name: str
    title: str
    kind: ChartKind
    says: str
    shows: Shows
    series: tuple[Series, ...]
    axis: str = ""
    rule: int | None = None

    def __post_init__(self) -> None:
        _only(Series, *self.series)
        _only(Mark, *(mark for one in self.series for mark in one.marks))


Block = Heading | Text | Notice | Cards | Answers | Cohorts | Segments | Grid | Chart


def _only(kind: type | tuple[type, ...], *values: object) -> None:
    """Refuse anything but `kind`: views are written by companies, whose type checker may never run."""
    for value in values:
        if not isinstance(value, kind):
            names = [one.__name__ for one in (kind if isinstance(kind, tuple) else (kind,)) if one is not type(None)]
            raise CatalogueError(
                f"A block takes a `{'` or `'.join(names)}` here, not `{value!r}`. Numbers come from `ask`."
            )
