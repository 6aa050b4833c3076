"""Regulars as people install it: the wheel of this checkout, in a folder of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx

CHECKOUT = Path(__file__).resolve().parents[2]
#: Seconds after which a server that says nothing is stuck.
_STARTS = 60.0
#: Seconds after which a server that does not stop is killed.
_STOPS = 20.0


@dataclass(frozen=True, kw_only=True)
class Served:
    """A server of ours that runs.

    Attributes:
        address: where it listens, such as http://127.0.0.1:8642.
        link: what lets in once; "" where people log in.
        process: number of the process.
        log: what it says on standard error.
        seconds: that passed until it said where it listens.
    """

    address: str
    link: str
    process: int
    log: Path
    seconds: float

    def maker(self) -> int:
        """Return the process beside it that makes pages."""
        children = Path(f"/proc/{self.process}/task").glob("*/children")
        for child in " ".join(path.read_text() for path in children).split():
            if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text():
                return int(child)
        raise AssertionError("nothing makes pages")

    @contextmanager
    def making_nothing(self) -> Iterator[None]:
        """Hold the process that makes pages: whatever is not made yet is still being worked out."""
        maker = self.maker()
        os.kill(maker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(maker, signal.SIGCONT)


@dataclass(frozen=True)
class Installed:
    """The wheel, unpacked.

    Attributes:
        folder: where.
    """

    folder: Path

    def run(self, *words: str, given: str = "", status: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command of `regulars` to its end, which must be of the status said."""
        done = subprocess.run(
            self._command(*words), input=given, capture_output=True, text=True, env=self._environment(), cwd=self.folder
        )
        assert done.returncode == status, f"{' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def where(self) -> Path:
        """Return the file of the package that its commands import."""
        told = "import json, regulars; print(json.dumps(regulars.__file__))"
        done = subprocess.run(
            [sys.executable, "-c", told], capture_output=True, text=True, env=self._environment(), cwd=self.folder
        )
        return Path(json.loads(done.stdout))

    @contextmanager
    def serving(self, workspace: Path, *, named: bool = False) -> Iterator[Served]:
        """Serve a workspace until the block ends; pages are made once they are asked for.

        Args:
            workspace: its folder.
            named: whether people log in; else its link lets in.
        """
        port = _free() if named else 0
        words = ["--no-ahead", "--port", str(port), *(["--url", f"http://127.0.0.1:{port}"] if named else [])]
        out, log = (workspace.parent / f"{workspace.name}-{os.getpid()}.{name}" for name in ("out", "log"))
        began = time.monotonic()
        with out.open("w") as said, log.open("w") as told:
            command = self._command("serve", "-C", str(workspace), *words)
            process = subprocess.Popen(command, stdout=said, stderr=told, env=self._environment(), cwd=self.folder)
        try:
            address, link = _announced(process, out, log, link=not named)
            seconds = time.monotonic() - began
            yield Served(address=address, link=link, process=process.pid, log=log, seconds=seconds)
        finally:
            stopped(process)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, str(self.folder / "bin" / "regulars"), *words]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "REGULARS"))}
        return {**kept, "PYTHONPATH": str(self.folder)}


def stopped(process: "subprocess.Popen[bytes]") -> float:
    """Stop a server as Ctrl+C does; return the seconds that it took, or kill it after many."""
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOPS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return time.monotonic() - began


def _announced(process: subprocess.Popen[bytes], out: Path, log: Path, *, link: bool) -> tuple[str, str]:
    """Wait until a server listens; return its address, and its link where it has one."""
    end = time.monotonic() + _STARTS
    while time.monotonic() < end and process.poll() is None:
        address = re.search(r"Serving (\S+)", log.read_text())
        found = re.search(r"\S+/login\?token=\S+\n", out.read_text())
        if address and (found or not link) and _listens(address[1]):
            return address[1], found[0].strip() if found else ""
        time.sleep(0.02)
    raise AssertionError(f"no server: {out.read_text()}\n{log.read_text()}")


def _listens(address: str) -> bool:
    try:
        return httpx.get(f"{address}/login").status_code in (200, 401)
    except httpx.TransportError:
        return False


def _free() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def install(folder: Path) -> None:
    """Build the wheel, and unpack it as `pip install` does."""
    wheels = folder / "wheels"
    # Without isolation nothing is fetched; where the build tool is not installed, pip fetches it.
    alone = ["--no-build-isolation"] if find_spec("hatchling") else []
    _pip("wheel", "--no-deps", *alone, "-w", str(wheels), str(CHECKOUT))
    (wheel,) = wheels.glob("*.whl")
    _pip("install", "--no-deps", "--target", str(folder), str(wheel))


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "-q", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
