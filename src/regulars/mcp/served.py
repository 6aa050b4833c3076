"""The generation that is served, for programs that ask over HTTP."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from regulars.app.workspace import Opened, Workspace
from regulars.door.current import Current
from regulars.door.serving import Fault, NotYet, Serving
from regulars.mcp.call import Later
from regulars.views.view import View

_LOG = logging.getLogger(__name__)
#: Seconds that a program waits for a page that must be made first; most of them give up after 60.
PATIENCE = 55.0


@dataclass(frozen=True, kw_only=True)
class Served:
    """Gives whatever generation is served.

    Attributes:
        current: which it is.
    """

    current: Current

    @property
    def folder(self) -> Path:
        """The workspace."""
        return self.current.folder

    @contextmanager
    def open(self) -> Iterator["_Served"]:
        """Use the generation that is served; errors as of `Current.serving`."""
        with self.current.serving() as serving:
            yield _Served(serving=serving)


@dataclass(frozen=True, kw_only=True)
class _Served:
    """A generation that is served.

    Attributes:
        serving: it, open.
    """

    serving: Serving

    @property
    def workspace(self) -> Workspace:
        """The company's folder."""
        return self.serving.workspace

    @property
    def opened(self) -> Opened:
        """What questions are asked of."""
        return self.serving.quick

    @property
    def views(self) -> Mapping[str, View]:
        """The pages that there are."""
        return self.serving.views

    @property
    def quickly(self) -> Lock:
        """Held by whoever asks."""
        return self.serving.quickly

    def page(self, view: View, about: str, asked: Mapping[str, str]) -> bytes:
        """Return a page's record as JSON; what must be made first is made by a process of its own.

        Raises:
            Later: it is still being made.
            RegularsError: it cannot be asked.
            Fault: there is one in what makes it.
        """
        try:
            return self.serving.page(view, about, asked, patience=PATIENCE)
        except NotYet:
            raise Later from None
        except Fault as fault:
            _LOG.error("A page could not be made:\n%s", fault)
            raise
