"""Statements made once and run for every file: to make one takes longer than to run it on a small file."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.expr.operations.udf import InputType

from regulars.data import engine, sharing

Rows = Callable[[], ir.Table]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A query, its columns, and the expression it came of where that uses functions written in Python."""

    query: str
    columns: tuple[str, ...]
    registers: ir.Table | None


class Statements:
    """Remembers, under a name, the SQL that Ibis made of an expression.

    The expression is asked for once only: it may depend on nothing but `about` and the names of tables.
    """

    def __init__(self, backend: Any, about: str) -> None:
        self._backend = backend
        self._made = _memory(about)

    def _of(self, name: object, rows: Rows) -> tuple[str, tuple[str, ...]]:
        if name not in self._made:
            made = rows()
            self._made[name] = _Made(
                query=sharing.compile(self._backend, made),
                columns=tuple(made.columns),
                registers=made if _has_own_functions(made) else None,
            )
        known = self._made[name]
        if known.registers is not None:
            # Functions of ours belong to the connection, and to the transaction in which they were made known.
            self._backend._run_pre_execute_hooks(known.registers)
        return known.query, known.columns

    def _run(self, statement: str) -> Any:
        with engine.failures():
            return self._backend.con.execute(statement)

    def create(self, name: str, rows: Rows, *, what: str = "") -> None:
        """Make the temporary table `name`; `what` tells apart several that take this name in turn."""
        query, _columns = self._of(("create", name, what), rows)
        self._run(f"CREATE OR REPLACE TEMP TABLE {engine.quote(name)} AS {query}")

    def store(self, name: str, rows: Rows, *, what: str = "") -> None:
        """Make the table `name` of the working file, in place of the one that is there."""
        query, _columns = self._of(("store", name, what), rows)
        self._run(f"CREATE OR REPLACE TABLE {engine.quote('working', 'main', name)} AS {query}")

    def insert(self, name: object, catalog: str, table: str, rows: Rows) -> None:
        """Add rows to `table` of `catalog`."""
        query, columns = self._of(("insert", name), rows)
        into = f"{engine.quote(catalog, 'main', table)} ({', '.join(map(engine.quote, columns))})"
        self._run(f"INSERT INTO {into} {query}")

    def ask(self, name: object, rows: Rows) -> list[dict[str, Any]]:
        """Return a small result."""
        query, columns = self._of(("ask", name), rows)
        return [dict(zip(columns, row, strict=True)) for row in self._run(query).fetchall()]

    def count(self, name: object, rows: Rows) -> int:
        """Return how many rows there are."""
        return int(self.ask(name, lambda: _counted(rows()))[0]["n"])

    def temp(self, name: str) -> ir.Table:
        """Return the temporary table `name`."""
        return self._backend.table(name, database=("temp", "main"))

    def forget(self, catalog: str, table: str, file: int) -> None:
        """Remove the rows that came in a file."""
        self._run(f"DELETE FROM {engine.quote(catalog, 'main', table)} WHERE file = {file:d}")  # noqa: S608

    def number(self, name: str, column: str, value: int) -> None:
        """Make the temporary table `name` that holds one number."""
        self._run(
            f"CREATE OR REPLACE TEMP TABLE {engine.quote(name)} AS SELECT {value:d}::INTEGER AS {engine.quote(column)}"
        )

    def drop(self, name: str, *, catalog: str = "temp") -> None:
        """Remove a table if it is there."""
        self._run(f"DROP TABLE IF EXISTS {engine.quote(catalog, 'main', name)}")


@lru_cache(maxsize=32)
def _memory(about: str) -> dict[object, _Made]:
    """Return what is remembered about `about`; only a memory: forgetting it changes nothing."""
    return {}


def _counted(rows: ir.Table) -> ir.Table:
    return rows.aggregate(n=rows.count())


def _has_own_functions(rows: ir.Table) -> bool:
    return any(udf.__input_type__ is not InputType.BUILTIN for udf in rows.op().find(ops.ScalarUDF))
