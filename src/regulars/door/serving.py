"""One generation as it is served: pages made by a process beside it, look-ups here.

Long work and short work never wait for each other: a page over all records takes seconds once, a customer's page
milliseconds each time.
"""

from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

import orjson

from regulars.app.workspace import Opened
from regulars.core.errors import Busy, RegularsError, StoreError, reaching
from regulars.door.making import Fault, Maker, NotYet
from regulars.door.opening import standing
from regulars.views.page import asked_for, check_about
from regulars.views.remembered import Remembered
from regulars.views.view import View

__all__ = ["Fault", "NotYet", "Serving"]

#: Pages that are waited for at once, at most: each may take seconds.
WAITING = 100
#: Seconds without a page after which what is being made will never be.
STUCK = 900.0
#: Errors that are remembered, and seconds for which they are: who asks again in vain makes nothing again.
_REFUSED, _REMEMBERED = 500, 60.0


class Serving:
    """A generation that is open for pages.

    Raises:
        RegularsError: the workspace in `folder` cannot be opened.
    """

    def __init__(self, folder: Path) -> None:
        self._open = ExitStack()
        stands = self._open.enter_context(standing(folder))
        self.workspace, self.prepared, self.seen = stands.workspace, stands.prepared, stands.seen
        self.quick: Opened = stands.opened
        self.views: Mapping[str, View] = self.workspace.declared(View, "views")
        self._maker = Maker(folder, self.generation, self.prepared.digest)
        self._memory = Remembered()
        self._making: dict[str, Future[bytes]] = {}
        self._refused: OrderedDict[str, tuple[float, Future[bytes]]] = OrderedDict()
        self._stirred = monotonic()
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
            RegularsError: it cannot be asked; Busy: not now.
            Fault: there is one in what makes it.
        """
        if not view.kept:
            with self.quickly:
                page = asked_for(view, about, asked, self.workspace, self.quick, self._memory)
            return orjson.dumps(page.record())
        check_about(view, about, self.workspace)
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
        """Return what will be the page: whoever asks for the same waits for the same.

        Raises:
            Busy: too many pages are waited for, or this is no longer served.
        """
        with self._lock:
            said, refused = self._refused.get(key, (0.0, None))
            if refused is not None and monotonic() - said < _REMEMBERED:
                return refused
            future = self._making.get(key)
            if future is not None:
                return future
            waiting, since = len(self._making), self._stirred
        if waiting and monotonic() - since > STUCK:
            self._maker.renew()
        if waiting >= WAITING:
            raise Busy("Too many pages are waited for. Ask again in a moment.")
        return self._begun(key, view, about, asked)

    def _begun(self, key: str, view: View, about: str, asked: Mapping[str, str]) -> "Future[bytes]":
        with self._lock:
            if (other := self._making.get(key)) is not None:
                return other
            if not self._making:
                self._stirred = monotonic()
            future = self._maker.make(key, view.name, about, asked)
            self._making[key] = future
        # Outside of the lock: where it is there already, it is called at once.
        future.add_done_callback(lambda made: self._done(key, made))
        return future

    def _done(self, key: str, made: "Future[bytes]") -> None:
        error = made.exception()
        if error is None:
            self.prepared.hold(key, made.result())
        with self._lock:
            self._stirred = monotonic()
            self._making.pop(key, None)
            if isinstance(error, RegularsError) and not isinstance(error, Busy):
                self._refused[key] = (monotonic(), made)
                while len(self._refused) > _REFUSED:
                    self._refused.popitem(last=False)

    def warm(self) -> None:
        """Make the pages of the menu as they are asked for first, unless they were made before."""
        for view in sorted(self.views.values(), key=lambda view: view.place or 99):
            if view.kept and not view.about:
                key = self.prepared.key(view, "", {})
                if self.prepared.found(key) is None:
                    self._made(key, view, "", {})

    def look(self) -> None:
        """Work out what look-ups share, such as the list of customers, so that no visitor waits for it."""
        for view in self.views.values():
            if not view.kept and not view.about:
                # Whoever asks for it is told what is wrong.
                with suppress(Exception):
                    self.page(view, "", {}, patience=0.0)

    @property
    def busy(self) -> bool:
        """Whether pages are being made, or what makes them only begins."""
        with self._lock:
            return bool(self._making) or not self._maker.ready

    def check(self) -> bool:
        """Whether a question of the records has an answer, and the file is what was published.

        The file is looked at, as what is open would answer without it.

        Raises:
            StoreError: the file is gone, or not what was published.
        """
        published = self.quick.generation
        with reaching(published.path):
            size = published.path.stat().st_size
        if size != published.size:
            raise StoreError(f"`{published.path}` is damaged: {size} bytes, not {published.size}.")
        records = self.quick.records
        with self.quickly:
            return len(records.run(records.tables["people"].limit(1).select("customer"))) > 0

    def close(self, *, wait: bool = False) -> None:
        """Let go of the files; what is being made is ended. With `wait`, the process has ended afterwards."""
        self._maker.close(wait=wait)
        with self.quickly:
            self._open.close()

    def asked(self, content: bytes) -> Any:
        """Return a page's record."""
        return orjson.loads(content)
