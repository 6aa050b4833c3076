"""`regulars cohorts`, `segments` and `customer`."""

from pathlib import Path
from typing import Any

from rich.table import Table

from regulars.cli import terminal
from regulars.kpis.cohorts import CohortRow, CohortTable
from regulars.views import words
from regulars.views.company import open_company


def cohorts(
    name: str,
    directory: Path,
    *,
    grain: str,
    start: str | None,
    end: str | None,
    output_format: str,
    output: Path | None,
) -> None:
    """Show a cohort table, or list them where no name is given."""
    terminal.chosen(output_format)
    with open_company(directory) as company:
        if not name:
            listed = [{"name": one.name, "question": one.question} for one in company.workspace.cohorts.values()]
            terminal.show(listed, lambda: _listed(listed), output_format, output)
            return
        table = company.cohorts(name, grain=grain, start=start, end=end)
        records = table.records()
    terminal.show(records, lambda: _triangle(table.table, company.currency), output_format, output, flat=table.flat())


def _listed(listed: list[dict[str, Any]]) -> Table:
    table = Table("Cohort table", "Question", box=None)
    for one in listed:
        table.add_row(one["name"], one["question"])
    return table


def _triangle(found: CohortTable, currency: str) -> Table:
    ages = max((len(row.cells) for row in (*found.rows, *found.pooled)), default=0)
    groups = list(found.rows[0].group) if found.rows else []
    table = Table("Cohort", *groups, "Size", *(str(age) for age in range(ages)), box=None, pad_edge=False)
    table.title, table.title_justify = found.cohort.question, "left"
    table.caption = f"{found.cohort.caveat} Columns: age in {found.grain}s. Blank: not over yet. {found.why_not}"
    table.caption_justify = "left"
    for row in (*found.rows, *found.pooled):
        table.add_row(*_cells(row, found, currency), style="bold" if row.cohort is None else "")
    return table


def _cells(row: CohortRow, found: CohortTable, currency: str) -> list[str]:
    written = [words.value(cell.interval.value, found.cohort.shows, currency) for cell in row.cells]
    blank = ["" if cell.interval.why_not else text for cell, text in zip(row.cells, written, strict=True)]
    start = "pooled" if row.cohort is None else f"{row.cohort.start}"
    return [start, *("-" if value is None else str(value) for value in row.group.values()), f"{row.size:,}", *blank]
