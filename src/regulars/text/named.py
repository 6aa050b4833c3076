"""Themes as they are shown: name, owner, words that set them apart, and what people said."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

import numpy as np

from regulars.text.memory import Memory
from regulars.text.polarity import POLARITIES, Polarity
from regulars.text.quotes import Quote, closeness, quotes
from regulars.text.taxonomy import FOUND, Taxonomy
from regulars.text.themes import c_tf_idf, told

_TERMS: Final = 10
#: Different sentences of a theme that quotes are chosen from, at most.
_LOOKED_AT: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTheme:
    """A theme as it is shown.

    Attributes:
        id: stays from reading to reading.
        name: the company's, or else its foremost words.
        owner: team that it is for; "" for none.
        origin: found in comments, everyday, or the company's own.
        language: ISO 639-1 of a found theme's sentences; "" where it may be any.
        terms: words that set it apart from the other themes, at most 10.
        n: comments that name it.
        cost: of fixing it, in the company's currency; None where it is not known.
        note: the company's.
        quotes: up to three for each polarity, masked.
    """

    id: str
    name: str
    owner: str
    origin: Literal["found", "everyday", "own"]
    language: str
    terms: tuple[str, ...]
    n: int
    cost: Decimal | None
    note: str
    quotes: Mapping[Polarity, tuple[Quote, ...]]


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence that names a theme."""

    comment: str
    text: str
    words: tuple[str, ...]
    mood: Polarity | None


def named(
    ids: Sequence[str],
    sentences: Sequence[Sequence[str]],
    codes: Sequence[str | None],
    read: tuple[Sequence[Sequence[Sequence[str]]], Sequence[Sequence[Polarity | None]]],
    taxonomy: Taxonomy,
    memory: Memory,
) -> tuple[ReadTheme, ...]:
    """Return themes that comments name, most frequent first.

    Args:
        ids: of comments, shape (n,).
        sentences: of each comment, shape (n,).
        codes: language of each comment, shape (n,).
        read: ids of themes and polarity of each sentence, both like `sentences`.
        taxonomy: what the company says of themes.
        memory: labels of found ones.
    """
    by_theme: dict[str, list[_Said]] = defaultdict(list)
    words: dict[tuple[str, str | None], tuple[str, ...]] = {}
    for comment, own, code, themes, moods in zip(ids, sentences, codes, *read, strict=True):
        for text, named_here, mood in zip(own, themes, moods, strict=True):
            if named_here:
                if (text, code) not in words:
                    words[text, code] = tuple(told(text, code))
                said = _Said(comment, text, words[text, code], mood)
                for theme in named_here:
                    by_theme[theme].append(said)
    order = sorted(by_theme, key=lambda theme: (-len({said.comment for said in by_theme[theme]}), theme))
    terms = _terms([by_theme[theme] for theme in order])
    labels = {each.id: each.label for each in memory.themes}
    rarity = _rarity(by_theme)
    return tuple(
        _shown(theme, by_theme[theme], own, labels.get(theme, theme), rarity, taxonomy)
        for theme, own in zip(order, terms, strict=True)
    )


def _shown(
    theme: str,
    said: Sequence[_Said],
    terms: tuple[str, ...],
    label: str,
    rarity: Mapping[str, float],
    taxonomy: Taxonomy,
) -> ReadTheme:
    entry, found = taxonomy.entry(theme), bool(FOUND.fullmatch(theme))
    return ReadTheme(
        id=theme,
        name=entry.name or label,
        owner=entry.owner,
        origin="found" if found else "everyday" if entry.everyday else "own",
        language=theme.partition("-")[0] if found else "",
        terms=terms,
        n=len({each.comment for each in said}),
        cost=entry.cost,
        note=entry.note,
        quotes=_quotes(said, rarity),
    )


def _quotes(said: Sequence[_Said], rarity: Mapping[str, float]) -> dict[Polarity, tuple[Quote, ...]]:
    found: dict[Polarity, tuple[Quote, ...]] = {}
    for polarity in POLARITIES:
        own = [each for each in said if each.mood == polarity]
        # What many wrote word for word is quoted from the first of them.
        own = list({each.text: each for each in reversed(own)}.values())[-_LOOKED_AT:]
        near = closeness([each.words for each in own], rarity)
        if chosen := quotes([each.comment for each in own], [each.text for each in own], near):
            found[polarity] = chosen
    return found


def _rarity(by_theme: Mapping[str, Sequence[_Said]]) -> dict[str, float]:
    """Return ln(sentences / sentences with the word) + 1 of each word."""
    texts = {(said.comment, said.text): said.words for own in by_theme.values() for said in own}
    often = Counter(word for words in texts.values() for word in set(words))
    return {word: math.log(len(texts) / n) + 1 for word, n in often.items()}


def _terms(themes: Sequence[Sequence[_Said]]) -> list[tuple[str, ...]]:
    counts = [Counter(word for said in own for word in said.words) for own in themes]
    words = sorted({word for own in counts for word in own})
    place = {word: column for column, word in enumerate(words)}
    table = np.zeros((len(themes), len(words)))
    for row, own in enumerate(counts):
        for word, n in own.items():
            table[row, place[word]] = n
    weights = c_tf_idf(table)
    return [
        tuple(words[column] for column in np.argsort(-row, kind="stable")[:_TERMS] if row[column] > 0)
        for row in weights
    ]
