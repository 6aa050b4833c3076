"""What a file looks like, from its name and its beginning."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from regulars.core.errors import SourceError, nearest
from regulars.data.reading import streams
from regulars.data.reading.layout import Layout

SUFFIXES: Final = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_MAGIC: Final = {b"PAR1": "parquet", b"PK\x03\x04": "excel"}
_DELIMITERS: Final = (",", ";", "\t", "|")
_HEAD: Final = 1 << 20
_LINES: Final = 200
_TITLES: Final = 20  # most lines above the names
_LONGEST: Final = 100_000  # no line of names is longer
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*+"')
_DAMAGE: Final = re.compile("[\0-\x08\x0e-\x1a\x7f\ufffd]")  # what no text has, or what stands for bytes that are none
_MOST_DAMAGE: Final = 0.3  # of the first megabyte; less is for each record to answer for


def sniff(path: Path, **overrides: str | int) -> Layout:
    """Return what `path` looks like; `overrides` are fields of `Layout` that are known better.

    The format follows from the name and is checked against the first bytes. The delimiter is the one among comma,
    semicolon, tab and bar that stands equally often on most of the first lines. The encoding is told by a byte order
    mark, else it is UTF-8; or cp1252 (not for JSON) where no line of the first megabyte with characters beyond ASCII
    is UTF-8. The names stand in the first line, or in the first one below titles and empty lines where that looks like
    names and the next line has as many cells.

    Raises:
        SourceError: there is no such file, it is empty, its bytes contradict its name or are no text, or an override
            makes no sense.
    """
    unknown = sorted(set(overrides) - set(Layout.__dataclass_fields__))
    if unknown:
        raise SourceError(f"A layout has no `{unknown[0]}`.{nearest(unknown[0], Layout.__dataclass_fields__)}")
    head = b"".join(_first(path))
    layout = Layout(format=_format(path, head, str(overrides.get("format", ""))))
    if layout.format in ("excel", "parquet"):
        return replace(layout, **overrides)  # type: ignore[arg-type]
    encoding = str(overrides.get("encoding") or _encoding(head, layout.format))
    text = b"".join(streams.text_of([head], encoding)).decode("utf-8", "replace")
    _check_text(path, text, encoding)
    if layout.format == "jsonl" and text.lstrip().startswith("["):
        raise SourceError(f"`{path}` is one JSON array. Write one object per line (jq -c '.[]').")
    looks = {"encoding": encoding} | (_table(text, layout.format, overrides) if layout.format != "jsonl" else {})
    return replace(layout, **looks | overrides)  # type: ignore[arg-type]


def _first(path: Path) -> list[bytes]:
    head: list[bytes] = []
    for block in streams.blocks(path, size=_HEAD):
        head.append(block)
        if sum(map(len, head)) >= _HEAD:
            break
    if not head:
        raise SourceError(f"`{path}` is empty. It needs at least a line with the columns' names.")
    return head


def _format(path: Path, head: bytes, wanted: str) -> str:
    looks = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "")
    name = wanted or SUFFIXES.get(streams.suffix(path), looks or "csv")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise SourceError(f"`{path}` is an old or password-protected Excel file. Save it as .xlsx without password.")
    if any(head.startswith(magic) for _, magic in streams.COMPRESSIONS.values()):
        raise SourceError(f"`{path}` is compressed, which its name does not say. Rename it to end in .gz or .zst.")
    if name != looks and (looks or name in _MAGIC.values()):
        raise SourceError(f"`{path}` is no {name} file: its bytes are {looks or 'text'}. Rename it or set `format`.")
    return name


def _check_text(path: Path, text: str, encoding: str) -> None:
    """Refuse as a whole what would otherwise be damaged record by record."""
    damaged = len(_DAMAGE.findall(text)) / max(len(text), 1)  # there may be a byte order mark only
    if damaged > _MOST_DAMAGE:
        raise SourceError(
            f"`{path}` is not text in {encoding}: {damaged:.0%} of its beginning cannot be read so. "
            "Leave it out, or say its `encoding` (`utf-16-le`?)."
        )


def _encoding(head: bytes, form: str) -> str:
    marked = next((name for mark, name in streams.MARKS if head.startswith(mark)), "")
    if marked or form == "jsonl" or head.isascii() or b"\0" in head or b"\xff" in head:  # damage rather than cp1252
        return marked or "utf-8"
    beyond = [line for line in head.splitlines()[: -1 if len(head) >= _HEAD else None] if not line.isascii()]
    if beyond and not any(_decodes(line, "utf-8") for line in beyond) and all(_decodes(x, "cp1252") for x in beyond):
        return "cp1252"
    return "utf-8"


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        codecs.decode(line, encoding)
    except UnicodeDecodeError:
        return False
    return True


def _table(text: str, form: str, known: Mapping[str, str | int]) -> dict[str, str | int]:
    """Return the delimiter and the line of the names."""
    lines = text.split("\n" if "\n" in text else "\r")
    stated = int(known.get("header_row", 0))
    delimiter = str(known.get("delimiter", "")) or ("\t" if form == "tsv" else _delimiter(lines, stated))
    return {"delimiter": delimiter, "header_row": stated or _header_row(lines, delimiter)}


def _delimiter(lines: Sequence[str], header_row: int) -> str:
    best = (0.0, 0, ",")
    for delimiter in _DELIMITERS:
        first = header_row or _header_row(lines, delimiter)
        rows = [_QUOTED.sub("", line) for line in lines[first - 1 :][:_LINES] if line.strip()]
        counts = Counter(line.count(delimiter) for line in rows)
        usual, often = max(counts.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        if usual and rows[0].count(delimiter) == usual and (often / len(rows), usual) > best[:2]:
            best = (often / len(rows), usual, delimiter)
    return best[2]


def _header_row(lines: Sequence[str], delimiter: str) -> int:
    """Return the line of the names, from 1: the first one below titles where it looks like names, else the first."""
    for number, (line, following) in enumerate(pairwise(lines[: _TITLES + 2]), 1):
        cells = _cells(line, delimiter)
        if not _is_title(cells):
            fits = number > 1 and _are_names(cells) and len(_cells(following, delimiter)) == len(cells)
            return number if fits else 1
    return 1


def _cells(line: str, delimiter: str) -> list[str]:
    plain = line[:_LONGEST].rstrip("\r").replace("\0", "").replace("\r", " ")
    return [cell.strip() for cell in next(csv.reader([plain], delimiter=delimiter), [])]


def _is_title(cells: Sequence[str]) -> bool:
    """Whether nothing stands in the line but its first cell; of two cells, one may be a column without a name."""
    return not any(cells[1:]) and (len(cells) != 2 or not cells[0])


def _are_names(cells: Sequence[str]) -> bool:
    return len(set(cells)) == len(cells) and all(any(map(str.isalpha, cell)) for cell in cells)
