"""What a check is, what it looks at and what it finds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir

from regulars.core.settings import Settings
from regulars.data.quality.biases import Bias


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something remarkable about a table's rows from one source.

    Attributes:
        code: stable name.
        table: canonical table, or empty.
        source: whose rows, or empty for all.
        rows: how many.
        share: of all rows of the table from that source, in [0, 1]; None where that says nothing.
        example: where to look: `path:line`, a day, or a column.
        message: one sentence.
        biases: what it does to which numbers; none where definitions take care of it, or where no number reads it yet.
    """

    code: str
    table: str
    source: str
    rows: int
    share: float | None
    example: str
    message: str
    biases: tuple[Bias, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What checks look at.

    Attributes:
        tables: the canonical tables that are there.
        landed: a table's rows as the files gave them.
        aliases: alias and customer_id.
        files: the ledger.
        settings: all settings.
        as_of: local day before which records count.
    """

    tables: Mapping[str, ir.Table]
    landed: Callable[[str], ir.Table]
    aliases: ir.Table
    files: tuple[Mapping[str, Any], ...]
    settings: Settings
    as_of: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Rows of `table` that are remarkable; `message` may use {rows}, {share} and {table}."""

    name: str
    table: str
    needs: tuple[str, ...] = ()
    remarkable: Callable[[Look, ir.Table], ir.Table]
    message: str
    biases: tuple[Bias, ...] = ()
