"""Pages made by a process of its own: seconds of work there take nothing from those who look at pages here.

A process that dies, or is stopped, takes nothing with it: what it made whole is kept beside the generation, and the
next question begins another one.
"""

import multiprocessing
import os
import signal
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock, Thread

from regulars.core import errors
from regulars.core.errors import Busy, RegularsError
from regulars.core.registry import blamed
from regulars.door.opening import Standing, standing
from regulars.door.problems import where
from regulars.views.page import known
from regulars.views.prepared import package
from regulars.views.view import View


class NotYet(Exception):
    """What was asked for is being worked out; ask again in a moment."""


class Fault(Exception):
    """A fault that nobody foresaw, where pages are made; its message says where, and nothing of the records."""


class Maker:
    """Makes pages of generation `number` for as long as the workspace in `folder` stands as `digest` says."""

    def __init__(self, folder: Path, number: int, digest: str) -> None:
        self._wanted = (folder, number, digest, package())
        self._lock, self._closed = Lock(), False
        self._process = _Process.begun(self._wanted)

    def make(self, key: str, view: str, about: str, asked: Mapping[str, str]) -> "Future[bytes]":
        """Have a page made and kept under `key`.

        The future has its record as JSON, or why there is none: a RegularsError; NotYet, where the workspace stands
        otherwise by now and what it is asked of will soon be served; Fault; or BrokenProcessPool.

        Raises:
            Busy: it was closed.
        """
        outer: Future[bytes] = Future()
        with self._lock:
            if self._closed:
                raise Busy("The server is stopping. Ask again in a moment.")
            try:
                inner = self._process.pool.submit(_make, key, view, about, dict(asked))
            except BrokenProcessPool:
                self._renew()
                inner = self._process.pool.submit(_make, key, view, about, dict(asked))
        inner.add_done_callback(partial(_settle, outer))
        return outer

    @property
    def ready(self) -> bool:
        """Whether the process has begun: pages take no longer than they do."""
        return self._process.ready.done()

    def renew(self) -> None:
        """End the process and begin another; whoever waits for a page of it is told so."""
        with self._lock:
            if not self._closed:
                self._renew()

    def _renew(self) -> None:
        self._process.end()
        self._process = _Process.begun(self._wanted)

    def close(self, *, wait: bool = False) -> None:
        """End the process, and with `wait`, wait until it has ended."""
        with self._lock:
            self._closed = True
        self._process.end(wait=wait)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Process:
    """A process, and the line that it lives by: it ends where that is cut, be it that the server was killed.

    Attributes:
        pool: takes what is to be made.
        ready: whether it has opened the workspace.
        line: this end of the line.
        theirs: the other end.
    """

    pool: ProcessPoolExecutor
    ready: Future[None]
    line: Connection = field(repr=False)
    theirs: Connection = field(repr=False)

    @classmethod
    def begun(cls, wanted: tuple[Path, int, str, str]) -> "_Process":
        """Return a process that opens the workspace at once."""
        context = multiprocessing.get_context("spawn")
        theirs, line = context.Pipe(duplex=False)
        pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=(*wanted, theirs))
        return cls(pool=pool, ready=pool.submit(_ready), line=line, theirs=theirs)

    def end(self, *, wait: bool = False) -> None:
        """Cut the line: nothing that is half made is worth waiting for."""
        self.line.close()
        self.theirs.close()
        self.pool.shutdown(wait=wait, cancel_futures=True)


def _settle(outer: "Future[bytes]", inner: "Future[bytes | tuple[str, str]]") -> None:
    if inner.cancelled():
        outer.set_exception(Busy("The server is stopping. Ask again in a moment."))
    elif fault := inner.exception():
        outer.set_exception(fault)
    elif isinstance(found := inner.result(), bytes):
        outer.set_result(found)
    else:
        outer.set_exception(_again(*found))


def _again(kind: str, said: str) -> Exception:
    """Return an error of a kind with its words, as it was raised in the other process."""
    if kind in (NotYet.__name__, Fault.__name__):
        return NotYet() if kind == NotYet.__name__ else Fault(said)
    found = getattr(errors, kind, errors.QueryError)
    error: RegularsError = found.__new__(found)
    error.args = (said,)
    return error


# --- in the process ------------------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class _Wanted:
    """What the process makes pages of, and has open once it was asked for one.

    Attributes:
        folder: the workspace.
        number: of the generation.
        digest: how it is to stand.
        package: digest of Regulars as the server knows it.
        open: what is open, for as long as the process lives.
        stands: the workspace; None until it was opened.
    """

    folder: Path
    number: int
    digest: str
    package: str
    open: ExitStack = field(default_factory=ExitStack)
    stands: Standing | None = None

    def standing(self) -> Standing:
        """Return the workspace.

        Raises:
            NotYet: it stands otherwise by now.
            RegularsError: it cannot be opened; Busy: by this Regulars, which is not the server's.
        """
        if self.package != package():
            raise Busy("Regulars was replaced on disk while it serves. Start the server again.")
        if self.stands is None:
            with ExitStack() as once:
                found = once.enter_context(standing(self.folder, self.number))
                if found.prepared.digest != self.digest:
                    raise NotYet
                self.open.push(once.pop_all())
                self.stands = found
        return self.stands


_WANTED: list[_Wanted] = []


def _begin(folder: Path, number: int, digest: str, package: str, line: Connection) -> None:
    # Whoever stops the server by hand stops it alone: it lets its makers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_live_by, args=(line,), name="line", daemon=True).start()
    _WANTED.append(_Wanted(folder=folder, number=number, digest=digest, package=package))


def _live_by(line: Connection) -> None:
    with suppress(EOFError, OSError):
        line.recv_bytes()
    os._exit(0)


def _ready() -> None:
    """Open the workspace before the first page is asked for: it may stand otherwise by then."""
    try:
        _WANTED[0].standing()
    except (NotYet, RegularsError):
        return  # the first page says it


def _make(key: str, view: str, about: str, asked: dict[str, str]) -> bytes | tuple[str, str]:
    """Return a page, or the kind and the words of an error: not all errors can be sent as they are."""
    try:
        stands = _WANTED[0].standing()
        views = stands.workspace.declared(View, "views")
        return stands.prepared.make(key, known(views, view), about, asked)
    except (RegularsError, NotYet) as error:
        return type(error).__name__, str(error)
    except Exception as error:
        if (told := blamed(error)) is not None:
            return type(told).__name__, str(told)
        return Fault.__name__, where(error)
