"""Statements made once and run for every file of a source: to build one takes longer than to run it on a small file."""

from collections.abc import Callable
from typing import Any

import ibis.expr.types as ir

from regulars.data import engine, sharing


class Statements:
    """Remembers, under a name, the SQL that Ibis made of an expression.

    The expression is asked for once only: it may depend on nothing but tables that every file fills anew.
    """

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._made: dict[object, tuple[str, tuple[str, ...]]] = {}

    def _of(self, name: object, rows: Callable[[], ir.Table]) -> tuple[str, tuple[str, ...]]:
        if name not in self._made:
            made = rows()
            self._made[name] = sharing.compile(self._backend, made), tuple(made.columns)
        return self._made[name]

    def _run(self, statement: str) -> Any:
        with engine.failures():
            return self._backend.con.execute(statement)

    def create(self, name: str, rows: Callable[[], ir.Table], what: str = "") -> None:
        """Make the temporary table `name`; `what` tells apart several that take this name in turn."""
        query, _columns = self._of(("create", name, what), rows)
        self._run(f"CREATE TEMP TABLE {engine.quote(name)} AS {query}")

    def insert(self, name: object, catalog: str, table: str, rows: Callable[[], ir.Table]) -> None:
        """Add rows to `table` of `catalog`."""
        query, columns = self._of(("insert", name), rows)
        into = f"{engine.quote(catalog, 'main', table)} ({', '.join(map(engine.quote, columns))})"
        self._run(f"INSERT INTO {into} {query}")

    def ask(self, name: object, rows: Callable[[], ir.Table]) -> list[dict[str, Any]]:
        """Return a small result."""
        query, columns = self._of(("ask", name), rows)
        return [dict(zip(columns, row, strict=True)) for row in self._run(query).fetchall()]

    def count(self, name: object, rows: Callable[[], ir.Table]) -> int:
        """Return how many rows there are."""
        return int(self.ask(name, lambda: rows().aggregate(n=rows().count()))[0]["n"])
