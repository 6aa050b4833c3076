"""Columns that share parts: each part is computed once, and the SQL is as long as what is said, not exponentially so.

Ibis writes a part out wherever it is used; a date that is checked in three ways is then read four times, in hundreds of
kilobytes of SQL that take longer to parse than the file takes to load. Here shared parts become columns of subqueries.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

_LEAVES = (ops.Field, ops.Literal)


@contextmanager
def kept() -> Iterator[None]:
    """Keep the subqueries that `share` made: Ibis would melt them into one again."""
    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False
    try:
        yield
    finally:
        ibis.options.sql.fuse_selects = before


def compile(backend: Any, rows: ir.Table) -> str:
    """Return the SQL of a table made by `share`."""
    with kept():
        return str(backend.compile(rows))


def aggregate(rows: ir.Table, by: Sequence[str], sums: Mapping[str, ir.Scalar]) -> ir.Table:
    """Return `sums` over the rows of every group `by`, what they add up being computed once for all that share it."""
    reductions = [
        node for node in _children_first([one.op() for one in sums.values()]) if isinstance(node, ops.Reduction)
    ]
    summed = dict.fromkeys(part for node in reductions for part in _parts(node) if part.shape.is_columnar())
    names = {part: f"_{place}" for place, part in enumerate(summed)}
    table = share(rows, {name: rows[name] for name in by} | {name: part.to_expr() for part, name in names.items()})
    columns = {part: table[name].op() for part, name in names.items()}
    return table.group_by(by).aggregate(**_replaced(sums, columns))


def share(rows: ir.Table, columns: Mapping[str, ir.Value]) -> ir.Table:
    """Return `columns` computed over `rows`, with shared parts computed once, in subqueries.

    A part is only taken out where it is computed for every row anyway: what stands in one branch of a condition may
    fail in the rows of the other.
    """
    roots = [value.op() for value in columns.values()]
    order = list(_children_first(roots))
    uses: dict[Any, int] = dict.fromkeys(roots, 1)
    for node in order:
        for part in _parts(node):
            uses[part] = uses.get(part, 0) + 1
    always = _always(roots)
    level: dict[Any, int] = {}
    shared: list[tuple[int, Any]] = []
    for node in order:
        below = max((level[part] for part in _parts(node)), default=0)
        take = uses[node] > 1 and node in always and not isinstance(node, _LEAVES) and node.shape.is_columnar()
        level[node] = below + take
        if take:
            shared.append((level[node], node))
    table, own = rows, tuple(rows.columns)
    known: dict[Any, str] = {}
    for step in sorted({at for at, _node in shared}):
        new = {node: f"_shared{len(known) + at}" for at, node in enumerate(n for s, n in shared if s == step)}
        parts = {name: node.to_expr() for node, name in new.items()}
        table = table.select(*table.columns, **_replaced(parts, _replacement(rows, table, own, known)))
        known |= new
    return table.select(**_replaced(columns, _replacement(rows, table, own, known)))


def _replacement(rows: ir.Table, table: ir.Table, own: tuple[str, ...], known: Mapping[Any, str]) -> dict[Any, Any]:
    fields = {rows[name].op(): table[name].op() for name in own}
    return fields | {node: table[name].op() for node, name in known.items()}


def _replaced(values: Mapping[str, ir.Value], known: dict[Any, Any]) -> dict[str, ir.Value]:
    """Return `values` with every part that is `known` replaced; `known` learns of all that is found out.

    Ibis' own `replace` would look through the tables below, too, once for each of the values.
    """
    return {name: _replace(value.op(), known).to_expr() for name, value in values.items()}


def _replace(node: Any, known: dict[Any, Any]) -> Any:
    if not isinstance(node, ops.Value):
        return tuple(_replace(part, known) for part in node) if isinstance(node, tuple) else node
    if node not in known:
        parts = {name: _replace(part, known) for name, part in zip(node.__argnames__, node.__args__, strict=True)}
        same = all(parts[name] is part for name, part in zip(node.__argnames__, node.__args__, strict=True))
        known[node] = node if same else node.__recreate__(parts)
    return known[node]


def _parts(node: Any) -> Iterator[Any]:
    return (part for part in node.__children__ if isinstance(part, ops.Value))


def _guarded(node: Any) -> Iterator[Any]:
    """Yield the parts of `node` that are computed for all rows for which it is."""
    match node:
        case ops.SearchedCase():
            yield node.cases[0]
        case ops.IfElse():
            yield node.bool_expr
        case ops.Coalesce():
            yield node.arg[0]
        case ops.ArrayMap() | ops.ArrayFilter():
            yield node.arg
        case ops.And() | ops.Or():
            yield node.left
        case ops.ScalarUDF() if node.__func_name__ == "try":
            return
        case _:
            yield from _parts(node)


def _always(roots: list[Any]) -> set[Any]:
    found: set[Any] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(_guarded(node))
    return found


def _children_first(roots: list[Any]) -> Iterator[Any]:
    done: set[Any] = set()
    waiting = [(node, False) for node in reversed(roots)]
    while waiting:
        node, ready = waiting.pop()
        if ready:
            yield node
        elif node not in done:
            done.add(node)
            waiting.append((node, True))
            waiting.extend((part, False) for part in _parts(node) if part not in done)
