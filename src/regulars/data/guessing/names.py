"""Names of columns and files as words, and how well a name says what a hint says."""

import re
import unicodedata
from functools import cache
from types import MappingProxyType

from regulars.data.guessing.hint import Hint

#: Words of names, brought to one spelling.
#: Words of names, brought to one spelling.
_SAME = MappingProxyType(
    {"nr": "no", "num": "no", "number": "no", "identifier": "id", "ids": "id", "uid": "id", "guid": "id"}
    | {"qty": "quantity", "amt": "amount", "cust": "customer", "prod": "product", "dt": "date", "ts": "timestamp"}
)
_SILENT = frozenset({"utc", "gmt"})
#: Words that say something only where they stand alone.
_GENERIC = frozenset("id no key code name type date day time data source value total status".split())
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@cache
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a column's or file's name, small, plain and in one spelling.

    >>> words_of("CustomerID"), words_of("Währungs-Nr."), words_of("order_purchase_timestamp")
    (('customer', 'id'), ('wahrungs', 'no'), ('order', 'purchase', 'timestamp'))
    """
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    found = [word.lower() for word in _WORDS.findall(plain)]
    return tuple(_SAME.get(word, word) for word in found if word not in _SILENT)


@cache
def _phrases(words: str) -> tuple[tuple[tuple[str, ...], float], ...]:
    strong, _, weak = words.partition(";")
    ranked = [(phrase, 1.0) for phrase in strong.split("|")] + [(phrase, 0.7) for phrase in weak.split("|") if phrase]
    return tuple((words_of(phrase), strength - 0.004 * rank) for rank, (phrase, strength) in enumerate(ranked))


def likeness(name: str, hint: Hint, context: frozenset[str]) -> float:
    """Return in [0, 1] how well a column's name says what the hint says.

    Args:
        name: the column's name.
        hint: what it may be.
        context: words that say nothing here: those of the table's or file's own name.
    """
    found = words_of(name)
    bare = tuple(word for word in found if word not in context)
    best = 0.0
    for phrase, strength in _phrases(hint.words):
        likes = max(_alike(found, phrase), 0.97 * _alike(bare, phrase)) if bare != found else _alike(found, phrase)
        best = max(best, strength * likes)
    return best


def _alike(found: tuple[str, ...], phrase: tuple[str, ...]) -> float:
    """Return 1 for the same words, less the more other words stand around the phrase, 0 where it does not occur."""
    if not found:
        return 0.0
    if found == phrase or "".join(found) == "".join(phrase):
        return 1.0
    if len(phrase) == 1 and phrase[0] in _GENERIC:
        return 0.0
    for start in range(len(found) - len(phrase) + 1):
        if found[start : start + len(phrase)] == phrase:
            return 0.45 + 0.45 * len(phrase) / len(found)
    return 0.0
