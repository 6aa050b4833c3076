"""What a job is: something that `[[schedule]]` of `regulars.toml` can name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from regulars.app.workspace import Workspace
from regulars.core.schedule_settings import Entry
from regulars.state.store import State


@dataclass(frozen=True, kw_only=True)
class Work:
    """One slot of an entry, to be done.

    Attributes:
        workspace: the company's.
        state: of it.
        entry: what is to be done.
        slot: when it was to be: names what is done, so that it is done once.
        at: now.
    """

    workspace: Workspace
    state: State
    entry: Entry
    slot: datetime
    at: datetime

    @property
    def key(self) -> str:
        """The same for the same slot, and for no other: for messages that it puts into the outbox."""
        return f"schedule:{self.entry.name}:{self.slot.isoformat()}"


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something that is done by itself, declared at module level in a file of this folder.

    Attributes:
        name: by which entries name it.
        does: what it does, in words.
        run: does it; returns what was done, in words.
        takes: keys of an entry that it needs or minds, beside `job`, `at`, `name`, `late_hours` and `tell`.
        lacks: says what is wrong with an entry.
    """

    name: str
    does: str
    run: Callable[[Work], str]
    takes: tuple[str, ...] = ()
    lacks: Callable[[Entry, Workspace], Iterable[str]] = lambda _entry, _workspace: ()
