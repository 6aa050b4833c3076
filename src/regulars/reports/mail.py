"""A page as mail: plain text, and HTML whose looks are in its attributes, as readers of mail drop style sheets.

Charts become the tables of their marks: what is not in the message itself is not shown by most readers.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from types import MappingProxyType
from typing import Any

from regulars.reports import markup, notes, written
from regulars.reports.markup import coded, escaped
from regulars.reports.notes import Legend
from regulars.reports.parts import Head, Shown, Words, head, parts
from regulars.reports.summary import summary
from regulars.reports.table import Cell, Column, Course, Later, Named, Table, number_of, words_of

#: Rows of a table that a message holds; the page and its files have all.
MOST = 50
_INK, _SOFT, _LINE = "#14181f", "#4a5362", "#d5dae1"
_CELL = f"padding:5px 8px;vertical-align:top;border-bottom:1px solid {_LINE};text-align:left"
_RIGHT = f"{_CELL};text-align:right"
_SMALL = f"font-size:12px;font-weight:normal;color:{_SOFT}"
_LOOKS: Mapping[str, str] = MappingProxyType(
    {
        "wide": "margin:8px 0",
        "table": "border-collapse:collapse;font-size:14px",
        "head": f"{_CELL};border-bottom:2px solid {_SOFT};vertical-align:bottom",
        "head-right": f"{_RIGHT};border-bottom:2px solid {_SOFT};vertical-align:bottom",
        "band": f"{_CELL};color:#0b5cad;padding-top:12px",
        "beneath": f"{_CELL};{_SMALL}",
        "number": _RIGHT,
        "count": _RIGHT,
        "later": f"{_RIGHT};{_SMALL}",
        "name": _CELL,
        "text": _CELL,
        "short": f"{_CELL};white-space:nowrap",
        "moved": _CELL,
        "better": f"{_CELL};color:#00695c",
        "worse": f"{_CELL};color:#b3370b",
        "under": _SMALL,
        "span": "font-size:12px",
        "n": "font-size:12px;white-space:nowrap",
        "whole": "white-space:nowrap",
        "foot": f"{_SMALL};margin:4px 0",
    }
)


def mail(record: Mapping[str, Any]) -> EmailMessage:
    """Return a page's record as a message without sender and receiver; the same record gives the same bytes."""
    above, body = head(record), list(parts(record))
    said = summary(record)
    text = "\n".join(_text(above, said, body))
    html = _html(above, said, body)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject(above)
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    message.set_boundary(f"regulars-{hashlib.sha256((text + html).encode()).hexdigest()[:32]}")
    return message


def subject(above: Head) -> str:
    """Return what stands in the subject: one line whatever the company is called."""
    parts_of = (above.company, above.title, above.period)
    return " ".join(re.sub(r"[\x00-\x1f\x7f]+", " ", " · ".join(part for part in parts_of if part)).split())


def _look(name: str) -> str:
    if name.startswith("heat-"):
        return f' style="{_RIGHT};{markup.heat_style(int(name.removeprefix("heat-")))}"'
    return f' style="{_LOOKS[name]}"'


def _html(above: Head, said: str, body: Sequence[Words | Shown]) -> str:
    known = above.as_of and f"records before {above.as_of}"
    about = " · ".join(part for part in (above.company, above.period, known, above.asked) if part)
    lines = [
        f'<p style="{_SMALL}">{escaped(about)}</p>',
        f'<h1 style="font-size:24px;margin:8px 0">{escaped(above.title)}</h1>',
        f'<p style="font-size:16px;color:{_SOFT}">{escaped(above.question)}</p>',
        *([f'<p style="background:#eef3f9;padding:12px;font-size:16px">{coded(said)}</p>'] if said else []),
        *(_part(part) for part in body),
        f'<p style="{_SMALL}">{escaped(notes.READING)}</p>',
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light">'
        f'<title>{escaped(above.title)}</title></head>\n<body style="margin:0;padding:16px;background:#ffffff;'
        f'color:{_INK};font:14px/1.45 system-ui,Arial,sans-serif">\n' + "\n".join(lines) + "\n</body></html>\n"
    )


def _part(part: Words | Shown) -> str:
    if isinstance(part, Words):
        return {
            "heading": f'<h2 style="font-size:18px;margin:28px 0 8px;color:#0b5cad">{coded(part.text)}</h2>',
            "text": f"<p>{coded(part.text)}</p>",
            "notice": f'<p style="border-left:4px solid #8a5a00;padding-left:10px">{coded(part.text)}</p>',
        }[part.kind]
    level = "h3" if part.section else "h2"
    title = (
        part.table.title and f'<{level} style="font-size:15px;margin:20px 0 4px">{coded(part.table.title)}</{level}>'
    )
    return f"{title}\n{markup.table(part.table, _look, title=part.title, most=MOST)}"


def _text(above: Head, said: str, body: Sequence[Words | Shown]) -> Iterator[str]:
    yield from (above.title, above.question, "")
    known = above.as_of and f"records before {above.as_of}"
    yield "; ".join(part for part in (above.company, above.period, known, above.asked) if part)
    if said:
        yield from ("", said)
    for part in body:
        yield ""
        if isinstance(part, Words):
            yield part.text.upper() if part.kind == "heading" else part.text
        else:
            yield from _rows(part.table)
    yield from ("", notes.READING)


def _rows(whole: Table) -> Iterator[str]:
    """Yield a table as lines: what the row is about, and what each column says of it."""
    read = whole.to_read().without("course")
    if read.title:
        yield f"{read.title}:"
    for row in read.rows[:MOST]:
        name, *rest = zip(read.columns, row, strict=True)
        told = [f"{column.title}: {said}".removeprefix(": ") for column, cell in rest if (said := _said(cell, column))]
        yield f"- {'; '.join([_said(name[1], name[0]), *told])}"
        yield from (f"  {cell.score}" for cell in row if isinstance(cell, Named) and cell.score)
    if len(read.rows) > MOST:
        yield f"{len(read.rows) - MOST:,} more rows are on the page and in its files."
    flags = Legend.of([number for _about, number in read.numbers()]).flags
    yield from (f"{mark}: {written.flags({'flags': [name]})[0]}." for name, mark in flags.items())
    yield from (line for line in (read.caption, notes.travels(read)) if line)


def _said(cell: Cell, column: Column) -> str:
    number = number_of(cell)
    if number is not None:
        flags = f" [{', '.join(written.flags(number))}]" if number.get("flags") else ""
        return written.said(number, change=column.change) + flags
    if isinstance(cell, Later):
        return f"known from {cell.on}"
    return "" if isinstance(cell, Course) else words_of(cell)
