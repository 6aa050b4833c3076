"""The door of programs: finds what an address means, asks, and answers; whatever goes wrong is told in one form."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from regulars.core.errors import Refused, RegularsError
from regulars.door.door import Door
from regulars.door.problems import FAULT, Problem, problem_of, where
from regulars.door.serving import NotYet, Serving
from regulars.door.visitor import Visitor
from regulars.rest import asked, openapi, replies
from regulars.rest.described import described
from regulars.rest.endpoint import ROOT, Asking, Endpoint
from regulars.rest.endpoints import endpoints
from regulars.rest.held import Held
from regulars.state import tokens
from regulars.views.page import known

_LOG = logging.getLogger(__name__)
#: Requests that wait at once; those who come later are told to come again, so that there is always a thread left for
#: what is there already, and for pages.
WAITING = 12
_READS = ("GET", "HEAD")
_READ_ONLY = Problem(status=405, code="read-only", detail="This is only read, with GET or HEAD.")
_NOWHERE = Problem(
    status=404, code="no-address", detail=f"There is nothing at this address. `{ROOT}` says what there is."
)


class _Whole(Convertor[str]):
    """The rest of a path, whatever stands in it: Starlette's own stops at a line break."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


@dataclass(frozen=True, kw_only=True)
class Surface:
    """What one generation answers.

    Attributes:
        state: of the generation; another has another surface.
        endpoints: every address.
        document: the description of them, as OpenAPI.
    """

    state: str
    endpoints: tuple[Endpoint, ...]
    document: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Api:
    """What programs ask.

    Attributes:
        door: what surfaces share.
        held: answers that were worked out.
    """

    door: Door
    held: Held = field(default_factory=Held)
    _surfaces: dict[str, Surface] = field(default_factory=dict)
    _waiting: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(WAITING))

    def routes(self) -> APIRouter:
        """Return what answers every address below `/api/`, by whatever method."""
        register_url_convertor("whole", _Whole())
        return APIRouter(routes=[Route("/api/{path:whole}", _Answering(self), include_in_schema=False)])

    def surface(self, serving: Serving) -> Surface:
        """Return what a generation answers, made once for it."""
        found = self._surfaces.get(serving.state)
        if found is None:
            every = (
                *endpoints(serving, self.held),
                openapi.endpoint(lambda asking: self.surface(asking.serving).document),
            )
            document = openapi.document(every, serving, self.door)
            found = Surface(state=serving.state, endpoints=every, document=document)
            self._surfaces.clear()
            self._surfaces[serving.state] = found
        return found

    def described(self) -> list[dict[str, Any]]:
        """Return every address as people read it.

        Raises:
            RegularsError: there is nothing to ask yet.
        """
        with self.door.current.serving() as serving:
            return described(self.surface(serving).document)

    def answer(self, request: Request) -> Response:
        """Answer a request, or say what is wrong with it."""
        try:
            return self._answered(request)
        except NotYet:
            return replies.problem(replies.CALCULATING)
        except RegularsError as error:
            found = problem_of(error)
            if found.status >= 500:
                _LOG.error("A question cannot be answered: %s", error)
            return replies.problem(found)
        except Exception as fault:
            _LOG.error("A question ended in a fault:\n%s", where(fault))
            return replies.problem(FAULT)

    def _answered(self, request: Request) -> Response:
        address = request.client.host if request.client else ""
        asks = self.door.who(request.headers, request.cookies, address)
        if asks is None:
            return replies.problem(replies.UNKNOWN)
        with self.door.current.serving() as serving:
            found = self._meant(_path(request, self.door.base), serving)
            if found is None:
                return replies.problem(_NOWHERE)
            if request.method not in _READS:
                return replies.problem(_READ_ONLY, {"Allow": ", ".join(_READS)})
            return self._of(request, serving, asks, *found)

    def _meant(self, path: str | None, serving: Serving) -> tuple[Endpoint, dict[str, str]] | None:
        """Return what a path means, and what it is about; None where it means nothing.

        Raises:
            UnknownName: it is that of a page, and there is none of that name.
        """
        if path is None:
            return None
        for endpoint in self.surface(serving).endpoints:
            about = endpoint.matched(path)
            if about is not None:
                return endpoint, about
        parts = path.split("/")
        if len(parts) > 2 and parts[1] == "pages":
            known(serving.views, asked.plain(unquote(parts[2])))
        return None

    def _of(
        self, request: Request, serving: Serving, asks: Visitor, endpoint: Endpoint, about: dict[str, str]
    ) -> Response:
        """Answer what an address is about."""
        _allow(asks, endpoint)
        said = asked.read(request.query_params.multi_items(), endpoint.queries)
        words = [(name, text) for name, text in request.query_params.multi_items() if text]
        kind = replies.kind_of(request, endpoint.kinds)
        if kind is None:
            detail = f"This can be had as {' or '.join(f'`{one}`' for one in endpoint.kinds)}."
            return replies.problem(Problem(status=406, code="no-format", detail=detail))
        rights = (asks.name, sorted(asks.scopes), asks.exports)
        stale = self.door.current.trouble
        named = (serving.state, stale, rights, endpoint.name, about, words, kind)
        tag = replies.tag_of(*named)
        if endpoint.lasting and not endpoint.noted and replies.has(request, tag):
            return replies.unchanged(tag)
        with self._patience(request) as seconds:
            record = endpoint.answer(
                Asking(
                    door=self.door,
                    serving=serving,
                    asks=asks,
                    about=about,
                    said=said,
                    words=words,
                    kind=kind,
                    patience=seconds,
                )
            )
        if not endpoint.lasting:
            # Whatever it depends on besides the generation stands in what it says.
            tag = replies.tag_of(*named, record)
        if replies.has(request, tag):
            return replies.unchanged(tag)
        return replies.written(record, endpoint.flat(record) if kind == "csv" and endpoint.flat else None, tag)

    @contextmanager
    def _patience(self, request: Request) -> Iterator[float]:
        """Yield how many seconds may be waited: none where enough others wait."""
        patient = self._waiting.acquire(blocking=False)
        try:
            yield replies.patience(request) if patient else 0.0
        finally:
            if patient:
                self._waiting.release()


def _allow(asks: Visitor, endpoint: Endpoint) -> None:
    """Refuse what a visitor's token is not good for; a page says more of what it shows.

    Raises:
        Refused: it is not.
    """
    if endpoint.scopes - asks.scopes:
        needed = [f"`{one}`" for one in tokens.Scope if one in endpoint.scopes]
        scopes = f"scope {needed[0]}" if len(needed) == 1 else f"scopes {' and '.join(needed)}"
        raise Refused(f"This needs a token with the {scopes}.")


def _path(request: Request, base: str) -> str | None:
    """Return the path below the root as it came, percent signs and all; None where it is not below it."""
    raw = request.scope.get("raw_path") or request.url.path.encode()
    path = str(raw.decode("latin-1").partition("?")[0]).removeprefix(base)
    return path.removeprefix(ROOT) if path == ROOT or path.startswith(f"{ROOT}/") else None


class _Answering:
    """What Starlette calls: answers are worked out in threads, as pages are."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        answer = await run_in_threadpool(self._api.answer, request)
        if request.method == "HEAD":
            answer.body = b""
        await answer(scope, receive, send)
