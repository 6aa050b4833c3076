"""Alerts of a team that are open, as a weekly note names them."""

from collections.abc import Iterator
from datetime import UTC

from regulars.app.learned import stated
from regulars.core.periods import Period, start_of_day
from regulars.core.wording import counted
from regulars.views.blocks import Block, Notice
from regulars.views.view import Ask

#: Alerts that are named.
_NAMED = 3


def open_alerts(week: Period, ask: Ask) -> Iterator[Block]:
    """Yield the alerts that had fired by the end of a week, were not over, and are not closed."""
    assert ask.workspace is not None
    with stated(ask.workspace) as state:
        if state is None:
            return
        from regulars.state import alerts

        until = start_of_day(week.end, ask.workspace.settings.company.time_zone)
        found = [
            one
            for one in alerts.every(state)
            if one.status is not alerts.Status.CLOSED
            and ask.team in ("executives", one.owner)
            and one.fired_at.astimezone(UTC) < until
            and (one.ended is None or one.ended >= week.end)
        ]
    if found:
        named = "; ".join(one.title for one in found[:_NAMED])
        more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        yield Notice(text=f"{counted(len(found), 'alert')} open: {named}{more}.")
