"""What a file of records looks like, and what is read from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from regulars.core.errors import SourceError

LINE: Final = "__line__"
FORMATS: Final = ("csv", "tsv", "jsonl", "excel", "parquet")
LONGEST_FIELD: Final = 1_000_000  # bytes
MOST_COLUMNS: Final = 10_000
MOST_BYTES: Final = 50 * 10**9  # after decompression
_SHOWN: Final = 1_000  # characters of a broken record


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the records of a file are written.

    Attributes:
        format: one of `FORMATS`; whether the file is compressed follows from its name (.gz, .zst).
        delimiter: the one-byte character between two fields (csv and tsv).
        encoding: of the text (csv, tsv and jsonl); a byte order mark is dropped.
        sheet: name of the sheet (excel); empty for the first.
        header_row: 1-based line that holds the columns' names (csv, tsv and excel).
    """

    format: str
    delimiter: str = ","
    encoding: str = "utf-8"
    sheet: str = ""
    header_row: int = 1

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise SourceError(f"No format is called `{self.format}`. Known: {', '.join(FORMATS)}.")
        if self.header_row < 1:
            raise SourceError(f"`header_row` is {self.header_row}; lines count from 1.")
        if self.format in ("csv", "tsv") and (len(self.delimiter.encode()) != 1 or self.delimiter in '"\r\n\0'):
            raise SourceError(f"`delimiter` is {self.delimiter!r}. Give one ASCII character that is no quote.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A record that could not be taken apart: where (1-based line), why (reason code), and how it begins."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Records:
    """Some consecutive records of a file, in the file's order.

    Attributes:
        rows: every column of the source as text, in the file's order, and `__line__`: the 1-based line (int64).
            A value that is absent is null; an empty field of a delimited file is "".
        broken: the records that are no row.
    """

    rows: pa.Table
    broken: tuple[Broken, ...]


def table(columns: Sequence[str], values: Sequence[pa.Array], lines: pa.Array) -> pa.Table:
    """Return the rows with text `values`, one array per column, that stand in `lines`."""
    schema = pa.schema([*((name, pa.string()) for name in columns), (LINE, pa.int64())])
    return pa.Table.from_arrays([*values, lines], schema=schema)


def table_of(columns: Sequence[str], rows: Sequence[Sequence[str | None]], lines: Sequence[int]) -> pa.Table:
    """Return `rows` of one text per column as a table."""
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    return table(columns, [pa.array(column, pa.string()) for column in values], pa.array(lines, pa.int64()))


def shown(raw: bytes | str) -> str:
    r"""Return the beginning of a broken record as text; bytes that are no text stay visible.

    >>> shown(b"caf\xe9")
    'caf\\xe9'
    """
    text = raw if isinstance(raw, str) else raw[: 4 * _SHOWN].decode("utf-8", "backslashreplace")
    return text[:_SHOWN]


def check_columns(names: Sequence[str], where: str) -> tuple[str, ...]:
    """Return the columns' names.

    Raises:
        SourceError: a name is empty, stands twice or is reserved, or there is none, or there are too many.
    """
    unnamed = [str(position) for position, name in enumerate(names, 1) if not name.strip()]
    repeated = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if not names or len(unnamed) == len(names):
        raise SourceError(f"{where} names no columns. Say where they stand with `header_row`.")
    if len(names) > MOST_COLUMNS:
        raise SourceError(f"{where} has {len(names)} columns; at most {MOST_COLUMNS} can be read. Split the file.")
    if unnamed:
        raise SourceError(f"{where} has no name for column {', '.join(unnamed)}. Name every column.")
    if repeated:
        raise SourceError(f"{where} names {_list(repeated)} more than once. Give each column a name of its own.")
    if LINE in names:
        raise SourceError(f"{where} has a column `{LINE}`, which is reserved. Rename it.")
    return tuple(names)


def _list(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
