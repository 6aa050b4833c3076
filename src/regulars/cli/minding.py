"""While pages are served: what is due is run, and what waits is sent, by processes of their own.

Here is only looked, every few seconds and for milliseconds: whoever reads a page waits neither for a job nor for
somebody who does not answer. Each channel has a process of its own, so that none waits for another.
"""

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from time import monotonic

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from regulars.alerts.delivering import ready
from regulars.app.workspace import SETTINGS, Workspace
from regulars.core.errors import RegularsError
from regulars.core.periods import now
from regulars.jobs.due import due
from regulars.state import slots
from regulars.state.store import State

#: Seconds between two looks.
_GLANCE = 10
#: Seconds after which what ended badly is begun again: what waits is not lost, and nobody is asked every few seconds.
_AGAIN = 300.0
#: Seconds after which a process is ended: sending has deadlines of its own, jobs may take long.
_SENDING, _RUNNING = 240.0, 6 * 3600.0
#: Seconds that processes are given to end when the server does.
_GRACE = 5.0
#: By how much others come before these processes.
_NICE = 10
#: What is done by itself, beside the names of channels, which begin with no sign.
_SCHEDULE, _LOST = "-schedule", "-lost"
_COMMAND = "from regulars.cli.main import main; main()"
_LOG = logging.getLogger(__name__)


@dataclass
class _Begun:
    """A process that does something.

    Attributes:
        process: it.
        end: when it is ended at the latest, on the clock that only goes on.
    """

    process: subprocess.Popen[bytes]
    end: float


@dataclass
class Minder:
    """Runs the schedule of a workspace, and empties its outbox, beside a server.

    Attributes:
        folder: the workspace.
        state: of it, open.
        glance: seconds between two looks.
    """

    folder: Path
    state: State = field(repr=False)
    glance: float = _GLANCE
    _begun: dict[str, _Begun] = field(default_factory=dict)
    _not_before: dict[str, float] = field(default_factory=dict)
    _stamp: tuple[int, int] = (0, 0)
    _workspace: Workspace | None = None
    _scheduler: BackgroundScheduler | None = None
    _host: str = field(default_factory=socket.gethostname)
    _trouble: str = ""

    def begin(self) -> None:
        """Look from now on, again and again."""
        scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(1)}, daemon=True)
        # An instance, not a name: names are looked for in all that is installed, which takes long.
        again = IntervalTrigger(seconds=self.glance, timezone=UTC)
        scheduler.add_job(self.look, again, max_instances=1, coalesce=True)
        # It would tell of every look.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        scheduler.start()
        self._scheduler = scheduler

    def look(self) -> None:
        """Begin what is to be done now; wait for nothing."""
        trouble = ""
        try:
            self._look()
        except (RegularsError, OSError) as error:
            trouble = str(error)
        if trouble and trouble != self._trouble:
            _LOG.warning("The schedule cannot be looked at: %s", trouble)
        self._trouble = trouble

    def _look(self) -> None:
        self._reap()
        settings = self._settled().settings
        if settings.schedule and (due(settings, self.state, at=now()) or self._interrupted()):
            self._begin(_SCHEDULE, ["run-due", "--no-send"], _RUNNING)
        for name in ready(settings, self.state, at=now()):
            self._begin(name, ["outbox", "send", "--channel", name], _SENDING)

    def _interrupted(self) -> bool:
        """Whether to look for what was interrupted: what is said to run may still be run by somebody else here."""
        if _SCHEDULE in self._begun or monotonic() < self._not_before.get(_LOST, 0.0):
            return False
        if not slots.running(self.state, host=self._host):
            return False
        self._not_before[_LOST] = monotonic() + _AGAIN
        return True

    def _settled(self) -> Workspace:
        """Return the workspace as its settings are now, read again only where they changed."""
        found = (self.folder / SETTINGS).stat()
        stamp = (found.st_mtime_ns, found.st_size)
        if self._workspace is None or stamp != self._stamp:
            self._workspace, self._stamp = Workspace.at(self.folder), stamp
            self._not_before.clear()
        return self._workspace

    def _begin(self, what: str, command: Sequence[str], seconds: float) -> None:
        if what in self._begun or monotonic() < self._not_before.get(what, 0.0):
            return
        # -P: the workspace is no place to import from. A session of its own: Ctrl+C ends the server first.
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-c", _COMMAND, *command, "-C", str(self.folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        with suppress(OSError):
            # Pages come first.
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        self._begun[what] = _Begun(process=process, end=monotonic() + seconds)

    def _reap(self) -> None:
        for what, one in list(self._begun.items()):
            status = one.process.poll()
            if status is None and monotonic() < one.end:
                continue
            if status is None:
                one.process.kill()
                status = one.process.wait()
            del self._begun[what]
            if status:
                self._not_before[what] = monotonic() + _AGAIN

    def close(self) -> None:
        """Look no more, and end what was begun: what was interrupted is done again next time."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
            self._scheduler = None
        for one in self._begun.values():
            one.process.terminate()
        for one in self._begun.values():
            with suppress(subprocess.TimeoutExpired):
                one.process.wait(timeout=_GRACE)
            if one.process.poll() is None:
                one.process.kill()
                one.process.wait()
        self._begun.clear()
