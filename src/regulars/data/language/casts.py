"""Strict casts: the texts of a file into the values of canonical columns, by an expression; what fails is a fault.

Texts lose the spaces (U+0020) around them first; the source's null tokens then mean "no value". Numbers within
expressions are decimals with 8 places: what is computed is rounded half away from zero at each step (a division has
15 significant digits) and to 4 places when it is stored.

Comparisons with nothing are unknown, and `if` takes an unknown condition for no. A text that cannot be read counts as
a fault only where the expression asks for it: in the branch that is taken, and to the right of `and` and `or` only
where the left side has not decided.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import ibis
import ibis.expr.types as ir

from regulars.data import engine
from regulars.data.language import instants
from regulars.data.language.expression import Expression, check
from regulars.data.language.instants import STAMP
from regulars.data.language.operations import ARITHMETIC, COMPARE, MONEY, PLAIN, WIDE, rounded, where
from regulars.data.language.readers import READING, STORED, Reader, Reading, Why, read_number
from regulars.data.language.syntax import Binary, Call, Column, In, IsNull, Literal, Node, Unary, common, walk
from regulars.data.tables import Kind

__all__ = ["Compiled", "Fault", "Reading", "compile"]

_DTYPES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.TEXT: "string",
        Kind.INTEGER: "int64",
        Kind.NUMBER: MONEY,
        Kind.MONEY: MONEY,
        Kind.INSTANT: STAMP,
        Kind.DATE: "date",
        Kind.BOOLEAN: "boolean",
    }
)
_NOT_IN_TEXT = r"[\x{0}-\x{1F}\x{7F}-\x{9F}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2066}-\x{2069}]"
_NOT_IN_PROSE = r"[\x{0}-\x{8}\x{B}\x{C}\x{E}-\x{1F}\x{7F}-\x{9F}\x{202A}-\x{202E}\x{2066}-\x{2069}]"


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
            return self.choice(self.arms(node, asked), lambda part, asking: self.stored(part, kind, asking))
        if kind is Kind.TEXT:
            return self.text_stored(node, asked)
        if node.kind is Kind.TEXT:
            return self.read(node, STORED[kind], asked)
        if node.kind is Kind.NUMBER:
            return self.number_stored(node, kind, asked)
        return self.value(node, kind, asked)

    def text_stored(self, node: Node, asked: ir.BooleanValue | None) -> ir.Value:
        text = self.text_of(node, asked)
        if isinstance(node, Literal):
            return text
        pattern = _NOT_IN_PROSE if self.prose else _NOT_IN_TEXT
        value = where(~text.re_search(pattern), text)
        self.add(node, text, value, (("control_character", None),), asked)
        return value

    def number_stored(self, node: Node, kind: Kind, asked: ir.BooleanValue | None) -> ir.Value:
        outer, self.faults = self.faults, {}
        number = self.number(node, asked)
        if kind is Kind.INTEGER:
            whole = rounded(number, "int64")
            value = where(whole.cast(WIDE) == number, whole)
            room = number.abs() < ibis.literal(2**63, WIDE)
            why: Why = (("not_an_integer", room), ("number_out_of_range", None))
        else:
            value, why = rounded(number, MONEY), (("number_out_of_range", None),)
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
            return self.choice(self.arms(node, asked), lambda part, asking: self.value(part, kind, asking))
        if node.kind is Kind.TEXT and kind is not Kind.TEXT:
            return self.read(node, STORED[kind], asked)
        match node:
            case Literal():
                return ibis.literal(node.value, _DTYPES[kind])
            case Column(kind=Kind.TEXT):
                return self.present(self.trimmed(node))
            case Column():
                return self.table[node.name].try_cast(_DTYPES[node.kind])
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
        if node.operator in COMPARE:
            kind = common(node.parts) or Kind.TEXT
            return COMPARE[node.operator](*(self.value(side, kind, asked) for side in node.parts))
        left = self.value(node.left, Kind.BOOLEAN, asked)
        if node.operator == "and":
            return left & self.value(node.right, Kind.BOOLEAN, _both(asked, left.fill_null(True)))
        return left | self.value(node.right, Kind.BOOLEAN, _both(asked, ~left.fill_null(False)))

    def called(self, node: Call, asked: ir.BooleanValue | None) -> ir.Value:
        """Return what a function makes of its arguments."""
        if node.name in READING:
            return self.read(node.arguments[0], self.reader(node), asked, node)
        if node.name in ("add_days", "add_seconds"):
            return self.later(node, asked)
        return PLAIN[node.name](*(self.argument(node, place, asked) for place in range(len(node.arguments))))

    def reader(self, node: Call) -> Reader:
        return READING[node.name](*(part.value for part in node.arguments[1:] if isinstance(part, Literal)))

    def argument(self, node: Call, place: int, asked: ir.BooleanValue | None) -> object:
        part, parameter = node.arguments[place], node.function.parameter(place)
        if parameter.constant and isinstance(part, Literal):
            return part.value
        return self.value(part, parameter.kind or Kind.TEXT, asked)

    def later(self, node: Call, asked: ir.BooleanValue | None) -> ir.Value:
        """Return `add_days` and `add_seconds`: so many whole days later by the clock, or seconds later."""
        instant = self.value(node.arguments[0], Kind.INSTANT, asked)
        in_days = node.name == "add_days"
        length = self.stored(node.arguments[1], Kind.INTEGER if in_days else Kind.NUMBER, asked)
        most = 100_000 * (1 if in_days else 86_400)
        sane = where(length.between(-most, most), length)
        if in_days:
            moved = instants.add_days(instant, sane, instants.zone(self.rules.time_zone))
        else:
            moved = instants.add_seconds(instant, sane)
        first, last = (ibis.timestamp(f"{year}-01-01 00:00:00").cast(STAMP) for year in instants.YEARS)
        value = where((moved >= first) & (moved < last), moved)
        told = where(instant.notnull(), length.cast("string"))
        self.add(node, told, value, (("date_out_of_range", None),), asked)
        return value

    # Numbers.

    def number(self, node: Node, asked: ir.BooleanValue | None) -> ir.DecimalValue:
        """Return `node` as a number within an expression."""
        if node.kind is None:
            return ibis.null(WIDE)
        if isinstance(node, Call) and node.branches:
            return self.choice(self.arms(node, asked), self.number)
        if node.kind is Kind.TEXT:
            return self.read(node, read_number, asked)
        match node:
            case Literal():
                return ibis.literal(node.value, WIDE)
            case Column():
                return self.table[node.name].try_cast(WIDE)
            case Unary():
                return -self.number(node.operand, asked)
            case Binary():
                return self.arithmetic(node, asked)
            case Call(name="length"):
                return self.value(node.arguments[0], Kind.TEXT, asked).length().cast(WIDE)
            case Call(name="abs"):
                return self.number(node.arguments[0], asked).abs()
            case Call(name="round", arguments=(number, Literal() as digits)):
                return rounded(self.number(number, asked), f"decimal(30, {digits.value})").cast(WIDE)
            case Call():
                return self.read(node.arguments[0], self.reader(node), asked, node).cast(WIDE)
        raise AssertionError(node)

    def arithmetic(self, node: Binary, asked: ir.BooleanValue | None) -> ir.DecimalValue:
        left, right = self.number(node.left, asked), self.number(node.right, asked)
        value = ARITHMETIC[node.operator](left, right)
        if node.operator in "*/":  # sums of what has room have room
            told = where(left.notnull(), right.cast("string"))
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
            quiet = _Compiler(table=self.table, rules=self.rules, prose=self.prose)  # its faults come with the value
            *others, last = node.arguments
            there = [(part, quiet.value(part, part.kind or Kind.TEXT, None).notnull()) for part in others]
            return [*there, (last, None)]
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
        return text.nullif(tokens[0]) if len(tokens) == 1 else where(text.notin(tokens), text)

    def text_of(self, node: Node, asked: ir.BooleanValue | None) -> ir.StringValue:
        text = self.value(node, Kind.TEXT, asked)
        return self.present(text) if isinstance(node, Call) else text

    def read(self, node: Node, reader: Reader, asked: ir.BooleanValue | None, whole: Node | None = None) -> ir.Value:
        """Return the text `node` as read by `reader`; faults speak of `whole`'s columns."""
        text = self.text_of(node, asked)
        value, why = reader(text, self.rules)
        self.add(whole or node, text, value, why, asked)
        return value

    def add(self, node: Node, text: ir.StringValue, value: ir.Value, why: Why, asked: ir.BooleanValue | None) -> None:
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
