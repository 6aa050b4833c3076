"""`regulars views` and `regulars view`: pages as the terminal shows them."""

from collections.abc import Sequence
from functools import singledispatch
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text as Words

from regulars.cli import asking, groups, terminal
from regulars.views.blocks import Answers, Cards, Cohorts, Heading, Notice, Segments, Text
from regulars.views.fill import Page
from regulars.views.shown import Shown


def views(directory: Path, output_format: str) -> None:
    """List the pages."""
    with terminal.company(directory) as company:
        listed = [
            {"name": one.name, "title": one.title, "question": one.question, "teams": ", ".join(one.teams)}
            for one in company.views().values()
        ]
    terminal.show(lambda: listed, lambda: _listed(listed), output_format)


def _listed(listed: Sequence[dict[str, Any]]) -> terminal.Fitted:
    table = Table("View", "Question", "Teams", box=None, pad_edge=False)
    for one in listed:
        table.add_row(one["name"], one["question"], one["teams"])
    return terminal.Fitted(table, wraps=("Question", "Teams"), drops=("Teams",))


def view(name: str, directory: Path, *, start: str | None, end: str | None, output_format: str) -> None:
    """Show a page."""
    terminal.chosen(output_format, ("table", "json"))
    with terminal.company(directory) as company:
        page = company.view(name, start=start, end=end)
    if output_format == "table":
        terminal.out.print(Words(f"{page.view.title}: {page.view.question}\n", style="bold"), soft_wrap=True)
        show(page)
    else:
        terminal.show(lambda: [page.record()], Table, output_format)


def show(page: Page) -> None:
    """Print the blocks of a page, without its title."""
    for block in page.blocks:
        terminal.out.print(drawn(block, page.currency), soft_wrap=isinstance(block, Heading | Text | Notice))
        if not isinstance(block, Heading | Text):
            terminal.out.print()


@singledispatch
def drawn(block: object, currency: str) -> RenderableType:
    """Return a block as the terminal shows it; money in `currency`."""
    raise NotImplementedError(type(block))


@drawn.register
def _heading(block: Heading, currency: str) -> RenderableType:
    return Words(block.text, style="bold")


@drawn.register
def _text(block: Text, currency: str) -> RenderableType:
    return Words(block.text)


@drawn.register
def _notice(block: Notice, currency: str) -> RenderableType:
    return Words(block.text, style="italic")


@drawn.register
def _cards(block: Cards, currency: str) -> RenderableType:
    return asking.cards(block, currency)


@drawn.register
def _answers(block: Answers, currency: str) -> RenderableType:
    return asking.answers(Shown(block.rows, currency))


@drawn.register
def _cohorts(block: Cohorts, currency: str) -> RenderableType:
    return groups.triangle(block.table, currency)


@drawn.register
def _segments(block: Segments, currency: str) -> RenderableType:
    return groups.segments_table(block.found, currency)
