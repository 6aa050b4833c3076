"""The job that sends what waits in the outbox; `regulars serve` and `regulars run-due` do so anyway."""

from regulars.alerts.delivering import Delivery
from regulars.core.errors import Busy
from regulars.core.wording import counted
from regulars.jobs.job import Job, Work


def _run(work: Work) -> str:
    done = Delivery(settings=work.workspace.settings, state=work.state).deliver(among=work.entry.to or None)
    sent = sum(one.sent for one in done)
    if troubled := [one for one in done if one.trouble]:
        raise Busy(
            f"{counted(sent, 'message')} sent. " + " ".join(f"`{one.channel}`: {one.trouble}" for one in troubled)
        )
    return f"{counted(sent, 'message')} sent"


deliver = Job(name="deliver", does="Send what waits in the outbox, as `regulars outbox send`.", run=_run, takes=("to",))
