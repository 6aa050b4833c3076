"""A company's records in Python: `regulars.open("...")`."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, Self

from regulars.app import measure, refresh
from regulars.app.workspace import Workspace
from regulars.core.estimate import Estimate
from regulars.kpis.query import Records, available
from regulars.views.shown import Shown


class Company:
    """An opened workspace; answers come from the generation that was current when it was opened or refreshed."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._open = ExitStack()
        self._records: Records | None = None

    @property
    def currency(self) -> str:
        """Reporting currency."""
        return self.workspace.settings.company.currency

    @property
    def records(self) -> Records:
        """What questions are asked of."""
        if self._records is None:
            self._records = self._open.enter_context(self.workspace.records())
        return self._records

    def close(self) -> None:
        """Let go of the files."""
        self._records = None
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def refresh(self) -> refresh.Refreshed:
        """Load what is new and publish it; later answers see it."""
        self.close()
        return refresh.refresh(self.workspace)

    def kpis(self) -> list[dict[str, Any]]:
        """Return every KPI with what it asks, needs, and whether it can be answered."""
        records = self.records
        return [
            {
                "name": kpi.name,
                "family": kpi.family.name,
                "owner": kpi.family.owner,
                "question": kpi.question,
                "needs": [" or ".join(need) if isinstance(need, tuple) else need for need in kpi.frame.needs],
                "available": not available(kpi, records),
                "why_not": available(kpi, records),
                "version": kpi.versioned(records.definitions),
                "better": str(kpi.better),
                "caveat": kpi.caveat,
                "source": kpi.source,
            }
            for kpi in self.workspace.kpis.values()
        ]

    def kpi(
        self,
        name: str | Sequence[str],
        *,
        by: str | Sequence[str] = (),
        grain: str | None = "month",
        start: str | date | None = None,
        end: str | date | None = None,
        where: str | None = None,
        compare: bool = False,
        level: float | None = None,
    ) -> Shown:
        """Answer for one KPI or several; see `regulars.app.measure.ask` for the arguments."""
        names = [name] if isinstance(name, str) else list(name)
        split = [by] if isinstance(by, str) else list(by)
        rows = measure.ask(
            names,
            self.workspace.kpis,
            self.records,
            by=split,
            grain=grain,
            start=start,
            end=end,
            where=where,
            compare=compare,
            level=level,
        )
        return Shown(rows, self.currency)


def open_company(folder: str | Path = ".") -> Company:
    """Open the workspace in `folder`.

    Raises:
        SettingsError: there is no `regulars.toml`, or it is wrong.
    """
    return Company(Workspace.at(Path(folder)))


__all__ = ["Company", "Estimate", "open_company"]
