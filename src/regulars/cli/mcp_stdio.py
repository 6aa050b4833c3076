"""`regulars mcp`: the tools for programs on this machine, over standard input and output."""

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.cli import people
from regulars.cli.extras import needing

if TYPE_CHECKING:
    from regulars.state.audit import By
    from regulars.state.store import State


def serve(directory: Path, *, personal: bool) -> None:
    """Answer until standard input ends; nothing but the protocol stands on standard output.

    Args:
        directory: the workspace.
        personal: whether who customers are is shown.

    Raises:
        SettingsError: there is no `regulars.toml`, or it is wrong.
        StoreError: the state cannot be opened, or what it needs is not installed.
    """
    with people.acting(directory) as (state, by), _interruptible(), needing("serve"):
        import anyio

        anyio.run(_serve, directory, state, by, personal)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl+C end the process at once: standard input is read where it would wait for the next line first."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def _serve(directory: Path, state: "State", by: "By", personal: bool) -> None:
    from mcp.server.stdio import stdio_server

    from regulars.door.visitor import Visitor
    from regulars.mcp.alone import Alone
    from regulars.mcp.desk import Desk
    from regulars.mcp.server import server
    from regulars.state.person import Role
    from regulars.state.tokens import Scope

    scopes = {Scope.READ, Scope.CUSTOMERS} | ({Scope.PERSONAL} if personal else set())
    asks = Visitor(name=by.actor, role=Role.ADMIN, scopes=frozenset(scopes), key=by.key, address=by.address)
    with closing(Alone(directory)) as source:
        answering = server(Desk(source=source, state=state, here=True), lambda _: asks)
        async with stdio_server() as (read, write):
            await answering.run(read, write, answering.create_initialization_options())
