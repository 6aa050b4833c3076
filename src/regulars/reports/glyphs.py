"""Text that fonts can show: what cannot be shown is told, never dropped without a word.

A PDF that everybody can use (PDF/UA) may hold no character without a shape. Typst names the first it finds.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

#: Direction overrides would turn other people's text around; the mark of byte order is nothing to read.
_HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_MISSING = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
#: Chinese, Japanese and Korean, with their punctuation: fonts have all or none.
_EAST = ((0x1100, 0x11FF), (0x2E80, 0xA4CF), (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF))
#: From here on characters are pictures, with their modifiers.
_PICTURES = 0x1F000
#: What changes the picture before it: colours of skin, how it is drawn, what joins two.
_MODIFIERS = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff\ufe0f\u200d"


def clean(text: str) -> str:
    """Return text without characters that steer: those that cannot be seen are marked.

    >>> clean("a\\x00b"), clean("a\\u202eb"), clean("a\\r\\nb\\tc")
    ('a�b', 'ab', 'a\\nb c')
    """
    return _CONTROL.sub("\ufffd", _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")))


def missing(message: str) -> str:
    """Return the character that an error of typst says no font has; "" of another error.

    >>> missing('PDF/UA-1 error: the text `"中"` could not be displayed with font `"Libertinus Serif"`')
    '中'
    """
    found = _MISSING.search(message)
    return found.group(1) if found else ""


def without(character: str) -> Callable[[str], str]:
    """Return what writes words in the place of a character that no font has, and of all others of its script."""
    if ord(character[0]) >= _PICTURES:
        return lambda text: "".join(_picture(one) for one in text)
    script = _script(character[0])

    def told(text: str) -> str:
        return "".join(_runs(text, script)) if any(_script(one) == script for one in text) else text

    return told


def _picture(character: str) -> str:
    if character in _MODIFIERS:
        return ""
    if ord(character) >= _PICTURES:
        return f"[{unicodedata.name(character, f'U+{ord(character):X}').lower()}]"
    return character


def _script(character: str) -> str:
    """Return what is missing together with a character: its script, or itself alone.

    >>> _script("中") == _script("。") == _script("ひ"), _script("ก"), _script("∮")
    (True, 'THAI', '∮')
    """
    if any(low <= ord(character) <= high for low, high in _EAST):
        return "east"
    name = unicodedata.name(character, "")
    # The name of a letter, a mark or a digit begins with its script.
    return name.split()[0] if name and unicodedata.category(character)[0] in "LMN" else character


def _runs(text: str, script: str) -> Iterator[str]:
    run = 0
    for one in [*text, ""]:
        if one and _script(one) == script:
            run += 1
            continue
        if run:
            yield f"[{run} {'character' if run == 1 else 'characters'} that no font here has]"
        run = 0
        yield one


def everywhere(data: Any, change: Callable[[str], str]) -> Any:
    """Return plain data with every text in it changed."""
    if isinstance(data, str):
        return change(data)
    if isinstance(data, list | tuple):
        return [everywhere(one, change) for one in data]
    return {name: everywhere(one, change) for name, one in data.items()} if isinstance(data, dict) else data
