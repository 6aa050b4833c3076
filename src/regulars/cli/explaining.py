"""`regulars explain`: why a KPI moved."""

from typing import Annotated

import typer

from regulars.cli.options import HERE, Folder, Format, From, Output, To, Where

explaining = typer.Typer()


@explaining.command()
def explain(
    name: Annotated[str, typer.Argument(metavar="KPI", help="Which; `regulars kpis` lists them.")],
    directory: Folder = HERE,
    start: From = None,
    end: To = None,
    against: Annotated[
        str, typer.Option("--against", help="prev, year, or FROM..TO as 2024-01-01..2024-02-01.")
    ] = "prev",
    where: Where = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", help="Look at this attribute; may be repeated. All if none.")
    ] = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Say why a KPI moved: its change in parts that add up to it, and whose change it was."""
    from regulars.cli import explained

    explained.explain(
        name,
        directory,
        start=start,
        end=end,
        against=against,
        where=where,
        by=by or [],
        output_format=output_format,
        output=output,
    )
