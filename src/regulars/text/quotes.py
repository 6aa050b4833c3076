r"""Sentences to be shown, with what could tell who wrote them taken out.

What is masked has a shape: addresses, links, handles, numbers of six digits and more. Names have none, and stay: quotes
are for people who may read the comments.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from regulars.text.characters import clean, escaped, folded

#: Characters of a quote.
LONGEST: Final = 200
#: Characters below which a sentence says too little to be quoted, if there are others.
_SHORT: Final = 20
#: Share of words in common from which two quotes say the same.
_SAME: Final = 0.6

_BEFORE_AT: Final = r"[^\s@<>()\[\],;:\"']{1,64}"
_EMAIL = re.compile(
    rf"{_BEFORE_AT}\s?(?:@|＠|\(at\)|\[at\])\s?[\w\-]{{1,63}}(?:\s?(?:\.|\(dot\)|\[dot\])\s?[\w\-]{{1,63}}){{1,5}}"
)
#: What every address has; most sentences have none of it, and are passed at once.
_ADDRESSED = re.compile(r"[@＠/]|[\[(]at[\])]|(?i:www)\.")
_LINK = re.compile(r"(?:https?://|ftp://|www\.)\S+", re.IGNORECASE)
_PATH = re.compile(r"\b[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,5}/\S+")
_HANDLE = re.compile(r"(?<!\w)@[\w.]{1,64}")
_AT = re.compile(r"\S{1,64}[@＠]\S{1,64}")
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ \-]?[A-Za-z\d]{2,4}){2,8}\b")
#: Digits with whatever people set between them; at least six, and what is glued to them.
_NUMBER = re.compile(r"[+(]?(?:\d(?:[^\w\n]|_){0,3}){5,}\d\)?")
_CODE = re.compile(r"(?<!\w)(?=\w*\d)(?=(?:[^\W_]*[\d]){4})\w{8,}(?!\w)")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_RUN = re.compile(r"\d(?:\W|_)*(?=\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A sentence that may be shown.

    Attributes:
        comment: id of the comment that it is from.
        text: masked, on one line, at most 200 characters.
    """

    comment: str
    text: str


def mask_mail(text: str) -> str:
    """Return `text` with e-mail addresses replaced by what they were; all else stays as it is, numbers too.

    >>> mask_mail("Revenue fell by EUR 31,000: manager jo@shop.com")
    'Revenue fell by EUR 31,000: manager [e-mail]'
    """
    return _EMAIL.sub("[e-mail]", text) if _ADDRESSED.search(text) else text


def mask(text: str) -> str:
    """Return `text` with addresses, links, handles and numbers of six digits and more replaced by what they were.

    >>> mask("Mail jo@shop.com or call +31 6 1234 5678, order 2024-000123, see https://x.io/u/9 @jo")
    'Mail [e-mail] or call [number], order [number], see [link] [handle]'
    """
    masked = _LINK.sub("[link]", "".join(map(_digit, text)) if not text.isascii() else text)
    masked = _EMAIL.sub("[e-mail]", masked)
    masked = _AT.sub("[e-mail]", _HANDLE.sub("[handle]", masked))
    masked = _PATH.sub("[link]", masked)
    masked = _IBAN.sub("[number]", masked)
    return _CODE.sub("[number]", _NUMBER.sub("[number]", masked))


def without_addresses(text: str) -> str:
    """Return `text` without e-mail addresses, links and handles: their words tell who, not what about.

    >>> without_addresses("Mail jo@shop.com, see https://x.io/u/9").split()
    ['Mail', ',', 'see']
    """
    if not _ADDRESSED.search(text):
        return text
    for address in (_LINK, _EMAIL, _HANDLE, _AT, _PATH):
        text = address.sub(" ", text)
    return text


def _digit(char: str) -> str:
    """Return digits of other scripts, circled ones and exponents as 0 to 9, so that they are found."""
    value = unicodedata.digit(char, None)
    return char if value is None or char.isascii() else str(value)


def shown(text: str) -> str:
    r"""Return what may be shown of `text`: masked, on one line without control characters, at most 200 characters.

    >>> shown("Call 0612345678\x07\n now")
    'Call [number] now'
    """
    # Other scripts have digits and signs of their own; what is shown must hold none that were missed.
    line = escaped(mask(escaped(clean(text))))
    return line if len(line) <= LONGEST else f"{_cut(line)}…"


def _cut(line: str) -> str:
    """Return the beginning of `line`, ended after a word where there is one, and never inside a mask."""
    space = line.rfind(" ", LONGEST // 2, LONGEST)
    kept = line[: space if space > 0 else LONGEST - 1]
    opened = kept.rfind("[")
    inside = opened >= 0 and "]" not in kept[opened:] and line[opened:].startswith(_MASKS)
    return (kept[:opened] if inside else kept).rstrip()


_MASKS: Final = ("[e-mail]", "[link]", "[handle]", "[number]")


def quotes(
    comments: Sequence[str], sentences: Sequence[str], closeness: Sequence[float], *, most: int = 3
) -> tuple[Quote, ...]:
    """Return up to `most` sentences that speak for all: near the middle of their theme, and not twice the same.

    Args:
        comments: id of the comment of each sentence, shape (n,).
        sentences: shape (n,).
        closeness: how near each is to the middle, shape (n,); where equal, longer sentences and lesser ids go first.
        most: quotes, one of a comment.
    """
    order = sorted(
        range(len(sentences)),
        key=lambda place: (
            len(sentences[place]) < _SHORT,
            -round(closeness[place], 6),
            -min(len(sentences[place]), LONGEST),
            comments[place],
            sentences[place],
        ),
    )
    chosen: list[Quote] = []
    said: list[frozenset[str]] = []
    for place in order:
        if len(chosen) >= most:
            break
        words = frozenset(_WORDS.findall(folded(sentences[place])))
        if any(quote.comment == comments[place] for quote in chosen) or any(_same(words, other) for other in said):
            continue
        chosen.append(Quote(comment=comments[place], text=shown(sentences[place])))
        said.append(words)
    return tuple(chosen)


def closeness(sentences: Sequence[Sequence[str]], rarity: Mapping[str, float]) -> list[float]:
    """Return the cosine of each sentence's words with those of all, in [0, 1].

    Args:
        sentences: words of each, shape (n,).
        rarity: weight of each word, >= 0.
    """
    often = Counter(word for words in sentences for word in set(words))
    middle = {word: n * rarity[word] for word, n in often.items()}
    length = math.sqrt(math.fsum(weight**2 for weight in middle.values()))
    found = []
    for words in sentences:
        own = sorted(set(words))
        product = math.fsum(rarity[word] * middle[word] for word in own)
        size = math.sqrt(math.fsum(rarity[word] ** 2 for word in own)) * length
        found.append(product / size if size else 0.0)
    return found


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    both = len(one | other)
    return not both or len(one & other) >= _SAME * both
