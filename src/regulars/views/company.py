"""A company's records in Python: `regulars.open("...")`."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from regulars.app import measure, predict, review
from regulars.app.customer import CustomerPage, customer
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import QueryError, UnknownName
from regulars.data.quality.checks import Finding
from regulars.decisions import segment
from regulars.decisions.rfm import Cuts, cut_points
from regulars.decisions.segment import Migration, Segmentation, StateRow
from regulars.kpis.frame import missing
from regulars.kpis.query import Records, available
from regulars.models.model import Model
from regulars.views.fill import Page, fill
from regulars.views.predicted import Predicted
from regulars.views.shown import Shown
from regulars.views.triangle import Triangle
from regulars.views.view import Ask, View

if TYPE_CHECKING:
    from regulars.app.refresh import Progress, Refreshed


class Company:
    """An opened workspace; answers come from the generation that was current when it was opened or refreshed."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._open = ExitStack()
        self._opened: Opened | None = None
        self._cuts: Cuts | None = None
        self._closed = False

    @property
    def currency(self) -> str:
        """Reporting currency."""
        return self.workspace.settings.company.currency

    @property
    def opened(self) -> Opened:
        """The open generation.

        Raises:
            QueryError: the company was closed.
            StoreError: nothing was published yet, or it is damaged.
        """
        if self._closed:
            folder = self.workspace.folder
            raise QueryError(f"`{folder}` was closed. Open it again with `regulars.open({str(folder)!r})`.")
        if self._opened is None:
            self._opened = self._open.enter_context(self.workspace.opened())
        return self._opened

    @property
    def records(self) -> Records:
        """What questions are asked of: one generation's tables, as-of and definitions; raises as `opened`."""
        return self.opened.records

    def close(self) -> None:
        """Let go of the files; questions are refused from now on. Answers that were given stay."""
        self._closed = True
        self._let_go()

    def _let_go(self) -> None:
        self._opened = self._cuts = None
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<regulars.Company {self.workspace.settings.company.name!r} in {str(self.workspace.folder)!r}>"

    def refresh(self, *, progress: "Progress" = lambda *_: None) -> "Refreshed":
        """Load what is new in the files and publish it; later answers see it.

        Args:
            progress: called now and then with what is done, how much of it is, and how much there is.

        Raises:
            SourceError: a file cannot be read.
            DataError: records were refused.
            Busy: another process writes, or the disk is full.
        """
        from regulars.app.refresh import refresh

        self._let_go()
        return refresh(self.workspace, progress=progress)

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
        """Follow customers by the period in which they began.

        Args:
            name: a cohort table, such as "retention"; `workspace.cohorts` holds them all.
            grain: of cohorts and ages: day, week, month, quarter or year.
            start: first day of the first cohort, as a date or "2024-12-31"; twelve cohorts where not given.
            end: day after the last cohort's; that of the last one with a customer where neither is given.
            ages: oldest age shown, >= 0; the company's `cohort_months` where not given.
            by: attributes of customers to split by.
            where: which customers count, such as "market = 'NL'".

        Returns:
            A triangle: shares in [0, 1], money in the company's currency.

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
        """Return RFM segments on the day the records end, with their cut points."""
        return segment.segments(self.records)

    def lifecycle(self) -> tuple[StateRow, ...]:
        """Return how many customers are in each state of the lifecycle on the day the records end, and their share."""
        return segment.lifecycle(self.records)

    def migration(self, *, states: bool = False) -> Migration:
        """Return who moved in the last 90 days.

        Args:
            states: between states of the lifecycle, rather than RFM segments.
        """
        return (segment.lifecycle_migration if states else segment.segment_migration)(self.records)

    def customer(self, customer_id: str) -> CustomerPage:
        """Return one customer's page: ids, attributes, segment, state, and what happened.

        Args:
            customer_id: any id that the records know them by.

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
        """Return the cells of rows that were not taken, values masked.

        Args:
            reason: only those refused for it, such as "not_a_number"; all where None.
        """
        return review.quarantined(self.opened.backend, reason)

    def views(self) -> Mapping[str, View]:
        """Return every page that there is, by name."""
        return self.workspace.declared(View, "views")

    def view(self, name: str, *, start: str | date | None = None, end: str | date | None = None) -> Page:
        """Return a page filled with answers.

        Args:
            name: of the view, such as "overview".
            start: first day, as a date or "2024-12-31"; the last twelve periods where not given.
            end: day after the last; where the records end if not given.

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
                "needs": list(missing((*kpi.frame.needs, *kpi.reads), ())),
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
        *names: str | Sequence[str],
        by: str | Sequence[str] = (),
        grain: str | None = "month",
        start: str | date | None = None,
        end: str | date | None = None,
        where: str | None = None,
        compare: bool = False,
        level: float | None = None,
    ) -> Shown:
        """Answer for one KPI or several: `company.kpi("net_revenue", "return_rate", by="market", grain="year")`.

        Args:
            names: of KPIs; `kpis()` lists them.
            by: attributes of customers to split by.
            grain: how the period is cut: day, week, month, quarter or year; "all" (or None) gives one figure.
            start: first day, as a date or "2024-12-31"; the last twelve of the grain where not given.
            end: day after the last; where the records end if not given.
            where: which customers count, such as "market = 'NL' and segment != 'consumer'".
            compare: each period with the one before, over the same elapsed part.
            level: coverage of the intervals, in (0, 1); the company's where None.

        Returns:
            Rows with value, interval, n and flags: money in the company's currency, shares in [0, 1], times in days or
            seconds. `print` shows the first; `to_pandas()` and the like give all.

        Raises:
            UnknownName: no such KPI.
            QueryError: no KPI is named, or dates, grain, split or condition cannot be.
        """
        asked = [one for some in names for one in ([some] if isinstance(some, str) else some)]
        if not asked:
            raise QueryError("No KPI is named. `kpis()` lists them.")
        split = [by] if isinstance(by, str) else list(by)
        self._known(split, asked)
        rows = measure.ask(
            asked,
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

    def _known(self, split: Sequence[str], names: Sequence[str]) -> None:
        """Refuse a split by nothing that is known, saying what each attribute is mapped from.

        Raises:
            QueryError: nothing is called so.
        """
        own = {name for kpi in names if kpi in self.workspace.kpis for name in self.workspace.kpis[kpi].frame.splits}
        known, origins = (*self.records.attributes, *own), self.workspace.origins
        for name in split:
            if name in known or get_close_matches(name, known, n=1, cutoff=0.75):
                continue
            said = [f"`{one}` (mapped from `{origins[one]}`)" if one in origins else f"`{one}`" for one in known]
            raise QueryError(f"Nothing to split by is called `{name}`. There are: {', '.join(said)}.")

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
            for model in self.workspace.declared(Model, "models").values()
        ]

    def predict(
        self, model: str, *, horizon_days: int = 90, top: int | None = None, level: float | None = None
    ) -> Predicted:
        """Foretell what each customer will do, with the model's score on the past.

        Args:
            model: its name; `models()` lists them.
            horizon_days: days ahead, > 0.
            top: only the so many highest; all where None.
            level: coverage of the limits, in (0, 1); the company's where None.

        Raises:
            UnknownName: no such model.
            QueryError: the horizon or the level cannot be, or records that the model needs are not there.
        """
        found = predict.predict(
            model,
            self.workspace.declared(Model, "models"),
            self.records,
            horizon_days=horizon_days,
            level=level,
            findings=self.findings(),
        )
        return Predicted(found, top)


def open_company(folder: str | Path = ".") -> Company:
    """Open the workspace in `folder`; `close` it, or use it in a `with`, so that files are let go.

    Args:
        folder: holds `regulars.toml`.

    Raises:
        SettingsError: there is no `regulars.toml`, or it is wrong.
    """
    return Company(Workspace.at(Path(folder)))
