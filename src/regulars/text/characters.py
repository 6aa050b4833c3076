"""Text as it came, made fit to read: bounded in length, without what nobody sees.

Comments come from forms, mail and other people's software: they may hold megabytes, control characters or characters
that turn the direction of writing. All work here is linear in what is kept.
"""

import re
import unicodedata

#: Characters of a comment that are read; what follows is cut, and said. Few people write four pages.
LONGEST = 10_000

_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
#: Soft hyphens, marks of direction, tags, zero-width spaces; not the joiner that emoji are made with.
_INVISIBLE = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
#: No letters, and yet of words: of Persian, of scripts of India, of pictures made of others.
_JOINERS = "\u200c\u200d"
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff]")
_BROKEN = re.compile("[\ud800-\udfff]")
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
#: TRICKY: composing a long run of marks takes time that grows with its square; no language stacks more than three.
_STACKED = re.compile(f"([{_MARKS}]{{3}})[{_MARKS}]+")


def clean(text: str) -> str:
    r"""Return the first 10,000 characters of `text`, composed (NFC), lines ended by \n, without invisible characters.

    >>> clean("caf\u0065\u0301\x00 \u202eok\r\n")
    'café ok\n'
    """
    kept = _LINE_BREAKS.sub("\n", text[:LONGEST])
    kept = _BROKEN.sub("\ufffd", _CONTROL.sub(" ", _INVISIBLE.sub("", kept)))
    return unicodedata.normalize("NFC", _STACKED.sub(r"\1", kept))


def folded(text: str) -> str:
    """Return `text` without case and accents, so that two spellings of one word are the same.

    >>> folded("Größe ÉTÉ Não")
    'grosse ete nao'
    """
    apart = unicodedata.normalize("NFD", _STACKED.sub(r"\1", text.casefold()))
    return "".join(char for char in apart if not unicodedata.combining(char))


def printable(text: str) -> bool:
    r"""Whether all of `text` can be seen: no control characters, and none that turn or break lines.

    >>> printable("نمی\u200cخواهم"), printable("a\u202eb"), printable("a\nb")
    (True, False, False)
    """
    return all(char.isprintable() or char in _JOINERS for char in text)


def escaped(text: str) -> str:
    r"""Return `text` on one line: spaces run together, characters that do not print written as escapes.

    >>> escaped("a\tb\x1b[31m")
    'a b\\x1b[31m'
    """
    one_line = " ".join(text.split())
    return "".join(
        char if char.isprintable() or char in _JOINERS else char.encode("unicode_escape").decode() for char in one_line
    )
