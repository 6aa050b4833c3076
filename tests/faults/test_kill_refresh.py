"""`regulars run` killed at random moments, load, facts, publication and all: the same KPI bytes as never killed."""

import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from test_kill import write

COMMAND = [sys.executable, "-c", "from regulars.cli.main import main; main()"]


def told(folder: Path, *words: str) -> bytes:
    done = subprocess.run([*COMMAND, *words, "-C", str(folder)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return done.stdout


def answers(folder: Path) -> bytes:
    asked = ("net_revenue", "average_order_value", "purchase_frequency", "new_customers", "return_rate", "historic_clv")
    return told(folder, "kpi", *asked, "--grain", "week", "--format", "json")


@pytest.mark.long
def test_a_refresh_killed_25_times_gives_the_same_kpi_bytes(tmp_path: Path) -> None:
    calm, troubled = tmp_path / "calm", tmp_path / "troubled"
    for folder in (calm, troubled):
        folder.mkdir()
        write(folder, rows=2_000)
    begun = time.monotonic()
    told(calm, "run", "-q")
    usual = time.monotonic() - begun
    chance = random.Random(11)
    for _ in range(25):
        running = subprocess.Popen([*COMMAND, "run", "-q", "-C", str(troubled)], stderr=subprocess.DEVNULL)
        with suppress(subprocess.TimeoutExpired):
            running.wait(timeout=chance.uniform(0, 1.2 * usual))
        running.send_signal(signal.SIGKILL)
        running.wait()
    told(troubled, "run", "-q")
    assert answers(troubled) == answers(calm)
