"""The commands about money."""

from typing import Annotated

import typer

from regulars.cli.options import HERE, Folder, Format, Output

earning = typer.Typer()


@earning.command()
def mrr(
    directory: Folder = HERE,
    period: Annotated[str, typer.Option("--period", help="12m, 2024, 2024-Q3, 2024-03, 2024-01-01..2024-03-31.")] = "",
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show what moved monthly recurring revenue, period by period, and how many customers did."""
    from regulars.cli import viewing

    asked = [f"period={period}"] if period else []
    viewing.asked_for(
        "mrr", "", directory, start=None, end=None, asked=asked, output_format=output_format, output=output
    )
