"""Which generation is served: the newest that was published, without a restart.

A new one is opened and its pages are begun behind the scenes; visitors see the old one, whole, until then, and whoever
reads it when they change reads it to the end.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

from regulars.app.workspace import KINDS, SETTINGS, Workspace
from regulars.core.errors import RegularsError
from regulars.data import beside
from regulars.door.serving import Serving

#: Seconds between two looks at what was published.
_GLANCE = 1.0
_LOG = logging.getLogger(__name__)


class Current:
    """Serves a workspace; safe to use from several threads."""

    def __init__(self, folder: Path, *, warm: bool = True) -> None:
        self.folder = folder
        self._warm = warm
        self._serving: Serving | None = None
        self._readers: dict[Serving, int] = {}
        self._seen: tuple[object, ...] = ()
        self._looked = -_GLANCE
        self._lock = Lock()
        self._opening = False
        #: Why the newest cannot be shown, "" where it is.
        self.trouble = ""

    def begin(self) -> None:
        """Open what is published behind the scenes, so that the first visitor need not wait for it."""

        def first() -> None:
            with suppress(RegularsError), self.serving():
                pass

        Thread(target=first, name="first generation", daemon=True).start()

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
            if self._serving is None:
                self._seen = self._published()
                self._serving = self._open()
                self._looked = monotonic()
            elif monotonic() - self._looked >= _GLANCE and not self._opening:
                self._looked = monotonic()
                if (seen := self._published()) != self._seen:
                    self._opening = True
                    Thread(target=self._follow, args=(seen,), name="next generation", daemon=True).start()
            self._readers[self._serving] = self._readers.get(self._serving, 0) + 1
            return self._serving

    def _left(self, serving: Serving) -> None:
        with self._lock:
            self._readers[serving] -= 1
            over = self._readers[serving] == 0 and serving is not self._serving
            if over:
                del self._readers[serving]
        if over:
            serving.close()

    def _open(self) -> Serving:
        serving = Serving(Workspace.at(self.folder))
        if self._warm:
            serving.warm()
        return serving

    def _follow(self, seen: tuple[object, ...]) -> None:
        """Open what was published since, and show it."""
        try:
            newer = self._open()
        except RegularsError as cause:
            # The old one goes on; the next change of anything is the next try.
            _LOG.warning("The newest generation cannot be shown: %s", cause)
            with self._lock:
                self._seen, self._opening, self.trouble = seen, False, str(cause)
            return
        with self._lock:
            older, self._serving = self._serving, newer
            self._seen, self._opening, self.trouble = seen, False, ""
            idle = older is not None and not self._readers.get(older, 0)
            if idle and older is not None:
                self._readers.pop(older, None)
        if idle and older is not None:
            older.close()

    def _published(self) -> tuple[object, ...]:
        """Return what changes whenever pages may."""
        store = self.folder / ".regulars" if self._serving is None else self._serving.workspace.store
        shown = self._serving.prepared.opened.generation.path if self._serving else None
        watched = [store / "CURRENT", self.folder / SETTINGS, self.folder / "themes.toml"]
        watched += [self.folder / kind for kind in KINDS]
        watched += [beside.folder_of(shown)] if shown else []
        return tuple(map(_stamp, watched))

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            serving, self._serving = self._serving, None
        if serving is not None:
            serving.close()


def _stamp(path: Path) -> tuple[str, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return path.name, found.st_mtime_ns
