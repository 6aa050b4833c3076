"""`regulars serve`: pages, REST and MCP for this machine, or for people with names."""

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from starlette.routing import Route

from regulars.app import people
from regulars.app.workspace import Workspace
from regulars.cli import terminal
from regulars.cli.minding import Minder
from regulars.core.errors import SettingsError
from regulars.door.current import Current
from regulars.door.door import Door
from regulars.door.guard import Guard, Limits
from regulars.door.patience import Patience
from regulars.jobs.planned import planned
from regulars.mcp.mounted import mounted
from regulars.rest.api import Api
from regulars.web.site import Site

#: Seconds that an idle connection stays open, and that those who wait are given when the server stops.
_IDLE, _GRACE = 5, 5


@dataclass(frozen=True, kw_only=True)
class Listening:
    """Where the server listens, and who comes.

    Attributes:
        host: address.
        port: 0 for any that is free.
        url: under which people reach it; made of host and port where "".
    """

    host: str
    port: int
    url: str = ""

    @property
    def alone(self) -> bool:
        """Whether only this machine reaches it."""
        return not self.url and _is_loopback(self.host)

    @property
    def secure(self) -> bool:
        """Whether people come over TLS."""
        return self.url.startswith("https://")

    @property
    def hosts(self) -> frozenset[str]:
        """Names that it answers to: any other is somebody's who points a name of theirs at this machine."""
        own = {"localhost", "127.0.0.1", "[::1]"}
        if _is_loopback(self.host):
            own.add(f"[{self.host}]" if ":" in self.host else self.host)
        return frozenset(own | ({urlsplit(self.url).hostname or ""} if self.url else set()))


def application(door: Door, limits: Limits, minder: Minder | None = None) -> FastAPI:
    """Return the server: every surface over HTTP behind one guard, and what is done by itself beside it."""
    asked, answering = mounted(door)

    @asynccontextmanager
    async def open_to_close(app: FastAPI) -> AsyncIterator[None]:
        door.current.begin()
        try:
            if minder is not None:
                minder.begin()
            async with answering():
                yield
        finally:
            if minder is not None:
                minder.close()
            door.current.close()

    app = FastAPI(title="Regulars", openapi_url=None, docs_url=None, redoc_url=None, lifespan=open_to_close)
    api = Api(door=door)
    app.include_router(api.routes())
    app.router.routes.append(Route("/mcp", endpoint=asked))
    app.include_router(Site(door=door, endpoints=api.described).routes())
    app.add_middleware(Guard, limits=limits)
    return app


def serve(directory: Path, *, host: str, port: int, url: str, schedule: bool = True, ahead: bool = True) -> None:
    """Serve until it is stopped.

    Args:
        directory: the workspace.
        host: address to listen on.
        port: 0 for any that is free.
        url: under which people reach it; made of host and port where "".
        schedule: whether the schedule is run meanwhile; else that is left to others.
        ahead: whether the pages of the menu are made before anybody asks for them.

    Raises:
        SettingsError: another machine could reach it, and nobody is named who may come in.
        RegularsError: the workspace or its state cannot be opened.
    """
    listening = Listening(host=host, port=port, url=url.rstrip("/"))
    _checked(listening)
    workspace = Workspace.at(directory)
    with ExitStack() as stack:
        state = stack.enter_context(people.state_of(workspace))
        if not listening.alone and not any(one.has_password and not one.disabled for one in people.everyone(state)):
            raise SettingsError(
                "Nobody may come in yet: `regulars user add NAME --role admin` names the first. Without names, only "
                "this machine is served (`--host 127.0.0.1`)."
            )
        door = Door(current=Current(directory, warm=ahead), state=state, secure=listening.secure, alone=listening.alone)
        if schedule and workspace.settings.schedule:
            planned(workspace)
        minder = Minder(directory, state) if schedule else None
        app = application(door, Limits(hosts=listening.hosts, secure=listening.secure), minder)
        _run(app, listening, people.link(state) if listening.alone else "")


def _checked(listening: Listening) -> None:
    if listening.url and not _is_root(listening.url):
        raise SettingsError(
            f"`{listening.url}` is no address of a host. Write it as `https://stats.example.com`, without a path."
        )
    if not listening.url and not _is_loopback(listening.host):
        raise SettingsError(
            f"`{listening.host}` lets other machines in. Say under which address people come, such as "
            "`--url https://stats.example.com`, and who: `regulars user add NAME --role admin`."
        )


def _is_root(url: str) -> bool:
    try:
        found = urlsplit(url)
        # Reading the port checks it.
        return found.scheme in ("http", "https") and bool(found.hostname) and (found.port or 1) > 0 and found.path == ""
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bound(listening: Listening) -> socket.socket:
    """Return a socket that listens.

    Raises:
        SettingsError: the port is taken, or the address is none of this machine's.
    """
    try:
        family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
        return socket.create_server((listening.host, listening.port), family=family, backlog=2048)
    except OSError as cause:
        raise SettingsError(
            f"Nobody can listen on port {listening.port} of {listening.host}: {cause.strerror}. Name another one, or "
            "`--port 0` for any that is free."
        ) from cause


def _run(app: FastAPI, listening: Listening, token: str) -> None:
    config = uvicorn.Config(
        app,
        host=listening.host,
        port=listening.port,
        http=Patience,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=_IDLE,
        timeout_graceful_shutdown=_GRACE,
        h11_max_incomplete_event_size=16_384,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    taken = _bound(listening)
    bound = taken.getsockname()[1]
    name = f"[{listening.host}]" if ":" in listening.host else listening.host
    address = listening.url or f"http://{name}:{bound}"
    inside = f"listening on {name}:{bound}; " if listening.url else ""
    terminal.err.print(f"Serving {address} ({inside}Ctrl+C stops it)", soft_wrap=True, markup=False)
    if token:
        terminal.err.print("Open this once, within 15 minutes:", markup=False)
        terminal.out.print(f"{address}/login?token={token}", soft_wrap=True, markup=False)
        sys.stdout.flush()
    server.run(sockets=[taken])
