"""The commands about what is to be reached, and what a team is told of a week."""

from pathlib import Path
from typing import Annotated

import typer

from regulars.cli.options import HERE, Folder, Format, Output

aiming = typer.Typer()

Team = Annotated[str, typer.Option("--team", help="executives, marketing, sales or service.")]


@aiming.command()
def goals(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="One goal, with those that serve it; all if none.")
    ] = "",
    directory: Folder = HERE,
    team: Team = "",
    to: Annotated[str | None, typer.Option("--to", help="As it was known before this day, as 2024-10-01.")] = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show how goals stand: value, target, where they should be by now, probability of reaching them."""
    from regulars.cli import viewing

    viewing.view("goals", directory, end=to, goal=name, owner=team, output_format=output_format, output=output)


@aiming.command()
def note(
    directory: Folder = HERE,
    team: Team = "executives",
    week: Annotated[str, typer.Option("--week", help="As 2024-W09; the last one that is over if not said.")] = "",
    weeks: Annotated[int, typer.Option("--weeks", help="So many weeks up to it, into the folder `--to`.")] = 0,
    to: Annotated[Path | None, typer.Option("--to", help="Folder for the notes of several weeks.")] = None,
    output_format: Annotated[
        str, typer.Option("--format", help="table, md, html, mail, pdf, json, csv or parquet.")
    ] = "table",
    output: Output = None,
) -> None:
    """Say what a team should know about a week: what changed beyond noise, why, goals, what to do."""
    from regulars.cli import noting

    noting.note(directory, team=team, week=week, weeks=weeks, to=to, output_format=output_format, output=output)
