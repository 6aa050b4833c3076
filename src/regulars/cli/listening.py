"""The commands about what customers say and how they are helped."""

from pathlib import Path
from typing import Annotated

import typer

from regulars.cli.options import HERE, By, Folder, Format, From, Output, To

listening = typer.Typer()

Question = Annotated[str, typer.Option("--question", help="nps, csat, ces or pmf; that with most answers if none.")]
Touchpoint = Annotated[str, typer.Option("--touchpoint", help="relational or transactional; what is usual if none.")]


@listening.command()
def voice(
    directory: Folder = HERE,
    question: Question = "",
    touchpoint: Touchpoint = "",
    by: By = None,
    start: From = None,
    end: To = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show what customers say: scores, trends, who answers, the score weighted to all customers, groups."""
    _page("voice", directory, start, end, output_format, output, question=question, touchpoint=touchpoint, by=by)


@listening.command()
def drivers(
    directory: Folder = HERE,
    question: Question = "",
    touchpoint: Touchpoint = "",
    start: From = None,
    end: To = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show which operational facts go along with what customers say of orders and cases."""
    _page("drivers", directory, start, end, output_format, output, question=question, touchpoint=touchpoint)


@listening.command()
def service(
    directory: Folder = HERE,
    by: By = None,
    start: From = None,
    end: To = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show how customers who ask are helped: times, due answers, repeat contacts, what is open, what it costs."""
    _page("service", directory, start, end, output_format, output, by=by)


def _page(
    name: str,
    directory: Path,
    start: str | None,
    end: str | None,
    output_format: str,
    output: Path | None,
    *,
    by: list[str] | None = None,
    **asked: str,
) -> None:
    from regulars.cli import viewing

    viewing.view(
        name, directory, start=start, end=end, output_format=output_format, output=output, by=tuple(by or ()), **asked
    )
