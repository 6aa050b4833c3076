"""Corrections of themes written into `themes.toml`, so that comments, order and everything else in it stay.

Every function takes the text of the file and returns it changed; what comes out is checked before it is returned.
"""

from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import Any

from regulars.text import taxonomy


def rename(text: str, theme: str, name: str, *, known: Collection[str] | None = None) -> str:
    """Return the text with the theme called `name`.

    Args:
        text: of `themes.toml`; may be empty.
        theme: its id.
        name: what it is to be called.
        known: ids of themes ever found, as in `taxonomy.read`.

    Raises:
        SettingsError: the file is wrong, or would be; every problem with its line.
    """
    return _changed(text, theme, lambda table: _put(table, "name", name), known)


def give(text: str, theme: str, owner: str, *, known: Collection[str] | None = None) -> str:
    """Return the text with the theme owned by the team `owner`; arguments and errors as of `rename`."""
    return _changed(text, theme, lambda table: _put(table, "owner", owner), known)


def merge(text: str, theme: str, into: str, *, known: Collection[str] | None = None) -> str:
    """Return the text with the theme part of another; "" makes it one of its own again. As `rename` otherwise."""
    return _changed(text, theme, lambda table: _put(table, "merge", into or None), known)


def exclude(text: str, theme: str, excluded: bool = True, *, known: Collection[str] | None = None) -> str:
    """Return the text with the theme left out, or in again. Arguments and errors as of `rename`."""
    return _changed(text, theme, lambda table: _put(table, "exclude", True if excluded else None), known)


def price(text: str, theme: str, cost: Decimal | None, *, known: Collection[str] | None = None) -> str:
    """Return the text with what fixing the theme costs; None takes it out. Arguments and errors as of `rename`."""
    import tomlkit

    amount = None if cost is None else tomlkit.value(f"{cost:f}")
    return _changed(text, theme, lambda table: _put(table, "cost", amount), known)


def pin(
    text: str, theme: str, words: Sequence[str], *, language: str = "", known: Collection[str] | None = None
) -> str:
    """Return the text with words that make a sentence belong to the theme, after those that do already.

    Args:
        text: of `themes.toml`; may be empty.
        theme: its id; one that is unknown becomes a theme of the company's own.
        words: words or phrases; a * at the end stands for whatever follows.
        language: ISO 639-1 of sentences that they hold for; "" for all.
        known: as of `rename`.

    Raises:
        SettingsError: as of `rename`.
    """
    return _changed(text, theme, lambda table: _pinned(table, words, language), known)


def _changed(text: str, theme: str, change: Callable[[Any], None], known: Collection[str] | None) -> str:
    import tomlkit

    taxonomy.read(text, known=known)  # so that what is wrong already is said by line
    document = tomlkit.parse(text.removeprefix("\ufeff"))
    if "theme" not in document:
        document["theme"] = tomlkit.table(is_super_table=True)
    tables: Any = document["theme"]
    if theme not in tables:
        tables[theme] = tomlkit.table()
    change(tables[theme])
    if not tables[theme]:
        del tables[theme]
    changed = tomlkit.dumps(document)
    taxonomy.read(changed, known=known)
    return changed


def _put(table: Any, key: str, value: object) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


def _pinned(table: Any, words: Sequence[str], language: str) -> None:
    import tomlkit

    before = table.get("words")
    if before is None:
        before = table["words"] = tomlkit.inline_table() if language else tomlkit.array()
    if not language and isinstance(before, dict):
        language = taxonomy.ANY
    if language and not isinstance(before, dict):
        everywhere = list(before)
        before = table["words"] = tomlkit.inline_table()
        if everywhere:
            before[taxonomy.ANY] = everywhere
    listed = before.setdefault(language, tomlkit.array()) if language else before
    for word in words:
        if word not in listed:
            listed.append(word)
