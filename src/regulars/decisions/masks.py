"""What becomes of values that others are given: pseudonyms, years, first letters."""

import hmac
import re
from hashlib import sha256

from regulars.core.sharing_settings import Mask

#: Hexadecimal digits of a pseudonym: 128 bits, so that no two values of any company share one.
_PSEUDONYM = 32
_YEAR = re.compile(r"(\d{4})(?:$|[-/.T ])")


def pseudonym(key: bytes, of: str, text: str) -> str:
    """Return what stands for a value: the same for the same value under the same key, and nothing without the key.

    Args:
        key: of the recipient.
        of: what it is a value of: equal values of different columns have different pseudonyms.
        text: the value.
    """
    own = hmac.digest(key, of.encode("utf-8", "surrogatepass"), "sha256")
    return hmac.digest(own, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:_PSEUDONYM]


def masked(text: str | None, mask: Mask, *, key: bytes, column: str) -> str | None:
    """Return what others are given of a value; None where nothing of it is left.

    >>> masked(" Ann@Example.org", Mask.SHA256, key=b"", column="email")[:8]
    '438c4c7a'
    >>> masked("1984-03-02", Mask.YEAR, key=b"", column="born"), masked("Ann", Mask.FIRST, key=b"", column="name")
    ('1984', 'A')
    """
    if text is None:
        return None
    match mask:
        case Mask.KEEP:
            return text
        case Mask.YEAR:
            found = _YEAR.match(text)
            return found[1] if found else None
        case Mask.FIRST:
            return text.strip()[:1] or None
        case Mask.HASH:
            return pseudonym(key, f"column {column}", text)
        case Mask.SHA256:
            return sha256(text.strip().lower().encode("utf-8", "surrogatepass")).hexdigest()
        case Mask.DROP:
            return None
