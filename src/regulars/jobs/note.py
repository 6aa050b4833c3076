"""The job that tells a team what changed in the last week."""

from collections.abc import Iterator

from regulars.app.workspace import Workspace
from regulars.core.errors import nearest
from regulars.core.schedule_settings import Entry
from regulars.jobs.job import Job, Work
from regulars.state import outbox
from regulars.views.company import open_company
from regulars.views.note_message import message
from regulars.views.teams import TEAMS


def _run(work: Work) -> str:
    team = work.entry.team
    with open_company(work.workspace.folder) as company:
        told = message(company.workspace, company.opened, team)
    new = [outbox.put(work.state, channel, told, at=work.at) for channel in work.entry.to]
    channels = ", ".join(
        f"`{name}`{'' if put else ' (was there already)'}" for name, put in zip(work.entry.to, new, strict=True)
    )
    return f"{told.title}: to {channels}"


def _lacks(entry: Entry, _workspace: Workspace) -> Iterator[str]:
    if not entry.team:
        yield f"say which team's note it is: `team`, one of {', '.join(TEAMS)}."
    elif entry.team not in TEAMS:
        yield f"there is no team `{entry.team}`.{nearest(entry.team, TEAMS)}"
    if not entry.to:
        yield 'say where it goes: `to = ["CHANNEL"]`.'


note = Job(
    name="note",
    does="Tell channels (`to`) what a `team` should know about the last week, as `regulars note`; a week once.",
    run=_run,
    takes=("team", "to"),
    lacks=_lacks,
)
