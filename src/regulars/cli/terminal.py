"""What the terminal shows: tables with small bars and sparklines, files in other formats, progress."""

import json
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

from regulars.app.workspace import Workspace
from regulars.core.errors import FaultyDeclaration, QueryError, RegularsError, nearest
from regulars.views import words
from regulars.views.company import Company, open_company
from regulars.views.shown import arrow, csv_text

FORMATS = ("table", "json", "csv", "parquet")
_SPARKS = "▁▂▃▄▅▆▇█"

#: Wide enough for a KPI, its interval and its course where the output is no terminal.
_WIDE = 180

out = Console(highlight=False, width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDE)
err = Console(stderr=True, highlight=False)


@contextmanager
def company(directory: Path) -> Iterator[Company]:
    """Open a workspace; afterwards, say which of its own declarations cannot be used, one line each."""
    raised: FaultyDeclaration | None = None
    with open_company(directory) as opened:
        try:
            yield opened
        except FaultyDeclaration as fault:
            raised = fault
            raise
        finally:
            warn(opened.workspace, told=raised)


def warn(workspace: Workspace, *, told: FaultyDeclaration | None = None) -> None:
    """Say which declarations of a workspace cannot be used, but for one that is told already."""
    for fault in workspace.faults:
        if fault is not told:
            err.print(f"warning: {fault}", soft_wrap=True, markup=False)


def note(cause: RegularsError) -> None:
    """Say what could not be done beside what could."""
    err.print(f"note: {cause}", soft_wrap=True, markup=False)


class Fitted:
    """A table in which no name and no value is cut: cells fold, then columns are left out, then lines become blocks.

    Attributes:
        table: all of it.
        wraps: heads of columns with sentences.
        folds: heads of columns with a span, "x to y", that may take two lines.
        drops: heads of columns that may be left out, the least important first.
        folds_last: whether cells fold only where leaving out columns is not enough.
        all_of_it: where what is left out can be had.
    """

    #: Narrower than that, a sentence is a column of words.
    LEAST = 26

    def __init__(
        self,
        table: Table,
        *,
        wraps: Collection[str] = (),
        folds: Collection[str] = (),
        drops: Sequence[str] = (),
        folds_last: bool = False,
        all_of_it: str = "",
    ) -> None:
        self.table, self.folds, self.drops, self.all_of_it = table, folds, drops, all_of_it
        self.folds_last = folds_last
        for column in table.columns:
            column.no_wrap = column.header not in wraps
            column.overflow = "fold"
            column.min_width = _widest(column) if column.no_wrap else min(self.LEAST, _widest(column))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it as wide as there is room."""
        yield self.within(options.max_width, console)

    def within(self, width: int, console: Console = out) -> Table:
        """Return the table as it fits `width`."""

        def wide(table: Table) -> bool:
            needed = Measurement.get(console, console.options.update(width=10_000), _bare(table)).minimum
            return needed > width

        table = self.table
        if wide(table) and not self.folds_last:
            table = _folded(table, self.folds)
        left_out: list[str] = []
        for head in self.drops:
            if not wide(table):
                break
            table = _without(table, head)
            left_out += [head.replace("\n", " ")] if head.strip() else []
        if wide(table) and self.folds_last:
            table = _folded(table, self.folds)
        if wide(table):
            return _blocks(self.table)
        if left_out:
            table = copy(table)
            note = f"Left out at this width: {', '.join(left_out)}{self.all_of_it and f' ({self.all_of_it})'}."
            table.caption, table.caption_justify = f"{table.caption or ''}\n{note}".strip(), "left"
        return table


def _bare(table: Table) -> Table:
    bare = copy(table)
    bare.title = bare.caption = None
    return bare


def _folded(table: Table, heads: Collection[str]) -> Table:
    folded = copy(table)
    folded.columns = [_in_two(column) if column.header in heads else column for column in table.columns]
    return folded


def _in_two(column: Column) -> Column:
    folded = replace(column, _cells=[str(one).replace(" to ", "\nto ") for one in column._cells])
    folded.min_width = _widest(folded)
    return folded


def _widest(column: Column) -> int:
    lines = [line for one in (column.header, *column._cells) for line in Text.from_markup(str(one)).split("\n")]
    return max((line.cell_len for line in lines), default=0)


def _without(table: Table, head: str) -> Table:
    kept = copy(table)
    left = [column for column in table.columns if column.header != head]
    kept.columns = [replace(column, _index=index) for index, column in enumerate(left)]
    return kept


def _blocks(table: Table) -> Table:
    """Return a table as a block of lines per row, a name and a value in each."""
    blocks = Table(box=None, show_header=False, pad_edge=False)
    blocks.title, blocks.caption = table.title, table.caption
    blocks.title_justify = blocks.caption_justify = "left"
    columns = [(str(column.header).replace("\n", " "), column._cells) for column in table.columns]
    blocks.add_column(no_wrap=True)
    blocks.add_column(overflow="fold")
    for row in range(len(table.rows)):
        for head, cells in columns:
            if head.strip() and cells[row]:
                blocks.add_row(head, cells[row])
        blocks.add_row("", "")
    return blocks


def legend(flags: Iterable[Collection[str]]) -> tuple[Mapping[str, str], str]:
    """Return a short code for every flag, and the sentences that say what they mean, once.

    >>> legend([("small_n",), (), ("small_n", "unfinished")])
    ({'small_n': 'a', 'unfinished': 'b'}, 'Flags: a: too few customers to trust the value; b: the period is not over.')
    """
    found = sorted({flag for several in flags for flag in several})
    codes = {
        flag: ascii_lowercase[place] if place < len(ascii_lowercase) else str(place) for place, flag in enumerate(found)
    }
    said = "; ".join(f"{code}: {words.flag(flag)}" for flag, code in codes.items())
    return codes, f"Flags: {said}." if said else ""


def reasons(found: Iterable[str]) -> tuple[Mapping[str, str], str]:
    """Return a mark for every reason why there is no value, and the sentences that say them, once.

    >>> reasons(["", "needs `events`", "needs `events`"])
    ({'': '', 'needs `events`': '(1)'}, 'No value: (1) needs `events`.')
    """
    told = [reason for reason in dict.fromkeys(found) if reason]
    marks = {reason: f"({place})" for place, reason in enumerate(told, 1)}
    said = "; ".join(f"{mark} {reason}" for reason, mark in marks.items())
    return {"": "", **marks}, f"No value: {said}." if said else ""


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


#: Makes records.
Rows = Callable[[], Sequence[Mapping[str, Any]]]


def show(
    records: Rows,
    table: Callable[[], RenderableType],
    output_format: str,
    output: Path | None = None,
    *,
    flat: Rows | None = None,
) -> None:
    """Write records in a format: `table` draws them, `flat` is what fits into columns (the records if None).

    Only what the format needs is made: of a million predictions, once is enough.
    """
    match chosen(output_format):
        case "table":
            _write_table(table(), output)
        case "json":
            _write((json.dumps(list(records()), indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode(), output)
        case "csv":
            _write(csv_text((flat or records)()).encode(), output)
        case "parquet":
            _write(_parquet((flat or records)()), output)


def _write_table(table: RenderableType, output: Path | None) -> None:
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


def _parquet(records: Sequence[Mapping[str, Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(arrow(records), sink, write_page_checksum=True)
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
