"""What a plain table is: the shape that workbook, paper, mail and archived page share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from regulars.reports.written import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The head of a column.

    Attributes:
        name: stable key.
        title: what stands above it.
        unit: of its numbers, where it is one.
        change: whether its numbers are differences.
        minor: whether it may be left out where there is no room.
        detail: whether it is for files alone: people find it elsewhere, or in fewer words.
        heat: whether its numbers are coloured by their size.
    """

    name: str
    title: str
    unit: str | None = None
    change: bool = False
    minor: bool = False
    detail: bool = False
    heat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A name with lines that explain it.

    Attributes:
        text: the name.
        under: the lines, in small print.
        score: how well what the row says was foretold; takes a line of the row's width.
    """

    text: str
    under: tuple[str, ...] = ()
    score: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A number over time, drawn small beside its latest value.

    Attributes:
        of: what it is a course of.
        numbers: in order of their periods.
    """

    of: str
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A number that will be known once its period is over.

    Attributes:
        on: the day, ISO.
        number: the record that says so.
    """

    on: str
    number: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How a number moved.

    Attributes:
        text: in words.
        tone: better, worse or moved; "" where chance may explain it.
    """

    text: str
    tone: str = ""


#: Words, a count of what is there, a number with what travels with it, or nothing that was asked.
Cell = str | int | Named | Moved | Course | Later | Number | None


def number_of(cell: Cell) -> Number | None:
    """Return the number in a cell; None of words, counts and courses, and of what will only be known later."""
    return cell if isinstance(cell, Mapping) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table.

    Attributes:
        name: stable key.
        title: what stands above it; "" where the heading before it says enough.
        columns: in order.
        rows: cells in the order of `columns`.
        caption: how to read it, and when not to trust it.
        bands: of each row, what it belongs to; () where there is nothing to tell apart.
        definitions: caveats by what they are about.
        by_row: whether each row is a thing with a definition of its own; else each column is.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    bands: tuple[str, ...] = ()
    definitions: tuple[tuple[str, str], ...] = ()
    by_row: bool = False

    def numbers(self) -> Iterator[tuple[str, Number]]:
        """Yield every number of the cells, and what it is about."""
        for row in self.rows:
            for column, cell in zip(self.columns, row, strict=True):
                found = number_of(cell)
                if found is not None:
                    yield (words_of(row[0]) if self.by_row else column.title), found

    def without(self, *unwanted: str) -> "Table":
        """Return the table without columns of these names."""
        kept = [place for place, column in enumerate(self.columns) if column.name not in unwanted]
        return Table(
            name=self.name,
            title=self.title,
            columns=tuple(self.columns[place] for place in kept),
            rows=tuple(tuple(row[place] for place in kept) for row in self.rows),
            caption=self.caption,
            bands=self.bands,
            definitions=self.definitions,
            by_row=self.by_row,
        )

    def filled(self, *kept: str) -> "Table":
        """Return the table without columns in which nothing stands, but for those of the names `kept`."""
        empty = [place for place in range(len(self.columns)) if all(_nothing(row[place]) for row in self.rows)]
        named = [self.columns[place].name for place in empty]
        return self.without(*(name for name in named if name not in kept))

    def to_read(self) -> "Table":
        """Return the table without what is for files alone."""
        return self.without(*(column.name for column in self.columns if column.detail))


def _nothing(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str | Moved) and not words_of(cell))


def words_of(cell: Cell) -> str:
    """Return the words of a cell; "" of numbers and courses."""
    if isinstance(cell, Named | Moved):
        return cell.text
    return cell if isinstance(cell, str) else f"{cell:,}" if isinstance(cell, int) else ""
