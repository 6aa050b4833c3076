"""The commands for whoever does the work: the queue, and the playbook."""

from typing import Annotated

import typer

from regulars.cli.options import HERE, Folder, Format, Output

working = typer.Typer()


@working.command()
def queue(
    directory: Folder = HERE,
    team: Annotated[str, typer.Option("--team", help="Only the work of this team.")] = "",
    audience: Annotated[str, typer.Option("--audience", help="Only of this audience.")] = "",
    assignee: Annotated[str, typer.Option("--assignee", help="Only of this person; - for what nobody does yet.")] = "",
    status: Annotated[str, typer.Option("--status", help="now, open, snoozed, done, declined or all.")] = "",
    rows: Annotated[str, typer.Option("--rows", help="At most so many, up to 1,000, or all.")] = "",
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show whom to get in touch with next, by expected profit; who is held out is never there."""
    from regulars.cli import viewing

    said = {"owner": team, "audience": audience, "assignee": assignee, "status": status, "rows": rows}
    viewing.asked_for(
        "queue",
        "",
        directory,
        start=None,
        end=None,
        asked=[f"{name}={text}" for name, text in said.items() if text],
        output_format=output_format,
        output=output,
    )


@working.command()
def playbook(directory: Folder = HERE, output_format: Format = "table", output: Output = None) -> None:
    """Show what can be done for customers: for whom, by whom, at what cost, and how well that is known to work."""
    from regulars.cli import viewing

    viewing.view("playbook", directory, output_format=output_format, output=output)
