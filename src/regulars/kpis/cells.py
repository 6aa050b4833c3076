"""Sums of one KPI by attributes, by whether customers are new, and by groups of customers drawn by chance.

One question to the engine for each period, whatever the number of attributes: units are made once, and added up in
several ways. Sums leave the engine, not customers; groups by chance say how sure what is made of them is
(stats/grouped_jackknife.py).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from regulars.data.whole_numbers import narrow
from regulars.kpis.aggregations import Keyed, Statistics, Unit
from regulars.kpis.frame import Scope
from regulars.kpis.kpi import KPI
from regulars.kpis.plan import Run, Split, parts_of, per_customer

Floats: TypeAlias = NDArray[np.float64]
#: Groups of customers.
GROUPS = 64
#: Who a customer is to a period: known before it, entered in it, or not known at all.
EXISTING, NEW, NAMELESS = 0, 1, 2
#: The column of `people` that says when a customer entered.
ENTERED = "entered_day"
#: Values of the attributes of a set; None where a customer has none.
Key = tuple[str | None, ...]


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Sums by cell.

    Attributes:
        by: attributes.
        keys: their values, K of them.
        sums: by name, shape (GROUPS, 3, K): the second axis is `EXISTING`, `NEW`, `NAMELESS`.
    """

    by: tuple[str, ...]
    keys: tuple[Key, ...]
    sums: Mapping[str, Floats]

    def aligned(self, keys: Sequence[Key]) -> "Cells":
        """Return the same for all of `keys`; 0 where there is nothing."""
        own = {key: place for place, key in enumerate(self.keys)}
        wide = {name: np.zeros((GROUPS, 3, len(keys))) for name in self.sums}
        for at, key in enumerate(keys):
            if key in own:
                for name, values in self.sums.items():
                    wide[name][:, :, at] = values[:, :, own[key]]
        return Cells(by=self.by, keys=tuple(keys), sums=wide)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is summed up over units of one KPI.

    Attributes:
        kpi: the definition.
        sums: from the columns of its parts to reductions.
        also: KPIs over the same frame with their reductions, for factors of it.
        new: whether it can be told who is new; else all who are known count as existing.
    """

    kpi: KPI
    sums: Callable[[Unit], Mapping[str, Any]]
    also: Mapping[str, KPI]
    new: bool = True


def cells(wanted: Wanted, scope: Scope, split: Split, sets: Sequence[tuple[str, ...]], run: Run) -> list[list[Cells]]:
    """Return the sums of each period of `scope`, for each set of attributes.

    Args:
        wanted: what is summed up.
        scope: what frames may use.
        split: `by` must hold all attributes of `sets`, and `ENTERED`; `rows_by` columns of rows among them.
        sets: attributes, at most two in each.
        run: runs an expression.
    """
    units, names = per_customer([wanted.kpi, *wanted.also.values()], wanted.kpi.frame, scope, split)
    sums = dict(wanted.sums(parts_of(units, names[wanted.kpi.name])))
    sums |= {name: units[names[one.name]["x"]].sum() for name, one in wanted.also.items()}
    kinds = {
        "who": _who(units, scope, new=wanted.new),
        "chance": by_chance(units.customer),
        "period": units.period,
    }
    found = [_summed(units, one, kinds, sums).mutate(at=ibis.literal(at, type="int16")) for at, one in enumerate(sets)]
    by_set: dict[tuple[int, int], list[Mapping[str, Any]]] = defaultdict(list)
    for row in run(ibis.union(*found) if len(found) > 1 else found[0]):
        by_set[row["period"], row["at"]].append(row)
    periods = range(scope.timeline.count)
    return [[_cells(by, by_set[period, at], tuple(sums)) for at, by in enumerate(sets)] for period in periods]


#: Statistics of one period by who customers are to it, and by group of chance.
Parted = Mapping[tuple[int, int], Sequence[Statistics]]


def statistics(kpi: KPI, scope: Scope, split: Split, run: Run, *, new: bool = True) -> Parted:
    """Return the statistics of the first period of `scope`, for KPIs that are no sums but whose statistics add up.

    Args:
        kpi: neither ranked nor foretold.
        scope: what frames may use.
        split: `by` must hold `ENTERED`.
        run: runs an expression.
        new: whether it can be told who is new; else all who are known count as existing.
    """
    units, names = per_customer([kpi], kpi.frame, scope, split)
    units = units.filter(units.period == 0)
    keys = {
        "who": _who(units, scope, new=new),
        "chance": by_chance(units.customer),
    }
    if isinstance(kpi.formula, Keyed):
        keys |= {f"key_{kpi.formula.key}": units[names[kpi.name][kpi.formula.key]]}
    sums = kpi.formula.across(parts_of(units, names[kpi.name]))
    rows = run(units.group_by(**keys).aggregate(**{f"sum_{name}": narrow(one) for name, one in sums.items()}))
    found: dict[tuple[int, int], list[Statistics]] = defaultdict(list)
    for row in rows:
        own = {name.partition("_")[2]: value for name, value in row.items() if name.startswith(("sum_", "key_"))}
        found[row["who"], row["chance"]].append(own)
    return found


def _who(units: ir.Table, scope: Scope, *, new: bool) -> ir.IntegerValue:
    known = ibis.ifelse(units[ENTERED] >= scope.timeline.start(units.period), NEW, EXISTING) if new else EXISTING
    return ibis.ifelse(units[ENTERED].isnull(), NAMELESS, known).cast("int8")


def by_chance(customer: ir.IntegerValue) -> ir.IntegerValue:
    """Return the group of a customer, 0 to `GROUPS` - 1: whole-number arithmetic, so the same on every engine.

    Two rounds of the multiplicative congruential generator of Park and Miller (1988), Communications of the ACM 31.
    """
    prime = 2**31 - 1
    first = (customer.abs().cast("int64").fill_null(0) + 1) * 48_271 % prime
    second = (first % 65_536 * 32_768 + first // 65_536) * 16_807 % prime
    return (second % GROUPS).cast("int16")


def _summed(units: ir.Table, by: tuple[str, ...], kinds: Mapping[str, Any], sums: Mapping[str, Any]) -> ir.Table:
    values = [units[name].cast("string") for name in by]
    values += [ibis.null("string")] * (2 - len(by))
    keys = {"one": values[0], "two": values[1], **kinds}
    return units.group_by(**keys).aggregate(**{f"sum_{name}": narrow(one) for name, one in sums.items()})


def _cells(by: tuple[str, ...], rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Cells:
    keys = sorted({_key(row, by) for row in rows}, key=lambda key: tuple((one is None, one or "") for one in key))
    place = {key: at for at, key in enumerate(keys)}
    sums = {name: np.zeros((GROUPS, 3, len(keys))) for name in names}
    for row in rows:
        at = (row["chance"], row["who"], place[_key(row, by)])
        for name in names:
            sums[name][at] = float(row[f"sum_{name}"] or 0)
    return Cells(by=by, keys=tuple(keys), sums=sums)


def _key(row: Mapping[str, Any], by: Sequence[str]) -> Key:
    return tuple(row[name] for name, _ in zip(("one", "two"), by, strict=False))


def factor(kpi: KPI, name: str, formula: Any) -> KPI:
    """Return a KPI over the frame of `kpi` for one factor of it."""
    return replace(kpi, name=f"{kpi.name}__{name}", formula=formula)
