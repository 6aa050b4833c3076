"""What the terminal shows: tables with small bars and sparklines, files in other formats, progress."""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from regulars.core.errors import QueryError, nearest
from regulars.views.shown import cell

FORMATS = ("table", "json", "csv", "parquet")
_SPARKS = "▁▂▃▄▅▆▇█"

#: Wide enough for a KPI, its interval and its course where the output is no terminal.
_WIDE = 180

out = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
err = Console(stderr=True, highlight=False)


def sparkline(values: Sequence[float | None]) -> str:
    """Draw values as a line of blocks; a gap where there is none.

    >>> sparkline([1, None, 3, 2])
    '▁ █▅'
    """
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    steps = [" " if v is None else _SPARKS[round((v - low) / span * 7) if span else 3] for v in values]
    return "".join(steps)


def bar(share: float, width: int = 12) -> str:
    """Draw a share in [0, 1] as a bar."""
    return "█" * round(max(0.0, min(1.0, share)) * width)


def chosen(output_format: str, among: Sequence[str] = FORMATS) -> str:
    """Check the name of a format.

    Raises:
        QueryError: there is no such format here.
    """
    if output_format not in among:
        raise QueryError(f"`{output_format}` is no format of this.{nearest(output_format, among)}")
    return output_format


def show(
    records: Sequence[Mapping[str, Any]],
    table: Callable[[], Table],
    output_format: str,
    output: Path | None = None,
    *,
    flat: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    """Write records in a format: `table` draws them, `flat` is what fits into columns (the records if None)."""
    match chosen(output_format):
        case "table":
            _write_table(table(), output)
        case "json":
            _write((json.dumps(list(records), indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode(), output)
        case "csv":
            _write(_csv(records if flat is None else flat).encode(), output)
        case "parquet":
            _write(_parquet(records if flat is None else flat), output)


def _write_table(table: Table, output: Path | None) -> None:
    if output is None:
        out.print(table)
        return
    with output.open("w", encoding="utf-8") as file:
        Console(file=file, width=200, highlight=False).print(table)


def _write(content: bytes, output: Path | None) -> None:
    if output is not None:
        output.write_bytes(content)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _csv(records: Sequence[Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys(name for row in records for name in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[cell(row.get(name)) for name in columns] for row in records])
    return text.getvalue()


def _parquet(records: Sequence[Mapping[str, Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist([dict(row) for row in records]), sink, write_page_checksum=True)
    return bytes(sink.getvalue().to_pybytes())


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show how far long work has come, on standard error; silent where that is no terminal."""
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=err, transient=True
    ) as shown:
        task = shown.add_task("", total=1)

        def told(what: str, done: int, total: int) -> None:
            shown.update(task, description=what, completed=done, total=max(total, 1))

        yield told
