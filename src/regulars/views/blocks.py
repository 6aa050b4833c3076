"""What a page is made of. Blocks hold answers, not text: each surface draws them in its own way.

A number gets into a block only inside an estimate, so that its interval, n, period, as-of, version and flags come
along.
"""

from dataclasses import dataclass

from regulars.core.errors import CatalogueError
from regulars.decisions.segment import Segmentation
from regulars.kpis.answer import Row
from regulars.kpis.cohorts import CohortTable


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


Block = Heading | Text | Notice | Cards | Answers | Cohorts | Segments


def _only(kind: type, *values: object) -> None:
    """Refuse anything but `kind`: views are written by companies, whose type checker may never run."""
    for value in values:
        if not isinstance(value, kind):
            raise CatalogueError(f"A block takes a `{kind.__name__}` here, not `{value!r}`. Numbers come from `ask`.")
