"""Which generation is served: the newest that was published, without a restart.

A new one is opened and its pages are made behind the scenes; visitors see the old one, whole, until then, and whoever
reads it when they change reads it to the end.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic

from regulars.core.errors import Busy, RegularsError
from regulars.door.opening import published
from regulars.door.problems import FAULT, problem_of, where
from regulars.door.serving import Serving

#: Seconds between two looks at what was published.
_GLANCE = 1.0
#: Seconds after which what could not be opened is tried again, though nothing changed.
_AGAIN = 30.0
#: Seconds for which the pages of a new generation are made before it is shown, at most.
_SETTLING = 60.0
_LOG = logging.getLogger(__name__)


class Current:
    """Serves a workspace; safe to use from several threads."""

    def __init__(self, folder: Path, *, warm: bool = True) -> None:
        self.folder = folder
        self._warm = warm
        self._serving: Serving | None = None
        self._readers: dict[Serving, int] = {}
        self._seen: tuple[object, ...] = ()
        self._looked = self._tried = 0.0
        self._lock, self._closing = Lock(), Event()
        self._following: Thread | None = None
        #: Why the newest cannot be shown, as visitors may be told; "" where it is.
        self.trouble = ""

    def begin(self) -> None:
        """Open what is published behind the scenes, so that the first visitor need not wait for it."""

        def first() -> None:
            with suppress(RegularsError), self.serving() as serving:
                if self._warm:
                    serving.look()

        with self._lock:
            self._help(first, "first generation")

    @contextmanager
    def serving(self) -> Iterator[Serving]:
        """Use the generation that is served.

        Raises:
            RegularsError: none can be: nothing was published yet, or it cannot be opened.
        """
        serving = self._taken()
        try:
            yield serving
        finally:
            self._left(serving)

    def _taken(self) -> Serving:
        with self._lock:
            if self._closing.is_set():
                raise Busy("The server is stopping. Ask again in a moment.")
            if self._serving is None:
                self._serving = self._open()
                self._seen, self._looked = self._serving.seen, monotonic()
            elif monotonic() - self._looked >= _GLANCE:
                self._looked = monotonic()
                self._look(self._serving)
            self._readers[self._serving] = self._readers.get(self._serving, 0) + 1
            return self._serving

    def _look(self, serving: Serving) -> None:
        """Follow what was published since the last look, if anything was."""
        if self._following is not None and self._following.is_alive():
            return
        seen = published(serving.workspace)
        again = self.trouble and monotonic() - self._tried >= _AGAIN
        if again or seen != self._seen:
            self._help(lambda: self._follow(seen), "next generation")

    def _help(self, what: Callable[[], None], name: str) -> None:
        if not self._closing.is_set():
            self._following = Thread(target=what, name=name, daemon=True)
            self._following.start()

    def _left(self, serving: Serving) -> None:
        with self._lock:
            self._readers[serving] -= 1
            over = self._readers[serving] == 0 and serving is not self._serving
            if over:
                del self._readers[serving]
        if over:
            serving.close()

    def _open(self) -> Serving:
        serving = Serving(self.folder)
        if self._warm:
            with suppress(RegularsError):  # whoever asks for a page is told
                serving.warm()
        return serving

    def _follow(self, seen: tuple[object, ...]) -> None:
        """Open what was published since, and show it once its pages are made."""
        try:
            newer = self._open()
        except Exception as cause:
            self._troubled(cause, seen)
            return
        if self._warm:
            newer.look()
        end = monotonic() + _SETTLING
        while newer.busy and monotonic() < end and not self._closing.wait(0.05):
            pass
        with self._lock:
            over = self._closing.is_set()
            older: Serving | None = newer
            if not over and self._serving is not None and newer.state == self._serving.state:
                self._seen, self.trouble = newer.seen, ""  # what changed shows nowhere
            elif not over:
                older, self._serving = self._serving, newer
                self._seen, self.trouble = newer.seen, ""
            idle = older is not None and not self._readers.get(older, 0)
            if idle and older is not None:
                self._readers.pop(older, None)
        if idle and older is not None:
            older.close(wait=over)

    def _troubled(self, cause: Exception, seen: tuple[object, ...]) -> None:
        """Go on with the old one: the next change of anything is the next try, or some time."""
        if isinstance(cause, RegularsError):
            _LOG.warning("The newest generation cannot be shown: %s", cause)
        else:
            _LOG.error("The newest generation cannot be shown:\n%s", where(cause))
        with self._lock:
            self._seen, self._tried = seen, monotonic()
            self.trouble = (problem_of(cause) if isinstance(cause, RegularsError) else FAULT).detail

    def close(self) -> None:
        """Let go of everything: whoever still reads is told that the server is stopping."""
        with self._lock:
            self._closing.set()
            serving, self._serving = self._serving, None
            following = self._following
        if following is not None:
            following.join()
        if serving is not None:
            serving.close(wait=True)
