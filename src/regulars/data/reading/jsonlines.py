"""JSON lines as text: one object per line, numbers exactly as they are written."""

import json
from collections.abc import Iterator, KeysView
from itertools import chain
from pathlib import Path
from typing import Any, Final

import orjson

from regulars.core.errors import SourceError
from regulars.data.reading import lines, streams
from regulars.data.reading.layout import (
    LONGEST_FIELD,
    MOST_BYTES,
    MOST_COLUMNS,
    Broken,
    Layout,
    Records,
    check_columns,
    shown,
    table_of,
)

_END: Final = b"\n"


def header(path: Path, layout: Layout, *, most_bytes: int = MOST_BYTES) -> tuple[str, ...]:
    """Return all keys in the order in which they appear; this reads the whole file.

    Raises:
        SourceError: the file cannot be read, no line of it is an object, or a key is empty.
    """
    names: dict[str, None] = {}
    for _, raw in _lines(path, layout, most_bytes):
        found = _keys(raw)
        if not found <= names.keys():
            names.update(dict.fromkeys(found))
            if len(names) > MOST_COLUMNS:
                break
    if not names:
        raise SourceError(f"`{path}` has no line that is a JSON object. Check its `format`.")
    return check_columns(list(names), f"`{path}`")


def read(path: Path, layout: Layout, *, rows: int, most_bytes: int = MOST_BYTES) -> Iterator[Records]:
    """Yield the objects as rows of text, at most `rows` records at a time.

    Objects and arrays inside of them are JSON text again.

    Raises:
        SourceError: as `header`, or a compressed file grows over `most_bytes`.
    """
    columns = header(path, layout, most_bytes=most_bytes)
    numbers: list[int] = []
    values: list[list[str | None]] = []
    broken: list[Broken] = []
    for number, raw in _lines(path, layout, most_bytes):
        found = _object(raw)
        if isinstance(found, str):
            broken.append(Broken(line=number, reason=found, text=shown(raw)))
        else:
            numbers.append(number)
            values.append([found.get(name) for name in columns])
        if len(numbers) + len(broken) == rows:
            yield Records(rows=table_of(columns, values, numbers), broken=tuple(broken))
            numbers, values, broken = [], [], []
    yield Records(rows=table_of(columns, values, numbers), broken=tuple(broken))


def _lines(path: Path, layout: Layout, most_bytes: int) -> Iterator[tuple[int, bytes]]:
    chunks = lines.whole(streams.text(path, layout.encoding, most_bytes=most_bytes), _END)
    return enumerate(chain.from_iterable(chunk.removesuffix(_END).split(_END) for chunk in chunks), 1)


def _keys(raw: bytes) -> KeysView[str]:
    try:
        found = orjson.loads(raw)  # four times faster than `_object`, but rounds numbers and is stricter
    except orjson.JSONDecodeError:
        found = _object(raw)
    return found.keys() if isinstance(found, dict) else {}.keys()


def _object(raw: bytes) -> dict[str, str | None] | str:
    """Return the object that `raw` is, or the reason why it is none."""
    if not raw.strip():
        return "empty_row"
    if len(raw) > lines.LONGEST_LINE:
        return "field_too_long"
    if b"\0" in raw:
        return "nul_byte"
    try:
        pairs = _DECODER.decode(raw.decode())
        values = {key: value if isinstance(value, str) else _text(value) for key, value in pairs.items()}
    except UnicodeDecodeError:
        return "invalid_utf8"
    except (ValueError, AttributeError, RecursionError):
        return "invalid_json"
    return _fault(raw, values) or values


def _fault(raw: bytes, values: dict[str, str | None]) -> str:
    if not any(values.values()):
        return "empty_row"
    if len(raw) > LONGEST_FIELD and any(len(value.encode()) > LONGEST_FIELD for value in values.values() if value):
        return "field_too_long"
    if b"\\u" in raw:  # an escape may say what the bytes may not
        together = "".join([*values, *filter(None, values.values())])
        if "\0" in together:
            return "nul_byte"
        if any("\ud800" <= character <= "\udfff" for character in together):
            return "invalid_utf8"
    return ""


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse(constant: str) -> str:
    raise ValueError(f"{constant} is no JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_Number, parse_float=_Number, parse_constant=_refuse
)


def _text(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case _:
            return _json(value)


def _json(value: Any) -> str:
    match value:
        case _Number():
            return str(value)
        case list():
            return f"[{','.join(map(_json, value))}]"
        case dict():
            return "{" + ",".join(f"{_json(key)}:{_json(inner)}" for key, inner in value.items()) + "}"
        case _:
            return json.dumps(value, ensure_ascii=False)
