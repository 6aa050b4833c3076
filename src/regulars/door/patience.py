"""HTTP connections that are not kept open for whoever says nothing.

uvicorn waits for ever for the end of a request's head; whoever opens connections and writes a byte a minute would take
all that there are.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

#: Seconds within which the head of a request must be there, on a new connection or one that was used.
HEAD = 10.0
#: Seconds within which whoever asked must take so many bytes of the answer, or all that is left of it.
TAKE, LEAST = 30.0, 65_536
#: Connections at once; the next are closed.
MOST = 1_000


class Patience(H11Protocol):
    """uvicorn's own protocol, with an end to its patience."""

    _end: asyncio.TimerHandle | None = None
    _untaken: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        if len(self.connections) > MOST:
            transport.close()
        else:
            self._begin()

    def data_received(self, data: bytes) -> None:
        """Take bytes; once a request is whole, there is no hurry until the next one."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        elif self._end is None and not self.transport.is_closing():
            self._begin()

    def on_response_complete(self) -> None:
        """Answered: what comes next is a new request."""
        self._stop()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Wait for whoever asked to take what is written to them: not for ever."""
        super().pause_writing()
        self._wait()

    def resume_writing(self) -> None:
        """They took nearly all of it."""
        self._taken()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop()
        self._taken()
        super().connection_lost(exc)

    def _begin(self) -> None:
        self._stop()
        self._end = self.loop.call_later(HEAD, self._give_up)

    def _stop(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None

    def _wait(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._untaken = self.loop.call_later(TAKE, self._waited, left)

    def _waited(self, left: int) -> None:
        if self.transport.get_write_buffer_size() > left - LEAST:
            self.transport.abort()
        else:
            self._wait()

    def _taken(self) -> None:
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

    def _give_up(self) -> None:
        self._end = None
        if not self.transport.is_closing():
            self.transport.close()
