"""The same tools over HTTP: to whoever brings a token, whatever cookies come along."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio.to_thread
import orjson
from mcp.server.context import ServerRequestContext
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from regulars.core.errors import RegularsError
from regulars.door.door import Door
from regulars.door.guard import BODY, App
from regulars.door.problems import Problem, problem_of
from regulars.door.visitor import Visitor
from regulars.mcp.desk import Desk
from regulars.mcp.served import Served
from regulars.mcp.server import server
from regulars.state import tokens

#: Where in a request it stands who asks.
_ASKS = "regulars.visitor"
_REALM = 'Bearer realm="Regulars"'
#: Begins whatever the server does until it is stopped.
Lifespan = Callable[[], AbstractAsyncContextManager[None]]


def mounted(door: Door) -> tuple[App, Lifespan]:
    """Return what answers requests at one address, whatever it is, and what must be entered while it does.

    Who may ask from which other site, and how much, has been seen to by `door.guard.Guard` before.
    """
    found = _Mounted(door)
    return found, found.running


class _Mounted:
    """ASGI application; takes each request by itself and answers in JSON."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._server = server(Desk(source=Served(current=door.current), state=door.state), _who)
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer requests until the end of the context; it can be entered again then."""
        manager = StreamableHTTPSessionManager(
            app=self._server, json_response=True, stateless=True, max_request_body_size=BODY
        )
        async with manager.run():
            self._manager = manager
            try:
                yield
            finally:
                self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        assert scope["type"] == "http"
        found = await self._admitted(scope)
        if isinstance(found, Response):
            await found(scope, receive, send)
            return
        assert self._manager is not None, "its lifespan was not entered"
        await self._manager.handle_request({**scope, _ASKS: found}, receive, _unkept(send))

    async def _admitted(self, scope: Scope) -> Visitor | Response:
        """Return who asks, or the answer to who may not."""
        if scope["method"] != "POST":
            # Nothing is told but what was asked for, and no session is kept that could be ended.
            detail = "Programs ask here by POST, as the Model Context Protocol says."
            return _refusal(Problem(status=405, code="method", detail=detail), {"Allow": "POST"})
        headers = Headers(scope=scope)
        address = (scope.get("client") or ("", 0))[0]
        try:
            # Cookies come along with whatever a browser sends; a token is brought on purpose.
            asks = await anyio.to_thread.run_sync(self._door.who, headers, {}, address)
        except RegularsError as error:
            return _refusal(problem_of(error), {})
        if asks is None:
            wrong = ', error="invalid_token"' if "authorization" in headers else ""
            detail = "Bring a token: `Authorization: Bearer ...`. `regulars token new` gives one out."
            if wrong:
                detail = "Not known: the token is wrong, revoked or has expired."
            return _refusal(Problem(status=401, code="token", detail=detail), {"WWW-Authenticate": f"{_REALM}{wrong}"})
        if tokens.Scope.READ not in asks.scopes:
            said = f'{_REALM}, error="insufficient_scope", scope="read"'
            detail = "This token is not for reading. Take one with the scope `read`."
            return _refusal(Problem(status=403, code="refused", detail=detail), {"WWW-Authenticate": said})
        return asks


def _who(context: ServerRequestContext[Any, Any]) -> Visitor:
    found = context.request.scope[_ASKS] if context.request is not None else None
    assert isinstance(found, Visitor)
    return found


def _refusal(problem: Problem, headers: dict[str, str]) -> Response:
    waits = {"Retry-After": str(problem.wait)} if problem.wait else {}
    return Response(
        orjson.dumps(problem.record()),
        status_code=problem.status,
        media_type="application/problem+json",
        headers={"Cache-Control": "no-store", **waits, **headers},
    )


def _unkept(send: Send) -> Send:
    """Return a `send` whose answers nobody keeps."""

    async def unkept(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [one for one in message.get("headers", ()) if one[0].lower() != b"cache-control"]
            message["headers"] = [*own, (b"cache-control", b"no-store")]
        await send(message)

    return unkept
