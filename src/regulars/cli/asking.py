"""`regulars kpis` and `regulars kpi`."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from regulars.cli import terminal
from regulars.cli.terminal import Fitted
from regulars.core.periods import Period
from regulars.kpis.answer import Row
from regulars.views import words
from regulars.views.blocks import Card, Cards
from regulars.views.shown import Shown


def kpis(directory: Path, output_format: str) -> None:
    """List the catalogue."""
    with terminal.company(directory) as company:
        records = company.kpis()
    terminal.show(lambda: records, lambda: _catalogue(records), output_format)


def _catalogue(records: Sequence[dict[str, Any]]) -> Fitted:
    table = Table("KPI", "Question", "Family", "", box=None, pad_edge=False)
    for one in sorted(records, key=lambda one: (one["family"], one["name"])):
        table.add_row(one["name"], one["question"], one["family"], one["why_not"])
    return Fitted(table, wraps=("Question", ""), drops=("Family",))


def kpi(names: list[str], directory: Path, *, output_format: str, output: Path | None, **asked: Any) -> None:
    """Answer for KPIs."""
    terminal.chosen(output_format)
    with terminal.company(directory) as company:
        shown = company.kpi(names, **asked)
    terminal.show(shown.records, lambda: answers(shown), output_format, output, flat=shown.flat)


def answers(shown: Shown) -> Fitted:
    """Draw answers, one line each."""
    rows = shown.rows
    compared = any(row.change is not None for row in rows)
    contrasted = any(row.contrast is not None for row in rows)
    drawn = any(row.drawn is not None for row in rows)
    groups = list(dict.fromkeys(name for row in rows for name in row.group))
    several = len({row.kpi.name for row in rows}) > 1
    span = f"{_level(rows):g} % interval"
    heads = [*(["KPI"] if several else []), *groups, "Period", "Value", span, "n", ""]
    codes, meanings = terminal.legend(row.estimate.flags for row in rows)
    marks, whys = terminal.reasons(row.estimate.interval.why_not for row in rows)
    also = {"Change": compared, "Against others": contrasted, _DRAWN: drawn}
    table = Table(
        *heads, *(head for head in also if also[head]), *(["Flags"] if codes else []), box=None, pad_edge=False
    )
    largest = max((abs(row.estimate.interval.value or 0.0) for row in rows), default=0.0) or 1.0
    for row, end in _runs(rows):
        found = row.estimate.interval
        cells = [row.kpi.name] if several else []
        cells += [escape(words.group(row.group.get(name))) for name in groups]
        cells += [
            words.span(Period(row.estimate.period.start, end)),
            words.value(found.value, row.kpi.shows, shown.currency),
        ]
        cells += [marks[found.why_not] or words.interval(found, row.kpi.shows, shown.currency), f"{found.n:,}"]
        cells += ["" if several else terminal.bar((found.value or 0.0) / largest)]
        if compared:
            cells.append(words.verdict(row.kpi, row.change, shown.currency) if row.change else "")
        if contrasted:
            cells.append(_against(row, shown.currency))
        if drawn:
            cells.append(_drawn(row, shown.currency))
        table.add_row(*cells, *([" ".join(codes[flag] for flag in row.estimate.flags)] if codes else []))
    if not several and rows:
        table.title = rows[0].kpi.question
        table.caption = f"{rows[0].kpi.caveat} Definition {rows[0].estimate.version}; {_known(rows[0])}."
    elif rows:
        versions = ", ".join(dict.fromkeys(f"{row.kpi.name} {row.estimate.version}" for row in rows))
        table.caption = f"Definitions: {versions}; {_known(rows[0])}."
    scores = _scores(rows)
    table.caption = "\n".join(part for part in (whys, meanings, *scores, str(table.caption or "")) if part)
    table.title_justify = table.caption_justify = "left"
    return Fitted(table, wraps=("Change", "Against others"), folds=("Period", span), drops=("", _DRAWN))


def _runs(rows: Sequence[Row]) -> list[tuple[Row, date]]:
    """Return what has a line of its own, with the end of it: periods that follow each other without a value, for the
    same reason, share the line of the first.
    """
    lines: list[tuple[Row, date]] = []
    open_: dict[tuple[object, ...], int] = {}
    for row in rows:
        found, period = row.estimate.interval, row.estimate.period
        valued = bool(found.value is not None or (row.change and row.change.difference.value is not None))
        key = (row.kpi.name, *row.group.values(), found.why_not, row.estimate.flags)
        at = open_.get(key)
        if at is not None and not valued and lines[at][1] == period.start:
            lines[at] = lines[at][0], period.end
            continue
        open_[key] = len(lines)
        lines.append((row, period.end))
    return lines


def _scores(rows: Sequence[Row]) -> list[str]:
    """Say how well what answers are made of was foretold."""
    return [f"Score: {words.score(one)}." for one in dict.fromkeys(one for row in rows for one in row.scored)]


def _level(rows: Sequence[Row]) -> float:
    return (rows[0].estimate.interval.level if rows else 0.95) * 100


def _known(row: Row) -> str:
    return f"records before {row.estimate.as_of:%Y-%m-%d %H:%M} UTC"


def _definitions(rows: Sequence[Row]) -> str:
    """Say which version of its definition each answer follows: most follow the first."""
    others = [f"{row.kpi.name} {row.estimate.version}" for row in rows if row.estimate.version.split()[0] != "1"]
    return "Definitions: 1" + (f", but {', '.join(others)}" if others else "")


_DRAWN = "Drawn to the others"


def _drawn(row: Row, currency: str) -> str:
    if row.drawn is None:
        return ""
    found = row.drawn
    return f"{words.value(found.value, row.kpi.shows, currency)} ({words.interval(found, row.kpi.shows, currency)})"


def _against(row: Row, currency: str) -> str:
    if row.contrast is None:
        return ""
    if not row.contrast.found:
        return "like the others"
    return f"{words.difference(row.contrast.difference.value, row.kpi.shows, currency)} (q {row.contrast.q:.2g})"


def cards(found: Cards, currency: str) -> Fitted:
    """Draw one line per KPI: its latest answer over a finished period, how it moved, its course."""
    chosen = sorted(found.cards, key=lambda card: (card.latest.kpi.family.name, card.latest.kpi.name))
    families = [(name, list(cards)) for name, cards in groupby(chosen, key=lambda card: card.latest.kpi.family.name)]
    span = f"{_level([card.latest for card in chosen]):g} % interval"
    table = Table("KPI", "Period", "Value", span, "n", "Course", "Against the period before", box=None, pad_edge=False)
    codes, meanings = terminal.legend(card.latest.estimate.flags for card in chosen)
    marks, whys = terminal.reasons(card.latest.estimate.interval.why_not for card in chosen)
    if codes:
        table.add_column("Flags")
    latest = [card.latest for card in chosen]
    parts = (whys, meanings, *_scores(latest), f"{_definitions(latest)}; {_known(latest[0])}.")
    table.caption = "\n".join(part for part in parts if part)
    table.caption_justify = "left"
    for family, members in families:
        if len(families) > 1:
            table.add_section()
            table.add_row(f"[bold]{family.upper()}[/bold]")
        for card in members:
            table.add_row(*_card(card, currency, codes, marks))
    wraps = ("Against the period before",)
    return Fitted(table, wraps=wraps, folds=("Period", span), drops=("Course", *wraps))


def _card(card: Card, currency: str, codes: Mapping[str, str], marks: Mapping[str, str]) -> list[str]:
    latest = card.latest
    kpi, found = latest.kpi, latest.estimate.interval
    return [
        kpi.name,
        words.span(latest.estimate.period),
        words.value(found.value, kpi.shows, currency),
        marks[found.why_not] or words.interval(found, kpi.shows, currency),
        f"{found.n:,}" if found.value is not None else "",
        terminal.sparkline([row.estimate.interval.value for row in card.finished]),
        words.verdict(kpi, latest.change, currency) if latest.change and found.value is not None else "",
        *([" ".join(codes[flag] for flag in latest.estimate.flags)] if codes else []),
    ]
