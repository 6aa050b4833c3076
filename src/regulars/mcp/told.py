"""Answers and pages as plain text: short lines in which every number has its interval, n, period and as-of."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from regulars.mcp.capped import ROWS, capped
from regulars.mcp.customer_text import CLOSES, NOTE, OPENS, Marking
from regulars.mcp.marked import marked
from regulars.reports import notes, tables, written
from regulars.reports.parts import head
from regulars.reports.table import Cell, Column, Course, Later, Named, Table, number_of, words_of
from regulars.views import words

#: Most bytes of a text.
MOST = 20_000
#: Rows of all tables together: as many as fit.
_TRIED = (ROWS, 120, 80, 50, 30, 20, 10, 5, 1)


def fitting(lines: Sequence[str], rest: str) -> str:
    """Return lines as a text, with a note about the marks where there are some, and as many lines as fit.

    Args:
        lines: in order.
        rest: what to do where not all fit, after their number.
    """
    text = _noted("\n".join(lines))
    if _size(text) <= MOST:
        return text
    kept, size, room = 0, 0, MOST - _size(f"{NOTE}\n\n") - _size(rest) - 100
    while kept < len(lines) and size + _size(lines[kept]) + 1 <= room:
        size += _size(lines[kept]) + 1
        kept += 1
    return _noted("\n".join([*lines[:kept], f"... {len(lines) - kept:,} more lines are left out. {rest}"]))


def _noted(text: str) -> str:
    return f"{NOTE}\n\n{text}" if OPENS in text or CLOSES in text else text


def _size(text: str) -> int:
    return len(text.encode())


def number(found: Mapping[str, Any]) -> str:
    """Write a number with what travels with it, or why there is none.

    >>> print(number({"value": 22.6, "low": 4.9, "high": 38.9, "level": 0.95, "n": 62, "why_not": "", "unit": "points",
    ...               "method": "", "period": "2024-12-01..2025-01-01", "as_of": "2025-01-01T00:00:00+00:00",
    ...               "version": "1", "flags": ["small_n"]}))
    22.6 (95 %: 4.9 to 38.9; n 62; 2024-12; records before 2025-01-01 00:00 UTC; definition 1; too few customers to
    trust the value)
    """
    span = f"{written.level(found)}: {written.interval(found)}" if found["value"] is not None else ""
    travels = [
        span,
        written.n(found),
        written.period(found["period"]),
        f"records before {written.instant(found['as_of'])}",
        f"definition {found['version']}",
        *written.flags(found),
    ]
    value = written.reason(found) or written.value(found)
    return f"{value} ({'; '.join(part for part in travels if part)})"


def answer(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of an answer, told inline: the number, how it compares, how well it was foretold."""
    groups = ", ".join(f"{words.title(name)} {words.group(value)}" for name, value in row["group"].items())
    line = f"{words.title(row['kpi'])}{f', {groups}' if groups else ''}: {number(row)}"
    if said := written.verdict(row):
        line += f"; against the period before: {said}"
    if row["group"] and (others := written.against(row)):
        line += f"; against the other groups: {others}"
    yield f"- {line}"
    yield from (f"  Foretold. Score out of time: {score}" for score in written.scores(row))


def page(record: Mapping[str, Any], marking: Marking) -> str:
    """Return a page as text, with as many rows as fit."""
    for most in _TRIED:
        cut, left_out = capped(record, most)
        lines = list(_lines(marked(cut, marking), left_out))
        if _size("\n".join(lines)) <= MOST - _size(NOTE) - 2:
            break
    return fitting(lines, "Ask for less: a shorter period, fewer rows, another page.")


def _lines(record: Mapping[str, Any], left_out: int) -> Iterator[str]:
    above = head({**record, "about": "", "blocks": []})
    about = record["about"]
    yield f"{above.title}{f' ({about})' if about else ''}: {above.question}"
    known = above.as_of and f"records before {above.as_of}"
    yield "; ".join(part for part in (above.company, above.period, known, above.asked) if part)
    for block in record["blocks"]:
        yield ""
        if block["block"] in ("heading", "text", "notice"):
            yield f"# {block['text']}" if block["block"] == "heading" else block["text"]
        elif block["block"] == "chart":
            yield f"{block['title']}: {block['says']}"
        else:
            yield from _table(block)
    if left_out:
        yield from ("", f"{left_out:,} rows are left out. Ask for less: a shorter period, fewer rows, another page.")


def _table(block: Mapping[str, Any]) -> Iterator[str]:
    if "cards" in block:
        block = {**block, "cards": [{**card, "course": []} for card in block["cards"]]}
    read = tables.table(block).to_read().without("course")
    if read.title:
        yield read.title if read.title.endswith("?") else f"{read.title}:"
    for row in read.rows:
        name, *rest = zip(read.columns, row, strict=True)
        told = [f"{column.title}: {said}".removeprefix(": ") for column, cell in rest if (said := _said(cell, column))]
        yield f"- {'; '.join([_said(name[1], name[0]), *told])}"
        yield from (f"  {cell.score}" for cell in row if isinstance(cell, Named) and cell.score)
    if block.get("left_out"):
        yield f"... {block['left_out']:,} more rows"
    if more := block.get("more"):
        links = ", ".join(f"{one['rel']}: {_asked(one['asked'])}" for one in more["links"])
        yield f"{more['told']}{f'. To go on, ask for the same page with {links}' if links else ''}."
    yield from (line for line in (read.caption, notes.travels(read), _definitions(read)) if line)


def _asked(asked: Mapping[str, str]) -> str:
    return ", ".join(f"`{name}` `{said}`" for name, said in asked.items() if said) or "nothing more"


def _definitions(read: Table) -> str:
    """Say which definitions the numbers of a table of several things follow; tables of one say so already."""
    if not read.by_row:
        return ""
    versions = {about: found["version"] for about, found in read.numbers()}
    others = "; ".join(f"{about} {version}" for about, version in versions.items() if version != "1")
    return f"Definitions: 1{', but ' if others else ''}{others}." if versions else ""


def _said(cell: Cell, column: Column) -> str:
    found = number_of(cell)
    if found is not None:
        flags = f" [{', '.join(written.flags(found))}]" if found.get("flags") else ""
        return written.said(found, change=column.change) + flags
    if isinstance(cell, Later):
        return f"known from {cell.on}"
    return "" if isinstance(cell, Course) else words_of(cell)
