"""TOML as text: where a key stands in it, and writing it with comments (the standard library only reads).

A document is a mapping of plain values; wrap a value in `Noted` to say something about it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

#: Where a value stands: keys, and positions in arrays of tables.
Place = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^,\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
_LONG = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A value with comments.

    Attributes:
        value: the value, or a table or array of tables.
        above: comment lines before it; each is one line of text.
        beside: comment at the end of its line; "" for none.
    """

    value: object
    above: Sequence[str] = ()
    beside: str = ""


class Lines:
    """Where each key of a TOML text stands.

    >>> Lines('[company]\\nname = "A"\\n[[source]]\\nname = "b"').of(("source", 0, "name"))
    4
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[Place, int] = {}
        for line, place in _places(text):
            for end in range(1, len(place) + 1):
                self._lines.setdefault(place[:end], line)

    def of(self, place: Place) -> int:
        """Return the line (from 1) of `place`, or of the nearest thing that encloses it."""
        for end in range(len(place), 0, -1):
            if place[:end] in self._lines:
                return self._lines[place[:end]]
        return 1


def _places(text: str) -> Iterator[tuple[int, Place]]:
    """Yield (line, place) of every header and key. Lines inside multi-line strings are passed over."""
    arrays: Counter[Place] = Counter()
    header: Place = ()
    inside = ""
    for number, line in enumerate(text.split("\n"), 1):
        if inside:
            inside = "" if line.count(inside) % 2 else inside
            continue
        if match := _HEADER.match(line):
            header = _resolve(_parts(match[2]), arrays, new=match[1] == "[[")
            yield number, header
        elif match := _KEY.match(line):
            yield number, header + tuple(_parts(match[1]))
        inside = next((quotes for quotes in ('"""', "'''") if line.count(quotes) % 2), "")


def _resolve(parts: Sequence[str], arrays: Counter[Place], *, new: bool) -> Place:
    """Return the header's place: each array of tables in it followed by its latest position."""
    place: Place = ()
    for last, part in enumerate(parts, 1 - len(parts)):
        place += (part,)
        if new and last == 0:
            arrays[place] += 1
        if place in arrays:
            place += (arrays[place] - 1,)
    return place


def _parts(dotted: str) -> list[str]:
    return [part[1:-1] if part[0] in "\"'" else part for part in _PART.findall(dotted)]


def dumps(document: Mapping[str, object]) -> str:
    """Return `document` as TOML: plain values before tables, a blank line before each table.

    >>> print(dumps({"company": {"name": Noted(value="A", beside="a guess")}, "source": [{"files": ["a"]}]}), end="")
    [company]
    name = "A"  # a guess
    <BLANKLINE>
    [[source]]
    files = ["a"]
    """
    return "\n".join(_table(document, ())).strip("\n") + "\n"


def comment(lines: Sequence[str]) -> str:
    """Return `lines` as comments."""
    return "".join(f"{line}\n" for line in _comment(lines))


def _table(table: Mapping[str, object], path: tuple[str, ...]) -> Iterator[str]:
    entries = {key: entry if isinstance(entry, Noted) else Noted(value=entry) for key, entry in table.items()}
    for key, entry in entries.items():
        if not _nests(entry.value):
            yield from _comment(entry.above)
            yield f"{_key(key)} = {_value(entry.value)}" + (f"  # {_line(entry.beside)}" if entry.beside else "")
    for key, entry in entries.items():
        if isinstance(entry.value, Mapping):
            yield from _headed(entry, entry.value, (*path, key), "[{}]")
        elif isinstance(entry.value, Sequence) and _nests(entry.value):
            for item in entry.value:
                note = item if isinstance(item, Noted) else Noted(value=item)
                yield from _headed(note, note.value, (*path, key), "[[{}]]")  # type: ignore[arg-type]


def _headed(entry: Noted, table: Mapping[str, object], path: tuple[str, ...], header: str) -> Iterator[str]:
    only_tables = header == "[{}]" and table and not entry.beside and all(map(_nests_noted, table.values()))
    if entry.above or not only_tables:
        yield ""
        yield from _comment(entry.above)
    if not only_tables:
        yield header.format(".".join(map(_key, path))) + (f"  # {_line(entry.beside)}" if entry.beside else "")
    yield from _table(table, path)


def _nests(value: object) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(
            isinstance(item.value if isinstance(item, Noted) else item, Mapping) for item in value
        )
    return isinstance(value, Mapping)


def _nests_noted(value: object) -> bool:
    return _nests(value.value if isinstance(value, Noted) else value)


def _comment(lines: Sequence[str]) -> Iterator[str]:
    return (f"# {_line(line)}".rstrip() for line in lines)


def _line(text: str) -> str:
    """Return `text` fit for a comment: one line, no control characters (TOML forbids them there)."""
    return "".join(char if char.isprintable() else " " for char in text)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float() | date():
            return str(value)
        case str():
            return _string(value)
        case list() | tuple():
            return _array([_value(item) for item in value])
    raise TypeError(f"`{value!r}` has no TOML form")


def _array(items: list[str]) -> str:
    flat = f"[{', '.join(items)}]"
    return flat if len(flat) <= _LONG else "[\n" + "".join(f"  {item},\n" for item in items) + "]"


def _string(text: str) -> str:
    """Return `text` quoted; literal quotes where they save escapes, as in expressions that hold backslashes."""
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return '"' + "".join(_ESCAPES.get(char) or (char if char.isprintable() else _unicode(char)) for char in text) + '"'


def _unicode(char: str) -> str:
    return f"\\u{ord(char):04X}" if ord(char) < 0x10000 else f"\\U{ord(char):08X}"
