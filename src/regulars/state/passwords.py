"""Passwords: what is asked of them, and how they are kept (argon2id, as OWASP advises).

References:
    OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane.
"""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from regulars.core.errors import Busy, QueryError

LEAST = 12
MOST = 256
#: How many are hashed at once in this process: each takes 19 MiB, and a core for its time.
AT_ONCE = 2
_PATIENCE = 10.0
_turns = BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, kw_only=True)
class Hashed:
    """A password as it is kept.

    Attributes:
        text: argon2's own text, with its parameters and salt.
    """

    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Passwords:
    """How passwords are hashed.

    Attributes:
        passes: over the memory.
        memory: KiB for each.
        lanes: computed in parallel.
    """

    passes: int = 2
    memory: int = 19_456
    lanes: int = 1

    @cached_property
    def _hasher(self) -> PasswordHasher:
        return PasswordHasher(time_cost=self.passes, memory_cost=self.memory, parallelism=self.lanes)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("the password of nobody, so that guessing at names costs as much time")

    def hashed(self, password: str, name: str) -> Hashed:
        """Return what is kept of the password of `name`.

        Raises:
            QueryError: it is too short, too long, or the name; the message does not hold it.
            Busy: too many are being hashed.
        """
        text = _checked(password, name)
        with _turn():
            return Hashed(text=self._hasher.hash(text))

    def match(self, kept: Hashed | None, password: str) -> bool:
        """Return whether a password is the one that is kept; as slow where none is kept.

        Raises:
            Busy: too many are being hashed.
        """
        text = _normal(password) if len(password) <= MOST else b""
        with _turn():
            nobodys = self._nobodys  # made on first use, whoever asks first
            try:
                right = self._hasher.verify(nobodys if kept is None else kept.text, text)
            except (VerificationError, InvalidHashError):
                return False
        return right and kept is not None

    def stale(self, kept: Hashed) -> bool:
        """Return whether what is kept was made with other parameters."""
        return self._hasher.check_needs_rehash(kept.text)

    def again(self, password: str) -> Hashed:
        """Return what is kept from now on of a password that was right, whatever is asked of new ones by now.

        Raises:
            Busy: too many are being hashed.
        """
        with _turn():
            return Hashed(text=self._hasher.hash(_normal(password)))


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=_PATIENCE):
        raise Busy("Too many are logging in at the moment. Try again in a minute.")
    try:
        yield
    finally:
        _turns.release()


def _normal(password: str) -> bytes:
    # The same letters come from keyboards as different characters (NIST SP 800-63B, 5.1.1.2).
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _checked(password: str, name: str) -> bytes:
    if len(password) > MOST:
        raise QueryError(f"The password is too long: take at most {MOST} characters.")
    text = unicodedata.normalize("NFKC", password)
    if len(text) < LEAST:
        raise QueryError(f"The password is too short: take {LEAST} characters or more, such as four words.")
    if text.strip().casefold() == name.casefold():
        raise QueryError("The password is the name. Take another.")
    return _normal(password)
