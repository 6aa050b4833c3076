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

from regulars.kpis.aggregations import Keyed, Ranked, Statistics
from regulars.kpis.frame import Frame, Scope
from regulars.kpis.kpi import KPI, bound

Rows = list[dict[str, Any]]
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
        units = per_customer(batch, batch[0].frame, scope, split)
        fused = [kpi for kpi in batch if not isinstance(kpi.formula, (Ranked, Keyed))]
        if fused:
            yield from _fused(fused, units, split.columns, run)
        for kpi in batch:
            if isinstance(kpi.formula, Keyed):
                yield from _keyed(kpi, units, split.columns, run)
            elif isinstance(kpi.formula, Ranked):
                yield from _ranked(kpi, units, split.columns, run)


def per_customer(batch: Sequence[KPI], frame: Frame, scope: Scope, split: Split) -> ir.Table:
    """Return one row per customer, period and row-level group with the parts of every KPI of `batch`."""
    rows = frame.build(scope)
    rows = rows.filter((rows.period >= 0) & (rows.period < scope.timeline.count))
    if split.condition is not None:
        rows = rows.filter(split.condition(rows))
    parts: dict[str, Any] = {}
    for kpi in batch:
        parts |= bound(rows, kpi)
    keys = ("customer", "period", *split.rows_by)
    units = rows.select(*keys, **parts) if frame.unique else rows.group_by(keys).aggregate(**parts)
    if split.people is None:
        return units
    people = split.people.select(person=split.people.customer, **{name: split.people[name] for name in split.by})
    how = "left" if split.everyone else "inner"
    return units.join(people, units.customer == people.person, how=how).drop("person")


def _fused(batch: Sequence[KPI], units: ir.Table, by: Sequence[str], run: Run) -> Iterator[Reading]:
    sums = {
        f"{kpi.name}__{name}": value for kpi in batch for name, value in kpi.formula.across(_parts(kpi, units)).items()
    }
    for row in run(units.group_by("period", *by).aggregate(**sums)):
        group = tuple(row[name] for name in by)
        for kpi in batch:
            yield Reading(kpi=kpi, group=group, period=row["period"], rows=(_own(kpi, row),))


def _ranked(kpi: KPI, units: ir.Table, by: Sequence[str], run: Run) -> Iterator[Reading]:
    assert isinstance(kpi.formula, Ranked)
    names = {part: f"{kpi.name}__{part}" for part in kpi.formula.per_unit()}
    ranked = kpi.formula.ranked(units.select("customer", "period", *by, *names.values()), names, ["period", *by])
    yield from _fused([kpi], ranked, by, run)


def _keyed(kpi: KPI, units: ir.Table, by: Sequence[str], run: Run) -> Iterator[Reading]:
    assert isinstance(kpi.formula, Keyed)
    key = f"{kpi.name}__{kpi.formula.key}"
    sums = {f"{kpi.name}__{name}": value for name, value in kpi.formula.across(_parts(kpi, units)).items()}
    found: dict[tuple[int, Group], list[Statistics]] = defaultdict(list)
    for row in run(units.group_by("period", *by, key).aggregate(**sums)):
        found[row["period"], tuple(row[name] for name in by)].append(_own(kpi, row))
    for (period, group), rows in found.items():
        yield Reading(kpi=kpi, group=group, period=period, rows=tuple(rows))


def _parts(kpi: KPI, units: ir.Table) -> Mapping[str, Any]:
    mark = f"{kpi.name}__"
    return {name.removeprefix(mark): units[name] for name in units.columns if name.startswith(mark)}


def _own(kpi: KPI, row: Mapping[str, Any]) -> Statistics:
    mark = f"{kpi.name}__"
    return {name.removeprefix(mark): value for name, value in row.items() if name.startswith(mark)}
