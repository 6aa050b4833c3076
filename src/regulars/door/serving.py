"""One generation as it is served: pages made by a process beside it, look-ups here.

Long work and short work never wait for each other: a page over all records takes seconds once, a customer's page
milliseconds each time.
"""

from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from threading import Lock
from typing import Any

import orjson

from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import Busy
from regulars.door.making import make, maker
from regulars.views.page import asked_for
from regulars.views.prepared import Prepared
from regulars.views.view import View


class NotYet(Exception):
    """What was asked for is being worked out; ask again in a moment."""


class Serving:
    """A generation that is open for pages."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._open = ExitStack()
        try:
            self.quick: Opened = self._open.enter_context(workspace.opened())
        except BaseException:
            self._open.close()
            raise
        self.views: Mapping[str, View] = workspace.declared(View, "views")
        self.prepared = Prepared(workspace, self.quick)
        self._process = maker(workspace.folder)
        self._memory: dict[str, Any] = {}
        self._making: dict[str, Future[bytes]] = {}
        self._lock, self.quickly = Lock(), Lock()

    @property
    def generation(self) -> int:
        """Number of the generation."""
        return self.quick.generation.number

    @property
    def state(self) -> str:
        """Names what is shown: another generation, settings or predictions have another."""
        return self.prepared.digest

    def page(self, view: View, about: str, asked: Mapping[str, str], *, patience: float) -> bytes:
        """Return a page's record as JSON.

        Args:
            view: which.
            about: what it is about.
            asked: words by parameter.
            patience: seconds to wait where it must be made.

        Raises:
            NotYet: it is still being made; it goes on.
            RegularsError: it cannot be asked.
        """
        if not view.kept:
            with self.quickly:
                page = asked_for(view, about, asked, self.workspace, self.quick, self._memory)
            return orjson.dumps(page.record(), option=orjson.OPT_SORT_KEYS)
        key = self.prepared.key(view, about, asked)
        found = self.prepared.found(key)
        if found is not None:
            return found
        try:
            return self._made(key, view, about, asked).result(timeout=patience)
        except Late:
            raise NotYet from None
        except BrokenProcessPool as fault:
            raise Busy("What makes pages was stopped; it begins anew. Ask again in a moment.") from fault

    def _made(self, key: str, view: View, about: str, asked: Mapping[str, str]) -> "Future[bytes]":
        """Return what will be the page: whoever asks for the same waits for the same."""
        with self._lock:
            future = self._making.get(key)
            if future is None:
                future = make(self._process, key, view.name, about, asked)
                self._making[key] = future
                future.add_done_callback(lambda made: self._done(key, made))
            return future

    def _done(self, key: str, made: "Future[bytes]") -> None:
        if made.exception() is None:
            self.prepared.hold(key, made.result())
        self._making.pop(key, None)

    def warm(self) -> None:
        """Make the pages of the menu as they are asked for first, unless they were made before."""
        for view in sorted(self.views.values(), key=lambda view: view.place or 99):
            if view.kept and not view.about:
                key = self.prepared.key(view, "", {})
                if self.prepared.found(key) is None:
                    self._made(key, view, "", {})

    @property
    def busy(self) -> bool:
        """Whether pages are being made."""
        with self._lock:
            return bool(self._making)

    def close(self) -> None:
        """Let go of the files; what is being made is ended first."""
        self._process.shutdown(wait=False, cancel_futures=True)
        with self.quickly:
            self._open.close()

    def asked(self, content: bytes) -> Any:
        """Return a page's record."""
        return orjson.loads(content)
