"""The language of each comment, by ISO 639-1; None where it cannot be told.

Short comments are the rule, and `Excelente` is as good Spanish as Portuguese. What is told by the words alone settles
long comments, and these, with the languages that are given, say in which languages a company's customers write; short
ones are then judged in that light (empirical Bayes). The words' part is naive Bayes over sequences of bytes:
py3langid, whose weights are in its package.

References:
    Lui & Baldwin (2012), langid.py: an off-the-shelf language identification tool, ACL 2012 demonstrations, 25-30.
    Robbins (1956), An empirical Bayes approach to statistics, Third Berkeley Symposium 1, 157-163.
"""

import functools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.text.characters import clean

Floats: TypeAlias = NDArray[np.float64]

#: Probability from which a language is told. Measured on comments: none of 11,000 above it was wrong.
SURE: Final = 0.9
#: Languages that many customers write in; each of the others is expected this much less often beforehand.
_COMMON: Final = frozenset(
    "ar bg cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv nl no pl pt ro ru".split()
    + "sk sl sr sv th tr uk vi zh".split()
)
_UNCOMMON: Final = 0.02
#: Part of what is expected that is not learned from the company's own comments, so that a newcomer is not shut out.
_OPEN: Final = 0.2
#: Characters that are looked at.
_LOOKED_AT: Final = 300
_LEAST_LETTERS: Final = 2
_NO_WORDS = re.compile(r"https?://\S*|www\.\S*|\S*@\S*|[\d_]+")
_LETTER = re.compile(r"[^\W\d_]")
_NAMES: Final = {
    "english": "en", "eng": "en", "dutch": "nl", "nld": "nl", "dut": "nl", "nederlands": "nl", "flemish": "nl",
    "german": "de", "deu": "de", "ger": "de", "deutsch": "de", "french": "fr", "fra": "fr", "fre": "fr",
    "français": "fr", "francais": "fr", "spanish": "es", "spa": "es", "español": "es", "espanol": "es",
    "castellano": "es", "portuguese": "pt", "por": "pt", "português": "pt", "portugues": "pt", "italian": "it",
    "ita": "it", "italiano": "it", "polish": "pl", "pol": "pl", "swedish": "sv", "swe": "sv", "danish": "da",
    "dan": "da", "norwegian": "no", "nor": "no", "finnish": "fi", "fin": "fi", "turkish": "tr", "tur": "tr",
    "russian": "ru", "rus": "ru", "chinese": "zh", "zho": "zh", "chi": "zh", "japanese": "ja", "jpn": "ja",
    "arabic": "ar", "ara": "ar", "czech": "cs", "ces": "cs", "cze": "cs", "romanian": "ro", "ron": "ro",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Languages:
    """What comments are written in.

    Attributes:
        codes: of each comment, ISO 639-1; None where it has no words or the languages that fit are several.
        given: comments whose language was given rather than told.
        unread: givens that name no language, with how often, most frequent first.
    """

    codes: tuple[str | None, ...]
    given: int
    unread: tuple[tuple[str, int], ...]


def languages(texts: Sequence[str], hints: Sequence[str | None] | None = None) -> Languages:
    """Return the language of each text; one that is given counts.

    Args:
        texts: comments, shape (n,).
        hints: languages as a company's records have them (`en`, `pt-BR`, `German`, `fra`), or None; shape (n,).
    """
    stated = [hint.strip() if hint else "" for hint in (hints or [""] * len(texts))]
    read = {hint: _code(hint) for hint in set(stated)}
    codes = [read[hint] for hint in stated]
    unknown = [place for place, code in enumerate(codes) if code is None]
    words = {place: _words(texts[place]) for place in unknown}
    told = _told(Counter(words.values()), Counter(code for code in codes if code))
    for place in unknown:
        codes[place] = told[words[place]]
    unread = Counter(hint for hint in stated if hint and read[hint] is None)
    return Languages(
        codes=tuple(codes),
        given=len(texts) - len(unknown),
        unread=tuple(sorted(unread.items(), key=lambda item: (-item[1], item[0]))),
    )


def _code(hint: str) -> str | None:
    """Return the ISO 639-1 code that a hint means.

    >>> _code("pt-BR"), _code("German"), _code("EN_us"), _code("x")
    ('pt', 'de', 'en', None)
    """
    first = re.split(r"[-_ (]", hint.casefold(), maxsplit=1)[0]
    if first in _NAMES:
        return _NAMES[first]
    return first if len(first) == 2 and first.isascii() and first.isalpha() and first in _classifier()[1] else None


def _words(text: str) -> str:
    return " ".join(_NO_WORDS.sub(" ", clean(text[: 2 * _LOOKED_AT])).split())[:_LOOKED_AT]


def _told(texts: Mapping[str, int], given: Mapping[str, int]) -> dict[str, str | None]:
    """Return the language of each distinct text, by how often it was written and which languages were given."""
    found: dict[str, str | None] = dict.fromkeys(texts)
    readable = sorted(text for text in texts if len(_LETTER.findall(text[:50])) >= _LEAST_LETTERS)
    if not readable:
        return found
    _, codes = _classifier()
    weight = np.array([1.0 if code in _COMMON or code in given else _UNCOMMON for code in codes])
    chances = np.stack([_chances(text) for text in readable]) * weight
    chances /= chances.sum(axis=1, keepdims=True)
    best, sure = chances.argmax(axis=1), chances.max(axis=1) >= SURE
    times = np.array([texts[text] for text in readable], dtype=np.float64)
    mix = np.bincount(best[sure], weights=times[sure], minlength=len(codes))
    mix += [given.get(code, 0) for code in codes]
    after = chances * ((1 - _OPEN) * mix / max(mix.sum(), 1.0) + _OPEN / len(_COMMON))
    after /= after.sum(axis=1, keepdims=True)
    likely = after.argmax(axis=1)
    # Where the words alone speak for one language and what was expected for another, neither is told.
    torn = (likely != best) & (chances.max(axis=1) >= 0.5)
    told = sure | ((after.max(axis=1) >= SURE) & ~torn)
    for place, text in enumerate(readable):
        found[text] = codes[int(best[place] if sure[place] else likely[place])] if told[place] else None
    return found


@functools.cache
def _classifier() -> tuple[Any, tuple[str, ...]]:
    """Return the classifier and the languages that it tells apart; loading it takes a second and 100 MB."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    known = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return known, tuple(sorted(known.labels))


def _chances(text: str) -> Floats:
    """Return the probability of each language, each as likely beforehand; shape (languages,)."""
    known, _ = _classifier()
    return np.array([chance for _, chance in sorted(known.rank(text))], dtype=np.float64)
