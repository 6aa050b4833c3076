"""`regulars views` and `regulars view`: pages as the terminal shows them."""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text as Words

from regulars.cli import asking, groups, terminal
from regulars.core.errors import QueryError
from regulars.core.estimate import SET
from regulars.core.periods import Period
from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.blocks import (
    Answers,
    Cards,
    Cell,
    Chart,
    Cohorts,
    Grid,
    Head,
    Heading,
    Link,
    Mark,
    Notice,
    Personal,
    Segments,
    Text,
    estimate_of,
    shown_as,
)
from regulars.views.fill import Page
from regulars.views.shown import Shown

#: Characters from which on a text is a sentence.
_LONG = 32


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


def view(
    name: str,
    directory: Path,
    *,
    start: str | None = None,
    end: str | None = None,
    output_format: str,
    output: Path | None = None,
    **asked: Any,
) -> None:
    """Show a page; `asked` as of `Company.view`."""
    terminal.chosen(output_format)
    with terminal.company(directory) as company:
        page = company.view(name, start=start, end=end, **asked)
    write(page, output_format, output)


def asked_for(
    name: str,
    about: str,
    directory: Path,
    *,
    start: str | None,
    end: str | None,
    asked: Sequence[str],
    output_format: str,
    output: Path | None,
) -> None:
    """Show a page about something, or asked in the words of its links; days and words cannot both be asked.

    Raises:
        QueryError: both are.
    """
    if not asked:
        view(name, directory, start=start, end=end, about=about, output_format=output_format, output=output)
        return
    if start or end:
        raise QueryError("A page is asked by `--from` and `--to` or by `--ask period=...`, not by both.")
    terminal.chosen(output_format)
    with terminal.company(directory) as company:
        page = company.page(name, about, **words_of(asked))
    write(page, output_format, output)


def words_of(asked: Sequence[str]) -> dict[str, str]:
    """Return what is asked by parameter.

    >>> words_of(["period=2024-03", "where=market = 'NL'"])
    {'period': '2024-03', 'where': "market = 'NL'"}

    Raises:
        QueryError: one of them asks nothing.
    """
    found = {}
    for one in asked:
        name, sign, text = one.partition("=")
        if not sign:
            raise QueryError(f"`{one}` asks nothing. Write it as `period=2024-03`.")
        found[name.strip()] = text.strip()
    return found


def write(page: Page, output_format: str, output: Path | None) -> None:
    """Show a page, or write it to a file."""
    if output_format == "table" and output is None:
        terminal.out.print(Words(f"{page.view.title}: {page.view.question}\n", style="bold"), soft_wrap=True)
        show(page)
    else:
        terminal.show(lambda: [page.record()], lambda: _drawn(page), output_format, output, flat=page.flat)


def _drawn(page: Page) -> RenderableType:
    return Group(*(part for block in page.blocks for part in (drawn(block, page.currency), "")))


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
def _grid(block: Grid, currency: str) -> RenderableType:
    estimates = [found for row in block.rows for cell in row if (found := estimate_of(cell)) is not None]
    counts = {found.interval.n for found in estimates if not found.interval.why_not}
    codes, meanings = terminal.legend(cell.flags for cell in estimates)
    marks, whys = terminal.reasons(cell.interval.why_not for cell in estimates)
    heads = [head.title for head in block.heads]
    table = Table(*heads, *(["Flags"] if codes else []), box=None, pad_edge=False)
    table.title, table.title_justify = escape(block.title), "left"
    for row in block.rows:
        own = [found for cell in row if (found := estimate_of(cell)) is not None]
        flags = sorted({codes[flag] for found in own for flag in found.flags})
        cells = [
            escape(_cell(cell, head, marks, currency, n=len(counts) > 1))
            for head, cell in zip(block.heads, row, strict=True)
        ]
        table.add_row(*cells, *([" ".join(flags)] if codes else []))
    versions = ", ".join(dict.fromkeys(cell.version for cell in estimates))
    periods = _periods([cell.period for cell in estimates])
    n = f", n {next(iter(counts)):,}" if len(counts) == 1 else ""
    as_of = f"{estimates[0].as_of:%Y-%m-%d %H:%M} UTC" if estimates else ""
    known = f"{periods}{n}. Definition {versions}; records before {as_of}." if estimates else ""
    table.caption = escape("\n".join(part for part in (whys, meanings, block.caption, known) if part))
    table.caption_justify = "left"
    prose = [head for place, head in enumerate(heads) if _wordy(block, place)]
    spans = [head for place, head in enumerate(heads) if any(estimate_of(row[place]) for row in block.rows)]
    minor = [head.title for head in reversed(block.heads) if head.minor]
    return terminal.Fitted(table, wraps=prose, folds=spans, drops=minor)


def _periods(every: Sequence[Period]) -> str:
    """Say which periods numbers are of: each, or how many from when to when."""
    each = list(dict.fromkeys(every))
    if len(each) <= 3:
        return "; ".join(map(words.span, each))
    whole = Period(min(one.start for one in each), max(one.end for one in each))
    return f"{len(each)} periods, {words.span(whole)}"


def _wordy(block: Grid, place: int) -> bool:
    return any(isinstance(row[place], str) and len(str(row[place])) > _LONG for row in block.rows)


def _cell(cell: Cell, head: Head, marks: Mapping[str, str], currency: str, *, n: bool) -> str:
    """Return what a cell says; with its `n` where those of the table are not all the same."""
    estimate = estimate_of(cell)
    if estimate is None:
        return (
            f"{cell:,}"
            if isinstance(cell, int)
            else cell.text
            if isinstance(cell, Personal | Link)
            else str(cell or "")
        )
    found, shows = estimate.interval, shown_as(cell, head) or Shows.NUMBER
    if found.why_not:
        return f"- {marks[found.why_not]}"
    written = words.difference if head.change else words.value
    if found.method == SET:
        return f"{written(found.value, shows, currency)} ({SET})"
    low, high = (written(limit, shows, currency) for limit in (found.low, found.high))
    return f"{written(found.value, shows, currency)} ({low} to {high}{f'; n {found.n:,}' if n else ''})"


@drawn.register
def _chart(block: Chart, currency: str) -> RenderableType:
    """Return a chart as the table of its marks."""
    estimates = any(mark.estimate is not None for one in block.series for mark in one.marks)
    heads = [Head(name="series", title=""), Head(name="label", title=block.axis)]
    if any(mark.against is not None for one in block.series for mark in one.marks):
        heads.append(Head(name="foretold", title="Foretold", shows=block.shows))
    heads += [Head(name="value", title=block.title, shows=block.shows)] if estimates else []
    if any(mark.count is not None for one in block.series for mark in one.marks):
        heads.append(Head(name="count", title="Count"))
    names = [head.name for head in heads]
    rows = [tuple(_marked(one.name, mark)[name] for name in names) for one in block.series for mark in one.marks]
    return _grid(
        Grid(name=block.name, title=block.title, heads=tuple(heads), rows=tuple(rows), caption=block.says), currency
    )


def _marked(series: str, mark: Mark) -> Mapping[str, Cell]:
    return {
        "series": series,
        "label": mark.label,
        "foretold": mark.against,
        "value": mark.estimate,
        "count": mark.count,
    }


@drawn.register
def _segments(block: Segments, currency: str) -> RenderableType:
    return groups.segments_table(block.found, currency)
