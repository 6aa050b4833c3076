"""The job that looks at everything that is watched, and puts what is new into the outbox."""

from regulars.core.wording import counted
from regulars.jobs.job import Job, Work
from regulars.state.audit import By
from regulars.views.alert_watch import look


def _run(work: Work) -> str:
    with work.workspace.opened() as opened:
        found = look(work.workspace, opened, work.state, By(actor=f"schedule:{work.entry.name}"), at=work.at)
    return f"{counted(len(found.new), 'new alert')}, {counted(found.letters, 'message')} put into the outbox"


alerts = Job(name="alerts", does="Look at everything that is watched, as `regulars alerts check`.", run=_run)
