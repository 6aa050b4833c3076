"""What every request passes first: limits, the right host, no forged forms; and what every answer carries.

Written for ASGI itself, so that nothing of a request is read before it has been found small enough.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import orjson
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from regulars.core.errors import RegularsError
from regulars.door.problems import FAULT, Problem, problem_of, where

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_LOG = logging.getLogger(__name__)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Most bytes of a body, of a query, and of the headers; most parameters; seconds within which a body must be there.
BODY, QUERY, HEADERS, PARAMETERS, SECONDS = 65_536, 4_096, 16_384, 100, 10.0

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ANSWERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much is let in.

    Attributes:
        per_minute: requests of one address.
        hosts: names under which the server is asked; any where empty.
        secure: whether visitors come over TLS.
    """

    per_minute: int = 600
    hosts: frozenset[str] = frozenset()
    secure: bool = False


class Guard:
    """ASGI middleware; see the module."""

    def __init__(self, app: App, limits: Limits) -> None:
        self.app, self.limits = app, limits
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rate = RateLimitItemPerMinute(limits.per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        answering = _Answering(send, secure=self.limits.secure)
        refused = self._refused(scope, headers)
        if refused is None:
            refused = await self._answered(scope, _Bounded(receive, answering), answering)
        if refused is not None and not answering.began:
            await answer(refused, answering)

    async def _answered(self, scope: Scope, receive: "_Bounded", answering: "_Answering") -> Problem | None:
        """Have a request answered; return what was wrong with it, or with us, where it was not."""
        try:
            await self.app(scope, receive, answering)
        except RegularsError as error:
            if answering.began:
                raise _Cut from None
            return receive.problem or problem_of(error)
        except Exception as fault:
            if receive.problem is not None:
                return receive.problem
            # Where it was asked may tell whom it is about, and is not said.
            _LOG.error("A request ended in a fault:\n%s", where(fault))
            if answering.began:
                raise _Cut from None
            return FAULT
        return receive.problem

    def _refused(self, scope: Scope, headers: dict[bytes, bytes]) -> Problem | None:
        if len(scope["query_string"]) > QUERY or scope["query_string"].count(b"&") >= PARAMETERS:
            return Problem(status=431, code="too-much", detail="The address asks for too much at once. Ask for less.")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADERS:
            return Problem(status=431, code="too-much", detail="The headers are too long.")
        if self.limits.hosts and _name(headers.get(b"host", b"")) not in self.limits.hosts:
            detail = "This server is not known under that name. Whoever runs it says which with `--url`."
            return Problem(status=421, code="host", detail=detail)
        if scope["method"] not in SAFE and not _same_origin(headers):
            detail = "This form came from another site. Open the page here and try again."
            return Problem(status=403, code="cross-site", detail=detail)
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > 9 or int(length) > BODY:
            return Problem(status=413, code="too-much", detail=f"At most {BODY:,} bytes are taken.")
        address = (scope.get("client") or ("", 0))[0]
        if not self._limiter.hit(self._rate, address):
            detail = f"More than {self.limits.per_minute} requests in a minute came from here. Wait a little."
            return Problem(status=429, code="too-many", detail=detail, wait=10)
        return None


class _Cut(Exception):
    """An answer ended in the middle: the connection must, too."""


class _Answering:
    """A `send` whose answers carry what browsers must keep to."""

    def __init__(self, send: Send, *, secure: bool) -> None:
        self._send = send
        self._more = (*ANSWERS, (b"strict-transport-security", b"max-age=31536000")) if secure else ANSWERS
        #: Whether an answer has begun.
        self.began = False
        #: Whether the connection ends with it.
        self.last = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.began = True
            own = list(message.get("headers", []))
            more = (*self._more, (b"connection", b"close")) if self.last else self._more
            names = {name.lower() for name, _ in own}
            message["headers"] = [*own, *(one for one in more if one[0] not in names)]
        await self._send(message)


class _Bounded:
    """A `receive` that takes no more and waits no longer than is allowed."""

    def __init__(self, receive: Receive, answering: _Answering) -> None:
        self._receive, self._answering = receive, answering
        self._taken, self._ends = 0, 0.0
        self._whole = False
        #: What was wrong with the body.
        self.problem: Problem | None = None

    async def __call__(self) -> Message:
        if self._whole:
            return await self._receive()  # what comes now is only that the visitor leaves
        clock = asyncio.get_running_loop().time
        self._ends = self._ends or clock() + SECONDS
        try:
            message = await asyncio.wait_for(self._receive(), max(self._ends - clock(), 0.001))
        except TimeoutError:
            raise self._refused(408, f"What was sent did not come within {SECONDS:g} seconds.") from None
        self._taken += len(message.get("body", b""))
        if self._taken > BODY:
            raise self._refused(413, f"At most {BODY:,} bytes are taken.")
        self._whole = not message.get("more_body", False)
        return message

    def _refused(self, status: int, detail: str) -> _Cut:
        self.problem = Problem(status=status, code="too-much" if status == 413 else "too-slow", detail=detail)
        self._answering.last = True
        return _Cut()


def _name(host: bytes) -> str:
    """Return a host without its port."""
    text = host.decode("latin-1").lower()
    return text.partition("]")[0] + "]" if text.startswith("[") else text.partition(":")[0]


def _same_origin(headers: dict[bytes, bytes]) -> bool:
    """Whether a request that changes something came from this server's own pages, or from no browser.

    Browsers say where a request comes from; one that says nothing at all is a program, which must bring a token: the
    cookie alone is refused then.
    """
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site in (b"same-origin", b"none")
    origin = headers.get(b"origin")
    if origin is not None:
        return origin.partition(b"://")[2] == headers.get(b"host", b"")
    return b"cookie" not in headers


async def answer(problem: Problem, send: Send) -> None:
    """Answer with a problem, as programs read it."""
    body = orjson.dumps(problem.record())
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    headers += [(b"cache-control", b"no-store")]
    headers += [(b"retry-after", str(problem.wait).encode())] if problem.wait else []
    # What is too much is not read to its end, and what comes after it would be taken for the next request.
    headers += [(b"connection", b"close")] if problem.status in (408, 413, 431) else []
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
