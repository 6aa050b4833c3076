"""A server on a free port with the guard and the patience of `regulars serve`, and plain sockets to try them with."""

import asyncio
import socket
import threading
import time
from contextlib import contextmanager

import uvicorn

from regulars.door.guard import Guard, Limits
from regulars.door.patience import Patience

#: What stands in no log and no answer.
CANARY = "-".join(["canary", "0612345678"])
#: More than a system's buffers take for whoever reads nothing.
LARGE = 20_000_000


async def app(scope, receive, send):
    """Answer with what was sent, or as the path says."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    path, status, body = scope["path"], 200, b"deaf"
    if path == "/fault":
        raise ValueError(CANARY)
    if path == "/slow":
        await asyncio.sleep(0.5)
    if path.startswith("/status/"):
        status = int(path.rpartition("/")[2])
    if path == "/large":
        body = b"x" * LARGE
    if path == "/" or path == "/swallowed":
        body = b"took %d" % await _read(receive, swallow=path == "/swallowed")
    own = [(b"content-length", str(len(body)).encode()), (b"content-type", b"text/plain")]
    own += [(b"content-security-policy", b"default-src 'none'")] if path == "/own-policy" else []
    await send({"type": "http.response.start", "status": status, "headers": own})
    if path == "/begun":
        raise ValueError(CANARY)
    await send({"type": "http.response.body", "body": body})


async def _read(receive, *, swallow):
    taken = 0
    while True:
        try:
            message = await receive()
        except Exception:
            if not swallow:
                raise
            return taken
        taken += len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return taken


@contextmanager
def listening(limits=None, served=app, protocol=Patience):
    """Give the port of a server that runs in a thread of this process."""
    guard = Guard(served, limits or Limits(per_minute=100_000))
    config = uvicorn.Config(
        guard,
        http=protocol,
        ws="none",
        log_level="critical",
        access_log=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=16_384,
        lifespan="off",
    )
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield taken.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        taken.close()


@contextmanager
def connected(port, timeout=20.0):
    """Give a plain connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as found:
        yield found


def answers(connection, count=1):
    """Return so many answers, each as status, headers and body; fewer where the connection ends before."""
    found, read = [], b""
    while len(found) < count:
        while b"\r\n\r\n" not in read:
            more = connection.recv(65_536)
            if not more:
                return found
            read += more
        head, _, read = read.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        size = int(headers.get("content-length", 0))
        while len(read) < size:
            more = connection.recv(65_536)
            if not more:
                return found
            read += more
        found.append((int(lines[0].split()[1]), headers, read[:size]))
        read = read[size:]
    return found


def ended(connection, seconds):
    """Return how long it took until the other side ended the connection; None where it has not."""
    began = time.monotonic()
    connection.settimeout(seconds)
    try:
        while connection.recv(65_536):
            continue
    except TimeoutError:
        return None
    except OSError:
        pass
    return time.monotonic() - began
