"""The sums that a change is explained by: which attributes are looked at, and the sums of both periods by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis import _
from numpy.typing import NDArray

from regulars.app.change_parts import ORDERS, SALES
from regulars.core.errors import QueryError, nearest
from regulars.kpis.cells import ENTERED, Cells, Wanted, cells, factor
from regulars.kpis.kpi import KPI, Shows
from regulars.kpis.linear import OVER, TOP, Linear
from regulars.kpis.plan import Split
from regulars.kpis.query import Records, scope_of
from regulars.kpis.sums import Total
from regulars.kpis.timeline import Timeline

Floats: TypeAlias = NDArray[np.float64]
#: Values of an attribute up to which all are looked at; the so many largest of others.
MOST = 40
#: All other values of such an attribute; nobody in particular, so never named.
OTHERS = "(all others)"
#: Attributes whose values are combined: those that tell most.
BEAM = 3
#: Combinations of two values up to which two attributes are combined.
PAIRED = 200


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Sums of both periods.

    Attributes:
        before, after: with the same keys.
    """

    before: Cells
    after: Cells

    @property
    def by(self) -> tuple[str, ...]:
        """Attributes."""
        return self.before.by


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What is looked at to explain one KPI.

    Attributes:
        kpi: which.
        linear: how it is made of sums.
        records: what is asked.
        split: which customers count, and their attributes.
        timelines: of the period before, and of the one that is explained.
        records_before: what the period before is asked of, where that is less than is known now.
        new: whether it can be told who is new.
    """

    kpi: KPI
    linear: Linear
    records: Records
    split: Split
    timelines: tuple[Timeline, Timeline]
    records_before: Records | None = None
    new: bool = True

    def sums(self, sets: Sequence[tuple[str, ...]], *, rows_by: tuple[str, ...] = ()) -> tuple[Sums, ...]:
        """Return the sums by each set of attributes, of customers or of rows."""
        wanted = Wanted(kpi=self.kpi, sums=self.linear.sums, also=_factors(self.kpi), new=self.new)
        split = replace(self.split, rows_by=rows_by)
        asked = [(self.records_before or self.records, self.timelines[0]), (self.records, self.timelines[1])]
        if self.records_before is None and (both := _joined(*self.timelines)) is not None:
            asked = [(self.records, both)]
        found = [
            one
            for records, timeline in asked
            for one in cells(wanted, scope_of(records, timeline, rows_by), split, sets, records.run)
        ]
        return tuple(_together(before, after) for before, after in zip(*found, strict=True))


def _joined(first: Timeline, second: Timeline) -> Timeline | None:
    """Return both periods as one timeline, asked at once; None where they do not adjoin."""
    if first.bounds[1:] != second.bounds[:2]:
        return None
    return Timeline(bounds=(*first.bounds, second.bounds[2]), as_of=second.as_of)


def _together(before: Cells, after: Cells) -> Sums:
    keys = sorted({*before.keys, *after.keys}, key=lambda key: tuple((one is None, one or "") for one in key))
    return Sums(before=_per(before).aligned(keys), after=_per(after).aligned(keys))


def _per(found: Cells) -> Cells:
    """Return sums divided by what they are over, the same for all of a period."""
    if OVER not in found.sums:
        return found
    over = float(found.sums[OVER].max(initial=0.0)) or 1.0
    kept = {name: values for name, values in found.sums.items() if name != OVER}
    return replace(found, sums={**kept, TOP: kept[TOP] / over})


def _factors(kpi: KPI) -> Mapping[str, KPI]:
    """Return the factors of money that orders bring: how many orders, and their sales."""
    if not isinstance(kpi.formula, Total) or kpi.shows is not Shows.MONEY or kpi.formula.over is not None:
        return {}
    if not {"orders", "sales"} <= set(kpi.frame.columns):
        return {}
    return {name: factor(kpi, name, Total(_[name].sum())) for name in (ORDERS, SALES)}


def dimensions(records: Records, by: Sequence[str], kpi: KPI) -> tuple[list[str], list[str]]:
    """Return the attributes of customers to look at, and columns of rows: those of `by`, else all that there are.

    Raises:
        QueryError: one of `by` is neither.
    """
    attributes, rows = list(records.attributes), list(kpi.frame.splits)
    for name in by:
        if name not in attributes and name not in rows:
            raise QueryError(f"`{kpi.name}` cannot be split by `{name}`.{nearest(name, (*attributes, *rows))}")
    if by:
        return [name for name in by if name in attributes], [name for name in by if name not in attributes]
    return attributes, rows


def people(records: Records, attributes: Sequence[str], where: ir.Table) -> tuple[ir.Table, list[str], list[str]]:
    """Return customers with attributes that have values to compare, which these are, and what was left out and why.

    Args:
        records: what is asked.
        attributes: that are looked at.
        where: the customers that count.
    """
    if not attributes:
        return where.select("customer", ENTERED), [], []
    counted = records.run(where.aggregate(**{name: where[name].nunique() for name in attributes}, __all=where.count()))
    (sizes,) = counted
    kept, notes, columns = [], [], {}
    for name in attributes:
        values = int(sizes[name])
        if values < 1:
            continue
        column = where[name]
        if values > MOST:
            found = _banded(column, where, records) if column.type().is_numeric() else _largest(column, where, records)
            if found is None:
                notes.append(f"`{name}` is not looked at: few customers share a value of it.")
                continue
            columns[name] = found
        else:
            columns[name] = column.cast("string")
        kept.append(name)
    return where.select("customer", ENTERED, **columns), kept, notes


def _banded(column: ir.Column, where: ir.Table, records: Records) -> ir.Column:
    """Return the fifth of customers in which a number lies, by its limits."""
    cuts = {f"q{at}": column.quantile(at / 5) for at in range(1, 5)}
    (found,) = records.run(where.aggregate(**cuts))
    limits = sorted({float(value) for value in found.values() if value is not None})
    said: ir.Column = ibis.literal(f"above {limits[-1]:g}")
    for at in range(len(limits) - 1, -1, -1):
        low = f"above {limits[at - 1]:g} to" if at else "up to"
        said = ibis.ifelse(column <= limits[at], f"{low} {limits[at]:g}", said)
    return ibis.ifelse(column.isnull(), ibis.null("string"), said)


def _largest(column: ir.Column, where: ir.Table, records: Records) -> ir.Column | None:
    """Return the values of most customers, all others being one; None where those are most of them."""
    counts = where.group_by(value=column).aggregate(n=_.count()).order_by(ibis.desc("n"), "value").limit(MOST)
    found = [row for row in records.run(counts) if row["value"] is not None]
    (known,) = records.run(where.aggregate(n=column.count()))
    if sum(row["n"] for row in found) < known["n"] / 2:
        return None
    values = [row["value"] for row in found]
    text = column.cast("string")
    return ibis.ifelse(column.isnull(), ibis.null("string"), ibis.ifelse(column.isin(values), text, OTHERS))
