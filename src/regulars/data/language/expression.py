"""The small language of mappings: what a canonical column is made of, in terms of a file's columns.

    Quantity * UnitPrice
    if(starts_with(InvoiceNo, 'C') or Quantity < 0, 'refund', 'sale')
    datetime(`Order Date`, '%d/%m/%Y %H:%M')

A bare name is a column, and a column is text until something needs more: an operand of `*` is read as a number, a side
of a comparison as what the other side is. Nothing here touches data: casts.py turns the tree into Ibis.

    either     = both { "or" both }
    both       = negated { "and" negated }
    negated    = "not" negated | comparison
    comparison = sum [ ("=" | "!=" | "<" | "<=" | ">" | ">=") sum | ["not"] "in" "(" value, ... ")" | "is" ["not"] "null" ]
    sum        = product { ("+" | "-") product }
    product    = unary { ("*" | "/") unary }
    unary      = "-" unary | number | 'text' | true | false | null | name | `name` | function "(" either, ... ")" | "(" either ")"
"""  # noqa: E501

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NoReturn

from regulars.core.errors import ExpressionError, nearest
from regulars.data.language.functions import FUNCTIONS, Parameter, shape
from regulars.data.language.syntax import (
    COMPARISON,
    ORDER,
    RESERVED,
    Binary,
    Call,
    Column,
    In,
    IsNull,
    Literal,
    Node,
    Unary,
    common,
    walk,
)
from regulars.data.tables import Kind

#: Limits of one expression: characters, and levels of nesting.
LONGEST, DEEPEST = 2_000, 50
#: Digits of a number written in an expression.
_MOST_DIGITS, _MOST_DECIMALS = 14, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A parsed expression; two are equal when their trees are.

    >>> str(parse("if( Quantity<0,'refund' , 'sale')"))
    "if(Quantity < 0, 'refund', 'sale')"
    >>> sorted(parse("Quantity * `Unit price`").columns)
    ['Quantity', 'Unit price']
    """

    root: Node
    text: str = field(default="", compare=False)

    @property
    def kind(self) -> Kind | None:
        """What it gives: TEXT (also a bare column), NUMBER, INSTANT, DATE, BOOLEAN; None for null."""
        return self.root.kind

    @property
    def columns(self) -> frozenset[str]:
        """The file's columns that it reads."""
        return frozenset(node.name for node in walk(self.root) if isinstance(node, Column))

    def __str__(self) -> str:
        return str(self.root)


# --- what fits where ---------------------------------------------------------------------------------------------

_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_IS_WRITTEN = {
    Kind.NUMBER: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.TEXT: "a text",
    Kind.INSTANT: "an instant such as '2024-01-31 10:00'",
    Kind.DATE: "a date such as '2024-01-31'",
}


def _misfit(node: Node, kind: Kind) -> Node | None:
    """Return what in `node` cannot be read as `kind`, or None."""
    if isinstance(node, Call) and node.branches:
        return next((found for branch in node.branches if (found := _misfit(branch, kind))), None)
    if node.kind is None or node.kind == kind:
        return None
    if isinstance(node, Literal) and node.kind is Kind.TEXT and _is_moment(str(node.value), kind):
        return None
    return None if node.kind == Kind.TEXT and not isinstance(node, Literal) else node


def _is_moment(text: str, kind: Kind) -> bool:
    """Whether a text that is written out says an instant or a date."""
    if kind not in (Kind.INSTANT, Kind.DATE) or not _ISO.fullmatch(text) or (kind is Kind.DATE and len(text) > 10):
        return False
    try:
        return 1900 <= datetime.fromisoformat(text).year < 2100
    except ValueError:
        return False


def check(expression: Expression, kind: Kind, columns: Collection[str] | None = None) -> None:
    """Refuse an expression that cannot fill a column of `kind`, or that reads a column that is not there.

    Raises:
        ExpressionError: with place and advice.
    """
    if columns is not None:
        for node in walk(expression.root):
            if isinstance(node, Column) and node.name not in columns:
                _refuse(expression.text, node.at, f"the file has no column `{node.name}`.{nearest(node.name, columns)}")
    wanted = Kind.NUMBER if kind in (Kind.INTEGER, Kind.MONEY) else kind
    if (wrong := _misfit(expression.root, wanted)) is not None:
        _refuse(expression.text, wrong.at, _needs(wrong, wanted))


def _needs(node: Node, kind: Kind) -> str:
    return f"here {_IS_WRITTEN[kind]} is needed, and `{node}` is {_IS_WRITTEN[node.kind] if node.kind else 'null'}."


def _refuse(text: str, at: int, problem: str) -> NoReturn:
    start = max(0, at - 60)
    shown = re.sub(r"\s", " ", text[start : at + 40])
    message = f"The expression cannot be read at character {at + 1}: {problem}\n    {shown}\n    {' ' * (at - start)}^"
    raise ExpressionError(message)


# --- reading -----------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>[0-9]+(?:\.[0-9]+)?)(?![\w.])
    |(?P<name>[^\W\d]\w*)
    |`(?P<quoted>(?:[^`]|``)+)`
    |'(?P<text>(?:[^']|'')*)'
    |(?P<symbol><=|>=|!=|<>|==|[-+*/=<>(),])""",
    re.VERBOSE,
)
_ADVICE = {
    '"': "Texts stand in single quotes: 'text'; column names with spaces in back quotes.",
    "'": "The text is not closed: a ' is missing.",
    "`": "The column's name is not closed: a ` is missing.",
    "%": "There is no remainder.",
    "&": "Write `and`.",
    "|": "Write `or`, or concat(a, b) to join texts.",
    "!": "Write `not`, or `!=`.",
    "0": "Numbers are written as 1000 or 9.99; a column's name that begins with a digit needs back quotes.",
    ";": "One expression, no statements.",
}


@dataclass(frozen=True, slots=True)
class _Token:
    sort: str
    value: str
    at: int


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            advice = _ADVICE.get("0" if text[at].isdigit() else text[at], "")
            _refuse(text, at, f"`{text[at]}` is not part of the language. {advice}".rstrip())
        sort = found.lastgroup or ""
        value = found[sort]
        if sort == "name" and value.lower() in RESERVED:
            sort, value = "word", value.lower()
        if value in ("<>", "=="):
            _refuse(text, at, f"Write `{'!=' if value == '<>' else '='}` for `{value}`.")
        if sort != "space":
            yield _Token(sort, value, at)
        at = found.end()
    yield _Token("end", "", at)


def parse(text: str, kinds: Mapping[str, Kind] | None = None) -> Expression:
    """Read an expression; `kinds` are those of columns that are numbers or booleans already, rather than texts.

    Raises:
        ExpressionError: with the place, a caret and the nearest known name.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"The expression has {len(text):,} characters; at most {LONGEST:,} are read. Shorten it.")
    reader = _Reader(text, kinds or {})
    root = reader.either()
    if reader.token.sort != "end":
        reader.refuse(f"`{reader.token.value}` is not expected here.")
    if _height(root) > DEEPEST:
        raise ExpressionError(f"The expression is nested more than {DEEPEST} deep. Write `in (...)`, map(...) or less.")
    return Expression(root=root, text=text)


def _height(root: Node) -> int:
    waiting, highest = [(root, 1)], 0
    while waiting:
        node, level = waiting.pop()
        highest = max(highest, level)
        waiting.extend((part, level + 1) for part in node.parts)
    return highest


class _Reader:
    """Recursive descent; every method reads one rule of the grammar and leaves `token` behind it."""

    def __init__(self, text: str, kinds: Mapping[str, Kind]) -> None:
        self.text, self.kinds, self.rest = text, kinds, _tokens(text)
        self.token = next(self.rest)
        self.depth = 0

    def refuse(self, problem: str, at: int | None = None) -> NoReturn:
        _refuse(self.text, self.token.at if at is None else at, problem)

    def take(self, *values: str) -> _Token | None:
        """Read on past a symbol or word, if one of `values` is next."""
        token = self.token
        if token.sort not in ("symbol", "word") or token.value not in values:
            return None
        self.token = next(self.rest)
        return token

    def expect(self, value: str) -> None:
        if not self.take(value):
            self.refuse(f"`{value}` is missing{f' before `{self.token.value}`' if self.token.value else ''}.")

    def need(self, node: Node, kind: Kind) -> Node:
        if (wrong := _misfit(node, kind)) is not None:
            self.refuse(_needs(wrong, kind), wrong.at)
        return node

    def common(self, nodes: Collection[Node], at: int) -> Kind | None:
        try:
            kind = common(nodes)
        except TypeError as cause:
            self.refuse(f"{cause} here.", at)
        for node in nodes:
            if kind is not None:
                self.need(node, kind)
        return kind

    def deeper(self, rule: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            self.refuse(f"the expression is nested more than {DEEPEST} deep. Split it.")
        node = rule()
        self.depth -= 1
        return node

    def chain(self, rule: Callable[[], Node], kind: Kind, *operators: str) -> Node:
        left = rule()
        while token := self.take(*operators):
            right = self.need(rule(), kind)
            left = Binary(operator=token.value, left=self.need(left, kind), right=right, at=token.at)
        return left

    def either(self) -> Node:
        return self.chain(self.both, Kind.BOOLEAN, "or")

    def both(self) -> Node:
        return self.chain(self.negated, Kind.BOOLEAN, "and")

    def negated(self) -> Node:
        if token := self.take("not"):
            return Unary(operator="not", operand=self.need(self.deeper(self.negated), Kind.BOOLEAN), at=token.at)
        return self.comparison()

    def comparison(self) -> Node:
        left = self.sum()
        if token := self.take(*COMPARISON):
            return self.compared(left, token, self.sum())
        if token := self.take("is"):
            denied = self.take("not")
            self.expect("null")
            return self.denied(IsNull(operand=left, at=token.at), denied)
        denied = self.take("not")
        if token := self.take("in"):
            return self.denied(self.choices(left, token), denied)
        if denied:
            self.refuse("`in` is missing after `not`.")
        return left

    def denied(self, node: Node, denied: _Token | None) -> Node:
        return Unary(operator="not", operand=node, at=denied.at) if denied else node

    def compared(self, left: Node, token: _Token, right: Node) -> Node:
        if None in (left.kind, right.kind):
            self.refuse("nothing equals null. Write `is null` or `is not null`.", token.at)
        kind = self.common((left, right), token.at)
        if token.value in ORDER and kind in (Kind.TEXT, Kind.BOOLEAN):
            self.refuse(f"`{token.value}` needs numbers, instants or dates, and both sides are {kind}. "
                        "Write number(...) or datetime(...) around one.", token.at)  # fmt: skip
        return Binary(operator=token.value, left=left, right=right, at=token.at)

    def choices(self, operand: Node, token: _Token) -> In:
        self.expect("(")
        found = [self.unary()]
        while self.take(","):
            found.append(self.unary())
        self.expect(")")
        for choice in found:
            plain = choice.operand if isinstance(choice, Unary) else choice
            if not isinstance(plain, Literal) or plain.kind is None:
                self.refuse(f"`in` takes values that are written out, and `{choice}` is not.", choice.at)
        self.common((operand, *found), token.at)
        return In(operand=operand, choices=tuple(found), at=token.at)

    def sum(self) -> Node:
        return self.chain(self.product, Kind.NUMBER, "+", "-")

    def product(self) -> Node:
        return self.chain(self.unary, Kind.NUMBER, "*", "/")

    def unary(self) -> Node:
        if token := self.take("-"):
            return Unary(operator="-", operand=self.need(self.deeper(self.unary), Kind.NUMBER), at=token.at)
        if self.take("("):
            node = self.deeper(self.either)
            self.expect(")")
            return node
        return self.value()

    def value(self) -> Node:
        token = self.token
        if token.sort == "end":
            self.refuse("the expression ends too early." if self.text.strip() else "the expression is empty.")
        if token.sort == "symbol" or (token.sort == "word" and token.value not in ("null", "true", "false")):
            self.refuse(f"`{token.value}` is not expected here.")
        self.token = next(self.rest)
        match token.sort:
            case "word":
                value = {"null": None, "true": True, "false": False}[token.value]
                return Literal(value=value, kind=None if value is None else Kind.BOOLEAN, at=token.at)
            case "text":
                return Literal(value=token.value.replace("''", "'"), kind=Kind.TEXT, at=token.at)
            case "number":
                return self.number(token)
            case "quoted":
                return self.column(token.value.replace("``", "`"), token.at)
        return self.call(token) if self.take("(") else self.column(token.value, token.at)

    def column(self, name: str, at: int) -> Column:
        return Column(name=name, at=at, kind=self.kinds.get(name, Kind.TEXT))

    def number(self, token: _Token) -> Literal:
        whole, _, decimals = token.value.partition(".")
        if len(whole) > _MOST_DIGITS or len(decimals) > _MOST_DECIMALS:
            self.refuse(f"numbers have at most {_MOST_DIGITS} digits and {_MOST_DECIMALS} decimals.", token.at)
        return Literal(value=Decimal(token.value), kind=Kind.NUMBER, at=token.at)

    def call(self, token: _Token) -> Call:
        function = FUNCTIONS.get(token.value.lower())
        if function is None:
            self.refuse(f"no function is called `{token.value}`.{nearest(token.value.lower(), FUNCTIONS)}", token.at)
        arguments = []
        if not self.take(")"):
            arguments.append(self.deeper(self.either))
            while self.take(","):
                arguments.append(self.deeper(self.either))
            self.expect(")")
        fewest = len(function.parameters)
        if len(arguments) < fewest or (len(arguments) > fewest and not function.repeats):
            given = f"{len(arguments)} argument{'s' * (len(arguments) != 1)}"
            self.refuse(f"`{function.name}` does not take {given}. Write {function.usage}.", token.at)
        return self.checked(Call(name=function.name, arguments=tuple(arguments), at=token.at))

    def checked(self, call: Call) -> Call:
        branches = call.branches
        for position, argument in enumerate(call.arguments):
            if any(argument is branch for branch in branches):
                continue
            parameter = call.function.parameter(position)
            if parameter.kind is not None:
                self.need(argument, parameter.kind)
            if parameter.constant:
                self.constant(argument, parameter)
        self.common(branches, call.at)
        return call

    def constant(self, node: Node, parameter: Parameter) -> None:
        if not isinstance(node, Literal) or node.value is None:
            self.refuse(f"`{parameter.name}` must be written out, and `{node}` is not.", node.at)
        if parameter.name == "format":
            try:
                shape(str(node.value))
            except ValueError as cause:
                self.refuse(f"{cause}", node.at)
        if isinstance(node.value, Decimal) and (
            node.value != int(node.value) or not parameter.least <= node.value <= parameter.most
        ):
            self.refuse(f"`{parameter.name}` is a whole number from {parameter.least} to {parameter.most}.", node.at)
