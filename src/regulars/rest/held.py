"""Answers that were worked out: once for all who ask the same of the same generation."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

import orjson

from regulars.door.serving import NotYet, Serving

#: Bytes that are held.
MOST = 16_000_000


class Held:
    """The last answers; safe to use from several threads."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._asked: dict[tuple[object, ...], Lock] = {}
        self._size = 0
        self._lock = Lock()

    def once(self, serving: Serving, question: tuple[object, ...], patience: float, make: Callable[[], Any]) -> Any:
        """Return what `make` gives, as plain values; who asks the same meanwhile waits for it.

        Args:
            serving: the generation.
            question: everything that the answer depends on besides the generation.
            patience: seconds to wait for somebody who asks the same.
            make: works it out.

        Raises:
            NotYet: they still ask.
        """
        key = (serving.state, *question)
        content = self._found(key)
        if content is None:
            with self._lock:
                asked = self._asked.setdefault(key, Lock())
            if not asked.acquire(timeout=patience):
                raise NotYet
            try:
                content = self._found(key) or self._keep(key, orjson.dumps(make()))
            finally:
                asked.release()
                with self._lock:
                    self._asked.pop(key, None)
        return orjson.loads(content)

    def _found(self, key: tuple[object, ...]) -> bytes | None:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def _keep(self, key: tuple[object, ...], content: bytes) -> bytes:
        with self._lock:
            self._size += len(content) - len(self._held.pop(key, b""))
            self._held[key] = content
            while self._size > MOST and len(self._held) > 1:
                self._size -= len(self._held.popitem(last=False)[1])
        return content
