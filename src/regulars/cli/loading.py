"""`regulars run`, `check`, `quarantine` and `doctor`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from regulars.app.refresh import Refreshed
from regulars.app.review import Review
from regulars.app.workspace import Workspace
from regulars.cli import terminal, viewing
from regulars.core.errors import UnknownName
from regulars.core.wording import counted
from regulars.data.landing.contract import REASONS
from regulars.data.quality.checking import Finding
from regulars.data.quality.reconciliation import Step
from regulars.views.company import Company


def run(directory: Path, *, quiet: bool) -> None:
    """Load, publish, and print the KPIs.

    Raises:
        DataError: files were refused; all others were loaded.
    """
    company = Company(Workspace.at(directory, files_exist=True))
    with terminal.progress() as progress:
        done = company.refresh(progress=progress)
    tell(done)
    terminal.warn(company.workspace)
    if not quiet:
        summarise(company)
    if done.load.error is not None:
        raise done.load.error


def tell(done: Refreshed) -> None:
    """Say on standard error what became of the files."""
    report = done.load
    for one in report.loaded:
        terminal.err.print(f"{one.source}: {one.path}: {_counts(one.counts)}", soft_wrap=True)
    if report.unchanged:
        terminal.err.print("1 file unchanged" if report.unchanged == 1 else f"{report.unchanged} files unchanged")
    for path in report.removed:
        terminal.err.print(f"{path}: gone; its rows are removed")
    for back in report.taken_back if report.changed else ():
        why = back.reason.replace("_", " ")
        told = f"{back.source}: {_rows(back.rows)} of {back.table} taken back once all files were seen: {why}"
        terminal.err.print(told, soft_wrap=True)
    state = "published" if done.published else "nothing changed; still"
    until = f"records before {done.generation.as_of}" if done.generation.as_of else "no records with a day"
    terminal.err.print(f"{state} generation {done.generation.number}, {until}")


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _counts(counts: Any) -> str:
    parts = [f"{counts.records:,} records", f"{counts.accepted:,} accepted"]
    named = {"quarantined": "quarantined", "skipped": "skipped", "duplicates": "duplicates dropped"}
    parts += [f"{getattr(counts, name):,} {words}" for name, words in named.items() if getattr(counts, name)]
    if counts.repeated:
        parts.append(f"{counts.repeated:,} exact duplicates kept")
    parts += [f"{rows:,} skipped by `where` of {table}" for table, rows in json.loads(counts.left_out).items()]
    return ", ".join(parts)


def summarise(company: Company) -> None:
    """Print every KPI that can be answered, month by month for a year."""
    with company:
        viewing.show(company.view("kpis"))
        serious = [finding for finding in company.findings() if finding.biases]
    biasing = f"{counted(len(serious), 'finding')} {'biases' if len(serious) == 1 else 'bias'} numbers"
    terminal.err.print(f"{biasing} (`regulars check`).")


def check(directory: Path, output_format: str) -> None:
    """Show files, reconciliation and findings."""
    with terminal.company(directory) as company:
        found = company.check()
    if output_format == "table":
        for table in _check_tables(found, company.currency):
            terminal.out.print(table)
            terminal.out.print()
        return
    terminal.show(found.records, Table, output_format, flat=lambda: found.records()[0]["findings"])


def _check_tables(found: Review, currency: str) -> list[terminal.Fitted]:
    reconciled = [_reconciliation(found.reconciliation, currency)] if found.reconciliation else []
    return [_files(found.files), *reconciled, _findings(found.findings)]


def _files(files: Sequence[dict[str, Any]]) -> terminal.Fitted:
    names = ("source", "path", "records", "accepted", "quarantined", "skipped", "duplicates", "repeated")
    table = Table(*names, title="Files", title_justify="left", box=None, pad_edge=False)
    for one in files:
        table.add_row(*(f"{one[name]:,}" if isinstance(one[name], int) else str(one[name]) for name in names))
    empty = [name for name in reversed(names[4:]) if not any(one[name] for one in files)]
    return terminal.Fitted(table, wraps=("path",), drops=empty)


def _reconciliation(steps: Sequence[Step], currency: str) -> terminal.Fitted:
    table = Table("Source", "Sales and refunds", "Lines", "Orders", "Customers", f"Amount ({currency})", box=None)
    table.title, table.title_justify = "Reconciliation, before rules for lines that are no product", "left"
    for one in steps:
        table.add_row(one.source, one.name, f"{one.rows:,}", f"{one.orders:,}", f"{one.customers:,}", f"{one.amount:,}")
    return terminal.Fitted(table, wraps=("Sales and refunds",))


def _findings(findings: Sequence[Finding]) -> terminal.Fitted:
    table = Table("Finding", "What it does to numbers", "Where", title="Findings", title_justify="left", box=None)
    for one in findings:
        effect = "; ".join(map(str, one.biases))
        table.add_row(one.message, effect, one.example)
    return terminal.Fitted(table, wraps=("Finding", "What it does to numbers", "Where"))


def quarantine(directory: Path, *, reason: str | None, limit: int, output_format: str, output: Path | None) -> None:
    """List quarantined cells; exports hold all of them, tables at most `limit`."""
    if reason is not None and reason not in REASONS:
        raise UnknownName("reason", reason, REASONS)
    with terminal.company(directory) as company:
        rows = company.quarantine(reason=reason)
    if not rows and output_format == "table":
        terminal.err.print("Nothing was put aside." if reason is None else f"Nothing was put aside as `{reason}`.")
        return
    terminal.show(lambda: rows, lambda: _quarantined(rows, limit), output_format, output)


def _quarantined(rows: Sequence[dict[str, Any]], limit: int) -> terminal.Fitted:
    names = ("path", "line", "table", "column", "value", "reason")
    table = Table(*names, box=None)
    for one in rows[:limit]:
        table.add_row(*("" if one[name] is None else str(one[name]) for name in names))
    if len(rows) > limit:
        table.caption = f"{len(rows) - limit:,} more; export all with `--format csv -o FILE`."
    return terminal.Fitted(table, wraps=("path", "value"), drops=("table",))


def doctor(directory: Path) -> None:
    """Check everything that can be checked without loading.

    Raises:
        RegularsError: the first thing that is wrong.
    """
    from regulars.app import health

    for line in health.look(directory):
        terminal.out.print(line, soft_wrap=True, markup=False)
    settings = Workspace.at(directory).settings
    if settings.channels or settings.schedule:
        from regulars.cli import scheduled, told

        for line in (*told.looked_at(directory), *scheduled.looked_at(directory)):
            terminal.out.print(line, soft_wrap=True, markup=False)
