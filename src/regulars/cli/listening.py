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


@listening.command()
def aftermath(
    directory: Folder = HERE, start: From = None, end: To = None, output_format: Format = "table", output: Output = None
) -> None:
    """Show what customers did after an answer or a mishap, and what to fix first, by money."""
    _page("aftermath", directory, start, end, output_format, output)


@listening.command("follow-up")
def follow_up(
    directory: Folder = HERE,
    top: Annotated[int, typer.Option("--top", min=1, help="At most so many, by what they brought.")] = 20,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """List the detractors to whom nobody has got back."""
    _page("follow_up", directory, None, None, output_format, output, top=top)


@listening.command()
def power(
    question: Annotated[str, typer.Argument(help="nps, csat, ces or pmf.")],
    directory: Folder = HERE,
    margin: Annotated[float, typer.Option("--margin", help="Half width of the interval, in points.")] = 5,
    change: Annotated[float, typer.Option("--change", help="Change between two periods, in points.")] = 5,
    level: Annotated[float, typer.Option("--level", help="Coverage of the interval.")] = 0.95,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Say how many answers it takes to know a score, or to see it change."""
    from regulars.cli import powering

    powering.power(
        question, directory, margin=margin, change=change, level=level, output_format=output_format, output=output
    )


@listening.command()
def themes(
    directory: Folder = HERE,
    question: Question = "",
    touchpoint: Touchpoint = "",
    grain: Annotated[str, typer.Option("--grain", help="week or month: of what is new.")] = "week",
    top: Annotated[int, typer.Option("--top", min=1, help="At most so many themes.")] = 20,
    start: From = None,
    end: To = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show what comments speak of: praise, complaints, impact on the score, value behind, what is new, quotes."""
    asked: dict[str, str | int] = {"question": question, "touchpoint": touchpoint, "grain": grain, "top": top}
    _page("themes", directory, start, end, output_format, output, by=None, **asked)


theme = typer.Typer(help="Correct a theme of comments; `themes.toml` keeps it.", no_args_is_help=True)
listening.add_typer(theme, name="theme")
Theme = Annotated[str, typer.Argument(metavar="ID", help="Which; `regulars themes` lists them.")]


@theme.command()
def rename(theme_id: Theme, name: str, directory: Folder = HERE) -> None:
    """Call a theme otherwise."""
    from regulars.cli import theming

    theming.rename(directory, theme_id, name)


@theme.command()
def merge(
    theme_id: Theme,
    into: Annotated[str, typer.Argument(help="The theme that it is part of; none where empty.")],
    directory: Folder = HERE,
) -> None:
    """Make a theme part of another."""
    from regulars.cli import theming

    theming.merge(directory, theme_id, into)


@theme.command()
def pin(
    theme_id: Theme,
    words: Annotated[list[str], typer.Argument(help="Words or phrases; a * at the end stands for what follows.")],
    directory: Folder = HERE,
    language: Annotated[str, typer.Option("--language", help="ISO 639-1; all where not said.")] = "",
) -> None:
    """Give words to a theme; an id that is new makes a theme of your own."""
    from regulars.cli import theming

    theming.pin(directory, theme_id, words, language)


@theme.command()
def exclude(
    theme_id: Theme,
    directory: Folder = HERE,
    undo: Annotated[bool, typer.Option("--undo", help="Take it in again.")] = False,
) -> None:
    """Leave a theme out."""
    from regulars.cli import theming

    theming.exclude(directory, theme_id, undo=undo)


@theme.command()
def own(theme_id: Theme, team: str, directory: Folder = HERE) -> None:
    """Say which team answers for a theme."""
    from regulars.cli import theming

    theming.own(directory, theme_id, team)


def _page(
    name: str,
    directory: Path,
    start: str | None,
    end: str | None,
    output_format: str,
    output: Path | None,
    *,
    by: list[str] | None = None,
    **asked: str | int,
) -> None:
    from regulars.cli import viewing

    viewing.view(
        name, directory, start=start, end=end, output_format=output_format, output=output, by=tuple(by or ()), **asked
    )
