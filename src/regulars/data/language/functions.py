"""The functions of the mapping language, in one table; its reference is made of this."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from regulars.data.tables import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a function takes at one place.

    Attributes:
        name: for the reference and for messages.
        kind: what it must be; None for anything.
        constant: it must be written out, not computed.
        least, most: bounds of a constant whole number.
    """

    name: str
    kind: Kind | None
    constant: bool = False
    least: int = 0
    most: int = 1_000_000


def _no_branches(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of the language; the reference in the documentation is made of these.

    Attributes:
        name: as written.
        parameters: in order.
        repeats: how many of the last parameters may come again.
        returns: kind of the value; None where the branches decide.
        meaning: one line.
        branches: picks the arguments of which one becomes the value.
    """

    name: str
    parameters: tuple[Parameter, ...]
    returns: Kind | None
    meaning: str
    repeats: int = 0
    branches: Callable[[tuple[Any, ...]], tuple[Any, ...]] = _no_branches

    @property
    def usage(self) -> str:
        """How it is written, e.g. `left(text, count)`."""
        return f"{self.name}({', '.join(p.name for p in self.parameters)}{', ...' if self.repeats else ''})"

    def parameter(self, position: int) -> Parameter:
        """Return what is taken at `position`, counting repeats."""
        beyond = position - len(self.parameters)
        return self.parameters[position if beyond < 0 else beyond % self.repeats - self.repeats]


_TEXT = Parameter(name="text", kind=Kind.TEXT)
_FORMAT = Parameter(name="format", kind=Kind.TEXT, constant=True)
_NUMBER = Parameter(name="number", kind=Kind.NUMBER)


def _text(name: str) -> Parameter:
    return Parameter(name=name, kind=Kind.TEXT)


def _whole(name: str, *, least: int, most: int = 1_000_000) -> Parameter:
    return Parameter(name=name, kind=Kind.NUMBER, constant=True, least=least, most=most)


def _any(name: str) -> Parameter:
    return Parameter(name=name, kind=None)


def _function(
    name: str, parameters: tuple[Parameter, ...], returns: Kind | None, meaning: str, **rest: object
) -> Function:
    return Function(name=name, parameters=parameters, returns=returns, meaning=meaning, **rest)  # type: ignore[arg-type]


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        function.name: function
        for function in (
            _function(
                "if",
                (Parameter(name="condition", kind=Kind.BOOLEAN), _any("yes"), _any("no")),
                None,
                "`yes` where the condition is true, else `no` (also where it is unknown)",
                branches=lambda arguments: arguments[1:],
            ),
            _function(
                "coalesce",
                (_any("first"), _any("second")),
                None,
                "the first that has a value",
                repeats=1,
                branches=lambda arguments: arguments,
            ),
            _function(
                "map",
                (_TEXT, Parameter(name="from", kind=Kind.TEXT, constant=True), _any("to")),
                None,
                "the `to` beside the `from` that equals the text; a single last argument is for all others, else null",
                repeats=2,
                branches=lambda arguments: arguments[2::2] + (arguments[-1:] if len(arguments) % 2 == 0 else ()),
            ),
            _function(
                "concat", (_text("first"), _text("second")), Kind.TEXT, "joined; null if one is null", repeats=1
            ),
            _function("lower", (_TEXT,), Kind.TEXT, "in small letters"),
            _function("upper", (_TEXT,), Kind.TEXT, "in capitals"),
            _function("trim", (_TEXT,), Kind.TEXT, "without white space at both ends"),
            _function("trim_prefix", (_TEXT, _text("prefix")), Kind.TEXT, "without the prefix, if it is there"),
            _function("trim_suffix", (_TEXT, _text("suffix")), Kind.TEXT, "without the suffix, if it is there"),
            _function("left", (_TEXT, _whole("count", least=0)), Kind.TEXT, "the first characters"),
            _function("right", (_TEXT, _whole("count", least=0)), Kind.TEXT, "the last characters"),
            _function("replace", (_TEXT, _text("old"), _text("new")), Kind.TEXT, "every `old` replaced by `new`"),
            _function(
                "split_part",
                (_TEXT, _text("separator"), _whole("position", least=1)),
                Kind.TEXT,
                "the part at a position, from 1; empty where there are fewer",
            ),
            _function("starts_with", (_TEXT, _text("prefix")), Kind.BOOLEAN, "whether it begins so"),
            _function("ends_with", (_TEXT, _text("suffix")), Kind.BOOLEAN, "whether it ends so"),
            _function("contains", (_TEXT, _text("part")), Kind.BOOLEAN, "whether it holds the part"),
            _function("length", (_TEXT,), Kind.NUMBER, "number of characters"),
            _function("number", (_TEXT,), Kind.NUMBER, "the text read as a number"),
            _function("integer", (_TEXT,), Kind.NUMBER, "the text read as a whole number; 2.0 is none"),
            _function(
                "round",
                (_NUMBER, _whole("digits", least=0, most=8)),
                Kind.NUMBER,
                "to so many decimals, halves away from zero",
            ),
            _function("abs", (_NUMBER,), Kind.NUMBER, "without its sign"),
            _function(
                "datetime", (_TEXT, _FORMAT), Kind.INSTANT, "the text read by a strptime format: '%d/%m/%Y %H:%M'"
            ),
            _function("date", (_TEXT, _FORMAT), Kind.DATE, "the text read by a strptime format: '%d.%m.%Y'"),
            _function("epoch_seconds", (_TEXT,), Kind.INSTANT, "seconds since 1970-01-01 UTC, up to 6 decimals"),
            _function("epoch_millis", (_TEXT,), Kind.INSTANT, "milliseconds since 1970-01-01 UTC"),
            _function(
                "add_days",
                (Parameter(name="instant", kind=Kind.INSTANT), Parameter(name="days", kind=Kind.NUMBER)),
                Kind.INSTANT,
                "the same time of day so many whole days later, in the time zone of the source",
            ),
            _function(
                "add_seconds",
                (Parameter(name="instant", kind=Kind.INSTANT), Parameter(name="seconds", kind=Kind.NUMBER)),
                Kind.INSTANT,
                "so many seconds later: `add_seconds(opened_at, minutes * 60)`",
            ),
        )
    }
)  # fmt: skip

#: strptime directives that may stand in a format, and the shape of what each reads.
DIRECTIVES: Mapping[str, str] = MappingProxyType(
    {
        "%Y": "(?:19|20)[0-9]{2}",
        "%y": "[0-9]{2}",
        "%m": "[0-9]{1,2}",
        "%d": "[0-9]{1,2}",
        "%j": "[0-9]{1,3}",
        "%b": "[A-Za-z]{3}",
        "%B": "[A-Za-z]{3,9}",
        "%a": "[A-Za-z]{3}",
        "%A": "[A-Za-z]{6,9}",
        "%H": "[0-9]{1,2}",
        "%I": "[0-9]{1,2}",
        "%p": "[AaPp][Mm]",
        "%M": "[0-9]{2}",
        "%S": "[0-9]{2}",
        "%f": "[0-9]{1,6}",
        "%z": "[+-][0-9]{2}:?[0-9]{2}",
        "%%": "%",
    }
)


def shape(form: str, *, any_year: bool = False) -> str:
    """Return the regular expression of texts that fit a strptime format; `ValueError` says what is wrong with it.

    >>> shape("%d.%m.%Y")
    '[0-9]{1,2}\\\\.[0-9]{1,2}\\\\.(?:19|20)[0-9]{2}'
    """
    pieces = re.findall(r"%.?|[^%]+", form, re.DOTALL)
    unknown = [piece for piece in pieces if piece.startswith("%") and piece not in DIRECTIVES]
    if unknown:
        raise ValueError(f"`{unknown[0]}` is no directive that can be read here. Known: {', '.join(DIRECTIVES)}.")
    used = {piece for piece in pieces if piece.startswith("%")}
    if not (used & {"%Y", "%y"} and ("%j" in used or (used & {"%m", "%b", "%B"} and "%d" in used))):
        raise ValueError(f"the format '{form}' does not say the year, month and day")
    years = {"%Y": "[0-9]{4}"} if any_year else {}
    return "".join(years.get(piece) or DIRECTIVES.get(piece) or re.escape(piece) for piece in pieces)
