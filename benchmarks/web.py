"""How much work is a page? CPU of the server and bytes on the wire, beside a bare server with the same content.

`python benchmarks/web.py [--workspace DIR] [--customers 1000000] [--runs 40] [--profile PAGE]`; without a workspace, a
company of 3,000 customers is simulated under benchmarks/data/ at the first call, with all that is foretold of it. Lists
are of the company of `benchmarks/customers.py`. What is measured is CPU milliseconds (user and system) of the server's
process per request, all of it: reading the request, who asks, the page, compressing, sending.

Peers answer in the same run, through uvicorn and Starlette with no guard, no sessions and no audit log:

* `sent`: the same bytes, compressed once.
* `packed`: the same bytes, compressed for each request.
* `template`: the same record through a plain Jinja2 template without charts, links or notes, compressed.
* `offset`: the same customers by ORDER BY, OFFSET and ILIKE in DuckDB through a plain template, compressed.
"""

import argparse
import gzip
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
DATA = Path(__file__).parent / "data"
#: CPU milliseconds, and bytes on the wire, that a page may take.
BUDGETS = {"overview, drawn": 25.0, "overview, held": 3.0, "customers": 15.0}
BYTES = 60_000
FORGET = "x-forget"
#: Pages of the company, and lists of the million.
PAGES = {"overview": "/", "kpis": "/kpis", "retention": "/retention", "value": "/value", "kpi": "/kpis/net_revenue"}
LISTS = {
    "customers": "/customers",
    "customers, another order": "/customers?sort=revenue",
    "customers, lowest first": "/customers?sort=clv&dir=asc",
    "customers, search": "/customers?q=meyer",
    "customers, a segment": "/customers?segment=champions",
    "customers, next": "/customers?after=49",
    "customers, far below": "/customers?after=400000",
    "customer": "/customers/C00001234",
}

# --- servers, each a process of its own ---------------------------------------------------------------------------


def _run(app: Any, port: int, protocol: Any = "h11") -> None:
    import uvicorn

    uvicorn.run(app, port=port, http=protocol, ws="none", log_level="critical", access_log=False, timeout_keep_alive=60)


def serve(folder: Path, port: int, listed: int, profile: bool) -> None:
    """Serve a workspace as `regulars serve` does; a request may ask that pages in memory are forgotten first."""
    from regulars.app import people
    from regulars.app.workspace import Workspace
    from regulars.cli.serving import application
    from regulars.door.current import Current
    from regulars.door.door import Door
    from regulars.door.guard import Limits
    from regulars.door.patience import Patience

    if listed:
        _as_if_published(folder)
    with people.state_of(Workspace.at(folder)) as state:
        door = Door(current=Current(folder, warm=not listed), state=state)
        app = application(door, Limits(per_minute=10_000_000))
        routers = [getattr(route, "original_router", None) for route in app.routes]
        pages = [route.endpoint for router in routers if router for route in router.routes]
        site = next(one.__self__ for one in pages if getattr(one, "__name__", "") == "page")

        async def forgetful(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http" and any(name == FORGET.encode() for name, _ in scope["headers"]):
                site.answers._held.clear()
            await app(scope, receive, send)

        print(people.link(state), flush=True)
        if not profile:
            _run(forgetful, port, Patience)
            return
        _profiled(site, lambda: _run(forgetful, port, Patience))


def _profiled(site: Any, run: Callable[[], None]) -> None:
    """Say where the time of drawing goes, once the server ends."""
    import cProfile
    import pstats

    profile = cProfile.Profile()
    real = type(site)._answered

    def answered(self: Any, *given: Any) -> Any:
        profile.enable()
        try:
            return real(self, *given)
        finally:
            profile.disable()

    type(site)._answered = answered
    try:
        run()
    finally:
        pstats.Stats(profile, stream=sys.stderr).sort_stats("cumulative").print_stats(45)


def _as_if_published(folder: Path) -> None:
    """Have the facts of `benchmarks/customers.py` served, which are no published generation."""
    import customers

    from regulars.app import foretell, review
    from regulars.door import current, opening, serving
    from regulars.views import scored
    from regulars.views.prepared import Prepared

    @contextmanager
    def standing(_folder: Path, _number: int | None = None) -> Iterator[Any]:
        one, workspace = customers.opened(folder)
        yield opening.Standing(workspace=workspace, opened=one, prepared=Prepared(workspace, one), seen=())

    told = foretell.Foretold.tried.fget

    def tried(self: Any) -> Any:
        # Those predictions were tried on nothing; pages of others say how well they went.
        found = told(self)
        return replace(found, score={one.name: found.gain for one in scored.decisive(self.outcome.kind)})

    foretell.Foretold.tried = property(tried)
    serving.standing = standing
    current.published = lambda _workspace: ()
    review.findings_of = lambda _backend: ()


TEMPLATE = """<!doctype html><html><head><title>{{ r.title }}</title></head><body><h1>{{ r.title }}</h1>
{% for b in r.blocks %}{% if b.cards %}{% for c in b.cards %}<article><h3>{{ c.kpi }}</h3><p>{{ c.latest.value }}</p>
<p>{{ c.latest.low }} to {{ c.latest.high }}; n {{ c.latest.n }}; {{ c.latest.period }}</p><p>{{ c.question }}</p>
<p>{{ c.caveat }}</p></article>{% endfor %}{% elif b.rows %}<table>{% for row in b.rows %}<tr>
{% for cell in row.values() %}<td>{{ cell.value if cell.value is defined else cell }}</td>{% endfor %}</tr>
{% endfor %}</table>{% else %}<p>{{ b.text or b.says }}</p>{% endif %}{% endfor %}</body></html>"""
ROWS = """<!doctype html><html><body><table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>
{% endfor %}</tr>{% endfor %}</table></body></html>"""


def peers(folder: Path, port: int, listed: Path | None) -> None:
    """Serve the same content plainly."""
    from jinja2 import Environment
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    environment = Environment(autoescape=True)
    page, rows = environment.from_string(TEMPLATE), environment.from_string(ROWS)
    plain = {path.stem: path.read_bytes() for path in folder.glob("*.html")}
    kept = {path.stem: path.read_bytes() for path in folder.glob("*.json")}
    sent = {name: gzip.compress(content, 6) for name, content in plain.items()}
    connection = _connected(listed) if listed else None

    def answer(content: bytes) -> Response:
        return Response(content, media_type="text/html", headers={"Content-Encoding": "gzip", "ETag": '"x"'})

    def made(request: Request) -> bytes:
        how, name = request.path_params["how"], request.path_params["name"]
        if how == "packed":
            return gzip.compress(plain[name], 6)
        if how == "template":
            return gzip.compress(page.render(r=json.loads(kept[name])).encode(), 6)
        return gzip.compress(rows.render(rows=_offset(connection, request.query_params)).encode(), 6)

    async def asked(request: Request) -> Response:
        if request.headers.get("if-none-match"):
            return Response(status_code=304, headers={"ETag": '"x"'})
        if request.path_params["how"] == "sent":
            return answer(sent[request.path_params["name"]])
        return answer(await run_in_threadpool(made, request))

    print("there", flush=True)
    _run(Starlette(routes=[Route("/{how}/{name}", asked)]), port)


def _connected(listed: Path) -> Any:
    import duckdb

    return duckdb.connect(str(listed), read_only=True, config={"threads": 2, "memory_limit": "1GB"})


def _offset(connection: Any, asked: Any) -> list[Any]:
    order = {"revenue": "net_revenue", "clv": "clv"}.get(asked.get("sort", ""), "stake")
    direction = "ASC" if asked.get("dir") == "asc" else "DESC"
    where, values = ("WHERE search ILIKE '%' || ? || '%'", [asked["q"]]) if "q" in asked else ("", [])
    where, values = ("WHERE segment = 0", []) if "segment" in asked else (where, values)
    query = f"SELECT * FROM plain {where} ORDER BY {order} {direction} NULLS LAST, customer LIMIT 50"
    return connection.cursor().execute(f"{query} OFFSET {int(asked.get('after', 0))}", values).fetchall()


# --- asking -------------------------------------------------------------------------------------------------------


@dataclass
class Server:
    """A server's process, and a connection to it."""

    process: subprocess.Popen[str]
    client: http.client.HTTPConnection
    said: str
    cookie: str = ""

    def get(self, path: str, **headers: str) -> tuple[int, bytes, int, dict[str, str]]:
        """Return status, content, bytes on the wire, and headers."""
        sent = {"Accept-Encoding": "gzip", "Cookie": self.cookie, **headers}
        self.client.request("GET", path, headers=sent)
        answer = self.client.getresponse()
        content = answer.read()
        size = len(content) + sum(len(name) + len(text) + 4 for name, text in answer.getheaders()) + 17
        if answer.getheader("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        return answer.status, content, size, {name.lower(): text for name, text in answer.getheaders()}

    def spent(self) -> float:
        """Return the CPU milliseconds of the process so far."""
        told = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) * 1e3 / os.sysconf("SC_CLK_TCK")

    def measured(self, path: str, runs: int, **headers: str) -> tuple[float, int]:
        """Return CPU milliseconds per request, and the bytes of one."""
        for _ in range(3):
            self.get(path, **headers)
        before, size = self.spent(), 0
        for _ in range(runs):
            status, _, size, _ = self.get(path, **headers)
            assert status in (200, 304), (path, status)
        return (self.spent() - before) / runs, size


@contextmanager
def started(stack: ExitStack, *words: str) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(Path(__file__)), *words, "--port", str(port)]
    process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    stack.callback(process.send_signal, signal.SIGINT)
    said = process.stdout.readline().strip()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield Server(process, http.client.HTTPConnection("127.0.0.1", port, timeout=600), said)


def entered(server: Server) -> None:
    """Come in by the link."""
    _, _, _, headers = server.get(f"/login?token={server.said}")
    server.cookie = headers["set-cookie"].partition(";")[0]


def ready(server: Server, paths: list[str]) -> None:
    """Wait until pages are made: that is measured elsewhere (benchmarks/kpis.py)."""
    for path in paths:
        while (status := server.get(path)[0]) == 202:
            time.sleep(0.5)
        assert status == 200, (path, status)


# --- what is told -------------------------------------------------------------------------------------------------


class Report:
    """A line for each page, and what is over its budget."""

    def __init__(self) -> None:
        self.missed: list[str] = []
        print(f"load {os.getloadavg()[0]:.1f}\n")
        print(f"| {'page':32} | {'CPU ms':>7} | {'kB sent':>7} | {'peer':28} | {'CPU ms':>7} | times |")
        print(f"|{'-' * 34}|{'-' * 8}:|{'-' * 8}:|{'-' * 30}|{'-' * 8}:|------:|")

    def line(self, name: str, own: tuple[float, int], peer: str, theirs: float) -> None:
        """Tell one page."""
        times = f"{own[0] / theirs:5.1f}" if theirs else "    -"
        print(f"| {name:32} | {own[0]:7.2f} | {own[1] / 1e3:7.1f} | {peer:28} | {theirs:7.2f} | {times} |", flush=True)
        budget = next((most for start, most in BUDGETS.items() if name.startswith(start)), None)
        if budget is not None and own[0] > budget:
            self.missed.append(f"{name}: {own[0]:.1f} CPU ms of {budget:g}")
        if (name.startswith(("overview", "customers"))) and own[1] > BYTES:
            self.missed.append(f"{name}: {own[1]:,} bytes of {BYTES:,}")

    def end(self) -> None:
        """Tell what is over its budget."""
        print("\nBudgets: " + ("met" if not self.missed else "MISSED: " + "; ".join(self.missed)))


def pages(report: Report, folder: Path, runs: int) -> None:
    """Tell pages of the company: drawn, held, and held by the browser already."""
    with ExitStack() as stack, tempfile.TemporaryDirectory() as content:
        server = stack.enter_context(started(stack, "--serve", str(folder)))
        entered(server)
        ready(server, list(PAGES.values()))
        for name, path in PAGES.items():
            ending = f"{path if path != '/' else '/overview'}.json"
            Path(content, f"{name}.html").write_bytes(server.get(path)[1])
            Path(content, f"{name}.json").write_bytes(server.get(ending)[1])
        bare = stack.enter_context(started(stack, "--peers", content))
        for name, path in PAGES.items():
            for peer in ("packed", "template"):
                theirs, _ = bare.measured(f"/{peer}/{name}", runs)
                report.line(f"{name}, drawn", server.measured(path, runs, **{FORGET: "1"}), peer, theirs)
            theirs, _ = bare.measured(f"/sent/{name}", runs * 10)
            report.line(f"{name}, held", server.measured(path, runs * 10), "sent", theirs)
            tag = server.get(path)[3]["etag"]
            theirs, _ = bare.measured(f"/sent/{name}", runs * 10, **{"If-None-Match": '"x"'})
            own = server.measured(path, runs * 10, **{"If-None-Match": tag})
            report.line(f"{name}, held by the browser", own, "a bare 304", theirs)
        first = server.get("/")
        found = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', first[1].decode()))
        whole = first[2] + sum(server.get(path)[2] for path in found)
        print(f"\nA first visit: {len(found) + 1} requests, {whole / 1e3:.1f} kB\n")


def lists(report: Report, customers: int, runs: int) -> None:
    """Tell pages of the list of customers."""
    import customers as million

    folder = million.made(customers)
    if not (folder / "peers.duckdb").exists():
        one, workspace = million.opened(folder)
        million.peers(folder, million.listing(one, workspace))
    with ExitStack() as stack, tempfile.TemporaryDirectory() as content:
        server = stack.enter_context(started(stack, "--serve", str(folder), "--listed", str(customers)))
        entered(server)
        ready(server, ["/customers"])
        bare = stack.enter_context(started(stack, "--peers", content, "--plain", str(folder / "peers.duckdb")))
        for name, path in LISTS.items():
            asked = path.partition("?")[2]
            theirs = bare.measured(f"/offset/list?{asked}", max(runs // 4, 3))[0] if name != "customer" else 0.0
            report.line(name, server.measured(path, runs), "offset" if theirs else "-", theirs)


def company(given: Path | None) -> Path:
    """Return the folder of the company, with predictions and themes."""
    if given is not None:
        return Path(shutil.copytree(given, Path(tempfile.mkdtemp()) / "company"))
    folder = DATA / "web"
    if not (folder / "whole").exists():
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, "-c", "from regulars.cli.main import main; main()"]
        for words in (["demo", str(folder), "--customers", "3000"], ["backtest", "-C", str(folder)]):
            subprocess.run([*command, *words], check=True, stdout=subprocess.DEVNULL)
        (folder / "whole").touch()
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--profile", help="say where the time of drawing one of the pages goes")
    for hidden in ("serve", "peers", "plain"):
        parser.add_argument(f"--{hidden}", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--listed", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--profiled", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve, asked.port, asked.listed, asked.profiled)
    elif asked.peers:
        peers(asked.peers, asked.port, asked.plain)
    elif asked.profile:
        profiled(asked)
    else:
        report = Report()
        pages(report, company(asked.workspace), asked.runs)
        lists(report, asked.customers, asked.runs)
        report.end()


def profiled(asked: argparse.Namespace) -> None:
    """Draw one page again and again, and print where the time goes."""
    import customers as million

    listed = asked.profile in LISTS
    folder = million.made(asked.customers) if listed else company(asked.workspace)
    more = ["--listed", str(asked.customers)] if listed else []
    with ExitStack() as stack:
        server = stack.enter_context(started(stack, "--serve", str(folder), "--profiled", *more))
        entered(server)
        path = LISTS[asked.profile] if listed else PAGES[asked.profile]
        ready(server, [path])
        server.measured(path, asked.runs, **{FORGET: "1"})


if __name__ == "__main__":
    main()
