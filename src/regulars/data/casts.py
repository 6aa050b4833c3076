"""Strict casts: the texts of a file into the values of canonical columns, by an expression; what fails is a fault.

A text either is a value, exactly as one would write it, or it is a fault with a reason: nothing is guessed, cut or
rounded on the way. Texts lose the spaces (U+0020) around them first; the source's null tokens then mean "no value".
Numbers within expressions are decimals with 8 places: what is computed is rounded half away from zero at each step
(a division has 15 significant digits) and to 4 places when it is stored.

Comparisons with nothing are unknown, and `if` takes an unknown condition for no. A text that cannot be read counts as
a fault only where the expression asks for it: in the branch that is taken, and to the right of `and` and `or` only
where the left side has not decided.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TypeAlias

import ibis
import ibis.expr.types as ir

from regulars.data import engine, instants
from regulars.data.expression import Expression, check
from regulars.data.functions import shape
from regulars.data.instants import STAMP
from regulars.data.syntax import Binary, Call, Column, In, IsNull, Literal, Node, Unary, common, walk
from regulars.data.tables import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a source writes its values.

    Attributes:
        null: texts that mean "no value".
        decimal: the decimal sign.
        thousands: what groups three digits; empty where nothing may.
        time_zone: of instants that say no offset (IANA name).
        money_decimals: most decimals of an amount that is mapped directly, 0 to 4.
    """

    null: tuple[str, ...] = ("",)
    decimal: str = "."
    thousands: str = ""
    time_zone: str = "UTC"
    money_decimals: int = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fault:
    """A text that could not be read.

    Attributes:
        column: the file's column; several, joined by ", ", where a text was made of them.
        failed: in which rows; never null.
        reason: stable code, e.g. "not_a_number".
        value: the text.
    """

    column: str
    failed: ir.BooleanValue
    reason: str
    value: ir.StringValue


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compiled:
    """An expression over a table: its value, NULL where there is none, and its faults."""

    value: ir.Value
    faults: tuple[Fault, ...]


def compile(expression: Expression, table: ir.Table, kind: Kind, rules: Reading, *, prose: bool = True) -> Compiled:
    """Return what `expression` gives as a column of `kind`.

    TEXT is string, INTEGER int64, NUMBER and MONEY decimal(18,4), INSTANT timestamp(6) in UTC, DATE date.

    Args:
        expression: over the columns of `table`.
        table: texts.
        kind: what is wanted.
        rules: how the source writes.
        prose: whether a TEXT may hold tabs, line ends and marks of direction inside.

    Raises:
        ExpressionError: the expression cannot give this kind, or reads a column that is not there.
    """
    check(expression, kind, table.columns)
    compiler = _Compiler(table=table, rules=rules, prose=prose)
    value = compiler.stored(expression.root, kind)
    return Compiled(value=value, faults=tuple(compiler.faults.values()))


# --- reading one text --------------------------------------------------------------------------------------------
# A reader returns the value, NULL where the text is not one, and why: conditions that are looked at only in rows that
# have a text and no value, the first that holds being the reason.

_Why: TypeAlias = Sequence[tuple[str, ir.BooleanValue | None]]
_Reader: TypeAlias = Callable[[ir.StringValue, Reading], tuple[ir.Value, _Why]]

_WIDE = "decimal(30, 8)"  # numbers within expressions; 128 bits
_HALF = "decimal(18, 8)"  # the same places in 64 bits
_MONEY = "decimal(18, 4)"
_ROOMY = "decimal(19, 4)"  # TRICKY: what two decimals of 18 digits give has 18 digits too, and raises beyond them
_DTYPES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.TEXT: "string",
        Kind.INTEGER: "int64",
        Kind.NUMBER: _MONEY,
        Kind.MONEY: _MONEY,
        Kind.INSTANT: STAMP,
        Kind.DATE: "date",
        Kind.BOOLEAN: "boolean",
    }
)
_NOT_IN_TEXT = r"[\x{0}-\x{1F}\x{7F}-\x{9F}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2066}-\x{2069}]"
_NOT_IN_PROSE = r"[\x{0}-\x{8}\x{B}\x{C}\x{E}-\x{1F}\x{7F}-\x{9F}\x{202A}-\x{202E}\x{2066}-\x{2069}]"


def _where(condition: ir.BooleanValue, value: ir.Value) -> ir.Value:
    return ibis.ifelse(condition, value, ibis.null(value.type()))


def _is(text: ir.StringValue, pattern: str) -> ir.BooleanValue:
    return engine.regexp_full_match(text, pattern)


def _shape(rules: Reading, decimals: int | None) -> str:
    """Return the pattern of a number with at most so many decimals (None: any)."""
    grouped = f"[0-9]{{1,3}}(?:{re.escape(rules.thousands)}[0-9]{{3}})+"
    whole = f"(?:{grouped}|[0-9]+)" if rules.thousands else "[0-9]+"
    most = "" if decimals is None else decimals
    return f"[+-]?{whole}" + ("" if decimals == 0 else f"(?:{re.escape(rules.decimal)}[0-9]{{1,{most}}})?")


def _plain(text: ir.StringValue, rules: Reading) -> ir.StringValue:
    """Return a number's text as the engine writes it."""
    bare = text.replace(rules.thousands, "") if rules.thousands else text
    return bare if rules.decimal == "." else bare.replace(rules.decimal, ".")


def _exact(decimals: int) -> _Reader:
    """Return the reader of numbers with at most so many decimals, as decimal(18,4)."""

    def read(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, _Why]:
        value = _where(_is(text, _shape(rules, decimals)), _plain(text, rules)).try_cast(_MONEY)
        return value, (
            ("not_a_number", ~_is(text, _shape(rules, None))),
            ("too_many_decimals", ~_is(text, _shape(rules, decimals))),
            ("number_out_of_range", None),
        )

    return read


def _money(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, _Why]:
    return _exact(rules.money_decimals)(text, rules)


def _integer(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, _Why]:
    value = _where(_is(text, _shape(rules, 0)), _plain(text, rules)).try_cast("int64")
    return value, (
        ("not_a_number", ~_is(text, _shape(rules, None))),
        ("not_an_integer", ~_is(text, _shape(rules, 0))),
        ("number_out_of_range", None),
    )


def _wide(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, _Why]:
    # Reading a text into 128 bits costs 10 microseconds, 200 times what 64 bits cost: only where it must be.
    value = engine.once(
        _where(_is(text, _shape(rules, None)), _plain(text, rules)),
        lambda number: ibis.coalesce(number.try_cast(_HALF).cast(_WIDE), number.try_cast("decimal(22, 8)").cast(_WIDE)),
    )
    return value, (("not_a_number", ~_is(text, _shape(rules, None))), ("number_out_of_range", None))


def _instant(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, _Why]:
    possible = _is(text, instants.ISO_INSTANT) & text.left(10).try_cast("date").notnull()
    return instants.read_iso(text, instants.zone(rules.time_zone)), (
        ("date_out_of_range", possible & ~_is(text.left(10), instants.believed(instants.ISO_DATE))),
        ("local_time_gap", possible & instants.in_gap(text)),
        ("not_an_instant", None),
    )


def _date(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, _Why]:
    value = _where(_is(text, instants.believed(instants.ISO_DATE)), text).try_cast("date")
    unbelieved = _is(text, instants.ISO_DATE) & text.try_cast("date").notnull()
    return value, (("date_out_of_range", unbelieved), ("not_a_date", None))


def _boolean(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, _Why]:
    word = text.lower()
    yes, no = word.isin(("true", "1", "yes", "t", "y")), word.isin(("false", "0", "no", "f", "n"))
    return ibis.cases((yes, True), (no, False), else_=ibis.null("boolean")), (("not_a_boolean", None),)


_STORED: Mapping[Kind, _Reader] = MappingProxyType(
    {
        Kind.INTEGER: _integer,
        Kind.NUMBER: _exact(4),
        Kind.MONEY: _money,
        Kind.INSTANT: _instant,
        Kind.DATE: _date,
        Kind.BOOLEAN: _boolean,
    }
)


# Readers of the functions that read texts, made from their written-out arguments.


def _by_format(form: str) -> _Reader:
    def read(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, _Why]:
        place = instants.zone(rules.time_zone)
        value = instants.read_format(text, form, shape(form), place)
        possible = engine.try_strptime(text, form).notnull() if "%z" not in form else ibis.literal(False)
        return value, (
            ("date_out_of_range", possible & ~_is(text, shape(form)) & _is(text, shape(form, any_year=True))),
            ("local_time_gap", possible & _is(text, shape(form))),
            ("not_an_instant", None),
        )

    return read


def _date_by_format(form: str) -> _Reader:
    def read(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, _Why]:
        day = engine.try_strptime(text, form).date()
        value = _where(_is(text, shape(form)), day)
        unbelieved = _is(text, shape(form, any_year=True)) & day.notnull()
        return value, (("date_out_of_range", unbelieved), ("not_a_date", None))

    return read


def _by_epoch(unit: int, decimals: int) -> _Reader:
    """Return the reader of counts of `unit` microseconds since 1970."""

    def read(text: ir.StringValue, rules: Reading) -> tuple[ir.Value, _Why]:
        number = _where(_is(text, _shape(Reading(), decimals)), text)
        first, last = (f"{(date(year, 1, 1) - date(1970, 1, 1)).days * 86_400_000_000}" for year in instants.YEARS)
        # Whole and decimal places apart: 64 bits hold either, and not both together.
        whole = number.split(".")[0].try_cast("int64")
        places = ("0" + number.re_extract(r"(\.[0-9]+)$", 1)).try_cast("decimal(7, 6)") * unit
        rest = ibis.ifelse(number.startswith("-"), -places, places).cast("int64") if decimals else ibis.literal(0)
        sane = whole.between(int(first) // unit - 1, int(last) // unit + 1)
        micros = _where(sane, whole) * unit + rest
        value = engine.stamp(_where(micros.between(int(first), int(last) - 1), micros))
        return value, (("not_an_instant", ~_is(text, _shape(Reading(), decimals))), ("date_out_of_range", None))

    return read


_READING: Mapping[str, Callable[..., _Reader]] = MappingProxyType(
    {
        "number": lambda: _wide,
        "integer": lambda: _integer,
        "datetime": _by_format,
        "date": _date_by_format,
        "epoch_seconds": lambda: _by_epoch(1_000_000, 6),
        "epoch_millis": lambda: _by_epoch(1_000, 0),
    }
)

# --- functions that cannot fail ----------------------------------------------------------------------------------

_PLAIN: Mapping[str, Callable[..., ir.Value]] = MappingProxyType(
    {
        "concat": lambda first, *rest: first.concat(*rest),
        "lower": lambda text: text.lower(),
        "upper": lambda text: text.upper(),
        "trim": lambda text: text.strip(),
        "trim_prefix": lambda text, part: ibis.ifelse(text.startswith(part), text.substr(part.length()), text),
        "trim_suffix": lambda text, part: ibis.ifelse(
            text.endswith(part), text.left(text.length() - part.length()), text
        ),
        "left": lambda text, count: text.left(int(count)),
        "right": lambda text, count: text.right(int(count)),
        "replace": lambda text, old, new: text.replace(old, new),
        "split_part": lambda text, separator, position: engine.split_part(text, separator, int(position)),
        "starts_with": lambda text, part: text.startswith(part),
        "ends_with": lambda text, part: text.endswith(part),
        "contains": lambda text, part: text.contains(part),
    }
)

_COMPARE: Mapping[str, Callable[[ir.Value, ir.Value], ir.BooleanValue]] = MappingProxyType(
    {
        "=": lambda left, right: left == right,
        "!=": lambda left, right: left != right,
        "<": lambda left, right: left < right,
        "<=": lambda left, right: left <= right,
        ">": lambda left, right: left > right,
        ">=": lambda left, right: left >= right,
    }
)


# --- numbers -----------------------------------------------------------------------------------------------------
# 128 bits divide slowly (2 microseconds), and to lose decimals is to divide: 64 bits come first wherever they suffice.


def _rounded(number: ir.DecimalValue, dtype: str) -> ir.Value:
    """Return `number` in another type, half away from zero, NULL where it has no room."""
    return engine.once(number, lambda it: ibis.coalesce(it.try_cast(_HALF).try_cast(dtype), it.try_cast(dtype)))


def _short(number: ir.DecimalValue) -> ir.DecimalValue:
    """Return `number` with 4 decimals where it has no more, else NULL."""
    short = number.try_cast(_HALF).try_cast(_MONEY)
    return _where(short.cast(_WIDE) == number, short)


def _product(left: ir.DecimalValue, right: ir.DecimalValue) -> ir.DecimalValue:
    def multiply(one: ir.DecimalValue, other: ir.DecimalValue) -> ir.DecimalValue:
        exact = (_short(one).cast(_ROOMY) * _short(other)).try_cast(_WIDE)  # 4 places and 4 are 8: nothing to round
        estimate = (one.cast("float64") * other.cast("float64")).abs()
        return ibis.coalesce(exact, _where(estimate < 1e21, one * other).cast(_WIDE))

    return engine.once(left, lambda one: engine.once(right, lambda other: multiply(one, other)))


_ARITHMETIC: Mapping[str, Callable[[ir.DecimalValue, ir.DecimalValue], ir.DecimalValue]] = MappingProxyType(
    {
        "+": lambda left, right: (left + right).try_cast(_WIDE),
        "-": lambda left, right: (left - right).try_cast(_WIDE),
        "*": _product,
        "/": lambda left, right: (left.cast("float64") / right.cast("float64").nullif(0.0)).try_cast(_WIDE),
    }
)


# --- the tree ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arm:
    """One of the values between which `if`, `coalesce` or `map` choose."""

    node: Node
    chosen: ir.BooleanValue | None  # None for the last
    asked: ir.BooleanValue | None  # where a fault in it counts; None for everywhere


@dataclass(slots=True, kw_only=True, eq=False)
class _Compiler:
    """Walks one tree and gathers its faults; `asked` says in which rows a fault counts (None: in all)."""

    table: ir.Table
    rules: Reading
    prose: bool
    faults: dict[tuple[str, str], Fault] = field(default_factory=dict)

    # What is stored.

    def stored(self, node: Node, kind: Kind, asked: ir.BooleanValue | None = None) -> ir.Value:
        """Return `node` as a canonical column of `kind`."""
        if node.kind is None:
            return ibis.null(_DTYPES[kind])
        if isinstance(node, Call) and node.branches:
            return self.choice(self.arms(node, asked), lambda part, where: self.stored(part, kind, where))
        if kind is Kind.TEXT:
            return self.text_stored(node, asked)
        if node.kind is Kind.TEXT:
            return self.read(node, _STORED[kind], asked)
        if node.kind is Kind.NUMBER:
            return self.number_stored(node, kind, asked)
        return self.value(node, kind, asked)

    def text_stored(self, node: Node, asked: ir.BooleanValue | None) -> ir.Value:
        text = self.value(node, Kind.TEXT, asked)
        if not isinstance(node, Column):
            text = self.present(text) if isinstance(node, Call) else text
        if isinstance(node, Literal):
            return text
        pattern = _NOT_IN_PROSE if self.prose else _NOT_IN_TEXT
        value = _where(~text.re_search(pattern), text)
        self.add(node, text, value, (("control_character", None),), asked)
        return value

    def number_stored(self, node: Node, kind: Kind, asked: ir.BooleanValue | None) -> ir.Value:
        outer, self.faults = self.faults, {}
        number = self.number(node, asked)
        if kind is Kind.INTEGER:
            whole = _rounded(number, "int64")
            value = _where(whole.cast(_WIDE) == number, whole)
            room = number.abs() < ibis.literal(2**63, _WIDE)
            why: _Why = (("not_an_integer", room), ("number_out_of_range", None))
        else:
            value, why = _rounded(number, _MONEY), (("number_out_of_range", None),)
        inner, self.faults = self.faults, outer
        for fault in inner.values():
            # Arithmetic with an unread text has no value: nothing needs a look where there is one.
            failed = ibis.ifelse(value.isnull(), fault.failed, False) if _is_arithmetic(node) else fault.failed
            self.keep(fault.column, fault.reason, failed, fault.value)
        self.add(node, number.cast("string"), value, why, asked)
        return value

    # What is computed with.

    def value(self, node: Node, kind: Kind, asked: ir.BooleanValue | None) -> ir.Value:
        """Return `node` as `kind` within an expression."""
        if kind is Kind.NUMBER:
            return self.number(node, asked)
        if node.kind is None:
            return ibis.null(_DTYPES[kind])
        if isinstance(node, Call) and node.branches:
            return self.choice(self.arms(node, asked), lambda part, where: self.value(part, kind, where))
        if node.kind is Kind.TEXT and kind is not Kind.TEXT:
            return self.read(node, _STORED[kind], asked)
        match node:
            case Literal():
                return ibis.literal(node.value, _DTYPES[kind])
            case Column():
                return self.present(self.trimmed(node))
            case In():
                wanted = common(node.parts) or Kind.TEXT
                choices = [self.value(choice, wanted, asked) for choice in node.choices]
                return self.value(node.operand, wanted, asked).isin(choices)
            case IsNull():
                return self.value(node.operand, node.operand.kind or Kind.TEXT, asked).isnull()
            case Unary():
                return ~self.value(node.operand, Kind.BOOLEAN, asked)
            case Binary():
                return self.condition(node, asked)
            case Call():
                return self.called(node, asked)

    def condition(self, node: Binary, asked: ir.BooleanValue | None) -> ir.BooleanValue:
        """Return a comparison, or `and` and `or`, whose right side counts where the left has not decided."""
        if node.operator in _COMPARE:
            kind = common(node.parts) or Kind.TEXT
            return _COMPARE[node.operator](*(self.value(side, kind, asked) for side in node.parts))
        left = self.value(node.left, Kind.BOOLEAN, asked)
        if node.operator == "and":
            return left & self.value(node.right, Kind.BOOLEAN, _both(asked, left.fill_null(True)))
        return left | self.value(node.right, Kind.BOOLEAN, _both(asked, ~left.fill_null(False)))

    def called(self, node: Call, asked: ir.BooleanValue | None) -> ir.Value:
        """Return what a function makes of its arguments."""
        if node.name in _READING:
            return self.read(node.arguments[0], self.reader(node), asked, node)
        if node.name == "add_days":
            return self.later(node, asked)
        return _PLAIN[node.name](*(self.argument(node, place, asked) for place in range(len(node.arguments))))

    def reader(self, node: Call) -> _Reader:
        return _READING[node.name](*(part.value for part in node.arguments[1:] if isinstance(part, Literal)))

    def argument(self, node: Call, place: int, asked: ir.BooleanValue | None) -> object:
        part, parameter = node.arguments[place], node.function.parameter(place)
        if parameter.constant and isinstance(part, Literal):
            return part.value
        return self.value(part, parameter.kind or Kind.TEXT, asked)

    def later(self, node: Call, asked: ir.BooleanValue | None) -> ir.Value:
        """Return `add_days`: so many whole days later."""
        instant = self.value(node.arguments[0], Kind.INSTANT, asked)
        days = self.stored(node.arguments[1], Kind.INTEGER, asked)
        sane = _where(days.between(-100_000, 100_000), days)
        moved = instants.add_days(instant, sane, instants.zone(self.rules.time_zone))
        first, last = (ibis.timestamp(f"{year}-01-01 00:00:00").cast(STAMP) for year in instants.YEARS)
        value = _where((moved >= first) & (moved < last), moved)
        told = _where(instant.notnull(), days.cast("string"))
        self.add(node, told, value, (("date_out_of_range", None),), asked)
        return value

    # Numbers.

    def number(self, node: Node, asked: ir.BooleanValue | None) -> ir.DecimalValue:
        """Return `node` as a number within an expression."""
        if node.kind is None:
            return ibis.null(_WIDE)
        if isinstance(node, Call) and node.branches:
            return self.choice(self.arms(node, asked), self.number)
        if node.kind is Kind.TEXT:
            return self.read(node, _wide, asked)
        match node:
            case Literal():
                return ibis.literal(node.value, _WIDE)
            case Unary():
                return -self.number(node.operand, asked)
            case Binary():
                return self.arithmetic(node, asked)
            case Call(name="length"):
                return self.value(node.arguments[0], Kind.TEXT, asked).length().cast(_WIDE)
            case Call(name="abs"):
                return self.number(node.arguments[0], asked).abs()
            case Call(name="round", arguments=(number, Literal() as digits)):
                return _rounded(self.number(number, asked), f"decimal(18, {digits.value})").cast(_WIDE)
            case Call():
                return self.read(node.arguments[0], self.reader(node), asked, node).cast(_WIDE)
        raise AssertionError(node)

    def arithmetic(self, node: Binary, asked: ir.BooleanValue | None) -> ir.DecimalValue:
        left, right = self.number(node.left, asked), self.number(node.right, asked)
        value = _ARITHMETIC[node.operator](left, right)
        if node.operator in "*/":  # sums of what has room have room
            told = _where(left.notnull(), right.cast("string"))
            self.add(node, told, value, (("number_out_of_range", None),), asked)
        return value

    # Choices.

    def arms(self, node: Call, asked: ir.BooleanValue | None) -> list[_Arm]:
        """Return what a call chooses between, each with when it is chosen; the last is for all other rows."""
        arms, open_rows = [], asked
        for part, condition in self.conditions(node, asked):
            chosen = None if condition is None else condition.fill_null(False)
            # Whether `coalesce` takes a part depends on the part: one that cannot be read is asked at its turn.
            asks = chosen is not None and node.name != "coalesce" and _reads(part)
            arms.append(_Arm(node=part, chosen=chosen, asked=_both(open_rows, chosen) if asks else open_rows))
            open_rows = open_rows if chosen is None else _both(open_rows, ~chosen)
        return arms

    def conditions(self, node: Call, asked: ir.BooleanValue | None) -> list[tuple[Node, ir.BooleanValue | None]]:
        if node.name == "if":
            condition, yes, no = node.arguments
            return [(yes, self.value(condition, Kind.BOOLEAN, asked)), (no, None)]
        if node.name == "coalesce":
            kind, (*others, last) = node.kind or Kind.TEXT, node.arguments
            quiet = _Compiler(
                table=self.table, rules=self.rules, prose=self.prose
            )  # each is read again as what is wanted
            return [*((part, quiet.value(part, kind, None).notnull()) for part in others), (last, None)]
        text = self.value(node.arguments[0], Kind.TEXT, asked)
        pairs = zip(node.arguments[1::2], node.arguments[2::2], strict=False)
        rest = node.arguments[-1] if len(node.arguments) % 2 == 0 else Literal(value=None, kind=None)
        return [*((to, text == self.value(word, Kind.TEXT, asked)) for word, to in pairs), (rest, None)]

    def choice(self, arms: Sequence[_Arm], make: Callable[[Node, ir.BooleanValue | None], ir.Value]) -> ir.Value:
        return _choose(arms, [make(arm.node, arm.asked) for arm in arms])

    # Texts and faults.

    def trimmed(self, column: Column) -> ir.StringValue:
        text = self.table[column.name].cast("string")
        spaced = text.startswith(" ") | text.endswith(" ")  # a tenth of the cost of trimming all
        return ibis.ifelse(spaced, engine.trim_spaces(text), text)

    def present(self, text: ir.StringValue) -> ir.StringValue:
        """Return `text`, NULL where it means "no value"."""
        tokens = [token.strip(" ") for token in self.rules.null]
        if not tokens:
            return text
        return text.nullif(tokens[0]) if len(tokens) == 1 else _where(text.notin(tokens), text)

    def text_of(self, node: Node, asked: ir.BooleanValue | None) -> ir.StringValue:
        text = self.value(node, Kind.TEXT, asked)
        return self.present(text) if isinstance(node, Call) else text

    def read(self, node: Node, reader: _Reader, asked: ir.BooleanValue | None, whole: Node | None = None) -> ir.Value:
        """Return the text `node` as read by `reader`; faults speak of `whole`'s columns."""
        text = self.text_of(node, asked)
        value, why = reader(text, self.rules)
        self.add(whole or node, text, value, why, asked)
        return value

    def add(self, node: Node, text: ir.StringValue, value: ir.Value, why: _Why, asked: ir.BooleanValue | None) -> None:
        """Add the faults of rows that have a `text` and no `value`: the first reason that holds."""
        column = ", ".join(dict.fromkeys(part.name for part in walk(node) if isinstance(part, Column)))
        others: list[ir.BooleanValue] = []
        for reason, condition in why:
            terms = [text.notnull(), *(~other for other in others), *([] if condition is None else [condition])]
            # TRICKY: beginning with the value makes it free: the engine has computed it for the row already.
            failed = ibis.ifelse(value.isnull(), ibis.and_(*terms), False)
            self.keep(column, reason, failed if asked is None else ibis.ifelse(asked, failed, False), text)
            others += [] if condition is None else [condition]

    def keep(self, column: str, reason: str, failed: ir.BooleanValue, value: ir.StringValue) -> None:
        known = self.faults.get((column, reason))
        if known is not None and not known.failed.equals(failed):
            failed, value = known.failed | failed, ibis.ifelse(known.failed, known.value, value)
        self.faults[column, reason] = Fault(column=column, failed=failed, reason=reason, value=value)


def _choose(arms: Sequence[_Arm], values: Sequence[ir.Value]) -> ir.Value:
    branches = [(arm.chosen, value) for arm, value in zip(arms, values, strict=True) if arm.chosen is not None]
    return ibis.cases(*branches, else_=values[-1])


def _both(asked: ir.BooleanValue | None, more: ir.BooleanValue) -> ir.BooleanValue:
    return more if asked is None else asked & more


def _reads(node: Node) -> bool:
    return any(isinstance(part, Column) for part in walk(node))


def _is_arithmetic(node: Node) -> bool:
    """Whether `node` has no value as soon as one of its parts has none."""
    return all(
        isinstance(part, Column | Literal | Unary | Binary) or (isinstance(part, Call) and not part.branches)
        for part in walk(node)
    ) and not any(part.kind is Kind.BOOLEAN for part in walk(node))
