"""What must be known of an Excel workbook before it is read: that it is no bomb, and where its errors are."""

import functools
import html
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

from regulars.core.errors import SourceError
from regulars.data.reading.streams import BLOCK

MOST_UNPACKED: Final = 2 * 10**9  # bytes
MOST_RATIO: Final = 200  # unpacked to packed, beyond what is small
MOST_CELLS: Final = 25_000_000  # calamine holds 24 bytes for each, filled or not
_SMALL: Final = 10**8
_LONGEST_CELL: Final = 10_000  # bytes before a cell's value
_CELL: Final = re.compile(rb'\sr="([A-Z]+)(\d+)"[^>/]*>')
_ERROR: Final = re.compile(
    rb'<(?:\w+:)?c(?=\s)(?=[^>]*\sr="([A-Z]+)(\d+)")(?=[^>]*\st="e")[^>]*>'
    rb"(?:<(?:\w+:)?f[^>]*/>|<(?:\w+:)?f[^>]*>[^<]*</[^>]*>)?<(?:\w+:)?v>([^<]*)<"
)
_ATTRIBUTE: Final = re.compile(r"""([\w:]+)\s*=\s*(["'])(.*?)\2""")

Errors = Mapping[int, Mapping[int, str]]


def check_size(path: Path, file: IO[bytes]) -> None:
    """Look at the sizes that the archive states.

    Raises:
        SourceError: it unpacks to far more than a workbook should.
    """
    parts = zipfile.ZipFile(file).infolist()
    unpacked = sum(part.file_size for part in parts)
    packed = max(sum(part.compress_size for part in parts), 1)
    if unpacked > MOST_UNPACKED or (unpacked > _SMALL and unpacked > MOST_RATIO * packed):
        times = unpacked // packed
        raise SourceError(f"`{path}` unpacks to {unpacked} bytes, {times} times its size. Save its data as CSV.")


def find_errors(path: Path, file: IO[bytes], sheet: str) -> Errors:
    """Return the texts of error cells (#N/A, #DIV/0!) by row from 1 and column from 0: calamine shows them as empty.

    Raises:
        SourceError: the cells lie so far apart that the sheet would not fit in memory (calamine would end the process).
    """
    found: dict[int, dict[int, str]] = {}
    columns: set[bytes] = set()
    last = 0
    with zipfile.ZipFile(file) as archive:
        part = _part(archive, sheet)
        rest = b""
        with archive.open(part) as xml:
            while block := xml.read(BLOCK):
                rest += block
                cells = _CELL.findall(rest)
                columns.update(column for column, _ in cells)
                last = max([last, *(int(row) for _, row in cells)])
                for column, row, text in _ERROR.findall(rest) if b't="e"' in rest else ():
                    found.setdefault(int(row), {})[_number(column)] = html.unescape(text.decode())
                rest = rest[max(rest.rfind(b"<c "), len(rest) - _LONGEST_CELL, 0) :]
    width = max(map(_number, columns), default=0) + 1
    if last * width > MOST_CELLS:
        raise SourceError(
            f"Sheet `{sheet}` of `{path}` spreads over {last} rows and {width} columns. "
            "Clear what lies far out, or save it as CSV."
        )
    return found


def _number(column: bytes) -> int:
    return functools.reduce(lambda number, letter: number * 26 + letter - 64, column, 0) - 1


def _part(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the archive's part that holds the sheet (KeyError where that is not said)."""
    listed = {one.get("name"): one.get("r:id") for one in _elements(archive, "xl/workbook.xml", "sheet")}
    links = _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship")
    targets = {one.get("Id"): one.get("Target", "") for one in links}
    target = targets[listed[sheet]]
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _elements(archive: zipfile.ZipFile, part: str, tag: str) -> list[dict[str, str]]:
    text = archive.read(part).decode("utf-8", "replace")
    return [
        {name: html.unescape(value) for name, _, value in _ATTRIBUTE.findall(element)}
        for element in re.findall(rf"<(?:\w+:)?{tag}\s[^>]*>", text)
    ]
