"""The commands about what is done by itself."""

from typing import Annotated

import typer

from regulars.cli.options import HERE, Folder, Format

scheduling = typer.Typer()


@scheduling.command()
def schedule(
    directory: Folder = HERE,
    jobs: Annotated[bool, typer.Option("--jobs", help="List what can be done by itself instead.")] = False,
    runs: Annotated[int, typer.Option("--runs", min=0, help="List so many of the last slots instead.")] = 0,
    ics: Annotated[
        bool, typer.Option("--ics", help="Print the next 30 days for a calendar (iCalendar) instead.")
    ] = False,
    output_format: Format = "table",
) -> None:
    """List what is done by itself: when next, when last, and what came of it."""
    from regulars.cli import scheduled

    scheduled.schedule(directory, jobs=jobs, runs=runs, ics=ics, output_format=output_format)


@scheduling.command("run-due")
def run_due(
    directory: Folder = HERE,
    send: Annotated[bool, typer.Option("--send/--no-send", help="Send what waits in the outbox afterwards.")] = True,
) -> None:
    """Run what is due, once, and send what waits: for cron and systemd; ends as the first job that failed."""
    from regulars.cli import scheduled

    scheduled.run_due(directory, send=send)
