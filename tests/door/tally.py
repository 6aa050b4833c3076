"""A shop of a few orders, all of one amount, with pages of its own that are quick, slow or faulty as they are asked."""

import os
import threading
import time
from pathlib import Path

import orjson

import regulars
from regulars.door.serving import NotYet

SETTINGS = """
[company]
name = "Tally"
currency = "EUR"
time_zone = "UTC"
as_of = 2025-01-01
[[source]]
name = "orders"
files = ["orders.csv"]
[source.tables.orders]
order_id = "id"
customer_id = "customer"
ordered_at = "at"
kind = "'sale'"
amount = "amount"
"""
#: The page's own words say what it is to do: sleep, fail, or take the process with it.
VIEW = """
import os, signal, time
from pathlib import Path
from ibis import _
from regulars.core.errors import QueryError
from regulars.views.blocks import Grid, Head, Personal
from regulars.views.view import View

class Own(Exception):
    def __init__(self, one, two):
        super().__init__(one + two)

def _blocks(ask):
    folder = ask.workspace.folder
    with (folder / "made.log").open("a") as log:
        log.write(f"{ask.reason}|{ask.q}\\n")
    if ask.reason.startswith("slow"):
        time.sleep(float(ask.reason[4:]))
    if ask.reason == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if ask.reason == "refused late":
        time.sleep(0.5)
        raise QueryError("This takes a while to be refused.")
    if ask.reason == "own fault":
        raise Own("canary-in-message ", "x")
    orders = ask.records.tables["orders"]
    least = ask.records.run(orders.aggregate(amount=_.amount.min()))[0]["amount"]
    if ask.reason.startswith("torn"):
        time.sleep(0.05)
    most = ask.records.run(orders.aggregate(amount=_.amount.max()))[0]["amount"]
    yield Grid(
        name="tally",
        title="Amounts",
        heads=(Head(name="what", title=""), Head(name="amount", title="")),
        rows=(("least", str(int(least))), ("most", str(int(most)))),
    )

tally = View(name="tally", title="Tally", question="How much is an order?", blocks=_blocks, takes=("reason", "q"))
look = View(
    name="look", title="Look", question="How much is an order?", blocks=_blocks, takes=("reason", "q"), kept=False
)
"""


def orders(folder: Path, amount: int) -> None:
    """Write twenty orders of one amount, whole or not at all."""
    lines = [f"o{n},c{n % 7},2024-{1 + n % 12:02}-11,{amount}" for n in range(20)]
    beside = folder / "orders.csv.new"
    beside.write_text("\n".join(["id,customer,at,amount", *lines]) + "\n", encoding="utf-8")
    os.replace(beside, folder / "orders.csv")


def publish(folder: Path, amount: int) -> None:
    """Publish a generation in which all orders are of one amount."""
    orders(folder, amount)
    with regulars.open(folder) as company:
        company.refresh()


def shop(folder: Path, amount: int = 1) -> Path:
    """Make the shop, and publish its first generation."""
    (folder / "views").mkdir(parents=True)
    (folder / "views" / "own.py").write_text(VIEW, encoding="utf-8")
    (folder / "regulars.toml").write_text(SETTINGS, encoding="utf-8")
    publish(folder, amount)
    return folder


def ask(serving, reason="", *, view="tally", patience=60.0, **asked):
    """Return the record of a page of the shop."""
    said = {"reason": reason, **asked}
    return orjson.loads(serving.page(serving.views[view], "", said, patience=patience))


def amounts(record) -> set[int]:
    """Return the amounts that a page tells; one, where it is of one generation."""
    return {int(row["amount"]) for block in record["blocks"] for row in block["rows"]}


def made(folder: Path) -> list[str]:
    """Return what was worked out so far, in order."""
    log = folder / "made.log"
    return log.read_text(encoding="utf-8").split("\n")[:-1] if log.exists() else []


def patiently(serving, reason="", **rest):
    """Return a page as a browser has it: asked for again where it is not there yet."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            return ask(serving, reason, **rest)
        except NotYet:
            time.sleep(0.05)
    raise AssertionError(f"`{reason}` was never there")


def wait_until(holds, seconds=60.0, what="it never happened"):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


#: What other tests of this process have open while one runs: it is none of its business.
_OTHERS: dict[str, set] = {"makers": set(), "files": set(), "threads": set()}


def begin() -> None:
    """Leave out from now on what is there already."""
    for name in _OTHERS:
        _OTHERS[name] = set()
    _OTHERS.update(makers=makers(), files=files(), threads=threads())


def makers(parent: int | None = None) -> set[int]:
    """Return the processes that make pages, of this process or of another."""
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            owner = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if owner == (parent or os.getpid()) and b"spawn_main" in command and state != "Z":
            found.add(int(entry.name))
    return found - _OTHERS["makers"]


def files() -> set[str]:
    """Return what this process has open of workspaces."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found.add(os.readlink(entry))
        except OSError:
            continue
    return {name for name in found if "/.regulars/" in name} - _OTHERS["files"]


def threads() -> set[str]:
    """Return the names of the threads of this process that follow or make something."""
    return {one.name for one in threading.enumerate() if one is not threading.main_thread()} - _OTHERS["threads"]
