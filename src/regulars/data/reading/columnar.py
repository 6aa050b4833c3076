"""Parquet as text."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.core.errors import SourceError
from regulars.data.reading import streams
from regulars.data.reading.layout import LONGEST_FIELD, MOST_BYTES, Broken, Records, check_columns, shown, table

_MOST_DIGITS: Final = 20  # wider numbers keep their exponent


def header(path: Path) -> tuple[str, ...]:
    """Return the names of the columns.

    Raises:
        SourceError: the file cannot be read, or names are empty or repeated.
    """
    with _opened(path, MOST_BYTES) as file:
        return check_columns(file.schema_arrow.names, f"`{path}`")


def read(path: Path, *, rows: int, most_bytes: int = MOST_BYTES) -> Iterator[Records]:
    """Yield the rows as text, at most `rows` at a time; `__line__` is the row's number.

    Raises:
        SourceError: the file is damaged, or a column holds what cannot be written as text.
    """
    with _opened(path, most_bytes) as file:
        columns = check_columns(file.schema_arrow.names, f"`{path}`")
        before = 0
        for batch in file.iter_batches(batch_size=rows):
            yield _records(columns, [_text(column) for column in batch.columns], before)
            before += batch.num_rows


@contextmanager
def _opened(path: Path, most_bytes: int) -> Iterator[pq.ParquetFile]:
    with streams.seekable(path, most_bytes=most_bytes) as whole:
        try:
            yield pq.ParquetFile(whole, page_checksum_verification=True)
        except (pa.ArrowException, OSError, ValueError) as cause:
            raise SourceError(f"`{path}` is damaged or no Parquet file: {cause}. Fetch it again.") from cause


def _records(columns: tuple[str, ...], values: list[pa.Array], before: int) -> Records:
    lines = np.arange(before + 1, before + 1 + len(values[0]))
    reasons = _faults(values)
    sound = np.ones(len(lines), dtype=bool)
    sound[list(reasons)] = False
    rows = table(columns, values, pa.array(lines))
    broken = (_broken(before, row, reason, values) for row, reason in sorted(reasons.items()))
    return Records(broken=tuple(broken), rows=rows if not reasons else rows.filter(pa.array(sound)))


def _broken(before: int, row: int, reason: str, values: list[pa.Array]) -> Broken:
    fields = (b"" if value is None else value for value in (column.view(pa.binary())[row].as_py() for column in values))
    return Broken(line=before + 1 + row, reason=reason, text=shown(b",".join(fields)))


def _faults(values: list[pa.Array]) -> dict[int, str]:
    """Return the reason for each row (from 0) that is no row."""
    reasons: dict[int, str] = {}
    hollow = np.ones(len(values[0]), dtype=bool)
    for column in values:
        data = column.buffers()[2]
        if hollow.any():
            hollow &= pc.fill_null(pc.equal(pc.binary_length(column), 0), True).to_numpy(zero_copy_only=False)
        if data is None:
            continue
        raw = column.view(pa.binary())
        if not np.frombuffer(data, dtype=np.uint8).all():
            _note(reasons, pc.match_substring(raw, b"\0"), "nul_byte")
        if len(data) > LONGEST_FIELD:
            _note(reasons, pc.greater(pc.binary_length(raw), LONGEST_FIELD), "field_too_long")
        if not _is_text(column):
            wrong = [value is not None and not _decodes(value) for value in raw.to_pylist()]
            _note(reasons, pa.array(wrong), "invalid_utf8")
    _note(reasons, pa.array(hollow), "empty_row")
    return reasons


def _note(reasons: dict[int, str], which: pa.Array, reason: str) -> None:
    for row in np.flatnonzero(pc.fill_null(which, False).to_numpy(zero_copy_only=False)):
        reasons.setdefault(int(row), reason)


def _is_text(column: pa.Array) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _decodes(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if _is_binary(kind):
        return column.cast(pa.binary()).view(pa.string())  # not checked here: Parquet's own text is not checked either
    if pa.types.is_floating(kind):
        return _plain(column.cast(pa.float64() if pa.types.is_float16(kind) else kind).cast(pa.string()), "e")
    if pa.types.is_decimal(kind):
        return _without_zeros(_plain(column.cast(pa.string()), "E"))
    if pa.types.is_timestamp(kind):
        return _instant(column)
    if pa.types.is_time(kind):
        return _without_zeros(column.cast(pa.string()))
    if pa.types.is_nested(kind):
        return pa.array([None if value is None else _json(value) for value in column.to_pylist()], pa.string())
    return column.cast(pa.string())


def _is_binary(kind: pa.DataType) -> bool:
    checks = ("string", "large_string", "string_view", "binary", "large_binary", "binary_view", "fixed_size_binary")
    return any(getattr(pa.types, f"is_{name}")(kind) for name in checks)


def _instant(column: pa.Array) -> pa.Array:
    if column.type.tz is None:
        return _without_zeros(pc.replace_substring(column.cast(pa.string()), " ", "T"))
    text = column.cast(pa.timestamp(column.type.unit, "UTC")).cast(pa.string())
    text = _without_zeros(pc.replace_substring(pc.replace_substring(text, "Z", ""), " ", "T"))
    return pc.binary_join_element_wise(text, "+00:00", "")


def _without_zeros(text: pa.Array) -> pa.Array:
    """Drop the zeros that only the type put behind the point."""
    if not pc.any(pc.ends_with(text, "0")).as_py():
        return text
    whole = pc.replace_substring_regex(text, r"\.0+$", "")
    return pc.replace_substring_regex(whole, r"(\.\d*[1-9])0+$", r"\1")


def _plain(text: pa.Array, exponent: str) -> pa.Array:
    """Write the numbers with an exponent in digits, where they are few."""
    if not pc.any(pc.match_substring(text, exponent)).as_py():
        return text
    return pa.array([value and plain(value) for value in text.to_pylist()], pa.string())


def plain(number: str) -> str:
    """Return the number without exponent, if that takes no more than 20 digits before and after the point.

    >>> plain("1e+16"), plain("1e-05"), plain("1e+300")
    ('10000000000000000', '0.00001', '1e+300')
    """
    if "e" not in number.lower() or abs(Decimal(number).adjusted()) > _MOST_DIGITS:
        return number
    return format(Decimal(number), "f")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
