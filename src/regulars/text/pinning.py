"""Which themes a sentence belongs to by its words alone."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from regulars.text.characters import folded
from regulars.text.taxonomy import ANY, Taxonomy

_WORD = re.compile(r"[^\W_]+")
#: Shortest beginning of a word that a * may follow: shorter ones hold for half the language.
_LEAST_STEM: Final = 1


class Pins:
    """Words of themes, made ready for many sentences: each is looked at once, whatever the number of words.

    Case and accents make no difference, and neither does what stands between the words of a phrase.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._phrases: dict[str, dict[str, list[tuple[tuple[str, ...], str]]]] = {}
        self._taxonomy = taxonomy
        self._starts: dict[tuple[str, str], tuple[tuple[tuple[str, ...], str], ...]] = {}

    def of(self, sentence: str, language: str | None) -> tuple[str, ...]:
        """Return ids of the themes one of whose words stands in `sentence`, in the order of the taxonomy.

        Args:
            sentence: as it was written.
            language: ISO 639-1; None where it is not known, and then words of every language count.
        """
        words = _WORD.findall(folded(sentence))
        found = {
            theme
            for place, word in enumerate(words)
            for phrase, theme in self._beginning(word, language or "")
            if _stands(phrase, words, place)
        }
        return tuple(theme for theme in self._taxonomy.entries if theme in found)

    def _beginning(self, word: str, language: str) -> tuple[tuple[tuple[str, ...], str], ...]:
        """Return phrases, with their themes, whose first word `word` may be."""
        if (language, word) not in self._starts:
            if language not in self._phrases:
                self._phrases[language] = _phrases(self._taxonomy, language)
            listed = self._phrases[language]
            stems = [word[:end] + "*" for end in range(_LEAST_STEM, len(word) + 1)]
            self._starts[language, word] = tuple(
                phrase for first in (word, *stems) if first in listed for phrase in listed[first]
            )
        return self._starts[language, word]


def _phrases(taxonomy: Taxonomy, language: str) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Return phrases for a language, "" for all, by their first word."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    for theme, entry in taxonomy.entries.items():
        for phrase in sorted(set(_own(entry.words, language))):
            found[phrase[0]].append((phrase, theme))
    return dict(found)


def _own(words: Mapping[str, Sequence[str]], language: str) -> list[tuple[str, ...]]:
    codes = [language, ANY] if language else list(words)
    return [_parts(said) for code in codes for said in words.get(code, ())]


def _parts(phrase: str) -> tuple[str, ...]:
    """Return the words of a phrase, folded, those that stand for all that begin so ended by *.

    >>> _parts("Can't Deliver*")
    ('can', 't', 'deliver*')
    """
    return tuple(re.findall(r"[^\W_]+\*?", folded(phrase)))


def _stands(phrase: Sequence[str], words: Sequence[str], place: int) -> bool:
    if place + len(phrase) > len(words):
        return False
    return all(
        word.startswith(part[:-1]) if part.endswith("*") else word == part
        for part, word in zip(phrase, words[place : place + len(phrase)], strict=True)
    )
