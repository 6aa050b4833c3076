"""Excel workbooks as text."""

import datetime as dt
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import python_calamine as calamine

from regulars.core.errors import SourceError, nearest
from regulars.data.reading import streams, workbook
from regulars.data.reading.columnar import plain
from regulars.data.reading.layout import (
    LONGEST_FIELD,
    MOST_BYTES,
    Broken,
    Layout,
    Records,
    check_columns,
    shown,
    table_of,
)

_DAMAGE = (calamine.CalamineError, zipfile.BadZipFile, zlib.error)


def header(path: Path, layout: Layout) -> tuple[str, ...]:
    """Return the names of the columns.

    Raises:
        SourceError: the workbook cannot be read or is too large, has no such sheet, or its names are empty or repeated.
    """
    with _sheet(path, layout, MOST_BYTES) as rows:
        return _names(path, layout, rows)


def read(path: Path, layout: Layout, *, rows: int, most_bytes: int = MOST_BYTES) -> Iterator[Records]:
    """Yield the rows below the header, at most `rows` records at a time; `__line__` is Excel's own row number.

    A whole number has no point, a date is ISO text, an error is its text (#N/A), an empty cell is null.
    The sheet is held in memory.

    Raises:
        SourceError: as `header`.
    """
    with _sheet(path, layout, most_bytes) as cells:
        columns = _names(path, layout, cells)
        numbers: list[int] = []
        values: list[list[str | None]] = []
        broken: list[Broken] = []
        blank: list[int] = []  # rows that are only records if others follow
        for number, row in enumerate(cells, layout.header_row + 1):
            texts = [_text(cell) for cell in row]
            reason = _fault(texts, len(columns))
            if reason == "empty_row":
                blank.append(number)
                continue
            broken += [Broken(line=line, reason="empty_row", text="") for line in blank]
            blank.clear()
            if reason:
                text = shown(",".join(text or "" for text in texts))
                broken.append(Broken(line=number, reason=reason, text=text))
            else:
                numbers.append(number)
                values.append((texts + [None] * len(columns))[: len(columns)])
            if len(numbers) + len(broken) >= rows:
                yield Records(rows=table_of(columns, values, numbers), broken=tuple(broken))
                numbers, values, broken = [], [], []
        yield Records(rows=table_of(columns, values, numbers), broken=tuple(broken))


@contextmanager
def _sheet(path: Path, layout: Layout, most_bytes: int) -> Iterator[Iterator[list[Any]]]:
    """Open the rows of the sheet, from its first."""
    with streams.seekable(path, most_bytes=most_bytes) as file:
        try:
            workbook.check_size(path, file)
            file.seek(0)
            book = calamine.CalamineWorkbook.from_filelike(file)
            names = book.sheet_names
            if not names or (layout.sheet and layout.sheet not in names):
                raise SourceError(f"`{path}` has no sheet `{layout.sheet}`.{nearest(layout.sheet, names)}")
            name = layout.sheet or names[0]
            errors = workbook.find_errors(path, file, name)
            yield _rows(book.get_sheet_by_name(name), errors)
        except (*_DAMAGE, OSError, ValueError, LookupError, RuntimeError) as cause:
            raise SourceError(f"`{path}` is damaged or no Excel workbook: {cause}. Save it again as .xlsx.") from cause


def _rows(sheet: calamine.CalamineSheet, errors: workbook.Errors) -> Iterator[list[Any]]:
    """Yield the cells of each row from row 1, with the texts of `errors` where calamine has empty cells."""
    if not sheet.total_height:
        return
    offset = sheet.start[1]
    for number, row in enumerate(sheet.iter_rows(), 1):
        for column, text in errors.get(number, {}).items():
            row[column - offset] = text
        yield row


def _names(path: Path, layout: Layout, rows: Iterator[list[Any]]) -> tuple[str, ...]:
    row: list[Any] = []
    for _ in range(layout.header_row):
        row = next(rows, [])
    texts = [_text(cell) or "" for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return check_columns(texts, f"Row {layout.header_row} of `{path}`")


def _fault(texts: list[str | None], columns: int) -> str:
    together = "".join(filter(None, texts))
    if not together:
        return "empty_row"
    if "\0" in together:
        return "nul_byte"
    if len(together) > LONGEST_FIELD // 4 and any(len(text.encode()) > LONGEST_FIELD for text in texts if text):
        return "field_too_long"
    return "too_many_columns" if any(texts[columns:]) else ""


def _text(cell: Any) -> str | None:
    if type(cell) is str:  # the two frequent ones first
        return cell or None
    if type(cell) is float:
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e20 else plain(repr(cell))
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
