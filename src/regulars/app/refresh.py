"""Bring what people see in line with the files: load, make facts, publish.

Killed at any moment, it is simply run again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from regulars.app import defined_then
from regulars.app.workspace import Workspace
from regulars.core.periods import day_of
from regulars.core.settings import Settings
from regulars.data import building, engine, generations, ingest
from regulars.data.generations import Generation
from regulars.data.ingest import LoadReport
from regulars.data.store import Store, opened

#: Told what is being done, how much is done and how much there is to do.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What a run did.

    Attributes:
        load: what became of the files.
        generation: what readers see now.
        published: whether that is new.
    """

    load: LoadReport
    generation: Generation
    published: bool


def refresh(workspace: Workspace, *, progress: Progress = lambda *_: None) -> Refreshed:
    """Load what is new, make facts, publish a generation; does nothing where nothing changed.

    Raises:
        Busy: another process writes, or the disk is full.
        DataError: there is nothing to show: no file could be read, now or before.
    """
    with opened(workspace.settings, workspace.folder) as store:
        before = newest(workspace)
        report = ingest.load(store, workspace.settings, workspace.folder, progress=progress)
        if report.error is not None and not before and not (report.loaded or report.unchanged):
            raise report.error
        progress("facts", 1, 1)
        facts_current(store, workspace.settings)
        progress("publish", 1, 1)
        generation = generations.publish(store)
        defined_then.note(workspace.store, generation.as_of, workspace.settings.definitions, workspace.kpis)
    return Refreshed(load=report, generation=generation, published=generation.number != before)


def facts_current(store: Store, settings: Settings) -> None:
    """Make the facts of what the working file holds, unless they are; one transaction."""
    meta = store.meta()
    if meta.get("facts") == meta["state"]:
        return
    backend = store.backend
    with engine.transaction(backend):
        made_with = building.build(
            backend,
            settings,
            store.tables(),
            backend.table("references"),
            date.fromisoformat(meta["as_of"]) if meta["as_of"] else day_of(0),  # nothing has happened by then
            made_with=meta.get("facts made with", ""),
            touched=store.touched(),
        )
        store.stamp({"facts": meta["state"], "facts made with": made_with})
        store.forget_touched()


def newest(workspace: Workspace) -> int:
    """Return the number of the newest sound generation, 0 before the first."""
    return max((generation.number for generation in generations.stored(workspace.store)), default=0)
