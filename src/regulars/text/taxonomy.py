"""What a company says of its themes, in `themes.toml`: names, owners, words, which are one, which are none.

    everyday = true                # themes that come with the program; false switches them off

    [theme.en-3]                   # a theme that was found, by its id
    name = "Sizing"
    owner = "product"
    words = ["runs small", "too tigh*"]   # a sentence with one of them belongs to the theme
    cost = 12000                   # of fixing it, in the company's currency

    [theme.pt-2]
    merge = "delivery"             # is the same as another

    [theme.parking]                # a theme of one's own: it has words
    words = { en = ["parking", "car park"], nl = ["parkeer*"] }

Corrections stand by id, and ids stay from run to run, so that a new run keeps them.
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from regulars.core.errors import SettingsError, UnknownName, nearest
from regulars.core.toml_text import Lines, Place
from regulars.text import everyday
from regulars.text.characters import folded

_KEYS: Final = ("name", "owner", "words", "merge", "exclude", "cost", "note")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: A found theme's id: whoever wrote it may have lost the memory of it, which is no fault of the file.
FOUND = re.compile(r"[a-z]{2,3}-[1-9]\d*")
_TEXT: Final = ("name", "owner", "merge", "note")
#: Words of a theme for sentences of any language.
ANY: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is said of one theme.

    Attributes:
        id: the theme's.
        name: what it is called; "" leaves its label.
        owner: team that it is for; "" for none.
        words: words and phrases by language, `*` for all; a sentence with one of them belongs to the theme.
        merge: id of the theme that it is part of; "" for none.
        exclude: whether it is left out.
        cost: of fixing it, in the company's currency; None where it is not known.
        note: whatever else was said.
        everyday: whether it is one of those that come with the program.
    """

    id: str
    name: str = ""
    owner: str = ""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    merge: str = ""
    exclude: bool = False
    cost: Decimal | None = None
    note: str = ""
    everyday: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """All that is said of themes, by id; the everyday ones first."""

    entries: Mapping[str, Entry]

    def theme_of(self, theme: str) -> str | None:
        """Return the id that a theme counts under once merges are followed; None where it is left out."""
        at = theme
        while at in self.entries:
            entry = self.entries[at]
            if entry.exclude:
                return None
            if not entry.merge:
                break
            at = entry.merge
        return at

    def entry(self, theme: str) -> Entry:
        """Return what is said of a theme; an empty entry where nothing is."""
        return self.entries.get(theme) or Entry(id=theme)


def built_in() -> Taxonomy:
    """Return the everyday themes alone."""
    return Taxonomy(entries=_everyday())


def read(text: str, *, path: object = "themes.toml", known: Collection[str] | None = None) -> Taxonomy:
    """Return what the text of a `themes.toml` says.

    Args:
        text: of the file; empty means that nothing is said.
        path: where it is from, for messages.
        known: ids of themes that were ever found; None where that is not known, and then ids such as `en-3` pass.

    Raises:
        SettingsError: listing every problem as `PATH:LINE: what is wrong; what to do`.
    """
    try:
        document = tomllib.loads(text.removeprefix("\ufeff"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as cause:
        at = re.search(r"line (\d+)", str(cause))
        line = at[1] if at else str(text.count("\n") + 1)
        why = re.sub(r" \(at .*\)$", "", str(cause))
        raise SettingsError(f"`{path}` cannot be read:", [f"{path}:{line}: {why}; this is no TOML."]) from None
    lines = Lines(text.removeprefix("\ufeff"))
    problems = list(_problems(document, known))
    if problems:
        found = sorted((lines.of(place), problem) for place, problem in problems)
        what = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        raise SettingsError(f"`{path}` has {what}:", [f"{path}:{line}: {problem}" for line, problem in found])
    entries = _everyday() if document.get("everyday", True) else {}
    for key, table in document.get("theme", {}).items():
        entries[key] = _entry(key, table, entries.get(key))
    return Taxonomy(entries=entries)


def checked(taxonomy: Taxonomy, theme: str, known: Collection[str] = ()) -> str:
    """Return `theme`, if there is one of that id.

    Raises:
        UnknownName: there is none; the nearest is named.
    """
    if theme not in taxonomy.entries and theme not in known:
        raise UnknownName("theme", theme, {*taxonomy.entries, *known})
    return theme


def _everyday() -> dict[str, Entry]:
    return {
        key: Entry(id=key, name=name, owner=owner, words=words, everyday=True)
        for key, (name, owner, words) in everyday.themes().items()
    }


def _entry(key: str, table: Mapping[str, Any], before: Entry | None) -> Entry:
    """Return what a table says; of an everyday theme it says more or otherwise."""
    base = before or Entry(id=key)
    words = {code: (*base.words.get(code, ()), *said) for code, said in _words(table.get("words", [])).items()}
    cost = table.get("cost")
    return Entry(
        id=key,
        name=table.get("name", base.name),
        owner=table.get("owner", base.owner),
        words={**base.words, **words},
        merge=table.get("merge", ""),
        exclude=table.get("exclude", False),
        cost=None if cost is None else Decimal(cost),
        note=table.get("note", ""),
        everyday=base.everyday,
    )


def _words(given: Any) -> dict[str, tuple[str, ...]]:
    by_language = given if isinstance(given, dict) else {ANY: given}
    return {code: tuple(said) for code, said in by_language.items()}


def _problems(document: Mapping[str, Any], known: Collection[str] | None) -> Iterator[tuple[Place, str]]:
    for key in document:
        if key not in ("everyday", "theme"):
            yield (key,), f"`{key}` is unknown.{nearest(key, ['everyday', 'theme'])}"
    if not isinstance(document.get("everyday", True), bool):
        yield ("everyday",), "`everyday` must be true or false."
    tables = document.get("theme", {})
    if not isinstance(tables, dict):
        yield ("theme",), "`theme` must be tables such as `[theme.delivery]`."
        return
    built = set(everyday.themes()) if document.get("everyday", True) is True else set()
    ids = built | set(known or ()) | set(tables)
    for key, table in tables.items():
        if not isinstance(table, dict):
            yield ("theme", key), f"`theme.{key}` must be a table such as `[theme.{key}]`."
            continue
        yield from _wrong_shape(key, table)
        passes = key in built or key in (known or ()) or (known is None and FOUND.fullmatch(key))
        if not passes and "words" not in table:
            hint = nearest(key, built | set(known or ())) if known is not None or built else ""
            yield ("theme", key), f"No theme is called `{key}`.{hint} Give it `words` to make one of your own."
        target = table.get("merge")
        if isinstance(target, str) and target and not (target in ids or (known is None and FOUND.fullmatch(target))):
            yield ("theme", key, "merge"), f"No theme is called `{target}`.{nearest(target, ids - {key})}"
    yield from _circles(tables)


def _wrong_shape(key: str, table: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    if not _ID.fullmatch(key):
        yield ("theme", key), f"`{key}` is no id; use letters, digits, `-` and `_`, at most 64."
    for part, value in table.items():
        place: Place = ("theme", key, part)
        if part not in _KEYS:
            yield place, f"`{part}` is unknown.{nearest(part, _KEYS)}"
        elif part in _TEXT and not isinstance(value, str):
            yield place, f'`{part}` must be text in quotes: {part} = "{value}".'
        elif part == "exclude" and not isinstance(value, bool):
            yield place, "`exclude` must be true or false."
        elif part == "cost" and not _amount(value):
            yield place, "`cost` must be an amount, 0 or more, without a currency: cost = 1200."
        elif part == "words":
            yield from _wrong_words(place, value)


def _amount(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    return Decimal(value).is_finite() and value >= 0


def _wrong_words(place: Place, value: object) -> Iterator[tuple[Place, str]]:
    listed = value if isinstance(value, dict) else {ANY: value}
    for code, said in listed.items():
        where = (*place, code) if isinstance(value, dict) else place
        if code != ANY and not re.fullmatch(r"[a-z]{2}", code):
            yield where, f"`{code}` is no language; use its ISO 639-1 code, such as `en`."
        if not isinstance(said, list) or not all(isinstance(word, str) for word in said):
            yield where, '`words` must be a list of texts: words = ["parking", "car park"].'
            continue
        for word in said:
            if not re.search(r"[^\W_]", folded(word)) or "*" in word.rstrip("*"):
                yield where, f"`{word}` holds no word; a * may only stand at the end of one."


def _circles(tables: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    targets = {key: table.get("merge") for key, table in tables.items() if isinstance(table, dict)}
    reported: set[str] = set()
    for start in targets:
        path = [start]
        while (following := targets.get(path[-1])) and isinstance(following, str) and following not in path:
            path.append(following)
        if following == start and start not in reported:
            reported.update(path)
            circle = " into ".join(f"`{each}`" for each in [*path, start])
            yield ("theme", start, "merge"), f"Themes are merged in a circle: {circle}. Take one `merge` out."
