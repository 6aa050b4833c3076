"""Expressions of the mapping language, as text, for columns as they look; and the words that say why."""

from collections.abc import Sequence

from regulars.core.money import SCALE
from regulars.data.guessing.dates import EPOCHS, ISO
from regulars.data.guessing.matching import is_boolean, is_float, trailing_zero
from regulars.data.guessing.profile import Column
from regulars.data.language import syntax
from regulars.data.tables import Kind

_TRUE = frozenset("true yes 1 t y ja".split())


def ref(name: str) -> str:
    """Return a reference to the file's column `name`.

    >>> ref("Quantity"), ref("Lineitem price")
    ('Quantity', '`Lineitem price`')
    """
    return str(syntax.Column(name=name))


def quoted(text: str) -> str:
    """Return a text constant.

    >>> quoted("it's")
    "'it''s'"
    """
    return str(syntax.Literal(value=text, kind=Kind.TEXT))


def either(column: Column, values: Sequence[str]) -> str:
    """Return the condition that the column is one of `values`."""
    return f"{ref(column.name)} {_one_of(values, '=', 'in')}"


def neither(column: Column, values: Sequence[str]) -> str:
    """Return the condition that the column is none of `values`."""
    return f"{ref(column.name)} {_one_of(values, '!=', 'not in')}"


def _one_of(values: Sequence[str], single: str, several: str) -> str:
    return f"{single} {quoted(values[0])}" if len(values) == 1 else f"{several} ({', '.join(map(quoted, values))})"


def empty(column: Column) -> str:
    """Return the condition that the column has no value."""
    return f"{ref(column.name)} is null"


def filled(column: Column) -> str:
    """Return the condition that the column has a value."""
    return f"{ref(column.name)} is not null"


def is_true(column: Column) -> str:
    """Return the condition that a yes-or-no column says yes, in the column's own words."""
    words = sorted(value for value in column.sample if value.strip().lower() in _TRUE)
    return either(column, words) if words else "false"


def built(*parts: str) -> str:
    """Return a text joined of parts.

    >>> built("customer_id", "__line__")
    "concat(customer_id, '-', __line__)"
    """
    joined = ", '-', ".join(parts)
    return f"concat({joined})"


def read(column: Column, kind: Kind) -> str:
    """Return the expression that reads a column as `kind`."""
    name = ref(column.name)
    if kind in (Kind.INSTANT, Kind.DATE) and column.formats:
        return _read_instant(column, kind)
    if kind in (Kind.TEXT, Kind.INTEGER) and trailing_zero(column):
        return f"trim_suffix({name}, '.0')"
    if kind is Kind.NUMBER and column.decimals > SCALE:
        return f"round({name}, {SCALE})"
    return name


def _read_instant(column: Column, kind: Kind) -> str:
    name, form = ref(column.name), column.formats[0]
    if form == ISO:
        return f"left({name}, 10)" if kind is Kind.DATE and column.length > 10 else name
    if form in EPOCHS:
        return f"{form}({name})"
    return f"{'datetime' if kind is Kind.INSTANT else 'date'}({name}, {quoted(form)})"


def why(column: Column, kind: Kind) -> str:
    """Return the facts that speak for reading a column as `kind`."""
    if not column.filled:
        return f"`{column.name}`: by its name; no row has a value"
    said = f"`{column.name}`: {_facts(column, kind)}"
    missing = column.rows - column.filled
    return f"{said}; {missing:,} of {column.rows:,} rows have none" if missing else said


def _facts(column: Column, kind: Kind) -> str:
    tested = f"{len(column.sample):,} sampled values"
    if kind in (Kind.INSTANT, Kind.DATE) and column.formats:
        form = _iso_form(column.sample[0]) if column.formats[0] == ISO else column.formats[0]
        return f"{column.format_share:.0%} of {tested} read as {form}"
    if kind in (Kind.MONEY, Kind.NUMBER, Kind.INTEGER) and column.number:
        decimals = f", up to {column.decimals} decimals" if is_float(column) else ""
        return f"{column.number:.0%} of {tested} are numbers, {column.least:g} to {column.most:g}{decimals}"
    if is_boolean(column):
        return f"only {', '.join(sorted(column.sample))}"
    if column.unique == 1.0:
        return f"a value of its own in each of {column.filled:,} rows"
    if column.distinct == 1:
        return f"always {column.sample[0]}"
    ending = f"; all {tested} end in .0" if trailing_zero(column) else ""
    return f"{column.distinct:,} different values{ending}"


def _iso_form(value: str) -> str:
    form = "%Y-%m-%d"
    if len(value) > 10:
        form += value[10] + ("%H:%M:%S" if value.count(":") >= 2 and len(value) >= 19 else "%H:%M")
    return form
