"""Frames: the rows that KPIs aggregate, each row with its customer and its period.

A frame is where the pitfalls of a field of KPIs are settled once: who is eligible, when a window has closed, what
counts as active. KPIs over the same frame are answered in one scan.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.definitions import Definitions
from regulars.kpis.timeline import Timeline

#: Names that must be there; an inner tuple means any one of them.
Needs = tuple[str | tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a frame may use.

    Attributes:
        tables: facts and canonical tables by name.
        timeline: the periods asked about.
        definitions: the company's parameters of definitions.
        columns: columns of the frame's own rows that the question splits or filters by.
        known_at: the instant before which records count; midnight UTC of as-of where None.
    """

    tables: Mapping[str, ir.Table]
    timeline: Timeline
    definitions: Definitions
    columns: tuple[str, ...] = ()
    known_at: datetime | None = None

    @property
    def known_second(self) -> int:
        """The instant before which records count, in seconds since 1970 UTC."""
        return self.timeline.as_of * 86_400 if self.known_at is None else int(self.known_at.timestamp())


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A kind of rows.

    Attributes:
        name: stable snake_case key.
        needs: canonical tables that must be there; an inner tuple means any one of them, and that the first of them
            that is there says since when there are records.
        build: from a scope to rows with `customer` (whole number), `period` (see Timeline.index) and `columns`.
        columns: what formulas may read, with Ibis types.
        unit: what is taken as independent, and counted by n.
        unique: whether each row is a unit: one per customer and period, or one per ticket (then nothing is grouped).
        whole: whether a period must be over before it can be answered.
        parameters: names of `Definitions` that shape the rows; they join the version of every KPI over it.
        splits: columns of the rows themselves (finer than the customer) that questions may split by.
        lacks: where there is no value: what may be lacking, each with the rows of which there would have to be one.
    """

    name: str
    needs: Needs
    build: Callable[[Scope], ir.Table]
    columns: Mapping[str, str]
    unit: str = "customer"
    unique: bool = False
    whole: bool = False
    parameters: tuple[str, ...] = ()
    splits: tuple[str, ...] = field(default=())
    lacks: Callable[[Scope], Iterable[tuple[str, ir.Table]]] = lambda scope: ()

    @property
    def named(self) -> frozenset[str]:
        """All canonical tables that `needs` names, alternatives among them."""
        return frozenset(name for need in self.needs for name in (need if isinstance(need, tuple) else (need,)))

    def missing(self, present: Collection[str]) -> tuple[str, ...]:
        """Return the canonical tables that this frame needs and `present` lacks."""
        return tuple(missing(self.needs, present))


def missing(needs: Needs, present: Collection[str]) -> Iterator[str]:
    """Yield what of `needs` is not `present`, alternatives in one: "events or orders"."""
    for need in needs:
        any_of = need if isinstance(need, tuple) else (need,)
        if not any(name in present for name in any_of):
            yield " or ".join(any_of)


def acting(tables: Mapping[str, ir.Table]) -> ir.Table:
    """Return customer-days of activity with prev_day, next_day and first_day: events', else orders'."""
    if "activity_days" in tables:
        return tables["activity_days"]
    days = tables["purchase_days"]
    return days.filter((days.customer > 0) & (days.orders > 0))


def spread(rows: ir.Table, first: ir.IntegerValue, last: ir.IntegerValue) -> ir.Table:
    """Return each row once for every `period` from `first` to `last`; rows where first > last vanish."""
    bounded = rows.mutate(__first=first, __last=last)
    touching = bounded.filter(bounded["__first"] <= bounded["__last"])
    periods = ibis.range(touching["__first"].cast("int64"), touching["__last"].cast("int64") + 1)
    kept = [name for name in touching.columns if name not in ("__first", "__last", "period")]
    return touching.select(*kept, period=periods.unnest()).mutate(period=_.period.cast("int32"))


def flag(condition: Any) -> Any:
    """Return 1 where `condition` holds, else 0."""
    return ibis.ifelse(condition, 1, 0).cast("int32")


def any_of(condition: Any) -> Any:
    """Return whether `condition` holds in any of a group's rows."""
    return flag(condition).max() == 1


def mature(condition: Any, closed: Any) -> Any:
    """Return `condition` for those whose window has closed, else null: not eligible yet.

    A window is closed once its last day lies before as-of.
    """
    return ibis.ifelse(closed, condition.fill_null(False), ibis.null("boolean"))
