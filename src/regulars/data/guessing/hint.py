"""What a hint is: by what names and looks a canonical column is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Fit(StrEnum):
    """What a column must look like to be taken for something."""

    ID = "an id"
    LABEL = "a short text"
    PROSE = "free text"
    INSTANT = "a date or time"
    INTEGER = "a whole number"
    NUMBER = "a number"
    BOOLEAN = "a yes or no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """How a column is known.

    Attributes:
        words: phrases of names.
        fit: what its values look like.
        unique: least share of its filled rows that must have a value of their own: 1 for a key.
    """

    words: str
    fit: Fit
    unique: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TableHint:
    """How a table is known.

    Attributes:
        names: words of file names.
        must: columns or ingredients without which the file is not this table; `a|b` means either.
        columns: hints by canonical column or ingredient.
        dated: which of `must` a file need not hold whose name says that it is this table, and of which year.
    """

    names: str
    must: tuple[str, ...]
    columns: Mapping[str, Hint]
    dated: str = ""


def identifier(words: str) -> Hint:
    """Return the hint for an id."""
    return Hint(words=words, fit=Fit.ID)


def key(words: str, unique: float = 0.98) -> Hint:
    """Return the hint for an id that most rows have for themselves."""
    return Hint(words=words, fit=Fit.ID, unique=unique)


def label(words: str) -> Hint:
    """Return the hint for a short text."""
    return Hint(words=words, fit=Fit.LABEL)


def instant(words: str) -> Hint:
    """Return the hint for a date or time."""
    return Hint(words=words, fit=Fit.INSTANT)


def number(words: str) -> Hint:
    """Return the hint for a number."""
    return Hint(words=words, fit=Fit.NUMBER)


def integer(words: str) -> Hint:
    """Return the hint for a whole number."""
    return Hint(words=words, fit=Fit.INTEGER)


def boolean(words: str) -> Hint:
    """Return the hint for a yes or no."""
    return Hint(words=words, fit=Fit.BOOLEAN)
