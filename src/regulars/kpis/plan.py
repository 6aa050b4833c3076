"""One scan per frame, whatever the number of KPIs.

KPIs over one frame are fused: rows are grouped per customer once, and customers summed up once, for all of them. Only
those that must see customers in order (`Ranked`) or keep statistics apart by a value (`Keyed`) ask a question of their
own.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis.expr.types as ir

from regulars.data.sharing import aggregate
from regulars.data.whole_numbers import narrow
from regulars.kpis.aggregations import Keyed, Ranked, Statistics
from regulars.kpis.frame import Frame, Scope
from regulars.kpis.kpi import KPI, bound

Rows = list[dict[str, Any]]
#: Name of the statistic that counts customers, eligible or not.
CAME = "came"
#: Runs an expression and returns its rows.
Run = Callable[[ir.Table], Rows]
#: The values of the split, in the order asked for.
Group = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Split:
    """How customers are divided and which of them count.

    Attributes:
        by: attributes of customers to split by.
        rows_by: columns of the frame's rows to split by (finer than the customer).
        people: customers that count, with `customer` and the attributes; None where all do and none is split by.
        everyone: whether orders without a customer count too; their attributes are null.
        condition: which rows of the frame count, from a table of them; None where all do.
    """

    by: tuple[str, ...] = ()
    rows_by: tuple[str, ...] = ()
    people: ir.Table | None = None
    everyone: bool = False
    condition: Callable[[ir.Table], ir.BooleanValue] | None = field(default=None)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of a group, in order."""
        return (*self.by, *self.rows_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The sufficient statistics of one KPI in one group and period."""

    kpi: KPI
    group: Group
    period: int
    rows: tuple[Statistics, ...]


def read(kpis: Iterable[KPI], scope: Scope, split: Split, run: Run) -> Iterator[Reading]:
    """Yield the statistics of every KPI for every group and period that has any customer."""
    frames: dict[str, list[KPI]] = defaultdict(list)
    for kpi in kpis:
        frames[kpi.frame.name].append(kpi)
    for batch in frames.values():
        units, names = per_customer(batch, batch[0].frame, scope, split)
        fused = [kpi for kpi in batch if not isinstance(kpi.formula, (Ranked, Keyed))]
        if fused:
            yield from _fused(fused, units, names, split.columns, run)
        asked: dict[Any, Rows] = {}
        for kpi in batch:
            if isinstance(kpi.formula, Keyed):
                yield from _keyed(kpi, units, names[kpi.name], split.columns, run, asked)
        alike: dict[tuple[str, ...], list[KPI]] = defaultdict(list)
        for kpi in batch:
            if isinstance(kpi.formula, Ranked):
                alike[tuple(names[kpi.name].values())].append(kpi)
        for ranks in alike.values():
            yield from _ranked(ranks, units, names, split.columns, run)


#: The column of each part of a KPI, or of each of its statistics.
Names = Mapping[str, str]


def per_customer(
    batch: Sequence[KPI], frame: Frame, scope: Scope, split: Split
) -> tuple[ir.Table, Mapping[str, Names]]:
    """Return one row per customer, period and row-level group, and the columns of the parts of every KPI of `batch`."""
    rows = frame.build(scope)
    rows = rows.filter((rows.period >= 0) & (rows.period < scope.timeline.count))
    if split.condition is not None:
        rows = rows.filter(split.condition(rows))
    parts, names = _distinct({kpi.name: bound(rows, kpi) for kpi in batch})
    parts = {name: narrow(value) for name, value in parts.items()}
    keys = ("customer", "period", *split.rows_by)
    units = rows.select(*keys, **parts) if frame.unique else rows.group_by(keys).aggregate(**parts)
    if split.people is None:
        return units, names
    people = split.people.select(person=split.people.customer, **{name: split.people[name] for name in split.by})
    how = "left" if split.everyone else "inner"
    return units.join(people, units.customer == people.person, how=how).drop("person"), names


def _distinct(values: Mapping[str, Mapping[str, ir.Value]]) -> tuple[dict[str, ir.Value], Mapping[str, Names]]:
    """Return columns by name and the names by KPI: what several KPIs ask for alike is one column."""
    known: dict[Any, str] = {}
    names = {
        kpi: {part: known.setdefault(value.op(), f"{kpi}__{part}") for part, value in own.items()}
        for kpi, own in values.items()
    }
    return {name: values[kpi][part] for kpi, own in names.items() for part, name in own.items()}, names


def _fused(
    batch: Sequence[KPI], units: ir.Table, names: Mapping[str, Names], by: Sequence[str], run: Run
) -> Iterator[Reading]:
    came = {CAME: units.customer.count()}
    sums, columns = _distinct(
        {
            kpi.name: {**kpi.formula.across(parts_of(units, names[kpi.name])), **(came if kpi.waits else {})}
            for kpi in batch
        }
    )
    for row in run(aggregate(units, ("period", *by), sums)):
        group = tuple(row[name] for name in by)
        for kpi in batch:
            yield Reading(kpi=kpi, group=group, period=row["period"], rows=(_own(row, columns[kpi.name]),))


def _ranked(
    batch: Sequence[KPI], units: ir.Table, names: Mapping[str, Names], by: Sequence[str], run: Run
) -> Iterator[Reading]:
    """Yield the statistics of KPIs that rank customers by the same: they are put in order once."""
    ranked = units.select("customer", "period", *by, *names[batch[0].name].values())
    for kpi in batch:
        assert isinstance(kpi.formula, Ranked)
        ranked = kpi.formula.ranked(ranked, names[kpi.name], ["period", *by])
    yield from _fused(batch, ranked, names, by, run)


def _keyed(
    kpi: KPI, units: ir.Table, names: Names, by: Sequence[str], run: Run, asked: dict[Any, Rows]
) -> Iterator[Reading]:
    """Yield the statistics of `kpi`; `asked` holds the answers so far, for KPIs that read one curve differently."""
    assert isinstance(kpi.formula, Keyed)
    key = names[kpi.formula.key]
    sums = {f"{key}__{name}": value for name, value in kpi.formula.across(parts_of(units, names)).items()}
    wanted = aggregate(units, ("period", *by, key), sums)
    if wanted.op() not in asked:
        asked[wanted.op()] = run(wanted)
    columns = {kpi.formula.key: key, **{name.removeprefix(f"{key}__"): name for name in sums}}
    found: dict[tuple[int, Group], list[Statistics]] = defaultdict(list)
    for row in asked[wanted.op()]:
        found[row["period"], tuple(row[name] for name in by)].append(_own(row, columns))
    for (period, group), rows in found.items():
        yield Reading(kpi=kpi, group=group, period=period, rows=tuple(rows))


def parts_of(units: ir.Table, names: Names) -> Mapping[str, ir.Value]:
    """Return the parts of a KPI, with what ranking added to them as `part__added`."""
    return {
        part + column.removeprefix(name): units[column]
        for part, name in names.items()
        for column in units.columns
        if column == name or column.startswith(f"{name}__")
    }


def _own(row: Mapping[str, Any], columns: Names) -> Statistics:
    return {name: row[column] for name, column in columns.items()}
