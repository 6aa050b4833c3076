"""Kills a process that loads and publishes, at random moments, again and again; run by test_kill.py.

Usage: killing.py WORKSPACE KILLS SEED. Prints one JSON object: what every run that came to its end held, and what one
that was never killed holds.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

from regulars.core import settings
from regulars.data import engine, generations, ingest, store


def run(workspace: Path) -> None:
    """Load and publish."""
    found = settings.read(workspace / "regulars.toml")
    with store.opened(found, workspace) as opened:
        ingest.load(opened, found, workspace)
        generations.publish(opened)


def digest(workspace: Path) -> str:
    """Return the digest of all that readers see, but for the numbers of files and lines."""
    folder = workspace / ".regulars"
    opened = generations.open_current(folder)
    assert opened is not None
    generation, backend = opened
    generations.verify(generation)
    files = {row["file"]: row["path"] for row in engine.run(backend.table("_files"))}
    held: dict[str, list[str]] = {}
    for name in sorted(backend.list_tables()):
        if name != "_meta":
            held[name] = sorted(repr(_plain(row, files)) for row in engine.run(backend.table(name)))
    backend.disconnect()
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()


def _plain(row: dict[str, Any], files: dict[int, str]) -> dict[str, Any]:
    return {name: files[value] if name == "file" else value for name, value in row.items()}


def main(workspace: Path, kills: int, seed: int) -> None:
    rng = random.Random(seed)
    # Whatever takes long only once is done here, so that the children spend their time on the disk.
    run(workspace)
    wanted = digest(workspace)
    took = _reset(workspace, timed=True)
    found, killed, longest = [], 0, 0.0
    while killed < kills:
        child = os.fork()
        if not child:
            os.close(1)
            run(workspace)
            os._exit(0)
        time.sleep(rng.uniform(0, 1.2 * took))
        os.kill(child, signal.SIGKILL)
        _pid, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            killed += 1
            if (workspace / ".regulars" / "CURRENT").exists():
                found.append(digest(workspace))
        elif os.WEXITSTATUS(status):
            raise SystemExit(f"a run failed by itself after {killed} kills")
        else:
            found.append(digest(workspace))
            _reset(workspace)
    start = time.monotonic()
    run(workspace)
    longest = time.monotonic() - start
    found.append(digest(workspace))
    print(json.dumps({"wanted": wanted, "found": found, "killed": killed, "seconds": took, "last": longest}))


def _reset(workspace: Path, *, timed: bool = False) -> float:
    shutil.rmtree(workspace / ".regulars")
    start = time.monotonic()
    if timed:
        run(workspace)
        shutil.rmtree(workspace / ".regulars")
    return time.monotonic() - start


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
