"""What is in the records: files, reconciliation, findings, quarantine."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from regulars.data import engine, findings, reconciliation
from regulars.data.checks import Finding
from regulars.data.reconciliation import Step
from regulars.data.tables import TABLES
from regulars.kpis.kpi import KPI


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Everything to know before a number is believed.

    Attributes:
        files: the ledger, one row per file with its counts.
        reconciliation: lines, orders, customers and amounts of line-level sales, step by step.
        findings: what is remarkable, and which numbers it biases.
    """

    files: Sequence[dict[str, Any]]
    reconciliation: Sequence[Step]
    findings: Sequence[Finding]

    def records(self) -> list[dict[str, Any]]:
        """Return all of it as plain values."""
        return [
            {
                "files": list(self.files),
                "reconciliation": [{**asdict(step), "amount": str(step.amount)} for step in self.reconciliation],
                "findings": [asdict(finding) for finding in self.findings],
            }
        ]


def review(backend: Any) -> Review:
    """Return what the opened generation says about its records."""
    there = set(backend.list_tables())
    tables = {name: backend.table(name) for name in TABLES if name in there}
    return Review(
        files=engine.run(backend.table("_files").order_by("source", "path")),
        reconciliation=reconciliation.steps(tables, backend.table("_aliases")),
        findings=findings.read(backend),
    )


def quarantined(backend: Any, reason: str | None = None) -> list[dict[str, Any]]:
    """Return quarantined cells with the path of their file, in the order of files and lines."""
    cells, files = backend.table("_quarantine"), backend.table("_files")
    named = cells.join(files.select("file", "source", "path"), "file")
    wanted = named if reason is None else named.filter(named.reason == reason)
    columns = ("source", "path", "line", "table", "column", "value", "reason", "first")
    return engine.run(wanted.select(*columns).order_by("source", "path", "line", "table", "column"))


def flags(found: Sequence[Finding], kpis: Mapping[str, KPI]) -> dict[str, tuple[str, ...]]:
    """Return, per KPI, the codes of the findings that bias it: by its name, or by its family's."""
    flagged: dict[str, set[str]] = {name: set() for name in kpis}
    for finding in found:
        for bias in finding.biases:
            named = {part.strip() for part in bias.kpis.split(",")}
            for name, kpi in kpis.items():
                if named.intersection((name, kpi.family.name)) or ("all" in named and _reads(kpi, finding.table)):
                    flagged[name].add(finding.code)
    return {name: tuple(sorted(codes)) for name, codes in flagged.items() if codes}


def _reads(kpi: KPI, table: str) -> bool:
    """Whether a KPI is made of `table`; of any where that is empty."""
    needs = [name for need in kpi.frame.needs for name in (need if isinstance(need, tuple) else (need,))]
    return not table or table in needs
