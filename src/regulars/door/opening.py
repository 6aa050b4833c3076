"""A workspace opened so that nothing changes while it is: what is shown, and what it is named by, are of one moment."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from regulars.app import records, review
from regulars.app.workspace import SETTINGS, Opened, Workspace, again
from regulars.core.errors import Busy, StoreError
from regulars.data import generations
from regulars.data.quality import findings
from regulars.views.prepared import Prepared, made, shaping

#: Times that it is opened anew where something changed meanwhile.
_TRIES = 5
#: What of a file tells that it was changed: its name, when it was written, how long it is; None where there is none.
_Stamp = tuple[str, int, int] | None
#: All that changes whenever pages may.
Seen = tuple[_Stamp, ...]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A workspace as it stood at one moment, open.

    Attributes:
        workspace: the company's.
        opened: its generation.
        prepared: the pages of it; their digest names what is shown.
        seen: what there was to see.
    """

    workspace: Workspace
    opened: Opened
    prepared: Prepared
    seen: Seen


@contextmanager
def standing(folder: Path, number: int | None = None) -> Iterator[Standing]:
    """Open what is published in a workspace.

    Args:
        folder: the workspace.
        number: of a generation that is not the current one any more, maybe; the current one where None.

    Raises:
        StoreError: nothing was published yet, it is damaged, or forgotten.
        SettingsError: `regulars.toml` is wrong.
        Busy: it changes all the time.
    """
    with ExitStack() as stack:
        for _ in range(_TRIES):
            before = _stamp(folder / SETTINGS)
            workspace = Workspace.at(folder)
            seen = published(workspace)
            with ExitStack() as once:
                opened = once.enter_context(workspace.opened() if number is None else _opened(workspace, number))
                prepared = Prepared(workspace, opened)
                # Which generation is current by now does not matter: what was opened is one, whole.
                if before in seen and published(workspace)[1:] == seen[1:]:
                    stack.push(once.pop_all())
                    break
        else:
            raise Busy(f"`{folder}` changes all the time. Ask again in a moment.")
        yield Standing(workspace=workspace, opened=opened, prepared=prepared, seen=seen)


@contextmanager
def _opened(workspace: Workspace, number: int) -> Iterator[Opened]:
    """Open a generation of a workspace as that opens the current one."""
    generation = next((one for one in generations.stored(workspace.store) if one.number == number), None)
    if generation is None:
        raise StoreError(f"Generation {number} of `{workspace.store}` is not kept any more.")
    store = workspace.settings.store
    backend = generations.connect(generation, memory=store.memory, threads=store.threads)
    try:
        flags = review.flags(findings.read(backend), (*workspace.kpis.values(), *workspace.cohorts.values()))
        asked = records.of(generation, backend, workspace.settings, flags)
        yield again(Opened(backend, asked, generation), workspace.shelf)
    finally:
        backend.disconnect()


def published(workspace: Workspace) -> Seen:
    """Return what changes whenever pages may."""
    generations = sorted(workspace.store.glob("*.made"))
    later = (path for folder in generations for path in made(folder))
    return tuple(_stamp(path) for path in (workspace.store / "CURRENT", *shaping(workspace), *later))


def _stamp(path: Path) -> _Stamp:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return path.name, found.st_mtime_ns, found.st_size
