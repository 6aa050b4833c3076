"""What `regulars audience` does."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from regulars.app import audiences as use
from regulars.app.arrivals import weekly
from regulars.app.deciding import plan
from regulars.app.learned import learned
from regulars.app.measure import day
from regulars.app.work import Said, say_of
from regulars.app.workspace import Workspace
from regulars.cli import terminal
from regulars.cli.people import acting, show_records
from regulars.core.errors import UnknownName
from regulars.core.wording import counted
from regulars.state import audiences
from regulars.state.audiences import Audience, Status


def add(directory: Path, action: str, name: str, *, budget: float | None, holdout: float | None, where: str) -> None:
    """Write an audience down."""
    with terminal.company(directory) as company, acting(directory) as (state, by):
        workspace, records = company.workspace, company.records
        if action not in workspace.actions:
            raise UnknownName("action", action, workspace.actions)
        known = learned(workspace, records)
        found = plan(workspace, records, budget=budget, where=where, effects=known.effects, busy=known.busy)
        chosen = workspace.actions[action]
        kept = use.keep(state, by, found, chosen, name, holdout=holdout)
        each = weekly(chosen, records, level=records.definitions.level).value
        planned = use.measured(found, chosen, holdout=kept.holdout, weekly=each)
        said = replace(planned, treated=kept.treated, held=kept.held).said
    terminal.err.print(
        f"`{kept.name}`: {counted(kept.treated, 'customer')} treated, {kept.held:,} held out. Measured so: {said}.",
        soft_wrap=True,
        markup=False,
    )


def remove(directory: Path, name: str) -> None:
    """Forget an audience of which nothing was done."""
    with acting(directory) as (state, by):
        use.remove(Workspace.at(directory), state, by, name)
    terminal.err.print(f"`{name}` is forgotten; its customers may be asked again.", markup=False)


def every(directory: Path, output_format: str) -> None:
    """List audiences."""
    with acting(directory) as (state, _by):
        rows = [_of_audience(one) for one in audiences.every(state)]
    show_records(rows, output_format, drops=("created_by", "level", "version"))


def member(
    directory: Path,
    name: str,
    customer: str,
    *,
    status: str,
    assignee: str | None,
    until: str,
    outcome: str | None,
) -> None:
    """Say what became of a member."""
    if status and status not in list(Status):
        raise UnknownName("status", status, list(Status))
    said = Said(
        status=Status(status) if status else None,
        until=day(until or None, "--until"),
        assignee=assignee,
        outcome=outcome,
    )
    zone = Workspace.at(directory).settings.company.time_zone
    with acting(directory) as (state, by):
        found = say_of(state, by, name, customer, said, zone=zone)
    print(f"`{customer}` in `{name}`: {found.status}.", file=sys.stderr)


def _of_audience(one: Audience) -> dict[str, Any]:
    profit: Sequence[float | None] = one.said["profit"]
    return {
        "name": one.name,
        "action": one.action,
        "team": one.team,
        "as_of": one.as_of.isoformat(),
        "days": one.days,
        "treated": one.treated,
        "held_out": one.held,
        "profit": _rounded(profit[0]),
        "profit_low": _rounded(profit[1]),
        "profit_high": _rounded(profit[2]),
        "level": one.said["level"],
        "n": one.treated + one.held,
        "version": f"{one.action} {one.version}",
        "created_by": one.created_by,
    }


def _rounded(amount: float | None) -> float | None:
    return None if amount is None else round(amount, 2)
