"""Pages made by a process of its own: seconds of work there take nothing from those who look at pages here.

A process that dies, or is stopped, takes nothing with it: what it made whole is kept beside the generation.
"""

import multiprocessing
import signal
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from regulars.app.workspace import Workspace
from regulars.core import errors
from regulars.core.errors import RegularsError
from regulars.views.page import known
from regulars.views.prepared import Prepared
from regulars.views.view import View

#: What a process that makes pages has open, for as long as it lives.
_OPEN: list[tuple[Prepared, ExitStack]] = []


def maker(folder: Path) -> ProcessPoolExecutor:
    """Return a process that makes pages of the workspace in `folder`, once there is something to make."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=(folder,))


def make(process: ProcessPoolExecutor, key: str, view: str, about: str, asked: Mapping[str, str]) -> "Future[bytes]":
    """Have a page made and kept under `key`; the future has its record as JSON, or the error why there is none."""
    outer: Future[bytes] = Future()
    inner = process.submit(_make, key, view, about, dict(asked))
    inner.add_done_callback(partial(_settle, outer))
    return outer


def _begin(folder: Path) -> None:
    # Whoever stops the server by hand stops it alone: it lets its makers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    workspace = Workspace.at(folder)
    stack = ExitStack()
    opened = stack.enter_context(workspace.opened())
    _OPEN.append((Prepared(workspace, opened), stack))


def _make(key: str, view: str, about: str, asked: dict[str, str]) -> bytes | tuple[str, str]:
    """Return a page, or the kind and the words of an error: not all errors can be sent as they are."""
    ((prepared, _),) = _OPEN
    try:
        return prepared.make(key, known(prepared.workspace.declared(View, "views"), view), about, asked)
    except RegularsError as error:
        return type(error).__name__, str(error)


def _settle(outer: "Future[bytes]", inner: "Future[bytes | tuple[str, str]]") -> None:
    if inner.cancelled():
        outer.set_exception(errors.Busy("The server is stopping. Ask again in a moment."))
    elif fault := inner.exception():
        outer.set_exception(fault)
    elif isinstance(found := inner.result(), bytes):
        outer.set_result(found)
    else:
        outer.set_exception(_again(*found))


def _again(kind: str, said: str) -> RegularsError:
    """Return an error of a kind with its words, as it was raised in the other process."""
    found = getattr(errors, kind, errors.QueryError)
    error: RegularsError = found.__new__(found)
    error.args = (said,)
    return error
