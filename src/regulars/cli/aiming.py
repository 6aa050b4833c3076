"""The commands about what is to be reached, and what a team is told of a week."""

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
