"""A company's records in Python: `regulars.open("...")`."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from regulars.app import forecasting, foretell, healthy, measure, review, worth
from regulars.app.cohort_ltv import cohort_ltv
from regulars.app.customer import CustomerPage, customer
from regulars.app.foretell import Foretold
from regulars.app.goals import goals
from regulars.app.standing import Standing
from regulars.app.survival import compared, survived
from regulars.app.workspace import Opened, Workspace, again
from regulars.core.errors import QueryError
from regulars.data.quality.checking import Finding
from regulars.data.snapshot import Snapshot
from regulars.decisions import segment
from regulars.decisions.rfm import Cuts, cut_points
from regulars.decisions.segment import Migration, Segmentation, StateRow
from regulars.kpis.query import Records
from regulars.views import catalogued
from regulars.views.backtested import Backtested
from regulars.views.cohort_ltv import Ltv
from regulars.views.explained import Explained, explained
from regulars.views.fill import Page
from regulars.views.forecasts import Forecasts
from regulars.views.healthy import Healthy
from regulars.views.page import asked_for, filled, known
from regulars.views.predicted import Predicted, checked_top, ids
from regulars.views.shown import Shown
from regulars.views.survived import Hazards, Stays
from regulars.views.triangle import Triangle
from regulars.views.valued import AtRisk, Valued, days_of
from regulars.views.view import View

if TYPE_CHECKING:
    from regulars.app.foretell import Missed
    from regulars.app.refresh import Progress, Refreshed
    from regulars.models.backtest import Progress as Tries
    from regulars.views.alerts_told import Alerts


class Company:
    """An opened workspace; answers come from the generation that was current when it was opened or refreshed."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._open = ExitStack()
        self._opened: Opened | None = None
        self._cuts: Cuts | None = None
        self._snapshot: Snapshot | None = None
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
        self._opened = self._cuts = self._snapshot = None
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<regulars.Company {self.workspace.settings.company.name!r} in {str(self.workspace.folder)!r}>"

    def refresh(self, *, progress: "Progress" = lambda *_: None) -> "Refreshed":
        """Load what is new in the files and publish it; later answers see it.

        `progress` is called now and then with what is done, how much of it is, and how much there is.

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
        known, records = self.workspace.cohorts, self.records
        table = measure.cohorts(
            name, known, records, grain=grain, start=start, end=end, ages=ages, by=split, where=where
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

        `states` asks for states of the lifecycle, rather than RFM segments.
        """
        return (segment.lifecycle_migration if states else segment.segment_migration)(self.records)

    def customer(self, customer_id: str) -> CustomerPage:
        """Return one customer's page, by any id that the records know them by; `UnknownName` if they know none."""
        if self._cuts is None and "purchase_days" in self.records.tables:
            self._cuts = cut_points(self.records)
        return customer(self.records, customer_id, cuts=self._cuts)

    def check(self) -> review.Review:
        """Return files, reconciliation and findings."""
        return review.review(self.opened.backend)

    def findings(self) -> Sequence[Finding]:
        """Return what is remarkable about the records."""
        return review.findings_of(self.opened.backend)

    def quarantine(self, *, reason: str | None = None) -> list[dict[str, Any]]:
        """Return the cells of rows that were not taken, values masked.

        `reason` asks for those refused for it alone, such as "not_a_number".
        """
        return review.quarantined(self.opened.backend, reason)

    def views(self) -> Mapping[str, View]:
        """Return every page that there is, by name."""
        return self.workspace.declared(View, "views")

    def view(self, name: str, *, start: str | date | None = None, end: str | date | None = None, **asked: Any) -> Page:
        """Return a page filled with answers.

        Args:
            name: of the view, such as "overview" or "voice".
            start, end: first day and the day after the last; the last twelve periods where not given.
            asked: `by`, `question`, `touchpoint`, `top`, `grain`, of the pages that take them (views/view.py).

        Raises:
            UnknownName: no such view.
            QueryError: the dates cannot be, or what is asked.
        """
        days = {"start": measure.day(start, "from"), "end": measure.day(end, "to")}
        return filled(known(self.views(), name), {**days, **asked}, self.workspace, self.opened)

    def page(self, name: str, about: str = "", **asked: str) -> Page:
        """Return a page, asked in the words of its links: `company.page("kpi", "nps", period="8q")`.

        Args:
            name: of the view.
            about: what it is about, such as a customer's id or a KPI's name; "" of a page about all.
            asked: words by parameter (`regulars.views.parameters.PARAMETERS`), of those that the page takes.

        Raises:
            UnknownName: no such view, or nothing is called as it should be about.
            QueryError: the page takes no such parameter, or its words cannot be.
        """
        return asked_for(known(self.views(), name), about, asked, self.workspace, self.opened)

    def kpis(self) -> list[dict[str, Any]]:
        """Return every KPI with what it asks and needs, and whether it can be answered."""
        return catalogued.kpis(self.workspace.kpis.values(), self.records)

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
        measure.known_splits(split, asked, self.workspace.kpis, self.records, self.workspace.origins)
        said: dict[str, Any] = {"start": start, "end": end, "where": where, "compare": compare, "level": level}
        rows = measure.ask(asked, self.workspace.kpis, self.records, by=split, grain=grain, **said)
        return Shown(rows, self.currency)

    def explain(self, name: str, **asked: Any) -> Explained:
        """Return why a KPI moved; arguments and errors as of `views.explained.explained`."""
        return explained(name, self.workspace, self.opened, **asked)

    def alerts(self) -> "Alerts":
        """Return alerts that fired, the newest first, with the rules behind them: `company.alerts().open` waits."""
        from regulars.views.alerts_told import alerts

        return alerts(self.workspace, self.records)

    def goals(self, **asked: Any) -> tuple[Standing, ...]:
        """Return how goals stand, each below the one that it serves; arguments and errors as of `app.goals.goals`."""
        return goals(self.workspace, self.opened, **asked)

    def forecast(self, *names: str | Sequence[str], **asked: Any) -> Forecasts:
        """Foretell KPIs: `company.forecast("nps", grain="week", ahead=4)`; as of `app.forecasting.forecast`."""
        every = [one for some in names for one in ([some] if isinstance(some, str) else some)]
        return Forecasts(forecasting.forecast(every, self.workspace, self.opened, **asked), self.currency)

    def models(self) -> list[dict[str, Any]]:
        """Return every model with what it asks and predicts, whether it can, and which foretell these records best."""
        chosen = foretell.chosen(self.workspace, self.opened)
        return catalogued.models(self.workspace.models.values(), self.records, chosen)

    def foretold(self, name: str, **asked: Any) -> Foretold:
        """Return what is foretold of an outcome or by a model, as arrays; `asked` and errors as of `predict`."""
        if self._snapshot is None:
            self._snapshot = foretell.snapshot_of(self.records, self.workspace.features)
        asked |= {"snapshot": self._snapshot, "findings": self.findings()}
        found = foretell.foretold(self.workspace, self.opened, name, **asked)
        self._opened = again(self.opened, self.workspace.shelf)  # KPIs of what is foretold can be answered now
        return found

    def backtest(
        self,
        *names: str,
        horizon_days: int | None = None,
        again: bool = False,
        progress: "Tries" = lambda *_: None,
        missed: "Missed" = lambda _: None,
    ) -> Backtested:
        """Try all models of outcomes on the past; return what the best of each foretells, and keep it.

        `names` are of outcomes, all that these records allow if none is named (`missed` is told of those that cannot be
        foretold); `again` makes anew what is kept; other arguments and errors as of `predict`.
        """
        chosen = foretell.tried(self.workspace.models, names, self.records)
        make = partial(self.foretold, horizon_days=horizon_days, again=again, progress=progress)
        return Backtested(foretell.each(chosen, make, None if names else missed))

    def predict(
        self,
        name: str,
        *,
        horizon_days: int | None = None,
        lead_days: int | None = None,
        top: int | None = None,
        level: float | None = None,
        progress: "Tries" = lambda *_: None,
    ) -> Predicted:
        """Foretell what each customer will do, with the score on the past.

        Args:
            name: of an outcome or of a model; `models()` lists them.
            horizon_days: days ahead, > 0; the company's where None.
            lead_days: days before they begin; the company's where None.
            top: only the so many highest; all where None.
            level: coverage of the limits, in (0, 1); the company's where None; `progress`: told what is tried when.

        Raises:
            UnknownName: nothing is called so.
            QueryError: it cannot be foretold: of these records, or so far ahead; or `top` is below 1.
        """
        checked_top(top)
        found = self.foretold(name, horizon_days=horizon_days, lead_days=lead_days, level=level, progress=progress)
        return Predicted(found, ids(self.records), self._features, self.currency, top)

    def clv(self, *, months: int | None = None, top: int | None = None, progress: "Tries" = lambda *_: None) -> Valued:
        """Return what each customer is expected to bring in `months` (else `clv_months`), and all of them together."""
        clv = self.predict("value", horizon_days=days_of(months), top=top, progress=progress)
        return Valued(
            clv=clv,
            orders=self.foretold("orders", progress=progress),
            discount_rate=self.records.definitions.discount_rate,
            before=worth.brought(self.records, clv.found.said.horizon_days),
        )

    def at_risk(self, *, of: str = "", top: int | None = None, progress: "Tries" = lambda *_: None) -> AtRisk:
        """Return customers by value at stake: the probability that they leave times what they are expected to bring.

        `of` is "contracts" or "orders"; where neither is said, contracts if there are some.
        """
        checked_top(top)
        by = foretell.at_risk_by(self.records, of)
        return AtRisk(
            by=by,
            churn=self.foretold(by.churn, progress=progress),
            value=self.foretold(by.value, progress=progress),
            ids=ids(self.records),
            said=self._features,
            currency=self.currency,
            top=top,
        )

    def survival(self, *, of: str = "", by: Sequence[str] = (), level: float | None = None) -> Stays:
        """Return how long customers stay, by tenure; arguments and errors as of `app.survival.survived`."""
        return Stays(survived(self.records, of=of, by=by, level=level, findings=self.findings()))

    def hazards(self, *, of: str = "", by: Sequence[str] = (), level: float | None = None) -> Hazards:
        """Return what goes along with leaving sooner or later; arguments and errors as of `app.survival.compared`."""
        return Hazards(compared(self.records, of=of, by=by, level=level, findings=self.findings()))

    def health(self, *, of: str = "", top: int | None = None, progress: "Tries" = lambda *_: None) -> Healthy:
        """Return health scores where past days justify them, else how long they are silent; `of` as of `at_risk`."""
        checked_top(top)
        by = foretell.at_risk_by(self.records, of)
        found = healthy.health(by, self.foretold(f"{by.churn}_health", progress=progress), self.records)
        return Healthy(found, ids(self.records), self._features, top)

    def ltv(self, *, grain: str = "month", months: int = 12, **rest: Any) -> Ltv:
        """Return what customers have brought and will, by age; arguments and errors as of `app.cohort_ltv`."""
        found = cohort_ltv(self.workspace, self.opened, grain=grain, months=months, findings=self.findings(), **rest)
        return Ltv(found, self.currency)

    @property
    def _features(self) -> dict[str, str]:
        return {feature.name: feature.said for feature in self.workspace.features}


def open_company(folder: str | Path = ".") -> Company:
    """Open the workspace in `folder`, where `regulars.toml` is; `close` it, or use it in a `with`: files are let go.

    Raises:
        SettingsError: there is no `regulars.toml`, or it is wrong.
    """
    return Company(Workspace.at(Path(folder)))
