"""A table as `report.typ` prints it: plain data, all text as it stands."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regulars.reports import heat, notes, widths, written
from regulars.reports.drawing import Drawing
from regulars.reports.heat import Heat
from regulars.reports.notes import Legend
from regulars.reports.table import Cell, Column, Course, Later, Moved, Named, Table, number_of, words_of

Plain = dict[str, Any]
#: A row with less text than that stays on one page.
_KEPT = 400
#: Words that may be divided, and after what.
_LONG, _ENDS = re.compile(r"\S{19,}"), re.compile(r"[=_/@.,;:-]+(?=\w)|[^\W_]{18}(?=\w)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What the cells of a table have in common.

    Attributes:
        legend: marks of flags and reasons.
        scale: of coloured cells.
        folded: whether there is little room.
        drawing: what draws courses; None where there are none.
    """

    legend: Legend
    scale: Heat
    folded: bool
    drawing: Drawing | None


def printed(whole: Table, *, level: int, drawing: Drawing | None = None) -> Plain:
    """Return a table as it fits the page; `level` is that of its heading."""
    read = whole.to_read()
    fitted = widths.fit(read if drawing else read.without("course"))
    shown = fitted.table
    legend = Legend.of([number for _about, number in shown.numbers()])
    look = _Look(legend=legend, scale=Heat.of(shown), folded=fitted.folded, drawing=drawing)
    left_out = f"Left out for want of room: {', '.join(fitted.left_out)}. The workbook has all."
    foot = [*legend.lines(), shown.caption, notes.travels(shown), left_out if fitted.left_out else ""]
    columns = [
        {"title": _wrapping(column.title), "width": width, "right": _right(shown, place)}
        for place, (column, width) in enumerate(zip(shown.columns, fitted.widths, strict=True))
    ]
    bands = shown.bands or ("",) * len(shown.rows)
    before = ("", *bands)
    return {
        "kind": "table",
        "title": shown.title,
        "level": level,
        "columns": columns,
        "rows": [
            {**_row(row, shown.columns, look), "band": band if band != before[place] else ""}
            for place, (band, row) in enumerate(zip(bands, shown.rows, strict=True))
        ],
        "foot": [line for line in foot if line],
        "turned": fitted.turned,
        "scale": fitted.scale,
    }


def _right(shown: Table, place: int) -> bool:
    return any(isinstance(row[place], int | Mapping) for row in shown.rows)


def _row(row: Sequence[Cell], columns: Sequence[Column], look: _Look) -> Plain:
    return {
        "beneath": next((cell.score for cell in row if isinstance(cell, Named)), ""),
        "keep": sum(len(words_of(cell)) for cell in row) < _KEPT,
        "cells": [_cell(cell, column, row, look) for column, cell in zip(columns, row, strict=True)],
    }


def _cell(cell: Cell, column: Column, row: Sequence[Cell], look: _Look) -> Plain | str:
    number = number_of(cell)
    if number is not None:
        return _number(number, column, row, look)
    match cell:
        case Named():
            return {"kind": "named", "text": cell.text, "under": list(cell.under)}
        case Moved():
            return {"kind": "moved", "text": cell.text, "tone": cell.tone or "none"}
        case Later():
            return {"kind": "later", "text": f"known from {cell.on}"}
        case Course():
            return _course(cell, look.drawing) if look.drawing else ""
    return _wrapping(words_of(cell))


def _number(number: written.Number, column: Column, row: Sequence[Cell], look: _Look) -> Plain:
    counted = (column.heat or look.folded) and number["n"] in row  # the row says already of how many it speaks
    mark = f" {look.legend.why(number)}" if number["value"] is None else ""
    found = {
        "kind": "number",
        "value": written.value(number, change=column.change) + mark,
        "span": written.interval(number, change=column.change),
        "n": "" if counted else written.n(number),
        "marks": look.legend.marks(number),
    }
    if column.heat and number["value"] is not None:
        found["fill"], found["ink"] = heat.STEPS[look.scale.step(number)]
    return found


def _course(course: Course, drawing: Drawing) -> Plain:
    periods = [written.period(one["period"]) for one in course.numbers]
    alt = f"Course of {course.of}, {periods[0]} to {periods[-1]}" if periods else f"Course of {course.of}"
    return {"kind": "drawn", "svg": drawing.spark(course.numbers), "alt": alt}


def _wrapping(text: str) -> str:
    """Return text whose longest words may go on in the next line: they would run into the next column."""
    return _LONG.sub(lambda word: _ENDS.sub("\\g<0>\u200b", word.group()), text)
