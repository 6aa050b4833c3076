"""What a page is made of. Blocks hold answers, not text: each surface draws them in its own way.

A number gets into a block only inside an estimate, so that its interval, n, period, as-of, version and flags come
along.
"""

from dataclasses import dataclass

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
    """Words of the view's author: how to read what follows. No place for numbers."""

    text: str

    def __post_init__(self) -> None:
        _only(str, self.text)


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
    """

    course: tuple[Row, ...]

    def __post_init__(self) -> None:
        _only(Row, *self.course)
        if len({row.kpi.name for row in self.course}) != 1:
            raise CatalogueError("A card needs the answers of one KPI.")

    @property
    def finished(self) -> tuple[Row, ...]:
        """The answers over periods that have ended."""
        return tuple(row for row in self.course if "unfinished" not in row.estimate.flags)

    @property
    def latest(self) -> Row:
        """The answer to show large: the last one over a finished period that has a value."""
        answered = [row for row in self.finished if row.estimate.interval.value is not None]
        return (answered or self.finished or self.course)[-1]


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
    """

    name: str
    title: str
    shows: Shows | None = None
    change: bool = False
    minor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """An estimate that is something else than the others of its column.

    Attributes:
        estimate: the number with what travels with it.
        shows: what it is.
    """

    estimate: Estimate
    shows: Shows


#: What stands in a cell: words, a count of rows that are there, an estimate, or nothing.
Cell = str | int | Estimate | Figure | None


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
    """

    name: str
    title: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            _only((str, int, Estimate, Figure, type(None)), *row)
            if len(row) != len(self.heads):
                raise CatalogueError(f"A row of grid `{self.name}` has {len(row)} cells under {len(self.heads)} heads.")


Block = Heading | Text | Notice | Cards | Answers | Cohorts | Segments | Grid


def _only(kind: type | tuple[type, ...], *values: object) -> None:
    """Refuse anything but `kind`: views are written by companies, whose type checker may never run."""
    for value in values:
        if not isinstance(value, kind):
            names = [one.__name__ for one in (kind if isinstance(kind, tuple) else (kind,)) if one is not type(None)]
            raise CatalogueError(
                f"A block takes a `{'` or `'.join(names)}` here, not `{value!r}`. Numbers come from `ask`."
            )
