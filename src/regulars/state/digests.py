"""What opens a door is made here, and stored as its digest only: who reads the database cannot get in with it."""

import hashlib
import secrets

#: Bytes of chance in whatever opens a door.
_BYTES = 32
#: Characters of a digest that tell one session from another in the audit log, and open nothing.
_SHOWN = 8


def fresh() -> str:
    """Return 256 bits of chance as text that fits into a URL and a cookie."""
    return secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> str:
    """Return the SHA-256 of what opens a door, in hexadecimal; chance of 256 bits needs no salt.

    >>> digest("abc")[:16]
    'ba7816bf8f01cfea'
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def shown(secret: str) -> str:
    """Return what stands for a session in the audit log: the beginning of its digest.

    >>> shown("abc")
    'ba7816bf'
    """
    return digest(secret)[:_SHOWN]
