"""What settings say about tables, columns and expressions, checked all at once before any file is opened."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from regulars.core.errors import ExpressionError, nearest
from regulars.core.settings import Settings, SourceSettings, TableMapping
from regulars.core.toml_text import Lines, Place
from regulars.data.landing.contract import KNOWN
from regulars.data.language import expression
from regulars.data.tables import Kind, Table

_Problems = Iterator[tuple[Place, str]]


def check(
    settings: Settings, text: str, *, name: str = "regulars.toml", headers: Mapping[str, Collection[str]] | None = None
) -> list[str]:
    """Return what is wrong with the mappings, by line, each as `regulars.toml:LINE: what; what to do`.

    Args:
        settings: as read.
        text: the file that they were read from, for the lines.
        name: the file's name.
        headers: the columns of each source's files, by source, where known: then expressions may name no others.
    """
    lines = Lines(text)
    found = []
    for position, source in enumerate(settings.sources):
        columns = (headers or {}).get(source.name)
        found += [
            (lines.of(place), problem) for place, problem in _source(source, ("source", position, "tables"), columns)
        ]
    return [f"{name}:{line}: {problem}" for line, problem in sorted(found)]


def look(document: Mapping[str, Any]) -> _Problems:
    """Yield what is wrong with the mappings of a document as read from TOML, whatever else is wrong with it."""
    sources = document.get("source")
    for position, source in enumerate(sources if isinstance(sources, list) else ()):
        tables = source.get("tables") if isinstance(source, dict) else None
        for name, table in tables.items() if isinstance(tables, dict) else ():
            if isinstance(table, dict):
                yield from _shaped(name, table, ("source", position, "tables", name))


def _shaped(name: str, table: Mapping[str, Any], place: Place) -> _Problems:
    """Yield what is wrong with a table but for values of a wrong shape: those are told where shapes are checked."""
    try:
        mapping, wrong = TableMapping.model_validate(table), set()
    except ValidationError as cause:
        wrong = {error["loc"][0] for error in cause.errors()}
        stand_ins = {key: "''" for key in wrong if key not in TableMapping.model_fields}
        mapping = TableMapping.model_validate({key: table[key] for key in table if key not in wrong} | stand_ins)
    found = _table(name, mapping, place, None)
    yield from (problem for problem in found if wrong.isdisjoint(problem[0][len(place) :]))


def problems(source: SourceSettings, columns: Collection[str]) -> list[str]:
    """Return what is wrong with the mappings of a source whose files have `columns`, each with its place."""
    found = _source(source, (), columns)
    return [f"{'.'.join(map(str, place))}: {problem}" for place, problem in found]


def _source(source: SourceSettings, place: Place, columns: Collection[str] | None) -> _Problems:
    for name, mapping in source.tables.items():
        yield from _table(name, mapping, (*place, name), columns)


def _table(name: str, mapping: TableMapping, place: Place, columns: Collection[str] | None) -> _Problems:
    if name not in KNOWN:
        yield place, f"No table is called `{name}`.{nearest(name, KNOWN)}"
        return
    yield from _names(KNOWN[name], mapping, place)
    yield from _expressions(KNOWN[name], mapping, place, columns)


def _names(table: Table, mapping: TableMapping, place: Place) -> _Problems:
    known = [column.name for column in table.columns]
    for name in mapping.columns:
        if name not in known and name != "recorded_at":
            hint = nearest(name, known)
            more = " Attributes of your own go under [source.tables.customers.attributes]." if table.open else ""
            yield (*place, name), f"`{table.name}` has no column `{name}`.{hint}{more}"
    for name in table.required:
        if name not in mapping.columns:
            yield place, f"`{table.name}` needs `{name}` ({table.column(name).meaning}); map it."
    if mapping.attributes and not table.open:
        yield (*place, "attributes"), f"`{table.name}` takes no attributes; only `customers` does. Remove them."
    if mapping.lines and table.name != "orders":
        yield (*place, "lines"), f"`lines` means something for `orders` only. Remove it from `{table.name}`."
    for name in mapping.attributes:
        if name in known or not name.isidentifier():
            yield (
                (*place, "attributes", name),
                f"`{name}` cannot be an attribute's name; use small letters, digits and `_`.",
            )


def _expressions(table: Table, mapping: TableMapping, place: Place, columns: Collection[str] | None) -> _Problems:
    kinds = {column.name: column.kind for column in table.columns} | {"recorded_at": Kind.INSTANT}
    for name, text in mapping.columns.items():
        if name in kinds:
            yield from _expression(text, kinds[name], (*place, name), columns)
    for name, text in mapping.attributes.items() if table.open else ():
        yield from _expression(text, Kind.TEXT, (*place, "attributes", name), columns)
    if mapping.where is not None:
        yield from _expression(mapping.where, Kind.BOOLEAN, (*place, "where"), columns)


def _expression(text: str, kind: Kind, place: Place, columns: Collection[str] | None) -> _Problems:
    known = None if columns is None else {*columns, "__line__"}
    try:
        read = expression.parse(text)
        expression.check(read, kind, known)
    except ExpressionError as cause:
        yield place, f"`{place[-1]}`: {cause}"
