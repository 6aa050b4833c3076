"""The commands about segments of a company's own."""

from typing import Annotated

import typer

from regulars.cli.options import HERE, Folder, Format, Output

segmenting = typer.Typer()
segmentapp = typer.Typer(help="Segments of your own, by rules.", no_args_is_help=True)
segmenting.add_typer(segmentapp, name="segment")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and _.")]
Period = Annotated[str, typer.Option("--period", help="Of KPIs: 12m, 2024, 2024-Q3, 2024-03.")]


@segmentapp.command("list")
def segment_list(directory: Folder = HERE, output_format: Format = "table", output: Output = None) -> None:
    """List saved segments: how many customers, what share, what value, who entered and left."""
    from regulars.cli import viewing

    viewing.asked_for(
        "saved", "", directory, start=None, end=None, asked=[], output_format=output_format, output=output
    )


@segmentapp.command("show")
def segment_show(
    name: Name, directory: Folder = HERE, period: Period = "", output_format: Format = "table", output: Output = None
) -> None:
    """Show one: who is in it, what they are worth, who moved, and KPIs beside those of all others."""
    from regulars.cli import viewing

    asked = [f"saved={name}", *([f"period={period}"] if period else [])]
    viewing.asked_for(
        "saved", "", directory, start=None, end=None, asked=asked, output_format=output_format, output=output
    )


@segmentapp.command("add")
def segment_add(
    name: Name,
    where: Annotated[str, typer.Option("--where", help="Rule, such as \"clv > 500 and market = 'NL'\".")],
    directory: Folder = HERE,
    title: Annotated[str, typer.Option("--title", help="What people call it.")] = "",
    said: Annotated[str, typer.Option("--said", help="What it is for, in one line.")] = "",
) -> None:
    """Save a segment to `regulars.toml`: its rule is checked and its customers are counted first."""
    from regulars.cli import segmented

    segmented.add(directory, name, where=where, title=title, said=said)


@segmentapp.command("names")
def segment_names(directory: Folder = HERE, output_format: Format = "table") -> None:
    """List what rules may name: attributes of customers, and what is known and foretold of them."""
    from regulars.cli import segmented

    segmented.names(directory, output_format)


@segmenting.command()
def clusters(
    directory: Folder = HERE,
    k: Annotated[str, typer.Option("--k", help="How many are tried: 4, or 2..8.")] = "2..8",
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show whether customers fall into groups by how they buy; only groups that are found again are told."""
    from regulars.cli import viewing

    viewing.asked_for(
        "clusters", "", directory, start=None, end=None, asked=[f"k={k}"], output_format=output_format, output=output
    )
