"""Values of quarantined rows, as people may see them."""

import re
import unicodedata
from typing import Final

_LENGTH: Final = 60
_WORD: Final = r"nan|[+-]?inf(inity)?|epoch|null|none|nil|n/?a|#n/a|true|false|yes|no|today|now|unknown"
_NUMBER: Final = r"[(]?[+\-−]?\s?[$€£¥]?\s?[+\-−]?\d[\d_.,' ]*(e[+-]?\d+)?\s?[$€£¥%]?[)\-−]?|0x[0-9a-f]+"
_DAY: Final = r"\d{1,4}(?P<mark>[-/.])\d{1,2}(?P=mark)\d{1,4}"
_TIME: Final = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?"
_ZONE: Final = r"\s?(Z|UTC|[+\-]\d{2}:?\d{2})?"
_AS_IT_IS: Final = re.compile(rf"{_WORD}|{_DAY}([T ]+{_TIME})?{_ZONE}|{_TIME}|[^\w\s]+", re.IGNORECASE)
_AMOUNT: Final = re.compile(_NUMBER, re.IGNORECASE)
_CODE: Final = re.compile(r"[A-Z]{3}")
_FEW_DIGITS: Final = 9  # a phone, account or card number has more


def mask(text: str) -> str:
    r"""Return what may be shown of a value: enough to see what is wrong with it, too little to see whose it is.

    Dates, times, numbers with at most 9 digits, words for "nothing" or "not a number", codes of three capitals and
    punctuation stand as they are. In everything else (names, e-mails, phones, card numbers, free text) letters become x
    or X and digits become 9, one for one, so length and shape remain. Control and invisible characters are written as
    escapes; at most 60 characters are given, then an ellipsis.

    >>> mask("2024-13-01"), mask("1.234,50"), mask("N/A"), mask("EUX")
    ('2024-13-01', '1.234,50', 'N/A', 'EUX')
    >>> mask("Ann.Lee1@shop.com"), mask("+31 6 1234 5678"), mask("a\x00b\u202e")
    ('Xxx.Xxx9@xxxx.xxx', '+99 9 9999 9999', 'x\\x00x\\u202e')
    """
    kept = text[: _LENGTH + 1]
    if not _harmless(kept.strip()):
        kept = "".join(map(_hide, kept))
    escaped = "".join(map(_escape, kept))
    return escaped if len(escaped) <= _LENGTH else escaped[:_LENGTH] + "…"


def _harmless(text: str) -> bool:
    if _AS_IT_IS.fullmatch(text) or _CODE.fullmatch(text):
        return True
    return _AMOUNT.fullmatch(text) is not None and sum(map(str.isdigit, text)) <= _FEW_DIGITS


def _hide(character: str) -> str:
    if character.isnumeric():
        return "9"
    if character.isalpha():
        return "X" if character.isupper() else "x"
    return character


def _escape(character: str) -> str:
    if character == " " or unicodedata.category(character)[0] not in "CZ":
        return character
    return character.encode("unicode_escape").decode("ascii") if ord(character) != 0xA0 else "\\xa0"
