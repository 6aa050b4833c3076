"""One question why a KPI moved, checked, with what the KPI says of both periods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from regulars.app import compared_periods, defined_then, measure
from regulars.app.defined_then import Changed
from regulars.app.explanation import VERSION, Explanation
from regulars.app.measure import condition, naming
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import UnknownName
from regulars.core.estimate import Estimate, Interval
from regulars.core.periods import Period
from regulars.core.wording import counted
from regulars.kpis import query
from regulars.kpis.answer import Row
from regulars.kpis.flags import raised
from regulars.kpis.kpi import KPI
from regulars.kpis.plan import Split
from regulars.kpis.query import Records
from regulars.kpis.timeline import Timeline
from regulars.stats import grouped_jackknife


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question, checked.

    Attributes:
        kpi: which.
        kpis: all of the company's.
        records: what is asked.
        period, against: the two periods; `timelines`: of both, the earlier one first, over the same elapsed part.
        split: which customers count.
        before, after: what the KPI says of them; of the earlier one by the definition by which it was told first.
        currency: of money.
        where: which customers count, in words.
        told: how the KPI was defined when the earlier period was told first, where that is not as now.
    """

    kpi: KPI
    kpis: Mapping[str, KPI]
    records: Records
    period: Period
    against: Period
    timelines: tuple[Timeline, Timeline]
    split: Split
    before: Row
    after: Row
    currency: str
    where: str
    told: Changed | None

    @property
    def old(self) -> Records | None:
        """The records with the parameters by which the earlier period was told, where they are not those of now."""
        if self.told is None or self.told.definitions is None:
            return None
        return replace(self.records, definitions=self.told.definitions)

    @property
    def new(self) -> bool:
        """Whether it can be told who is new: in the period in which records begin, everybody would be."""
        return bool(self.lacking) or query.covered_by(self.kpi, self.records).start < self.timelines[0].periods[0].start

    @property
    def lacking(self) -> str:
        """Why one of the two has no value; "" where both have."""
        return self.after.estimate.interval.why_not or self.before.estimate.interval.why_not

    @property
    def level(self) -> float:
        """Coverage of intervals."""
        return self.records.definitions.level

    def estimate(self, interval: Interval, by: Sequence[str] = ()) -> Estimate:
        """Return an interval with what must travel with it; `by` is what it is told by, if by anything."""
        flags = {*self.before.estimate.flags, *self.after.estimate.flags} - {"small_n"}
        if by:
            flags |= raised(self.records.flags, self.kpi.name, self.period, divided=True)
        if set(by) & set(self.kpi.frame.splits) - set(self.records.attributes):
            flags.add("split_finer_than_customer")
        if not interval.why_not and interval.n < self.records.definitions.small_n:
            flags.add("small_n")
        return replace(
            self.after.estimate,
            interval=interval,
            version=f"{VERSION} of {self.kpi.versioned(self.records.definitions)}",
            flags=tuple(sorted(flags)),
        )

    def around(
        self, value: float, half: float, n: int, *, centre: float | None = None, by: Sequence[str] = ()
    ) -> Estimate:
        """Return a value with limits `half` off `centre`, or off itself."""
        middle = value if centre is None else centre
        low, high = min(value, middle - half), max(value, middle + half)
        method = grouped_jackknife.METHOD
        return self.estimate(Interval(value=value, low=low, high=high, level=self.level, method=method, n=n), by)

    def explanation(self, change: Estimate) -> Explanation:
        """Return the answer without parts."""
        return Explanation(
            kpi=self.kpi,
            period=self.period,
            against=self.against,
            before=self.before.estimate,
            after=self.after.estimate,
            change=change,
            notes=tuple(self._notes()),
            currency=self.currency,
            where=self.where,
            scored=tuple(dict.fromkeys((*self.after.scored, *self.before.scored))),
        )

    def _notes(self) -> list[str]:
        notes = []
        passed = self.timelines[1].elapsed(0)
        if passed < self.period.days:
            notes.append(f"The period is not over: the first {counted(passed, 'day')} of each are compared.")
        if not self.new:
            notes.append("Records begin in the earlier period: who was new then cannot be told, all count as existing.")
        if self.told is not None:
            how = "both are counted as defined now" if self.old is None else "the difference is the part `definition`"
            notes.append(
                f"The earlier period was told first on {self.told.on}, with {self.told.said} (`defined.json` of the "
                f"store): {how}."
            )
        return notes


def question(
    name: str,
    workspace: Workspace,
    opened: Opened,
    *,
    period: Period,
    against: Period,
    where: str = "",
    by: Sequence[str] = (),
) -> Question:
    """Return the question with the answers for both periods; arguments and errors as of `explaining.explain`."""
    if name not in workspace.kpis:
        raise UnknownName("KPI", name, workspace.kpis)
    kpi, records = workspace.kpis[name], naming(opened.records, where or None, by)
    only = condition(where, records) if where else None
    people = records.tables["people"]
    timelines = compared_periods.timelines(period, against, records, whole=kpi.frame.whole)
    lacks = query.available(kpi, records) or (only.nobody(records) if only else "")
    end = timelines[0].periods[0].end
    found = Question(
        kpi=kpi,
        kpis=workspace.kpis,
        records=records,
        period=period,
        against=against,
        timelines=timelines,
        split=Split(people=people.filter(only.holds(people)) if only else None, everyone=only is None),
        before=query.valueless(kpi, timelines[0].periods[0], lacks or "not asked", records),
        after=query.valueless(kpi, timelines[1].periods[0], lacks or "not asked", records),
        currency=workspace.settings.company.currency,
        where=where,
        told=defined_then.changed(workspace.store, kpi, end, records.definitions),
    )
    if lacks:
        return found
    used = measure.segments_in(opened.records, where or None, by)
    rows = (
        query.figure(kpi, timelines[0], found.split, found.old or records),
        query.figure(kpi, timelines[1], found.split, records),
    )
    before, after = (measure.of_segments(row, used, records) if used else row for row in rows)
    return replace(found, before=before, after=after)
