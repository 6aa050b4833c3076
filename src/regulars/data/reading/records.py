"""Any file of records as text with line numbers, losing nothing.

Physical records in = rows + broken records, exactly. The header is no record, nor are blank lines at the very end of a
text file or blank rows at the end of a sheet; blank ones in between are broken (`empty_row`). A value that is absent is
null (a missing key or `null` in JSON, an empty cell, a null in Parquet); an empty field of a delimited file is "".
"""

from collections.abc import Iterator
from pathlib import Path

from regulars.data.masking import mask
from regulars.data.reading import columnar, delimited, jsonlines, spreadsheet
from regulars.data.reading.layout import LINE, MOST_BYTES, Broken, Layout, Records
from regulars.data.reading.sniffing import sniff
from regulars.data.reading.streams import fingerprint

__all__ = ["LINE", "Broken", "Layout", "Records", "fingerprint", "header", "mask", "read", "sniff"]


def header(path: Path, layout: Layout) -> tuple[str, ...]:
    """Return the names of the columns, in the file's order (in JSON lines: in the order in which they appear).

    JSON lines are read to the end for this: a key may first appear on the last line.

    Raises:
        SourceError: the file cannot be read or is empty, or names are empty or repeated.
    """
    match layout.format:
        case "parquet":
            return columnar.header(path)
        case "excel":
            return spreadsheet.header(path, layout)
        case "jsonl":
            return jsonlines.header(path, layout)
        case _:
            return delimited.header(path, layout)


def read(path: Path, layout: Layout, *, rows: int = 100_000, most_bytes: int = MOST_BYTES) -> Iterator[Records]:
    """Yield the records of a file in order, at most `rows` rows at a time.

    Args:
        path: the file.
        layout: what it looks like (`sniff`).
        rows: at least 1.
        most_bytes: to how much a compressed file may grow.

    Raises:
        SourceError: the file cannot be read at all; faults in single records are `broken` instead.
    """
    match layout.format:
        case "parquet":
            source = columnar.read(path, rows=rows, most_bytes=most_bytes)
        case "excel":
            source = spreadsheet.read(path, layout, rows=rows, most_bytes=most_bytes)
        case "jsonl":
            source = jsonlines.read(path, layout, rows=rows, most_bytes=most_bytes)
        case _:
            source = delimited.read(path, layout, most_bytes=most_bytes)
    for records in source:
        yield from _pieces(records, rows)


def _pieces(records: Records, rows: int) -> Iterator[Records]:
    """Yield `records` in pieces of at most `rows` rows, and none that is empty."""
    if records.rows.num_rows <= rows:
        if records.rows.num_rows or records.broken:
            yield records
        return
    broken = list(records.broken)
    for start in range(0, records.rows.num_rows, rows):
        piece = records.rows.slice(start, rows)
        last = start + rows >= records.rows.num_rows
        upto = piece[LINE][-1].as_py()
        taken = [one for one in broken if last or one.line < upto]
        broken = broken[len(taken) :]
        yield Records(rows=piece, broken=tuple(taken))
