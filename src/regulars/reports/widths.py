"""How much of a page's width each column of a table takes, and which columns there is room for.

Widths are points of the text at its usual size; they need not be exact, as words wrap.
"""

from dataclasses import dataclass

from regulars.reports import written
from regulars.reports.table import Cell, Column, Course, Later, Moved, Named, Table, number_of, words_of

#: Room between the margins of A4, upright and turned, and what the edges of a cell take.
UPRIGHT, TURNED, EDGE = 493.0, 739.0, 8.0
#: Mean widths of a character in a table: of text, and of small print.
_TEXT, _SMALL = 4.4, 3.6
#: Width of a course; the longest text that is worth a line of its own, and the most that a column takes.
_COURSE, _LONGEST, _MOST = 64.0, 46, 110
#: Lines of small print below a value at which its interval takes two.
_FOLDED = 3
#: The smallest that text becomes: what is wider still runs into the margin.
_SMALLEST = 0.6
#: How much wider than it needs to be a table becomes at most.
_STRETCH = 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A table as it fits a page.

    Attributes:
        table: with the columns there is room for.
        widths: of the columns, in points.
        turned: whether the page must be turned.
        folded: whether intervals take two lines, and n is left to the row where it stands there.
        scale: of the text; 1 where it has its usual size.
        left_out: titles of columns without room.
    """

    table: Table
    widths: tuple[float, ...]
    turned: bool
    folded: bool
    scale: float
    left_out: tuple[str, ...]


def fit(table: Table) -> Fit:
    """Return a table as it fits: minor columns go first, then the page turns, intervals fold, and the text shrinks."""
    for room, lines in ((UPRIGHT, 1), (UPRIGHT, 2), (TURNED, 2), (TURNED, 3)):
        fitted = table
        left_out: list[str] = []
        minor = [column for column in table.columns if column.minor and lines > 1]
        while minor and _least(fitted, lines) > room:
            column = minor.pop()
            left_out.insert(0, column.title)
            fitted = fitted.without(column.name)
        if _least(fitted, lines) <= room:
            break
    scale = max(min(1.0, room / _least(fitted, lines)), _SMALLEST)
    widths = _shared(fitted, room / scale, lines)
    return Fit(
        table=fitted,
        widths=tuple(width * min(scale, room / sum(widths)) for width in widths),
        turned=room == TURNED,
        folded=lines == _FOLDED,
        scale=scale,
        left_out=tuple(left_out),
    )


def _least(table: Table, lines: int) -> float:
    return sum(least + EDGE for least, _wanted in _columns(table, lines)) or 1.0


def _shared(table: Table, room: float, lines: int) -> list[float]:
    """Give each column what it needs, and the rest to those that want more."""
    spans = _columns(table, lines)
    rest = room - sum(least + EDGE for least, _wanted in spans)
    more = sum(wanted - least for least, wanted in spans)
    if 0 <= more <= rest:  # the rest after that makes every column wider by the same share
        full = sum(wanted + EDGE for _least, wanted in spans) or 1.0
        return [(wanted + EDGE) * min(room / full, _STRETCH) for _least, wanted in spans]
    if not more:  # not even what each needs: all are narrower than that
        return [least + EDGE for least, _wanted in spans]
    return [least + EDGE + (wanted - least) * rest / more for least, wanted in spans]


def _columns(table: Table, lines: int) -> list[tuple[float, float]]:
    """Return what each column needs at least, and what it would like."""
    found = []
    for place, column in enumerate(table.columns):
        spans = [_span(row[place], column, lines) for row in table.rows]
        word = max(map(len, column.title.split()), default=0) * _TEXT
        found.append((max((least for least, _ in spans), default=0.0), max((want for _, want in spans), default=0.0)))
        found[-1] = max(found[-1][0], word), max(found[-1][1], word, min(len(column.title), 14) * _TEXT)
    return found


def _span(cell: Cell, column: Column, lines: int) -> tuple[float, float]:
    number = number_of(cell)
    if number is not None:
        return _number_span(written.value(number, change=column.change), number, column, lines)
    if isinstance(cell, Course):
        return _COURSE, _COURSE
    if isinstance(cell, Later):
        return 10 * _SMALL, 10 * _SMALL
    under = cell.under if isinstance(cell, Named) else ()
    text = words_of(cell)
    if isinstance(cell, int):
        return len(text) * _TEXT, len(text) * _TEXT
    least = max((len(word) for word in text.split()), default=0)
    wanted = max([_worth(text) * _TEXT, *(_worth(line) * _SMALL for line in under)])
    floor = 96.0 if len(text) > _LONGEST or under else 76.0 if isinstance(cell, Moved) and text else 0.0
    return max(min(least, 18) * _TEXT, min(floor, wanted)), wanted


def _worth(text: str) -> float:
    """Return how many characters wide a text should stand: longer ones wrap, and grow less."""
    long = len(text) - _LONGEST
    return len(text) if long <= 0 else min(_LONGEST + long / 4, _MOST)


def _number_span(value: str, number: written.Number, column: Column, lines: int) -> tuple[float, float]:
    span, n = written.interval(number, change=column.change), written.n(number)
    marks = 2 * len(number.get("flags", ())) + 3 * (number["value"] is None)
    top = (len(value) + marks) * _TEXT
    if column.heat or lines == _FOLDED:
        half = max((len(part) for part in span.split(" to ")), default=0) + 3
        return max(top, half * _SMALL), max(top, len(span) * _SMALL)
    least = (len(span) + len(n) + 3 if lines == 1 else len(span)) * _SMALL
    return max(top, least), max(top, (len(span) + len(n) + 3) * _SMALL)
