"""A page as Markdown: for chats, wikis and repositories, as short as its tables allow."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from regulars.reports import notes, written
from regulars.reports.notes import Legend
from regulars.reports.parts import Shown, Words, head, parts
from regulars.reports.table import Cell, Column, Course, Later, Named, number_of, words_of

#: Rows of a table that are written; the page and its files have all.
MOST = 50
#: Signs that would mean something else than themselves. Underscores within words mean nothing.
_SIGNS = re.compile(r"([\\*<>\[\]|#])")


def markdown(record: Mapping[str, Any]) -> str:
    """Return a page's record as Markdown; the same record gives the same text."""
    above = head(record)
    known = above.as_of and f"records before {above.as_of}"
    about = "; ".join(part for part in (above.company, above.period, known, above.asked) if part)
    lines = [f"# {_plain(above.title)}", "", f"*{_plain(above.question)}*", ""]
    lines += [_plain(about)] if about else []
    for part in parts(record):
        lines.append("")
        lines += [_words(part)] if isinstance(part, Words) else list(_table(part))
    return "\n".join(lines).rstrip() + "\n"


def _plain(text: str) -> str:
    """Return text that reads as it is written, on one line."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def _words(part: Words) -> str:
    text = _plain(part.text)
    return f"## {text}" if part.kind == "heading" else f"> {text}" if part.kind == "notice" else text


def _table(part: Shown) -> Iterator[str]:
    read = part.table.to_read().without("course").filled()
    if read.title:
        yield from (f"{'###' if part.section else '##'} {_plain(read.title)}", "")
    if part.kind == "chart":
        yield from (_plain(part.block["says"]), "")
    legend = Legend.of([number for _about, number in read.numbers()])
    yield _row(_plain(column.title) for column in read.columns)
    yield _row("---" for _ in read.columns)
    for row in read.rows[:MOST]:
        yield _row(_plain(_cell(cell, column, legend)) for column, cell in zip(read.columns, row, strict=True))
    yield ""
    named = [cell for row in read.rows[:MOST] for cell in row if isinstance(cell, Named)]
    yield from (f"{_plain(one.score)}  " for one in named if one.score)
    more = f"{len(read.rows) - MOST:,} more rows are on the page and in its files." if len(read.rows) > MOST else ""
    said = (more, *legend.lines(), read.caption, notes.travels(read))
    yield from (f"{_plain(line)}  " for line in said if line)


def _row(cells: Iterator[str] | Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell, column: Column, legend: Legend) -> str:
    number = number_of(cell)
    if number is not None:
        if number["value"] is None:
            return f"- {legend.why(number)}"
        marks = legend.marks(number)
        return written.said(number, change=column.change) + (f" {marks}" if marks else "")
    if isinstance(cell, Later):
        return f"known from {cell.on}"
    if isinstance(cell, Named) and cell.under:
        return f"{cell.text}: {'; '.join(cell.under)}"
    return "" if isinstance(cell, Course) else words_of(cell)
