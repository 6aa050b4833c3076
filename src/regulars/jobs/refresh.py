"""The job that brings what people see in line with the files."""

from regulars.app.refresh import refresh as refreshed
from regulars.app.workspace import Workspace
from regulars.core.wording import counted
from regulars.jobs.job import Job, Work


def _run(work: Work) -> str:
    # Looked at again: a source without files is a problem now.
    done = refreshed(Workspace.at(work.workspace.folder, files_exist=True))
    if done.load.error is not None:
        raise done.load.error
    what = "published" if done.published else "nothing changed; still"
    return f"{what} generation {done.generation.number}; {counted(len(done.load.loaded), 'file')} loaded"


refresh = Job(name="refresh", does="Load what is new in the files and publish it, as `regulars run`.", run=_run)
