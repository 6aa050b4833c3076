"""Themes remembered from run to run, so that what is called `en-3` today was called that last month.

A theme found anew is the remembered one whose words are most alike; each is taken once, and the whole of all matches is
the best there is. New themes get numbers never used before; those that are not found sleep, and wake when their words
come back.

References:
    Kuhn (1955), Naval Research Logistics Quarterly 2, 83-97, for matching.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from regulars.core.errors import StoreError
from regulars.text.themes import Theme

#: Cosine of words from which two themes are the same. In halves of three data sets most had a like with .6 to .99; of
#: about 1,000 other pairs a handful had more than .5.
ALIKE: Final = 0.5
_ID = re.compile(r"[a-z]{2,3}-[1-9]\d*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A theme that was found once.

    Attributes:
        id: language and number, `en-3`; `xx` where the language was not known.
        label: its name when it was first found.
        terms: words with weights, as they were last found.
        asleep: whether the latest run did not find it.
    """

    id: str
    label: str
    terms: tuple[tuple[str, float], ...]
    asleep: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """All themes ever found, in the order in which they were.

    Attributes:
        themes: at most one of each id.
    """

    themes: tuple[Remembered, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return plain lists, mappings, text and numbers, to be kept as JSON."""
        return {
            "version": 1,
            "themes": [
                {
                    "id": each.id,
                    "label": each.label,
                    "terms": [list(term) for term in each.terms],
                    "asleep": each.asleep,
                }
                for each in self.themes
            ],
        }


def remembered(document: object) -> Memory:
    """Return what `Memory.as_json` wrote.

    Raises:
        StoreError: it is something else.
    """
    try:
        if not isinstance(document, Mapping) or document["version"] != 1:
            raise ValueError("no version 1")
        themes = tuple(_theme(each) for each in document["themes"])
        if len({each.id for each in themes}) < len(themes):
            raise ValueError("an id twice")
    except (KeyError, TypeError, ValueError) as cause:
        raise StoreError(
            f"Remembered themes are damaged or of a newer version ({cause}). Remove them: themes then get new ids."
        ) from None
    return Memory(themes=themes)


def _theme(found: Mapping[str, Any]) -> Remembered:
    name, label = found["id"], found["label"]
    if not isinstance(name, str) or not isinstance(label, str) or not _ID.fullmatch(name):
        raise ValueError(f"no id: {name!r}")
    terms = tuple((str(term), float(weight)) for term, weight in found["terms"])
    if not all(math.isfinite(weight) for _, weight in terms):
        raise ValueError(f"no weights: {name}")
    return Remembered(id=name, label=label, terms=terms, asleep=bool(found["asleep"]))


def recognised(found: Mapping[str, Sequence[Theme]], before: Memory) -> tuple[dict[str, tuple[str, ...]], Memory]:
    """Return ids of the themes found in each language, in order, and what is to be remembered.

    A language that is not in `found` was not looked at: its themes stay as they were.

    Args:
        found: themes by language, ISO 639-1 or `xx`.
        before: what was remembered.
    """
    ids: dict[str, tuple[str, ...]] = {}
    themes = list(before.themes)
    for language in sorted(found):
        own = [place for place, each in enumerate(themes) if each.id.partition("-")[0] == language]
        same = _matched([each.terms for each in found[language]], [themes[place].terms for place in own])
        for place in own:
            themes[place] = replace(themes[place], asleep=True)
        number = max((int(themes[place].id.partition("-")[2]) for place in own), default=0)
        named = []
        for theme, match in zip(found[language], same, strict=True):
            if match is not None:
                place = own[match]
                themes[place] = replace(themes[place], terms=theme.terms, asleep=False)
                named.append(themes[place].id)
                continue
            number += 1
            themes.append(Remembered(id=f"{language}-{number}", label=theme.label, terms=theme.terms, asleep=False))
            named.append(themes[-1].id)
        ids[language] = tuple(named)
    return ids, Memory(themes=tuple(themes))


def _matched(
    new: Sequence[Sequence[tuple[str, float]]], old: Sequence[Sequence[tuple[str, float]]]
) -> list[int | None]:
    """Return the place of each new theme's like among the old ones."""
    from scipy import optimize  # takes half a second to import, and few commands need it

    if not new or not old:
        return [None] * len(new)
    alike = np.array([[_cosine(dict(one), dict(other)) for other in old] for one in new])
    # What is not alike enough is not traded for a better match elsewhere.
    rows, columns = optimize.linear_sum_assignment(-np.where(alike >= ALIKE, alike, 0.0))
    found: list[int | None] = [None] * len(new)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        if alike[row, column] >= ALIKE:
            found[row] = column
    return found


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    product = math.fsum(weight * other[term] for term, weight in one.items() if term in other)
    lengths = math.sqrt(math.fsum(x * x for x in one.values()) * math.fsum(x * x for x in other.values()))
    return product / lengths if lengths else 0.0
