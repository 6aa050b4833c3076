"""`regulars kpis` and `regulars kpi`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from regulars.cli import terminal
from regulars.kpis.answer import Row
from regulars.kpis.kpi import KPI
from regulars.views import words
from regulars.views.company import Company, open_company
from regulars.views.shown import Shown


def kpis(directory: Path, output_format: str) -> None:
    """List the catalogue."""
    with open_company(directory) as company:
        records = company.kpis()
    terminal.show(records, lambda: _catalogue(records), output_format)


def _catalogue(records: Sequence[dict[str, Any]]) -> Table:
    table = Table("KPI", "Question", "Family", "", box=None, pad_edge=False)
    for one in sorted(records, key=lambda one: (one["family"], one["name"])):
        table.add_row(one["name"], one["question"], one["family"], one["why_not"])
    return table


def kpi(names: list[str], directory: Path, *, output_format: str, output: Path | None, **asked: Any) -> None:
    """Answer for KPIs."""
    terminal.chosen(output_format)
    with open_company(directory) as company:
        shown = company.kpi(names, **asked)
    terminal.show(shown.records(), lambda: _answers(shown), output_format, output, flat=shown.flat())


def _answers(shown: Shown) -> Table:
    rows = shown.rows
    compared = any(row.change is not None for row in rows)
    contrasted = any(row.contrast is not None for row in rows)
    groups = list(dict.fromkeys(name for row in rows for name in row.group))
    several = len({row.kpi.name for row in rows}) > 1
    heads = [*(["KPI"] if several else []), *groups, "Period", "Value", "95 % interval", "n", ""]
    heads[-3] = f"{_level(rows):g} % interval"
    table = Table(
        *heads, *(["Change"] if compared else []), *(["Against others"] if contrasted else []), "Flags", box=None
    )
    largest = max((abs(row.estimate.interval.value or 0.0) for row in rows), default=0.0) or 1.0
    for row in rows:
        found = row.estimate.interval
        cells = [row.kpi.name] if several else []
        cells += ["-" if row.group.get(name) is None else str(row.group[name]) for name in groups]
        cells += [_period(row), words.value(found.value, row.kpi.shows, shown.currency)]
        cells += [found.why_not or words.interval(found, row.kpi.shows, shown.currency), f"{found.n:,}"]
        cells += ["" if several else terminal.bar((found.value or 0.0) / largest)]
        if compared:
            cells.append(words.verdict(row.kpi, row.change, shown.currency) if row.change else "")
        if contrasted:
            cells.append(_against(row, shown.currency))
        table.add_row(*cells, ", ".join(words.flag(flag) for flag in row.estimate.flags))
    if not several and rows:
        table.title = rows[0].kpi.question
        known = f"records before {rows[0].estimate.as_of:%Y-%m-%d %H:%M} UTC"
        table.caption = f"{rows[0].kpi.caveat} Definition {rows[0].estimate.version}; {known}."
        table.title_justify = table.caption_justify = "left"
    return table


def _level(rows: Sequence[Row]) -> float:
    return (rows[0].estimate.interval.level if rows else 0.95) * 100


def _period(row: Row) -> str:
    period = row.estimate.period
    return f"{period.start} to {period.end}"


def _against(row: Row, currency: str) -> str:
    if row.contrast is None:
        return ""
    if not row.contrast.found:
        return "like the others"
    return f"{words.difference(row.contrast.difference.value, row.kpi.shows, currency)} (q {row.contrast.q:.2g})"


def summary(company: Company, rows: Sequence[Row]) -> Table:
    """Return one line per KPI: its latest answer over a finished period, how it moved, its course."""
    table = Table("KPI", "Month", "Value", "95 % interval", "n", box=None)
    table.add_column("12 months", no_wrap=True)
    table.add_column("Against the month before")
    family = ""
    by_kpi: dict[str, list[Row]] = {}
    for row in rows:
        by_kpi.setdefault(row.kpi.name, []).append(row)
    for name in sorted(by_kpi, key=lambda name: (by_kpi[name][0].kpi.family.name, name)):
        course = by_kpi[name]
        kpi = course[0].kpi
        if kpi.family.name != family:
            family = kpi.family.name
            table.add_section()
            table.add_row(f"[bold]{family.upper()}[/bold]")
        table.add_row(*_line(kpi, course, company.currency))
    return table


def _line(kpi: KPI, course: Sequence[Row], currency: str) -> list[str]:
    finished = [row for row in course if "unfinished" not in row.estimate.flags]
    answered = [row for row in finished if row.estimate.interval.value is not None]
    latest = (answered or finished or list(course))[-1]
    found = latest.estimate.interval
    return [
        kpi.name,
        f"{latest.estimate.period.start:%Y-%m}",
        words.value(found.value, kpi.shows, currency),
        found.why_not or words.interval(found, kpi.shows, currency),
        f"{found.n:,}" if found.value is not None else "",
        terminal.sparkline([row.estimate.interval.value for row in finished]),
        words.verdict(kpi, latest.change, currency) if latest.change and found.value is not None else "",
    ]
