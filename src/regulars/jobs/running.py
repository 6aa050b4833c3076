"""Running the schedule: each slot once, over restarts, in several processes, and however clocks are set."""

import fcntl
import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from regulars.app.workspace import Workspace
from regulars.core.errors import RegularsError, reaching
from regulars.core.message import Message, Tells
from regulars.core.periods import now
from regulars.core.registry import blamed
from regulars.jobs.due import come
from regulars.jobs.job import Work
from regulars.jobs.planned import Planned, planned
from regulars.state import outbox, slots
from regulars.state.slots import Ran, Run
from regulars.state.store import State

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A slot that was run.

    Attributes:
        name: of the entry.
        slot: which.
        said: what it did, or why not.
        error: what went wrong; None where nothing did.
    """

    name: str
    slot: datetime
    said: str
    error: RegularsError | None = None


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The schedule of a workspace, to be run.

    Attributes:
        workspace: the company's.
        state: holds what ran.
        clock: tells the present instant.
        host: this machine.
        plan: what is to be done.
    """

    workspace: Workspace
    state: State
    clock: Callable[[], datetime] = now
    host: str = field(default_factory=socket.gethostname)
    plan: tuple[Planned, ...]

    @classmethod
    def of(cls, workspace: Workspace, state: State) -> "Schedule":
        """Return the schedule of a workspace.

        Raises:
            SettingsError: it is wrong.
        """
        return cls(workspace=workspace, state=state, plan=planned(workspace))

    @property
    def zone(self) -> str:
        """The company's time zone."""
        return self.workspace.settings.company.time_zone

    def _slots(self, one: Planned, at: datetime) -> Iterator[datetime]:
        return come(self.state, one.entry, at=at, zone=self.zone)

    def run(self) -> list[Finished]:
        """Run what is due, in the order in which it was to be; a job that fails stops no other."""
        at = self.clock()
        first = {one.entry.name: next(self._slots(one, at), at) for one in self.plan}
        found = []
        for one in sorted(self.plan, key=lambda one: first[one.entry.name]):
            done = self._entry(one)
            found += [] if done is None else [done]
        return found

    def _entry(self, one: Planned) -> Finished | None:
        with _alone(self._lock(one)) as free:
            if not free:
                return None
            # Whoever runs an entry here holds its lock: what is said to run was interrupted.
            run = slots.again(self.state, one.entry.name, host=self.host, at=self.clock()) or self._taken(one)
            return None if run is None else self._done(one, run)

    def _taken(self, one: Planned) -> Run | None:
        at = self.clock()
        due = list(self._slots(one, at))
        if not due:
            return None
        grace = timedelta(hours=one.entry.late_hours)
        late = [slot for slot in due if at - slot > grace]
        run = slots.take(self.state, one.entry.name, due, late=late, host=self.host, at=at)
        if missed := [slot for slot in due if run is None or slot < run.slot]:
            _LOG.warning(
                "Schedule: `%s` was missed %d times since %s.", one.entry.name, len(missed), missed[0].isoformat()
            )
        return run

    def _done(self, one: Planned, run: Run) -> Finished:
        said, error = "", None
        work = Work(workspace=self.workspace, state=self.state, entry=one.entry, slot=run.slot, at=self.clock())
        try:
            said = one.job.run(work)
        except RegularsError as cause:
            error, said = cause, str(cause)
        except Exception as cause:
            error = blamed(cause) or RegularsError(f"A fault in Regulars ({type(cause).__name__}); its log says where.")
            said = str(error)
            _LOG.exception("Schedule: `%s` ended in a fault.", one.entry.name)
        slots.ended(self.state, run, Ran.DONE if error is None else Ran.FAILED, said, at=self.clock())
        if error is not None:
            _LOG.warning("Schedule: `%s` failed: %s", one.entry.name, said)
            self._told(one, work, said)
        return Finished(name=one.entry.name, slot=run.slot, said=said, error=error)

    def _told(self, one: Planned, work: Work, said: str) -> None:
        """Put what went wrong into the outbox, for whoever is to be told."""
        message = Message(
            tells=Tells.DATA,
            key=work.key,
            title=f"{one.entry.name} failed",
            text=said,
            facts=(("job", one.job.name), ("was to be", work.slot.isoformat(timespec="minutes"))),
            page="data",
            bad=True,
        )
        for channel in one.entry.tell:
            outbox.put(self.state, channel, message, at=self.clock())

    def _lock(self, one: Planned) -> Path:
        return self.workspace.store / f"schedule-{one.entry.name}.lock"


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Say whether nobody else on this machine holds a lock; hold it meanwhile. Whoever is killed lets go of it."""
    with reaching(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)


def failed(found: list[Finished]) -> RegularsError | None:
    """Return what a command ends with: the first error; None where all went well."""
    return next((one.error for one in found if one.error is not None), None)
