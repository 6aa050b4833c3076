"""The tree of a mapping expression: what it holds, what kind it is, how it is printed."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar, TypeAlias

from regulars.data.language.functions import FUNCTIONS, Function
from regulars.data.tables import Kind

RESERVED = frozenset("and or not in is null true false".split())
#: Comparisons of size, and all comparisons.
ORDER = frozenset(("<", "<=", ">", ">="))
COMPARISON = ORDER | {"=", "!="}

# Every node has `at` (its place in the text, for messages), `kind` (TEXT, NUMBER, INSTANT, DATE, BOOLEAN; None for
# null), `parts` (the nodes below) and `rank` (how tightly it binds when printed).


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A value written out."""

    value: str | Decimal | bool | None
    kind: Kind | None
    at: int = field(default=0, compare=False)
    parts: ClassVar[tuple["Node", ...]] = ()
    rank: ClassVar[int] = 9

    def __str__(self) -> str:
        match self.value:
            case None:
                return "null"
            case bool():
                return str(self.value).lower()
            case Decimal():
                return f"{self.value:f}"
            case _:
                return "'" + self.value.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the file: text, read as whatever is needed; one of another kind is what it is."""

    name: str
    at: int = field(default=0, compare=False)
    kind: Kind = Kind.TEXT
    parts: ClassVar[tuple["Node", ...]] = ()
    rank: ClassVar[int] = 9

    def __str__(self) -> str:
        bare = re.fullmatch(r"[^\W\d]\w*", self.name) and self.name.lower() not in RESERVED
        return self.name if bare else "`" + self.name.replace("`", "``") + "`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unary:
    """`-x` or `not x`."""

    operator: str
    operand: "Node"
    at: int = field(default=0, compare=False)

    @property
    def kind(self) -> Kind:
        """NUMBER or BOOLEAN."""
        return Kind.NUMBER if self.operator == "-" else Kind.BOOLEAN

    @property
    def parts(self) -> tuple["Node", ...]:
        """The operand."""
        return (self.operand,)

    @property
    def rank(self) -> int:
        """How tightly it binds."""
        return 7 if self.operator == "-" else 3

    def __str__(self) -> str:
        return ("-" if self.operator == "-" else "not ") + _within(self.operand, self.rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """Arithmetic, a comparison, `and`, `or`."""

    operator: str
    left: "Node"
    right: "Node"
    at: int = field(default=0, compare=False)

    @property
    def kind(self) -> Kind:
        """NUMBER or BOOLEAN."""
        return Kind.NUMBER if self.operator in "+-*/" else Kind.BOOLEAN

    @property
    def parts(self) -> tuple["Node", ...]:
        """Both sides."""
        return (self.left, self.right)

    @property
    def rank(self) -> int:
        """How tightly it binds."""
        return 4 if self.operator in COMPARISON else {"or": 1, "and": 2, "+": 5, "-": 5, "*": 6, "/": 6}[self.operator]

    def __str__(self) -> str:
        left = self.rank + (self.operator in COMPARISON)  # a < b < c is nothing: comparisons do not chain
        return f"{_within(self.left, left)} {self.operator} {_within(self.right, self.rank + 1)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class In:
    """`x in (value, ...)`."""

    operand: "Node"
    choices: tuple["Node", ...]
    at: int = field(default=0, compare=False)
    kind: ClassVar[Kind] = Kind.BOOLEAN
    rank: ClassVar[int] = 4

    @property
    def parts(self) -> tuple["Node", ...]:
        """The operand and the choices."""
        return (self.operand, *self.choices)

    def __str__(self) -> str:
        return f"{_within(self.operand, 5)} in ({', '.join(map(str, self.choices))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class IsNull:
    """`x is null`."""

    operand: "Node"
    at: int = field(default=0, compare=False)
    kind: ClassVar[Kind] = Kind.BOOLEAN
    rank: ClassVar[int] = 4

    @property
    def parts(self) -> tuple["Node", ...]:
        """The operand."""
        return (self.operand,)

    def __str__(self) -> str:
        return f"{_within(self.operand, 5)} is null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function of `FUNCTIONS` and its arguments."""

    name: str
    arguments: tuple["Node", ...]
    at: int = field(default=0, compare=False)
    rank: ClassVar[int] = 9

    @property
    def function(self) -> Function:
        """The declaration."""
        return FUNCTIONS[self.name]

    @property
    def branches(self) -> tuple["Node", ...]:
        """The arguments of which one becomes the value (`if`, `coalesce`, `map`); none for other functions."""
        return self.function.branches(self.arguments)

    @property
    def kind(self) -> Kind | None:
        """What the function returns, or what its branches have in common."""
        return common(self.branches) if self.branches else self.function.returns

    @property
    def parts(self) -> tuple["Node", ...]:
        """The arguments."""
        return self.arguments

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.arguments))})"


Node: TypeAlias = Literal | Column | Unary | Binary | In | IsNull | Call


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and all below it, in the order of the text."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.parts))


def _within(node: Node, rank: int) -> str:
    return str(node) if node.rank >= rank else f"({node})"


def common(nodes: Collection[Node]) -> Kind | None:
    """Return what all `nodes` can be read as; `TypeError` where they differ. Columns, being text, fit anything."""
    kinds = {node.kind for node in nodes} - {None}
    wanted = kinds - {Kind.TEXT} or kinds
    if len(wanted) > 1:
        raise TypeError(f"{' and '.join(sorted(map(str, wanted)))} do not mix")
    return next(iter(wanted), None)
