"""What the query of an address says: every word is one that the address takes, or the question is refused by name."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from regulars.core.errors import QueryError, nearest

#: What no word holds: databases cut text there, and no name, id or condition has it.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
#: First and last year of days that are read: beyond them, the period before or after would have no date.
_YEARS = range(1900, 2200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One thing that may be said in the query of an address.

    Attributes:
        name: before the equals sign.
        meaning: one line.
        schema: what its words may be, as JSON Schema.
        read: from a word to what it means.
        several: whether it may be said more than once; then a tuple is read.
        required: whether it must be said.
        example: words that are understood; "" where the schema says enough.
    """

    name: str
    meaning: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any] = str
    several: bool = False
    required: bool = False
    example: str = ""


def read(said: Iterable[tuple[str, str]], taken: Sequence[Query]) -> dict[str, Any]:
    """Return what a query means, by name, in the order of `taken`.

    Raises:
        QueryError: a word is not taken here, cannot be read, is said twice, or is lacking.
    """
    words: dict[str, list[str]] = {}
    known = [one.name for one in taken]
    for name, text in said:
        if name not in known:
            raise QueryError(f"`{plain(name)}` cannot be asked here.{nearest(name, known)}")
        words.setdefault(name, []).append(checked(text, f"`{name}`"))
    return {one.name: _read(one, words.get(one.name, [])) for one in taken if one.required or one.name in words}


def _read(one: Query, words: Sequence[str]) -> Any:
    if not words:
        raise QueryError(f"`{one.name}` must be said: {one.meaning}.")
    if one.several:
        return tuple(dict.fromkeys(map(one.read, words)))
    if len(words) > 1:
        raise QueryError(f"`{one.name}` is said {len(words)} times. Say it once.")
    return one.read(words[0])


def checked(text: str, what: str) -> str:
    """Return words that hold no control character.

    Raises:
        QueryError: they do.
    """
    if _CONTROL.search(text):
        raise QueryError(f"{what} holds a control character. Leave it out.")
    return text


def plain(text: str) -> str:
    """Return words to be repeated in a sentence: short, and without what breaks a line."""
    line = _CONTROL.sub(" ", text)
    return line if len(line) <= 60 else f"{line[:60]}…"


def text(name: str, meaning: str, *, otherwise: str = "", **more: Any) -> Query:
    """Return what may be any words; none are the same as nothing said."""
    return Query(name=name, meaning=meaning, schema=_schema("string", otherwise), **more)


def _schema(kind: str, otherwise: Any, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more, **({} if otherwise in ("", None) else {"default": otherwise})}


def one_of(name: str, meaning: str, known: Sequence[str], *, otherwise: str = "", **more: Any) -> Query:
    """Return what is one of some words."""

    def read(text: str) -> str:
        if text not in known:
            raise QueryError(
                f"`{plain(text)}` after `{name}` is not known.{nearest(text, [one for one in known if one])}"
            )
        return text

    schema = _schema("string", otherwise, enum=list(known))
    return Query(name=name, meaning=meaning, schema=schema, read=read, **more)


def whether(name: str, meaning: str) -> Query:
    """Return what is true or false."""

    def read(text: str) -> bool:
        if text not in ("true", "false"):
            raise QueryError(f"`{plain(text)}` after `{name}` is neither `true` nor `false`.")
        return text == "true"

    return Query(name=name, meaning=meaning, schema={"type": "boolean"}, read=read)


def whole(name: str, meaning: str, *, least: int, most: int, otherwise: int | None = None) -> Query:
    """Return what is a whole number."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise QueryError(f"`{plain(text)}` after `{name}` is no whole number from {least} to {most:,}.")
        return int(text)

    schema = _schema("integer", otherwise, minimum=least, maximum=most)
    return Query(name=name, meaning=meaning, schema=schema, read=read)


def share(name: str, meaning: str, *, least: float, most: float) -> Query:
    """Return what is a share between two limits."""

    def read(text: str) -> float:
        # Nothing but digits and a point: `nan`, `1_0` and `1e-1` are numbers to Python, too.
        if not re.fullmatch(r"[0-9]?\.[0-9]{1,17}", text) or not least <= float(text) <= most:
            raise QueryError(f"`{plain(text)}` after `{name}` is no share from {least:g} to {most:g}, such as 0.95.")
        return float(text)

    schema = {"type": "number", "minimum": least, "maximum": most}
    return Query(name=name, meaning=meaning, schema=schema, read=read, example="0.9")


def day(name: str, meaning: str) -> Query:
    """Return what is a day."""

    def read(text: str) -> date:
        try:
            found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
        except ValueError:
            found = None
        if found is None or found.year not in _YEARS:
            raise QueryError(f"`{plain(text)}` after `{name}` is no day from 1900 to 2199. Write it as 2024-12-31.")
        return found

    return Query(name=name, meaning=meaning, schema={"type": "string", "format": "date"}, read=read)


def listed(name: str, meaning: str, **more: Any) -> Query:
    """Return what is one or more names with commas between them."""
    return Query(name=name, meaning=meaning, schema={"type": "string"}, read=parts, **more)


def parts(text: str) -> tuple[str, ...]:
    """Return names with commas between them, each once."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def dated(text: str) -> str:
    """Return words that name no year of which nobody has records.

    Raises:
        QueryError: they do.
    """
    for year in re.findall(r"[0-9]{4}", text):
        if int(year) not in _YEARS:
            raise QueryError(f"`{plain(text)}` is of no time from 1900 to 2199.")
    return text
