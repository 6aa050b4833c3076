"""The schedule of a company: its entries, each with the job that it names, checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import regulars.jobs
from regulars.app.workspace import SETTINGS, Workspace
from regulars.core.errors import SettingsError, nearest
from regulars.core.registry import discover, modules_of
from regulars.core.schedule_settings import Entry
from regulars.jobs.job import Job

#: Keys of an entry that every job takes.
_EVERY = frozenset({"job", "at", "name", "late_hours", "tell"})


@dataclass(frozen=True, kw_only=True)
class Planned:
    """An entry and its job."""

    entry: Entry
    job: Job


@cache
def jobs() -> Mapping[str, Job]:
    """Return what can be done by itself, by name."""
    return discover(modules_of(regulars.jobs), Job)


def planned(workspace: Workspace) -> tuple[Planned, ...]:
    """Return the schedule, in the order of the settings.

    Raises:
        SettingsError: an entry names no job or channel, or lacks something; all problems at once.
    """
    known, found, problems = jobs(), [], []
    for entry in workspace.settings.schedule:
        wrong = list(_wrong(entry, workspace, known))
        problems += [f"`{entry.name}`: {one}" for one in wrong]
        if not wrong:
            found.append(Planned(entry=entry, job=known[entry.job]))
    if problems:
        raise SettingsError(f"`[[schedule]]` of `{workspace.folder / SETTINGS}` is wrong:", problems)
    return tuple(found)


def _wrong(entry: Entry, workspace: Workspace, known: Mapping[str, Job]) -> Iterator[str]:
    if entry.job not in known:
        yield f"there is no job `{entry.job}`.{nearest(entry.job, known)}"
        return
    job, channels = known[entry.job], workspace.settings.channels
    for key in sorted(entry.model_fields_set - _EVERY - set(job.takes)):
        yield f"job `{job.name}` takes no `{key}`. Leave it out."
    for name in dict.fromkeys((*entry.to, *entry.tell)):
        if name not in channels:
            yield f"there is no channel `{name}`.{nearest(name, channels) or ' Write `[channels.NAME]`.'}"
    yield from job.lacks(entry, workspace)
