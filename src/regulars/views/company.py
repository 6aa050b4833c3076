"""A company's records in Python: `regulars.open("...")`."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, Self

from regulars.app import measure, predict, refresh, review
from regulars.app.customer import CustomerPage, customer
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import UnknownName
from regulars.data.quality.checks import Finding
from regulars.decisions import segment
from regulars.decisions.rfm import Cuts, cut_points
from regulars.decisions.segment import Migration, Segmentation, StateRow
from regulars.kpis.query import Records, available
from regulars.models.model import Model
from regulars.views.fill import Page, fill
from regulars.views.predicted import Predicted
from regulars.views.shown import Shown
from regulars.views.triangle import Triangle
from regulars.views.view import Ask, View


class Company:
    """An opened workspace; answers come from the generation that was current when it was opened or refreshed."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._open = ExitStack()
        self._opened: Opened | None = None
        self._cuts: Cuts | None = None

    @property
    def currency(self) -> str:
        """Reporting currency."""
        return self.workspace.settings.company.currency

    @property
    def opened(self) -> Opened:
        """The open generation."""
        if self._opened is None:
            self._opened = self._open.enter_context(self.workspace.opened())
        return self._opened

    @property
    def records(self) -> Records:
        """What questions are asked of."""
        return self.opened.records

    def close(self) -> None:
        """Let go of the files."""
        self._opened = self._cuts = None
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def refresh(self, *, progress: refresh.Progress = lambda *_: None) -> refresh.Refreshed:
        """Load what is new and publish it; later answers see it."""
        self.close()
        return refresh.refresh(self.workspace, progress=progress)

    def cohorts(
        self,
        name: str,
        *,
        grain: str = "month",
        start: str | date | None = None,
        end: str | date | None = None,
        ages: int | None = None,
        by: str | Sequence[str] = (),
        where: str | None = None,
    ) -> Triangle:
        """Follow the cohorts of one table; the last twelve where no dates are given.

        Raises:
            UnknownName: no such table.
            QueryError: dates, split or condition cannot be.
        """
        split = [by] if isinstance(by, str) else list(by)
        table = measure.cohorts(
            name,
            self.workspace.cohorts,
            self.records,
            grain=grain,
            start=start,
            end=end,
            ages=ages,
            by=split,
            where=where,
        )
        return Triangle(table, self.currency)

    def segments(self) -> Segmentation:
        """Return RFM segments with their cut points."""
        return segment.segments(self.records)

    def lifecycle(self) -> tuple[StateRow, ...]:
        """Return how many customers are in each state of the lifecycle."""
        return segment.lifecycle(self.records)

    def migration(self, *, states: bool = False) -> Migration:
        """Return who moved between segments, or between lifecycle states, in the last 90 days."""
        return (segment.lifecycle_migration if states else segment.segment_migration)(self.records)

    def customer(self, customer_id: str) -> CustomerPage:
        """Return one customer's page.

        Raises:
            UnknownName: no such customer.
        """
        if self._cuts is None and "purchase_days" in self.records.tables:
            self._cuts = cut_points(self.records)
        return customer(self.records, customer_id, cuts=self._cuts)

    def check(self) -> review.Review:
        """Return files, reconciliation and findings."""
        return review.review(self.opened.backend)

    def findings(self) -> Sequence[Finding]:
        """Return what is remarkable about the records."""
        return self.check().findings

    def quarantine(self, *, reason: str | None = None) -> list[dict[str, Any]]:
        """Return the cells of rows that were not taken, values masked."""
        return review.quarantined(self.opened.backend, reason)

    def views(self) -> Mapping[str, View]:
        """Return every page that there is, by name."""
        return self.workspace.declared(View)

    def view(self, name: str, *, start: str | date | None = None, end: str | date | None = None) -> Page:
        """Return a page filled with answers, from `start` to before `end`; the last twelve periods where not given.

        Raises:
            UnknownName: no such view.
            QueryError: the dates cannot be.
        """
        known = self.views()
        if name not in known:
            raise UnknownName("view", name, known)
        ask = Ask(
            records=self.records,
            kpis=self.workspace.kpis,
            tables=self.workspace.cohorts,
            start=measure.day(start, "from"),
            end=measure.day(end, "to"),
        )
        return fill(known[name], ask, self.currency)

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

    def models(self) -> list[dict[str, Any]]:
        """Return every model with what it asks, predicts, needs, and whether it can predict."""
        return [
            {
                "name": model.name,
                "question": model.question,
                "predicts": model.predicts.name,
                "needs": list(model.needs),
                "available": not predict.available(model, self.records),
                "why_not": predict.available(model, self.records),
                "naive": model.naive,
                "version": str(model.version),
                "caveat": model.caveat,
                "source": model.source,
            }
            for model in self.workspace.declared(Model).values()
        ]

    def predict(
        self, model: str, *, horizon_days: int = 90, top: int | None = None, level: float | None = None
    ) -> Predicted:
        """Foretell what each customer will do, with the model's score on the past; of the `top` highest, or of all.

        Raises:
            UnknownName: no such model.
            QueryError: the horizon or the level cannot be, or records that the model needs are not there.
        """
        found = predict.predict(
            model,
            self.workspace.declared(Model),
            self.records,
            horizon_days=horizon_days,
            level=level,
            findings=self.findings(),
        )
        return Predicted(found, top)


def open_company(folder: str | Path = ".") -> Company:
    """Open the workspace in `folder`.

    Raises:
        SettingsError: there is no `regulars.toml`, or it is wrong.
    """
    return Company(Workspace.at(Path(folder)))
