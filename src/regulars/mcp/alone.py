"""Open generations for a program on this machine: read here, by one question at a time."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock

import orjson

from regulars.app.workspace import Opened, Workspace
from regulars.door.opening import Standing, published, standing
from regulars.views.page import asked_for
from regulars.views.remembered import Remembered
from regulars.views.view import View


class Alone:
    """Opens what is published in a workspace, and anew where something changed; close it afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._open: _Open | None = None
        self._holds = ExitStack()

    @contextmanager
    def open(self) -> Iterator["_Open"]:
        """Open the newest generation; one question is answered at a time.

        Raises:
            RegularsError: it cannot be opened.
        """
        with self._lock:
            yield self._newest()

    def _newest(self) -> "_Open":
        if self._open is not None and published(self._open.workspace) == self._open.stands.seen:
            return self._open
        self._let_go()
        self._open = _Open(self._holds.enter_context(standing(self.folder)))
        return self._open

    def close(self) -> None:
        """Let go of the files, once the question that is being answered has been."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        self._open = None
        self._holds.close()


class _Open:
    """A generation as it stood when it was opened."""

    def __init__(self, stands: Standing) -> None:
        self.stands = stands
        self.views: Mapping[str, View] = stands.workspace.declared(View, "views")
        self.quickly = Lock()
        self._memory = Remembered()

    @property
    def workspace(self) -> Workspace:
        """The company's folder."""
        return self.stands.workspace

    @property
    def opened(self) -> Opened:
        """What questions are asked of."""
        return self.stands.opened

    def page(self, view: View, about: str, asked: Mapping[str, str]) -> bytes:
        """Return a page's record as JSON; it is made here, however long that takes, and nothing is written."""
        prepared = self.stands.prepared
        key = prepared.key(view, about, asked)
        found = prepared.found(key) if view.kept else None
        if found is None:
            with self.quickly:
                page = asked_for(view, about, asked, self.workspace, self.opened, self._memory)
            found = orjson.dumps(page.record(), option=orjson.OPT_SORT_KEYS)
            if view.kept:
                prepared.hold(key, found)
        return found
