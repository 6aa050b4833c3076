"""What the schedule shows and does."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer

from regulars.app.workspace import Workspace
from regulars.cli import terminal
from regulars.cli.people import acting, show_records
from regulars.core.errors import Busy
from regulars.core.periods import now
from regulars.core.wording import counted

if TYPE_CHECKING:
    from regulars.jobs.planned import Planned
    from regulars.jobs.running import Finished
    from regulars.state.slots import Run

#: Days within which missed slots are counted, and for which a calendar goes on.
_DAYS = 30


def schedule(directory: Path, *, jobs: bool, runs: int, ics: bool, output_format: str) -> None:
    """List the schedule, what it may hold, or what came of it."""
    if jobs:
        _jobs(output_format)
        return
    workspace = Workspace.at(directory)
    with acting(directory) as (state, _):
        from regulars.jobs.due import due
        from regulars.jobs.running import Schedule
        from regulars.state import slots

        plan = Schedule.of(workspace, state)
        at, zone = now(), plan.zone
        due(workspace.settings, state, at=at)  # from here on, every entry is known
        if ics:
            from regulars.jobs.calendar import calendar

            typer.echo(
                calendar(plan.plan, workspace.settings.company.name, at, at + timedelta(days=_DAYS), zone), nl=False
            )
            return
        if runs:
            show_records(
                [_of_run(one, zone) for one in slots.runs(state, most=runs)],
                output_format,
                drops=("tries",),
                wraps=("said",),
            )
            return
        last, missed = slots.last(state), slots.missed(state, since=at - timedelta(days=_DAYS))
        records = [_of_entry(one, last.get(one.entry.name), missed, at, zone) for one in plan.plan]
    if not records and output_format == "table":
        terminal.err.print("There is no schedule yet: write `[[schedule]]` in `regulars.toml`.", markup=False)
        return
    show_records(records, output_format, drops=("late_hours", "to"), wraps=("said",))


def looked_at(directory: Path) -> Iterator[str]:
    """Yield a line on the schedule.

    Raises:
        SettingsError: it is wrong.
    """
    workspace = Workspace.at(directory)
    if workspace.settings.schedule:
        from regulars.jobs.planned import planned

        yield f"ok  schedule: {counted(len(planned(workspace)), 'entry', 'entries')}"


def _jobs(output_format: str) -> None:
    from regulars.jobs.planned import jobs

    known = jobs()
    records = [{"job": one.name, "does": one.does, "takes": ", ".join(one.takes)} for one in known.values()]
    show_records(records, output_format, drops=(), wraps=("does", "takes"))


def _of_entry(
    one: "Planned", run: "Run | None", missed: Mapping[str, int], at: datetime, zone: str
) -> Mapping[str, Any]:
    entry = one.entry
    return {
        "name": entry.name,
        "job": entry.job,
        "at": entry.at,
        "next": local(entry.times.next(at if run is None else max(at, run.slot), zone), zone),
        "last": None if run is None else local(run.slot, zone),
        "result": None if run is None else str(run.ran),
        "said": None if run is None else run.said,
        "missed": missed.get(entry.name, 0),
        "to": ", ".join((*entry.to, *([entry.folder] if entry.folder else []))),
        "late_hours": entry.late_hours,
    }


def _of_run(run: "Run", zone: str) -> Mapping[str, Any]:
    took = (
        None if run.began_at is None or run.ended_at is None else round((run.ended_at - run.began_at).total_seconds())
    )
    return {
        "slot": local(run.slot, zone),
        "name": run.name,
        "result": str(run.ran),
        "tries": run.tries,
        "began": None if run.began_at is None else local(run.began_at, zone),
        "seconds": took,
        "said": run.said,
    }


def local(at: datetime, zone: str) -> str:
    """Return an instant as the company's clocks show it."""
    return at.astimezone(ZoneInfo(zone)).isoformat(sep=" ", timespec="minutes")


def run_due(directory: Path, *, send: bool) -> None:
    """Run what is due, and send what waits.

    Raises:
        RegularsError: of the first job that failed; all others were run.
        Busy: a message was not taken.
    """
    workspace = Workspace.at(directory)
    with acting(directory) as (state, _):
        from regulars.jobs.running import Schedule, failed

        found = Schedule.of(workspace, state).run()
        tell(found, workspace.settings.company.time_zone)
        troubled = _sent(workspace, state) if send and workspace.settings.channels else []
    error = failed(found)
    if error is not None:
        raise error
    if troubled:
        raise Busy(f"Not every message was taken: see {', '.join(f'`{name}`' for name in troubled)} above.")


def tell(found: Sequence["Finished"], zone: str) -> None:
    """Say on standard error what was run."""
    for one in found:
        result = "done" if one.error is None else "failed"
        said = f"{one.name} ({local(one.slot, zone)}): {result}: {one.said}"
        terminal.err.print(said, soft_wrap=True, markup=False)


def _sent(workspace: Workspace, state: Any) -> list[str]:
    from regulars.alerts.delivering import Delivery
    from regulars.cli import told

    done = Delivery(settings=workspace.settings, state=state).deliver()
    told.tell(done)
    return [one.channel for one in done if one.trouble]
