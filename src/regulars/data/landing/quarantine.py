"""What is kept of records that do not count: the failing cells of a file, their values masked."""

from collections.abc import Iterable
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from regulars.data import engine
from regulars.data.landing.texts import FILE
from regulars.data.masking import mask
from regulars.data.reading.layout import Broken
from regulars.data.statements import Rows, Statements
from regulars.data.store import QUARANTINE

#: Masking looks at a beginning only; a value may have a megabyte.
_LOOKED_AT = 200


class Quarantine:
    """Keeps the failing cells of one file until its rows are written."""

    def __init__(self, backend: Any, do: Statements) -> None:
        self._backend, self._do = backend, do

    def begin(self) -> None:
        """Keep those of a new file, whose number stands in `_this`."""
        engine.create(self._backend, "_faulty", ibis.schema(QUARANTINE), temp=True, replace=True)

    def add(self, name: str, cells: Rows) -> None:
        """Keep `cells` (line, table, column, value, reason, first); `name` tells apart where they come from."""
        self._do.insert(("cells", name), "temp", "_faulty", lambda: self._of_file(cells()))

    def add_broken(self, broken: Iterable[Broken], file: int) -> None:
        """Keep records that could not be taken apart: the fault is the whole record's, not a column's."""
        whole = {"file": file, "table": "", "column": "", "first": True}
        kept = [{**whole, "line": one.line, "value": mask(one.text), "reason": one.reason} for one in broken]
        if kept:
            engine.insert(self._backend, "_faulty", ibis.memtable(kept, schema=QUARANTINE), catalog="temp")

    def write(self) -> None:
        """Put what was kept into the landing."""
        self._do.insert("faulty", "landing", "_quarantine", lambda: self._do.temp("_faulty"))

    def _of_file(self, cells: ir.Table) -> ir.Table:
        this = self._do.temp("_this").select(file=FILE)
        return shown(cells).cross_join(this).select(*QUARANTINE)


def shown(cells: ir.Table) -> ir.Table:
    """Return cells with what may be shown of their values."""
    masked = _mask(cells.value.fill_null("").left(_LOOKED_AT))
    # A missing rate is told in words of ours: a currency and a day.
    return cells.mutate(value=ibis.ifelse(cells.reason == "no_rate", cells.value, masked))


@ibis.udf.scalar.pyarrow(signature=(("string",), "string"))
def _mask(values: pa.Array) -> pa.Array:
    return pa.array([mask(value) for value in values.to_pylist()], pa.string())
