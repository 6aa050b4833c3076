"""Delimited text (CSV, TSV and the like), record by record, losing nothing.

Many lines are looked at together (`lines.look`): those that certainly are a record go to PyArrow, each of the others is
taken apart alone (`fields.Grammar`). A record is one line, unless a quoted field goes on over line ends and closes
properly within `MOST_LINES` lines and `LONGEST_FIELD` bytes; otherwise its first line alone is broken and reading
resumes at the next, so that a forgotten quote swallows no records. Blank lines are broken records, but not those at the
very end of the file.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from regulars.core.errors import SourceError
from regulars.data.reading import lines, streams
from regulars.data.reading.fields import UNCLOSED, Fault, Grammar, Taken
from regulars.data.reading.layout import (
    LINE,
    LONGEST_FIELD,
    MOST_BYTES,
    Broken,
    Layout,
    Records,
    check_columns,
    shown,
    table,
    table_of,
)

MOST_LINES: Final = 1_000  # of one record
_HEAD: Final = 2 * LONGEST_FIELD  # bytes within which the header must stand
_MARK: Final = "\ufeff".encode()


def header(path: Path, layout: Layout) -> tuple[str, ...]:
    """Return the names of the columns.

    Raises:
        SourceError: the file cannot be read or is empty, or its names cannot be told, are empty or repeated.
    """
    end = _line_end(path, layout)
    chunks = lines.whole(streams.text(path, layout.encoding), end)
    return _begin(path, layout, end, chunks)[0].columns


def read(path: Path, layout: Layout, *, most_bytes: int = MOST_BYTES, size: int = streams.BLOCK) -> Iterator[Records]:
    """Yield the records behind the header, reading `size` bytes at a time.

    Raises:
        SourceError: as `header`, or a compressed file grows over `most_bytes`.
    """
    end = _line_end(path, layout)
    chunks = lines.whole(streams.text(path, layout.encoding, most_bytes=most_bytes, size=size), end)
    reader, held = _begin(path, layout, end, chunks)
    for chunk in chunks:
        if held:
            records, used = reader.take(held, last=False)
            yield records
            held = held[used:]
        held += chunk
    if held:
        yield reader.take(held, last=True)[0]


def _line_end(path: Path, layout: Layout) -> bytes:
    """Return the byte that ends a line: a carriage return only where the whole file has no line feed."""
    blocks = streams.text(path, layout.encoding)
    first = next(blocks, b"")
    if b"\n" in first or b"\r" not in first or any(b"\n" in block for block in blocks):
        return b"\n"
    return b"\r"


def _begin(path: Path, layout: Layout, end: bytes, chunks: Iterable[bytes]) -> tuple["_Reader", bytes]:
    """Read the header; return the reader of what follows, and what has been read of that."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) > _HEAD:
            break
    if not head.strip():
        raise SourceError(f"`{path}` is empty. It needs at least a line with the columns' names.")
    start = 0
    for _ in range(layout.header_row - 1):
        start = head.find(end, start) + 1
        if not start:
            break
    where = f"Line {layout.header_row} of `{path}`"
    if layout.header_row > 1 and not 0 < start < len(head):
        raise SourceError(f"`{path}` has no line {layout.header_row} near its beginning. Check `header_row`.")
    grammar = Grammar(delimiter=layout.delimiter.encode(), end=end)
    taken = grammar.take(head, start, len(head))
    if isinstance(taken, Fault):
        raise SourceError(f"{where} cannot be split into names ({taken.reason}). Check `delimiter` and `header_row`.")
    try:
        names = [name.decode() for name in taken.fields]
    except UnicodeDecodeError as cause:
        raise SourceError(f"{where} is not {layout.encoding} text. Say what it is with `encoding`.") from cause
    columns = check_columns(names, where)
    line = layout.header_row + head.count(end, start, taken.stop)
    return _Reader(columns=columns, grammar=grammar, line=line), head[taken.stop :]


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Where reading stands: at line number `line`."""

    columns: tuple[str, ...]
    grammar: Grammar
    line: int

    def take(self, data: bytes, *, last: bool) -> tuple[Records, int]:
        """Return the records of whole lines `data`, and how many bytes they are.

        Unless these are the `last` lines, a record that may go on behind them is left.
        """
        found = lines.look(data, columns=len(self.columns), delimiter=self.grammar.delimiter, end=self.grammar.end)
        certain, n_lines, behind = found.certain, len(found.starts), 0
        broken: list[Broken] = []
        rows: dict[int, list[str]] = {}
        for index in np.flatnonzero(~certain):
            if index < behind:
                continue
            alone = self._alone(found, int(index), last=last)
            if alone is None:
                n_lines = int(index)
                break
            behind = int(index) + 1
            if isinstance(alone, str):
                text = shown(data[found.starts[index] : found.stops[index]])
                broken.append(Broken(line=self.line + int(index), reason=alone, text=text))
            else:
                rows[self.line + int(index)] = [value.decode() for value in alone.fields]
                behind = int(np.searchsorted(found.starts, alone.stop))
                certain[index:behind] = False
        accepted = self._accepted(found, certain[:n_lines], rows)
        self.line += n_lines
        used = len(data) if n_lines == len(found.starts) else int(found.starts[n_lines])
        return Records(rows=accepted, broken=tuple(broken)), used

    def _alone(self, found: lines.Lines, index: int, *, last: bool) -> Taken | str | None:
        """Take the record apart that begins on line `index` (from 0): its fields, or why not, or None if it goes on."""
        data, start, stop = found.data, int(found.starts[index]), int(found.stops[index])
        if start == stop:
            return "empty_row"
        if stop - start > lines.LONGEST_LINE:
            return "field_too_long"
        if not found.text[index]:
            return "invalid_utf8"
        if b"\0" in data[start:stop]:
            return "nul_byte"
        taken = self.grammar.take(data, start, int(found.ends[index]))
        if isinstance(taken, Taken):
            return self._structure(taken.fields) or taken
        return self._beyond(found, index, last=last) if taken.reason == UNCLOSED else taken.reason

    def _beyond(self, found: lines.Lines, index: int, *, last: bool) -> Taken | str | None:
        """Take the record apart that begins on line `index` and goes on behind it, as `_alone`."""
        start = int(found.starts[index])
        within = int(np.searchsorted(found.ends, start + LONGEST_FIELD, "right"))
        until = max(min(index + MOST_LINES, within), index + 1)
        taken = self.grammar.take(found.data, start, int(found.ends[min(until, len(found.ends)) - 1]))
        if isinstance(taken, Fault):
            return None if taken.reason == UNCLOSED and until >= len(found.ends) and not last else UNCLOSED
        behind = int(np.searchsorted(found.starts, taken.stop))
        text = found.text[index:behind].all() and b"\0" not in found.data[start : taken.stop]
        return taken if text and len(taken.fields) == len(self.columns) else UNCLOSED

    def _structure(self, fields: list[bytes]) -> str:
        """Return what is wrong with the fields of a record, if anything."""
        if not any(fields):
            return "empty_row"
        if max(map(len, fields)) > LONGEST_FIELD:
            return "field_too_long"
        if len(fields) == len(self.columns):
            return ""
        return "too_few_columns" if len(fields) < len(self.columns) else "too_many_columns"

    def _accepted(self, found: lines.Lines, certain: lines.Flags, rows: dict[int, list[str]]) -> pa.Table:
        numbers = np.flatnonzero(certain)
        together = table(
            self.columns, self._columns(_joined(found, certain), len(numbers)), pa.array(numbers + self.line)
        )
        if not rows:
            return together
        alone = table_of(self.columns, list(rows.values()), list(rows))
        both = pa.concat_tables([together, alone])
        return both.take(pc.sort_indices(both[LINE]))

    def _columns(self, text: bytes, n_rows: int) -> list[pa.ChunkedArray]:
        """Return the fields of `n_rows` lines, each a well-formed record, by column."""
        names = [str(position) for position in range(len(self.columns))]
        if n_rows and not text.startswith(_MARK):  # TRICKY: PyArrow drops a byte order mark wherever its input begins
            parsed = _parse(text, names, self.grammar.delimiter.decode())
            if parsed is not None and parsed.num_rows == n_rows:
                return parsed.columns
        rows: list[list[str]] = []
        at = 0
        while at < len(text):
            taken = self.grammar.take(text, at, len(text))
            assert isinstance(taken, Taken)  # every one of these lines is certain
            rows.append([value.decode() for value in taken.fields])
            at = taken.stop
        return table_of(self.columns, rows, range(len(rows))).columns[:-1]


def _parse(text: bytes, names: list[str], delimiter: str) -> pa.Table | None:
    try:
        return csv.read_csv(
            pa.BufferReader(text),
            csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
            csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False),
            csv.ConvertOptions(check_utf8=False, column_types=dict.fromkeys(names, pa.string()), null_values=[]),
        )
    except pa.ArrowInvalid:
        return None


def _joined(found: lines.Lines, certain: lines.Flags) -> bytes:
    """Return the lines that are `certain`, one behind the other."""
    edges = np.flatnonzero(np.diff(certain, prepend=False, append=False))
    if len(edges) == 2 and edges[0] == 0 and edges[1] == len(found.ends):
        return found.data
    runs = zip(found.starts[edges[::2]], found.ends[edges[1::2] - 1], strict=True)
    return b"".join([found.data[start:stop] for start, stop in runs])
