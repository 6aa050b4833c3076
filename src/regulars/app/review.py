"""What is in the records: files, reconciliation, findings, quarantine."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from regulars.data import engine
from regulars.data.quality import findings, reconciliation
from regulars.data.quality.checking import Finding
from regulars.data.quality.reconciliation import Step
from regulars.data.tables import TABLES
from regulars.kpis.cohorts import Cohort
from regulars.kpis.flags import Flag, Flags, flags_of
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
                "findings": [findings.plain(finding) for finding in self.findings],
            }
        ]


def review(backend: Any) -> Review:
    """Return what the opened generation says about its records."""
    there = set(backend.list_tables())
    tables = {name: backend.table(name) for name in TABLES if name in there}
    return Review(
        files=engine.run(backend.table("_files").order_by("source", "path")),
        reconciliation=reconciliation.steps(tables, backend.table("_aliases")),
        findings=findings_of(backend),
    )


def findings_of(backend: Any) -> Sequence[Finding]:
    """Return what is remarkable about the records of the opened generation."""
    return findings.read(backend)


def quarantined(backend: Any, reason: str | None = None) -> list[dict[str, Any]]:
    """Return quarantined cells with the path of their file, in the order of files and lines."""
    cells, files = backend.table("_quarantine"), backend.table("_files")
    named = cells.join(files.select("file", "source", "path"), "file")
    wanted = named if reason is None else named.filter(named.reason == reason)
    columns = ("source", "path", "line", "table", "column", "value", "reason", "first")
    return engine.run(wanted.select(*columns).order_by("source", "path", "line", "table", "column"))


def flags(found: Sequence[Finding], declared: Iterable[KPI | Cohort]) -> Flags:
    """Return, per KPI or cohort table, the flags that findings put on its answers."""
    flagged: dict[str, tuple[Flag, ...]] = {}
    for one in declared:
        raised = flags_of(found, one.name, one.family.name, one.frame.named)
        if raised:
            flagged[one.name] = (*flagged.get(one.name, ()), *raised)
    return flagged
