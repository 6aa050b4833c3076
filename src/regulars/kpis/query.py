"""Answer questions: statistics from the plan, estimates, honesty about what is unfinished, small or not known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import ibis.expr.types as ir

from regulars.core.definitions import Definitions
from regulars.core.errors import QueryError, UnknownName, nearest
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.periods import Grain, Period, day_number, day_of
from regulars.core.segment_settings import SegmentSettings
from regulars.kpis import groups
from regulars.kpis.aggregations import Statistics
from regulars.kpis.answer import Change, Row, Scored
from regulars.kpis.flags import Flags, raised
from regulars.kpis.frame import Scope, missing
from regulars.kpis.kpi import KPI
from regulars.kpis.plan import CAME, Group, Run, Split, read
from regulars.kpis.question import Question
from regulars.kpis.timeline import Timeline
from regulars.stats import contrasts

#: Columns of `people` that are no attributes.
_NO_ATTRIBUTES = frozenset(
    "customer customer_id signed_day first_order_day first_event_day first_contract_day entered_day".split()
)


#: What begins the names of tables of what is foretold; the outcome follows.
FORETOLD = "foretold_"
#: What begins the names of tables of what comments say.
HEARD = "heard_"
#: Both are made of the records later, by models, and beside them stands how well that goes.
_MADE = (FORETOLD, HEARD)


@dataclass(frozen=True, kw_only=True)
class Records:
    """What questions are asked of: one generation.

    Attributes:
        tables: facts and canonical tables by name.
        run: runs an expression and returns its rows.
        as_of: local day before which records count.
        known_at: the same as an instant, UTC.
        covered: first and last local day of records, by canonical table.
        definitions: the company's parameters.
        flags: what findings say about KPIs.
        columns: canonical columns that are mapped, as `orders.discount`; None where that is unknown.
        scores: how well predictions went on the past, by the table of them.
        withheld: why predictions that were made answer nothing, by the table of them.
        segments: saved segments by name.
    """

    tables: Mapping[str, ir.Table]
    run: Run
    as_of: date
    known_at: datetime
    covered: Mapping[str, Period]
    definitions: Definitions
    flags: Flags
    columns: frozenset[str] | None = None
    scores: Mapping[str, Scored] = field(default_factory=dict)
    withheld: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, SegmentSettings] = field(default_factory=dict)

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the attributes by which customers may be split."""
        return tuple(name for name in self.tables["people"].columns if name not in _NO_ATTRIBUTES)


def lacking(kpi: KPI, records: Records) -> tuple[list[str], list[str]]:
    """Return what `kpi` needs and is not there: tables or columns of records, and tables that models make of them.

    Alternatives stand in one: "events or orders".
    """
    found = list(kpi.frame.missing(records.covered))
    # Without the table, there is no use in asking for its columns.
    if not found and records.columns is not None:
        found = list(missing(kpi.reads, records.columns))
    made = [name for name in found if name.startswith(_MADE)]
    return [name for name in found if not name.startswith(_MADE)], made


def withheld(foretold: Sequence[str], records: Records) -> list[str]:
    """Return why predictions of these tables were made and answer nothing; empty where they were not made."""
    whys = (why for name, why in records.withheld.items() if any(name in one.split(" or ") for one in foretold))
    return list(dict.fromkeys(whys))


def quoted(any_of: str) -> str:
    """Write one of what is lacking: `events` or `orders`."""
    return " or ".join(f"`{name}`" for name in any_of.split(" or "))


def available(kpi: KPI, records: Records) -> str:
    """Return "" where `kpi` can be answered, else why not."""
    needs, foretold = lacking(kpi, records)
    if foretold and not needs:
        if whys := withheld(foretold, records):
            return "; ".join(whys)
        if all(name.startswith(HEARD) for name in foretold):
            return "no comments were read yet of these records: run `regulars themes`"
        untold = [name.split(" or ")[-1].removeprefix(FORETOLD).removeprefix("past_") for name in foretold]
        command = "health" if untold[0].endswith("_health") else f"backtest {' '.join(untold)}"
        return f"nothing is foretold yet of these records with these settings: run `regulars {command}`"
    return f"needs {' and '.join(map(quoted, needs))}" if needs else ""


def answer(question: Question, kpis: Mapping[str, KPI], records: Records) -> list[Row]:
    """Answer `question`, rows in a fixed order: by KPI as asked, group, period.

    Raises:
        UnknownName: no such KPI.
        QueryError: a split or period that cannot be.
    """
    chosen = [_chosen(name, kpis) for name in question.kpis]
    split = _split(question, chosen, records)
    whys = {kpi.name: question.nobody or available(kpi, records) for kpi in chosen}
    timeline = _timeline(question, records)
    found = _estimates([kpi for kpi in chosen if not whys[kpi.name]], timeline, split, question, records)
    rows: list[Row] = []
    for kpi in chosen:
        if why := whys[kpi.name]:
            level = question.level or records.definitions.level
            rows += [valueless(kpi, period, why, records, level) for period in timeline.periods]
        else:
            rows += _explained(found[kpi.name], kpi, timeline, records)
    return rows


def _explained(rows: list[Row], kpi: KPI, timeline: Timeline, records: Records) -> list[Row]:
    """Say what is lacking where no row has a value."""
    if any(row.estimate.interval.value is not None for row in rows):
        return rows
    scope = scope_of(records, timeline)
    why = next((why for why, wanted in kpi.frame.lacks(scope) if not records.run(wanted.limit(1))), "")
    if not why:
        return rows
    found = [unknown(why, level=row.estimate.interval.level) for row in rows]
    return [replace(row, estimate=replace(row.estimate, interval=one)) for row, one in zip(rows, found, strict=True)]


def _chosen(name: str, kpis: Mapping[str, KPI]) -> KPI:
    if name not in kpis:
        raise UnknownName("KPI", name, kpis)
    return kpis[name]


def _split(question: Question, chosen: Sequence[KPI], records: Records) -> Split:
    attributes = records.attributes
    by = tuple(name for name in question.by if name in attributes)
    own = tuple(name for name in question.by if name not in attributes)
    for name in own:
        for kpi in chosen:
            if name not in kpi.frame.splits:
                known = (*attributes, *kpi.frame.splits)
                raise QueryError(f"`{kpi.name}` cannot be split by `{name}`.{nearest(name, known)}")
    people = records.tables["people"]
    if question.where is not None:
        people = people.filter(question.where(people))
    divided = by or question.where is not None
    return Split(by=by, rows_by=own, people=people if divided else None, everyone=question.where is None)


def _timeline(question: Question, records: Records) -> Timeline:
    period = question.period
    if period.start >= records.as_of:
        raise QueryError(
            f"The period `{period}` begins after the records end (`{records.as_of}`). Choose an earlier one."
        )
    if question.bounds:
        return Timeline(bounds=question.bounds, as_of=day_number(records.as_of))
    whole = Timeline.of(period, records.as_of, question.grain)
    begun = sum(1 for part in whole.periods if part.start < records.as_of)
    return replace(whole, bounds=whole.bounds[: begun + 2])


def _estimates(
    kpis: Sequence[KPI], timeline: Timeline, split: Split, question: Question, records: Records
) -> dict[str, list[Row]]:
    level = question.level or records.definitions.level
    if question.compare:
        now, earlier = _compared(kpis, timeline, split, question.grain, records)
    else:
        now, earlier = _statistics(kpis, timeline, split, records), {}
    rows: dict[str, list[Row]] = {}
    for kpi in kpis:
        found = sorted({group for (name, group, _period) in now if name == kpi.name}, key=_order)
        if not split.columns:
            found = [()]
        cells = [
            _row(kpi, group, index, now, earlier, timeline, split, level, records)
            for group in found
            for index in range(timeline.count)
        ]
        if split.columns:
            cells = [
                row
                for index, period in enumerate(timeline.periods)
                for row in groups.beside_each_other(
                    [row for row in cells if row.estimate.period == period],
                    [now.get((kpi.name, group, index), ()) for group in found],
                    level,
                    records.definitions,
                )
            ]
        rows[kpi.name] = cells
    return rows


def figure(kpi: KPI, timeline: Timeline, split: Split, records: Records, *, level: float | None = None) -> Row:
    """Return one figure of a KPI that can be answered, over the first period of `timeline`, as it is cut."""
    now = _statistics([kpi], timeline, split, records)
    return _row(kpi, (), 0, now, {}, timeline, split, level or records.definitions.level, records)


def valueless(kpi: KPI, period: Period, why: str, records: Records, level: float | None = None) -> Row:
    """Return that a KPI has no value over `period`, and why."""
    estimate = Estimate(
        interval=unknown(why, level=level or records.definitions.level),
        period=period,
        as_of=records.known_at,
        version=kpi.versioned(records.definitions),
    )
    return Row(kpi=kpi, estimate=estimate)


_Cells = Mapping[tuple[str, Group, int], tuple[Statistics, ...]]


def _statistics(kpis: Sequence[KPI], timeline: Timeline, split: Split, records: Records) -> _Cells:
    scope = scope_of(records, timeline, split.rows_by)
    return {(r.kpi.name, r.group, r.period): r.rows for r in read(kpis, scope, split, records.run)}


def scope_of(records: Records, timeline: Timeline, columns: tuple[str, ...] = ()) -> Scope:
    """Return what frames may use."""
    return Scope(
        tables=records.tables,
        timeline=timeline,
        definitions=records.definitions,
        columns=columns,
        known_at=records.known_at,
    )


def _compared(
    kpis: Sequence[KPI], timeline: Timeline, split: Split, grain: Grain | None, records: Records
) -> tuple[_Cells, _Cells]:
    """Return the statistics of each period, and of the one before it: asked at once, as most are both.

    What comes before the last is cut to the part that has elapsed of it.
    """
    first = _before(timeline, grain)
    longer = Timeline(bounds=(first, *timeline.bounds), as_of=timeline.as_of)
    cells = _statistics(kpis, longer, split, records)
    now = {(name, group, index - 1): rows for (name, group, index), rows in cells.items() if index > 0}
    found = {(name, group, index): rows for (name, group, index), rows in cells.items() if index < timeline.count}
    last = timeline.count - 1
    elapsed, length = timeline.elapsed(last), timeline.bounds[-1] - timeline.bounds[-2]
    if elapsed < length:
        start, end = timeline.bounds[-3], timeline.bounds[-2]
        ahead = timeline.bounds[-4] if timeline.count > 1 else first
        cut = Timeline(bounds=(ahead, start, min(start + elapsed, end)), as_of=timeline.as_of)
        for key in [key for key in found if key[2] == last]:
            del found[key]
        partial = _statistics([kpi for kpi in kpis if not kpi.frame.whole], cut, split, records)
        found |= {(name, group, last): rows for (name, group, _index), rows in partial.items()}
    return now, found


def _before(timeline: Timeline, grain: Grain | None) -> int:
    """Return the day on which the period before the one before begins."""
    first, second = timeline.bounds[:2]
    return day_number(grain.previous(day_of(first))) if grain else first - (second - first)


def _row(
    kpi: KPI,
    group: Group,
    index: int,
    now: _Cells,
    earlier: _Cells,
    timeline: Timeline,
    split: Split,
    level: float,
    records: Records,
) -> Row:
    period = timeline.periods[index]
    interval = _interval(kpi, now.get((kpi.name, group, index), ()), period, level, records)
    change = None
    if earlier:
        start = timeline.bounds[index]
        past = Period(day_of(start), period.start)
        before = _interval(kpi, earlier.get((kpi.name, group, index), ()), past, level, records)
        change = _change(interval, before, level)
    return Row(
        kpi=kpi,
        group=dict(zip(split.columns, group, strict=True)),
        estimate=Estimate(
            interval=interval,
            period=period,
            as_of=records.known_at,
            version=kpi.versioned(records.definitions),
            flags=_flags(kpi, interval, period, split, records),
        ),
        change=change,
        scored=_scored(kpi, records),
    )


def _scored(kpi: KPI, records: Records) -> tuple[Scored, ...]:
    """Return how well it went to make what `kpi` is answered from; once where two tables were made together."""
    found: list[Scored] = []
    for name in (one for one in records.scores if one in _used(kpi, records)):
        if records.scores[name] not in found:
            found.append(records.scores[name])
    return tuple(found)


def _change(interval: Interval, before: Interval, level: float) -> Change:
    difference = contrasts.difference(interval, before)
    return Change(difference=difference, detectable=contrasts.detectable(difference), before=before)


def _interval(kpi: KPI, rows: Sequence[Statistics], period: Period, level: float, records: Records) -> Interval:
    if kpi.frame.whole and period.end > records.as_of:
        return unknown("the period is not over", level=level)
    covered = covered_by(kpi, records)
    if period.end <= covered.start:
        return unknown(f"records begin on {covered.start}", level=level)
    found = kpi.estimate(rows, level)
    return _too_young(kpi, rows, period, level, records) if found.why_not and kpi.waits else found


def _too_young(kpi: KPI, rows: Sequence[Statistics], period: Period, level: float, records: Records) -> Interval:
    """Return "no value, because ..." where customers of the period cannot be told to count yet, else the estimate."""
    found, came = kpi.estimate(rows, level), sum(row[CAME] for row in rows)
    ripe = _ripe_on(kpi, period, records)
    if not came or found.n or ripe <= records.as_of:
        return found
    whom = "1 customer" if came == 1 else f"{came:,} customers"
    return unknown(f"too early to tell of {whom}: all are old enough on {ripe}", level=level)


def _ripe_on(kpi: KPI, period: Period, records: Records) -> date:
    """Return the day from which on all is known of the customers of a period; its first where nothing waits."""
    return period.end + timedelta(days=kpi.waits(records.definitions) - 1) if kpi.waits else period.start


def is_foretold(kpi: KPI) -> bool:
    """Whether `kpi` is of what is foretold: known as of the end of the records alone, so that it has no course."""
    return any(name.startswith(FORETOLD) for name in kpi.frame.named)


def covered_by(kpi: KPI, records: Records) -> Period:
    """Return the span of the records that `kpi` is answered from; the last of them to begin decides."""
    # What is foretold is as of the end of the records, and made of all of them.
    told = [name for name in _used(kpi, records) if not name.startswith(_MADE)]
    every = [name for name in records.covered if not name.startswith(_MADE)]
    return max((records.covered[name] for name in told or every), key=lambda span: span.start)


def _used(kpi: KPI, records: Records) -> list[str]:
    """Return the tables that `kpi` is answered from; of alternatives, the first that is there."""
    wanted = [need if isinstance(need, tuple) else (need,) for need in kpi.frame.needs]
    return [next(name for name in names if name in records.covered) for names in wanted]


def _flags(kpi: KPI, interval: Interval, period: Period, split: Split, records: Records) -> tuple[str, ...]:
    flags = raised(records.flags, kpi.name, period, divided=split.people is not None)
    covered = covered_by(kpi, records)
    if period.end > records.as_of:
        flags.add("unfinished")
    if period.start < covered.start:
        flags.add("before_records")
    if not interval.why_not and interval.n < records.definitions.small_n:
        flags.add("small_n")
    if not interval.why_not and _ripe_on(kpi, period, records) > records.as_of:
        flags.add("maturing")
    if split.rows_by:
        flags.add("split_finer_than_customer")
    return tuple(sorted(flags))


def _order(group: Group) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, str(value)) for value in group)
