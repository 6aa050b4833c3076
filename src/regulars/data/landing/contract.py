"""What a record must be before it counts: strict values, no missing keys, known choices, signs that make sense.

Nothing here raises for a row: a rule yields a fault, which says in which rows it fails, why, and over which columns.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import ibis
import ibis.expr.types as ir

from regulars.core.errors import SettingsError, nearest
from regulars.core.money import CURRENCIES, exponent
from regulars.core.settings import Settings, SourceSettings, TableMapping
from regulars.data.landing import scales
from regulars.data.language import casts, expression
from regulars.data.tables import TABLES, Column, Kind, Table

#: Reason codes in the order in which they count: the first one that a record meets is its reason.
REASONS = (
    "too_few_columns",
    "too_many_columns",
    "unclosed_quote",
    "stray_quote",
    "invalid_utf8",
    "nul_byte",
    "field_too_long",
    "stray_line_end",
    "empty_row",
    "invalid_json",
    "control_character",
    "not_an_instant",
    "not_a_date",
    "date_out_of_range",
    "local_time_gap",
    "not_a_number",
    "not_an_integer",
    "too_many_decimals",
    "number_out_of_range",
    "not_a_boolean",
    "not_a_choice",
    "missing_value",
    "unknown_currency",
    "no_rate",
    "not_an_nps_scale",
    "off_the_scale",
    "negative_sale",
    "positive_refund",
    "duplicate_key",
    "superseded",
    "unknown_reference",
    "before_opening",
)
#: Tables whose rows are merged from all records that speak of one thing; the others have a row per record.
MERGED = ("customers", "identity")
IDENTITY = Table(
    name="identity",
    row="an alias of a customer",
    key=(),
    instant=None,
    columns=tuple(
        Column(name=name, kind=Kind.TEXT, meaning=meaning, required=name != "evidence")
        for name, meaning in (
            ("alias", "an id used elsewhere"),
            ("customer_id", "the customer's id"),
            ("evidence", "why we believe it"),
        )
    ),
)
KNOWN: Mapping[str, Table] = {**TABLES, IDENTITY.name: IDENTITY}

#: Columns of free text, which may have line ends.
_PROSE = ("comment",)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fault:
    """A way to be wrong.

    Attributes:
        table: canonical table whose rule it is.
        column: columns of the file that are to blame.
        failed: in which records; never null.
        reason: one of `REASONS`.
        value: what stands there, as text.
    """

    table: str
    column: str
    failed: ir.BooleanValue
    reason: str
    value: ir.StringValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """That the records of a source feed a canonical table.

    Attributes:
        table: the table.
        mapping: how.
    """

    table: Table
    mapping: TableMapping

    @property
    def lines(self) -> bool:
        """Whether each record is an order line, to be grouped."""
        return self.mapping.lines

    @property
    def merged(self) -> bool:
        """Whether rows are merged from all records that speak of one thing, instead of one per record."""
        return self.table.name in MERGED

    @property
    def key(self) -> tuple[str, ...]:
        """The table's key where the mapping fills it, else empty."""
        return self.table.key if self.table.key and set(self.mapping.columns).issuperset(self.table.key) else ()

    def columns_of(self, names: Iterable[str]) -> str:
        """Return the columns of the file that the table's columns `names` are made of, as faults name them."""
        return _columns(*(self.mapping.columns[name] for name in names if name in self.mapping.columns))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """What the records of a source give to one canonical table.

    Attributes:
        table: the table.
        lines: whether each record is an order line, to be grouped.
        fed: in which records the table gets a row.
        values: the row, by canonical column; attributes as one JSON text.
        faults: what is wrong, in which records.
    """

    table: Table
    lines: bool
    fed: ir.BooleanValue
    values: Mapping[str, ir.Value]
    faults: tuple[Fault, ...]


def columns_used(source: SourceSettings) -> frozenset[str]:
    """Return the names of the file's columns that a source's mappings read."""
    texts = [text for mapping in source.tables.values() for text in _texts(mapping)]
    return frozenset().union(*(expression.parse(text).columns for text in texts))


def _texts(mapping: TableMapping) -> list[str]:
    return [*mapping.columns.values(), *mapping.attributes.values(), *([mapping.where] if mapping.where else [])]


def _columns(*texts: str) -> str:
    return ", ".join(sorted(frozenset().union(*(expression.parse(text).columns for text in texts))))


def feeds(source: SourceSettings) -> tuple[Feed, ...]:
    """Return which tables a source feeds, in the tables' order.

    Raises:
        SettingsError: a mapping names a table or column that is none, or leaves out a required one.
    """
    unknown = [name for name in source.tables if name not in KNOWN]
    if unknown:
        raise SettingsError(f"Source `{source.name}`: no table is called `{unknown[0]}`.{nearest(unknown[0], KNOWN)}")
    found = tuple(Feed(table=KNOWN[name], mapping=source.tables[name]) for name in KNOWN if name in source.tables)
    for feed in found:
        _check_mapping(feed.table, feed.mapping, source)
    return found


def read_parts(rows: ir.Table, source: SourceSettings, settings: Settings) -> tuple[Part, ...]:
    """Return what `rows` (texts) give to each table of the source, in the tables' order."""
    found = feeds(source)
    lonely = all(feed.merged for feed in found)
    parts = [_read_part(rows, feed, source, settings, lonely=lonely) for feed in found]
    by_name = {part.table.name: part for part in parts}
    if "orders" in by_name:
        orders = by_name["orders"]
        judged = by_name.get("order_lines") if orders.lines else orders
        signs = _signs(orders, judged, source, settings)
        by_name["orders"] = replace(orders, faults=(*orders.faults, *signs))
    if "responses" in by_name:
        answers = by_name["responses"]
        by_name["responses"] = replace(answers, faults=(*answers.faults, *_off_scale(answers, source)))
    return tuple(by_name.values())


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return faults in the order in which they count."""
    return tuple(sorted(faults, key=lambda fault: REASONS.index(fault.reason)))


def _read_part(rows: ir.Table, feed: Feed, source: SourceSettings, settings: Settings, *, lonely: bool) -> Part:
    table, mapping = feed.table, feed.mapping
    reader = _Reader(rows=rows, table=table.name, reading=_reading(source, settings))
    fed = reader.read(Kind.BOOLEAN, mapping.where)[0].fill_null(False) if mapping.where else ibis.literal(True)
    always, reader.faults = reader.faults, []
    values = {name: reader.column(_column(table, name), text, key=table.key) for name, text in mapping.columns.items()}
    if source.money_decimals is None and "currency" in values:
        for name, text in mapping.columns.items():
            if _column(table, name).kind is Kind.MONEY and text in expression.parse(text).columns:
                reader.check_decimals(text, values[name], values["currency"])
    if table.open:
        members = [(name, mapping.attributes[name]) for name in sorted(mapping.attributes)]
        values["attributes"] = json_of((name, reader.column(_attribute(name), text)) for name, text in members)
    if feed.merged and not lonely:
        # A record that names no customer still counts for the other tables; one that cannot be read does not.
        unread = ibis.or_(*(fault.failed for fault in reader.faults if fault.reason != "missing_value"))
        for name in table.required:
            fed = fed & (values[name].notnull() | unread)
    faults = tuple(replace(fault, failed=fed & fault.failed) for fault in reader.faults)
    return Part(
        table=table,
        lines=feed.lines,
        fed=fed,
        values=values,
        faults=(*always, *faults),
    )


def _attribute(name: str) -> Column:
    return Column(name=name, kind=Kind.TEXT, meaning="the company's own")


@dataclass(slots=True, kw_only=True, eq=False)
class _Reader:
    """Reads the texts of one table's mapping and gathers what is wrong with them."""

    rows: ir.Table
    table: str
    reading: casts.Reading
    faults: list[Fault] = field(default_factory=list)

    def read(self, kind: Kind, text: str, *, prose: bool = False) -> tuple[ir.Value, ir.BooleanValue]:
        """Return the value, and in which records its texts could not be read."""
        made = casts.compile(expression.parse(text), self.rows, kind, self.reading, prose=prose)
        failed = [fault.failed.fill_null(False) for fault in made.faults]
        for fault, where in zip(made.faults, failed, strict=True):
            self.faults.append(
                Fault(table=self.table, column=fault.column, failed=where, reason=fault.reason, value=fault.value)
            )
        return made.value, ibis.or_(*failed) if failed else ibis.literal(False)

    def column(self, column: Column, text: str, key: tuple[str, ...] = ()) -> ir.Value:
        """Return the value of a canonical column, held to the column's rules."""
        value, unread = self.read(column.kind, text, prose=column.name in _PROSE)
        if column.required or (column.name in key and column.name == "line"):
            self.add(text, value.isnull() & ~unread, "missing_value", ibis.literal(""))
        if column.choices:
            self.add(text, value.notin(column.choices), "not_a_choice", value)
        if column.least is not None:
            self.add(text, value < column.least, "number_out_of_range", value)
        if column.name == "currency":
            self.add(text, value.notin(sorted(CURRENCIES)), "unknown_currency", value)
        return value

    def check_decimals(self, text: str, amount: ir.DecimalValue, currency: ir.StringValue) -> None:
        """Hold an amount to the decimals of the currency that its record states."""
        for decimals in sorted({exponent(code) for code in CURRENCIES}):
            codes = sorted(code for code in CURRENCIES if exponent(code) == decimals)
            excess = currency.isin(codes) & (amount != amount.round(decimals))
            self.add(text, excess, "too_many_decimals", amount)

    def add(self, text: str, failed: ir.BooleanValue, reason: str, value: ir.Value) -> None:
        """Add a fault of what the expression `text` gives."""
        self.faults.append(
            Fault(
                table=self.table,
                column=_columns(text),
                failed=failed.fill_null(False),
                reason=reason,
                value=value.cast("string"),
            )
        )


def _column(table: Table, name: str) -> Column:
    if name == "recorded_at":
        return Column(name=name, kind=Kind.INSTANT, meaning="when we came to know it")
    return table.column(name)


def _check_mapping(table: Table, mapping: TableMapping, source: SourceSettings) -> None:
    known = {column.name for column in table.columns} | {"recorded_at"}
    where = f"Source `{source.name}`, table `{table.name}`"
    for name in mapping.columns:
        if name not in known:
            raise SettingsError(f"{where}: no column is called `{name}`.{nearest(name, known)}")
    for name in table.required:
        if name not in mapping.columns:
            raise SettingsError(f"{where}: `{name}` is required. Map it: {table.column(name).meaning}.")
    if mapping.attributes and not table.open:
        raise SettingsError(f"{where}: only `customers` takes attributes.")
    if mapping.lines and (table.name != "orders" or "order_lines" not in source.tables):
        raise SettingsError(f"{where}: `lines` is for `orders`, beside a mapping of `order_lines`. Add that mapping.")


def _reading(source: SourceSettings, settings: Settings) -> casts.Reading:
    currency = source.currency or settings.company.currency
    stated = any("currency" in mapping.columns for mapping in source.tables.values())
    decimals = source.money_decimals
    if decimals is None:
        # Where each row states its currency, each row is held to that currency's decimals (`_decimals`).
        decimals = 4 if stated else exponent(currency)
    return casts.Reading(
        null=source.null,
        decimal=source.decimal,
        thousands=source.thousands,
        time_zone=source.time_zone or settings.company.time_zone,
        money_decimals=decimals,
    )


def json_of(members: Iterable[tuple[str, ir.StringValue]]) -> ir.StringValue:
    """Return a JSON object of the members that are not null, or null where all are."""
    # What is null stays null when joined to its name, and the engine leaves nulls out when it joins members.
    pairs = [ibis.literal(json.dumps(name, ensure_ascii=False) + ":") + _json_text(value) for name, value in members]
    if not pairs:
        return ibis.null("string")
    joined = ibis.literal(",").join(pairs)
    return ibis.ifelse(joined == "", ibis.null("string"), ibis.literal("{") + joined + "}")


def _json_text(value: ir.StringValue) -> ir.StringValue:
    # Control characters never come this far (`control_character`).
    return ibis.literal('"') + value.replace("\\", "\\\\").replace('"', '\\"') + ibis.literal('"')


def _signs(orders: Part, judged: Part | None, source: SourceSettings, settings: Settings) -> Iterator[Fault]:
    """Yield the rules on signs: sales are not negative, refunds not positive; of lines, only products are judged."""
    if judged is None or "amount" not in judged.values:
        return
    kind, amount = orders.values["kind"], judged.values["amount"]
    applies = orders.fed & judged.fed
    negative = amount < 0
    if orders.lines:
        applies = applies & (line_kind(judged.values["product_id"], settings) == "product")
        negative = negative | (judged.values["quantity"] < 0)
    table = judged.table.name
    column = _columns(source.tables[table].columns["amount"])
    for reason, wrong in (
        ("negative_sale", (kind == "sale") & negative),
        ("positive_refund", (kind == "refund") & (amount > 0)),
    ):
        failed = (applies & wrong).fill_null(False)
        yield Fault(table=table, column=column, failed=failed, reason=reason, value=amount.cast("string"))


def _off_scale(answers: Part, source: SourceSettings) -> Iterator[Fault]:
    mapped = source.tables["responses"].columns
    for reason, name, wrong in scales.broken(answers.values):
        value = answers.values[name].cast("string")
        failed = (answers.fed & wrong).fill_null(False)
        yield Fault(table="responses", column=_columns(mapped[name]), failed=failed, reason=reason, value=value)


def line_kind(product: ir.StringValue, settings: Settings) -> ir.StringValue:
    """Return what a line is: product, discount or other."""
    discount = [name.upper() for name in settings.rules.discount]
    other = [name.upper() for name in settings.rules.not_product]
    branches = [
        (product.upper().isin(names), kind) for names, kind in ((discount, "discount"), (other, "other")) if names
    ]
    return ibis.cases(*branches, else_="product") if branches else ibis.literal("product")
