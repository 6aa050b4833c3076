"""What the columns of files look like: facts from a sample, before anyone says what they mean."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from regulars.data.guessing.dates import formats_of, share_like
from regulars.data.reading import records
from regulars.data.reading.records import Layout

#: Rows looked at, at most, in all files together; distinct values tested one by one, at most.
ROWS = 1_000_000
SAMPLE = 2_000

#: Texts that may mean "no value"; the sure ones mean it wherever they stand.
_SURE_NULLS = frozenset({"NULL", "null", "\\N", "#N/A", "(null)", "NaN", "nan", "<NA>", "NaT"})
_NULLS = _SURE_NULLS | {"N/A", "n/a", "NA", "na", "None", "none", "-", "--", "?", ".", "nil", "unknown", "Unknown"}

_POINT = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?")
_INTEGER = re.compile(r"[+-]?\d+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Facts about one column; shares are of its filled values.

    Attributes:
        name: as the file has it.
        rows: rows looked at.
        filled: rows with a value.
        values: distinct values, by first appearance.
        counts: how often each of `values` appears.
        sample: distinct values that were tested one by one, spread evenly.
        number: share that reads as a number in the file's style.
        integer: share that reads as a whole number.
        negative: share of rows below 0, where they are numbers.
        decimals: most decimals seen; 0 for whole numbers.
        least: smallest number seen, or None.
        most: largest number seen, or None.
        formats: date formats that read at least 95 %, best first; `ISO`, or one of `EPOCHS`, among them.
        format_share: share that the best format reads.
        timed: whether some values carry a time of day.
        email: share that looks like an e-mail address.
        spaced: share with three words or more.
        length: mean length.
    """

    name: str
    rows: int
    filled: int
    values: pa.Array
    counts: pa.Array
    sample: tuple[str, ...]
    number: float = 0.0
    integer: float = 0.0
    negative: float = 0.0
    decimals: int = 0
    least: float | None = None
    most: float | None = None
    formats: tuple[str, ...] = ()
    format_share: float = 0.0
    timed: bool = False
    email: float = 0.0
    spaced: float = 0.0
    length: float = 0.0

    @property
    def distinct(self) -> int:
        """Number of different values."""
        return len(self.values)

    @property
    def unique(self) -> float:
        """Share of filled rows whose value is distinct: 1 for a key."""
        return self.distinct / self.filled if self.filled else 0.0

    @property
    def filled_share(self) -> float:
        """Share of rows with a value."""
        return self.filled / self.rows if self.rows else 0.0

    def common(self, most: int = 50) -> tuple[tuple[str, int], ...]:
        """Return the most common values and their counts, ties by value."""
        order = pc.sort_indices(
            pa.table({"c": self.counts, "v": self.values}), [("c", "descending"), ("v", "ascending")]
        )
        head = order.slice(0, most)
        return tuple(zip(self.values.take(head).to_pylist(), self.counts.take(head).to_pylist(), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Files of one shape, as one.

    Attributes:
        name: snake_case name made from the files' names.
        paths: the files.
        layout: how they are read.
        rows: the rows looked at, all text, empty where there is no value.
        columns: facts, in the file's order.
        broken: records that could not be split into columns.
        complete: whether `rows` is all there is.
        nulls: texts other than "" that mean "no value".
        decimal: sign before decimals.
        thousands: sign between thousands, or "".
    """

    name: str
    paths: tuple[Path, ...]
    layout: Layout
    rows: pa.Table
    columns: tuple[Column, ...]
    broken: int
    complete: bool
    nulls: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ""

    def repeated_rows(self) -> int:
        """Return how many rows say the same as an earlier one, in every column."""
        # Numbers in place of texts group six times as fast.
        codes = {column.name: self.rows[column.name].combine_chunks().dictionary_encode() for column in self.columns}
        coded = pa.table({name: array.indices for name, array in codes.items()})
        return int(coded.num_rows - coded.group_by(list(codes)).aggregate([]).num_rows)

    def column(self, name: str) -> Column:
        """Return the facts of the column `name` (KeyError where there is none)."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def look(name: str, paths: Sequence[Path], layout: Layout, *, most_rows: int = ROWS) -> File:
    """Read up to `most_rows` rows of `paths` (same header) and return the facts.

    Raises:
        SourceError: a file cannot be read.
    """
    rows, broken, complete = _rows(paths, layout, most_rows)
    arrays = {column: rows[column].combine_chunks() for column in rows.column_names if column != "__line__"}
    decimal, thousands = _style([_sample(pc.unique(array.drop_null())) for array in arrays.values()])
    nulls = sorted({token for array in arrays.values() for token in _null_tokens(array, decimal)})
    columns = tuple(_column(column, array, nulls, decimal) for column, array in arrays.items())
    return File(
        name=name,
        paths=tuple(paths),
        layout=layout,
        rows=rows,
        columns=columns,
        broken=broken,
        complete=complete,
        nulls=tuple(nulls),
        decimal=decimal,
        thousands=thousands,
    )


def _rows(paths: Sequence[Path], layout: Layout, most_rows: int) -> tuple[pa.Table, int, bool]:
    tables: list[pa.Table] = []
    broken = taken = 0
    for path in paths:
        for batch in records.read(path, layout):
            room = most_rows - taken
            tables.append(batch.rows.slice(0, room))
            broken += len(batch.broken)
            taken += min(room, len(batch.rows))
            if taken >= most_rows:
                return pa.concat_tables(tables), broken, False
    if not tables:
        names = records.header(paths[0], layout)
        tables = [pa.table({name: pa.array([], pa.string()) for name in names})]
    return pa.concat_tables(tables), broken, True


def _sample(values: pa.Array) -> tuple[str, ...]:
    step = max(1, len(values) // SAMPLE)
    return tuple(value for value in values[::step].to_pylist()[:SAMPLE] if value.strip())


def _style(samples: Iterable[Sequence[str]]) -> tuple[str, str]:
    """Return (decimal, thousands): a comma where some column only reads so."""
    decimal, thousands = ".", ""
    for sample in samples:
        point, comma = share_like(sample, _POINT), share_like(sample, _COMMA)
        if comma > 0.95 and point < 0.95:
            decimal = ","
    for sample in samples:
        sign = "." if decimal == "," else ","
        written = _COMMA if decimal == "," else _POINT
        if share_like(sample, written) > 0.95 and any(sign in value for value in sample):
            thousands = sign
    return decimal, thousands


def _null_tokens(array: pa.Array, decimal: str) -> set[str]:
    """Return the null-like texts of a column: sure ones, and others that alone keep it from being numbers or dates."""
    values = pc.unique(array.drop_null())
    found = set(values.filter(pc.is_in(values, value_set=pa.array(sorted(_NULLS)))).to_pylist())
    unsure = found - _SURE_NULLS
    if unsure:
        rest = [value for value in _sample(values) if value not in _NULLS]
        written = _COMMA if decimal == "," else _POINT
        if not rest or (share_like(rest, written) < 0.99 and not formats_of(rest)[0]):
            found -= unsure
    return found


def _column(name: str, array: pa.Array, nulls: Sequence[str], decimal: str) -> Column:
    stripped = pc.utf8_trim_whitespace(array)
    empty = pc.is_in(stripped, value_set=pa.array(["", *nulls, None], pa.string()))
    kept = array.filter(pc.invert(empty))
    counted = kept.value_counts()
    values, counts = counted.field("values"), counted.field("counts")
    column = Column(name=name, rows=len(array), filled=len(kept), values=values, counts=counts, sample=_sample(values))
    return _with_formats(_with_numbers(_with_texts(column), decimal))


def _with_texts(column: Column) -> Column:
    sample = column.sample
    if not sample:
        return column
    return replace(
        column,
        email=share_like(sample, _EMAIL),
        spaced=sum(value.strip().count(" ") >= 2 for value in sample) / len(sample),
        length=sum(map(len, sample)) / len(sample),
    )


def as_number(value: str, decimal: str) -> float | None:
    """Return the number that `value` writes in the style, or None.

    >>> as_number("1.234,50", ","), as_number("x", ".")
    (1234.5, None)
    """
    text = value.strip()
    if not (_COMMA if decimal == "," else _POINT).fullmatch(text):
        return None
    return float(text.replace(".", "").replace(",", ".")) if decimal == "," else float(text.replace(",", ""))


def _with_numbers(column: Column, decimal: str) -> Column:
    numbers = [number for value in column.sample if (number := as_number(value, decimal)) is not None]
    if not numbers:
        return column
    return replace(
        column,
        number=len(numbers) / len(column.sample),
        integer=share_like(column.sample, _INTEGER),
        negative=_negative(column) if len(numbers) > 0.9 * len(column.sample) else 0.0,
        decimals=max(len(value.strip().rpartition(decimal)[2]) if decimal in value else 0 for value in column.sample),
        least=min(numbers),
        most=max(numbers),
    )


def _negative(column: Column) -> float:
    below = pc.match_substring_regex(column.values, r"^\s*-\s*[0-9.,]*[1-9]")
    return (pc.sum(column.counts.filter(below)).as_py() or 0) / column.filled


def _with_formats(column: Column) -> Column:
    formats, share = formats_of(column.sample)
    timed = any(":" in value for value in column.sample) if formats else False
    return replace(column, formats=formats, format_share=share, timed=timed)
