"""A page as a workbook: a sheet per table, what it is about in front, what travels with its numbers behind."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from typing import Any, BinaryIO

import xlsxwriter

from regulars.reports import notes, sheets, tables
from regulars.reports.notes import Note
from regulars.reports.parts import Head, Shown, Words, head, parts
from regulars.reports.sheet_names import sheet_name
from regulars.reports.sheets import ABOVE, Sheet
from regulars.reports.summary import summary
from regulars.reports.table import Column, Table

_OPTIONS = {
    "constant_memory": False,
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
#: A workbook's day where nothing on the page has one: the first that a ZIP archive knows.
_NO_DAY = datetime(1980, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A table and the sheet that it stands on."""

    sheet: str
    title: str
    table: Table
    cards: Sequence[Mapping[str, Any]] = ()


def workbook(record: Mapping[str, Any], out: BinaryIO) -> None:
    """Write a page's record as XLSX: the same record gives the same bytes.

    Args:
        record: as of `Page.record()`.
        out: where to.
    """
    above, body = head(record), list(parts(record))
    placed = list(_placed(body))
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        made = datetime.fromisoformat(above.instant) if above.instant else _NO_DAY
        book.set_properties(
            {
                "title": above.title,
                "subject": above.question,
                "author": above.company,
                "created": made.astimezone(UTC).replace(tzinfo=None),
            }
        )
        formats: dict[Any, Any] = {}

        def sheet(name: str) -> Sheet:
            return Sheet(book=book, page=book.add_worksheet(name), name=name, formats=formats)

        _about(sheet(_ABOUT), above, summary(record), body, placed)
        for one in placed:
            page = sheet(one.sheet)
            sheets.write(page, one.table, one.title)
            if one.cards:
                _sparks(page, one)
        _notes(sheet(_NOTES), placed)


_ABOUT, _NOTES = "About", "Notes"


def _placed(body: Sequence[Words | Shown]) -> list[_Placed]:
    found: list[_Placed] = []

    def place(title: str, table: Table, cards: Sequence[Mapping[str, Any]] = ()) -> None:
        name = sheet_name(title, [_ABOUT, _NOTES, *(one.sheet for one in found)])
        found.append(_Placed(sheet=name, title=title, table=table, cards=cards))

    for part in body:
        if not isinstance(part, Shown):
            continue
        if part.kind == "cards":
            place(part.title, part.table.without("course"))
            place(f"Course: {part.title}", tables.course(part.block), part.block["cards"])
        else:
            place(part.title, part.table)
    return found


def _sparks(course: Sheet, placed: _Placed) -> None:
    """Draw each course beside its first row; one with a gap is not drawn, as a spreadsheet would draw it as 0."""
    across = len(placed.table.columns) + 2 * len(("low", "high", "n")) + 2
    course.text(ABOVE, across, "Course", bold=True, bottom=1, bg_color="#f0f4f9", text_wrap=True)
    row = ABOVE + 1
    for card in placed.cards:
        count = len(card["course"])
        if count > 1 and all(one["value"] is not None for one in card["course"]):
            quoted = placed.sheet.replace("'", "''")
            span = f"'{quoted}'!$D${row + 1}:$D${row + count}"
            course.page.add_sparkline(row, across, {"range": span, "markers": True, "series_color": "#0b5cad"})
        row += count
    course.page.set_column(across, across, 24)


def _about(sheet: Sheet, above: Head, said: str, body: Sequence[Words | Shown], placed: Sequence[_Placed]) -> None:
    facts = (
        ("Page", above.title),
        ("Question", above.question),
        ("In one sentence", said),
        ("Company", above.company),
        ("Period", above.period),
        ("Asked", above.asked),
        ("Records before", above.as_of),
        ("Generation of records", above.generation),
        ("How to read it", notes.READING),
    )
    row = 0
    for name, text in facts:
        if text:
            sheet.text(row, 0, name, bold=True)
            sheet.text(row, 1, text)
            row += 1
    row += 1
    for part in body:
        if isinstance(part, Words):
            sheet.text(row, 0, part.kind.capitalize(), font_color="#4a5362")
            sheet.text(row, 1, part.text, **({"bold": True} if part.kind == "heading" else {}))
            row += 1
    for name in (*(one.sheet for one in placed), _NOTES):
        quoted = name.replace("'", "''")
        sheet.text(row, 0, "Sheet", font_color="#4a5362")
        sheet.page.write_url(row, 1, f"internal:'{quoted}'!A1", string=name)
        row += 1
    sheet.page.set_column(0, 0, 22)
    sheet.page.set_column(1, 1, 100)


def _notes(sheet: Sheet, placed: Sequence[_Placed]) -> None:
    heads = {
        "about": "Number",
        "periods": "Period",
        "as_of": "Records before",
        "versions": "Definition",
        "levels": "Interval holds",
        "methods": "Interval by",
        "flags": "Flags",
        "reasons": "No value, because",
        "caveat": "When not to trust it",
    }
    rows = [(one.sheet, *astuple(note)) for one in placed for note in notes.noted(one.table)]
    rows += [(one.sheet, "Caption", *[""] * 7, one.table.caption) for one in placed if one.table.caption]
    names = [field.name for field in fields(Note)]
    columns = (Column(name="sheet", title="Sheet"), *(Column(name=name, title=heads[name]) for name in names))
    table = Table(name="notes", title="Notes", columns=columns, rows=tuple(rows))
    sheets.write(sheet, table, "What travels with the numbers")
