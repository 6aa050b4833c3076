"""What `report.typ` prints: a page's parts as plain data, all text as it stands."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from regulars.reports import notes
from regulars.reports.drawing import Drawing
from regulars.reports.grouped import Group, grouped
from regulars.reports.notes import Legend
from regulars.reports.parts import Shown, Words, head, parts
from regulars.reports.printed import Plain, printed
from regulars.reports.summary import summary
from regulars.reports.table import Table
from regulars.reports.written import Number

#: Pixels of a chart's width; paper scales it.
WIDTH = 680
#: Marks of a chart that are printed as numbers at the end; files have all.
_MARKS = 120


def document(record: Mapping[str, Any], drawing: Drawing, at: datetime) -> Plain:
    """Return the document of a page's record, made at `at`."""
    above = head(record)
    body = list(parts(record))
    when = " · ".join(part for part in (above.period, above.as_of and f"records before {above.as_of}") if part)
    generation = f" · generation {above.generation} of the records" if above.generation else ""
    return {
        "title": above.title,
        "question": above.question,
        "company": above.company,
        "asked": above.asked,
        "summary": summary(record),
        "when": when,
        "made": f"Made {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC with Regulars{generation}",
        "parts": [part for group in grouped(body) for part in _group(group, drawing)] + list(_notes(body)),
    }


def _part(part: Words | Shown, drawing: Drawing) -> Plain:
    if isinstance(part, Words):
        return {"kind": part.kind, "text": part.text}
    level = 3 if part.section else 2
    if part.kind != "chart":
        return printed(part.table, level=level, drawing=drawing)
    foot = [notes.travels(part.table), *Legend.of([number for _, number in part.table.numbers()]).lines()]
    return {
        "kind": "chart",
        "title": part.table.title,
        "level": level,
        "svg": drawing.chart(part.block, WIDTH),
        "alt": part.block["says"] or part.table.title,
        "foot": [line for line in foot if line],
    }


def _group(group: Group, drawing: Drawing) -> list[Plain]:
    put = [_part(part, drawing) for part in group.parts]
    return [{"kind": "turned", "parts": put}] if group.turned else put


def _notes(body: Sequence[Words | Shown]) -> Iterator[Plain]:
    """Yield the notes at the end: how to read it, the definitions, the numbers behind the charts."""
    shown = [part for part in body if isinstance(part, Shown)]
    defined = notes.definitions((part.title, part.table.to_read()) for part in shown)
    if not defined.rows:
        return
    yield {"kind": "heading", "text": "Notes"}
    yield {"kind": "text", "text": notes.READING}
    yield printed(defined, level=3)
    charts = list(_untold(shown))
    yield from (printed(one, level=3) for one in charts if len(one.rows) <= _MARKS)
    if any(len(one.rows) > _MARKS for one in charts):
        yield {"kind": "text", "text": "The numbers behind longer charts stand in the workbook and in CSV files."}


def _untold(shown: Sequence[Shown]) -> Iterator[Table]:
    """Yield the tables of charts whose numbers stand nowhere else on the page."""
    told = {_key(number) for part in shown if part.kind != "chart" for _, number in part.table.to_read().numbers()}
    for part in shown:
        numbers = [number for _, number in part.table.numbers()]
        if part.kind == "chart" and not (numbers and all(_key(number) in told for number in numbers)):
            yield part.table


def _key(number: Number) -> tuple[Any, ...]:
    return tuple(number[name] for name in ("value", "low", "high", "n", "period", "version"))
