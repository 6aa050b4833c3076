"""The past as it looked before a local day: all that a model may see.

Facts look ahead: a customer-day knows the next one, a contract its end, a person their first order, whenever that was.
A snapshot takes all of it away, so that a model fitted on the past cannot have seen what it is to foretell. It cuts by
when things happened; what was recorded late is in it, as if it had been known at once. Attributes of customers are
known only as they are today, so they are not in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeAlias

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis import _
from numpy.typing import NDArray

from regulars.core.periods import day_number
from regulars.data import engine, facts

#: Numbers of customers, by column; arrays of one length.
Columns: TypeAlias = Mapping[str, NDArray[Any]]

#: Facts with a row per customer and day.
_DAILY = (
    "purchase_channels",
    "purchase_days",
    "activity_days",
    "event_days",
    "customer_tickets",
    "customer_responses",
)
#: Columns of them that look ahead; a session that had begun may have gone on.
_AHEAD = ("next_day", "row_after", "session_seconds")
_FIRSTS = ("signed_day", "first_order_day", "first_event_day", "first_contract_day", "entered_day")

#: Customers computed at once.
_CHUNK = 250_000


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What was known before a day.

    Attributes:
        as_of: local day; nothing of it or later is in `tables`.
        whole: facts by name, as they are now; models read `tables`.
        since: first day of records, by canonical table.
    """

    as_of: date
    whole: Mapping[str, ir.Table]
    since: Mapping[str, date]

    @cached_property
    def tables(self) -> Mapping[str, ir.Table]:
        """The facts less what looks ahead; `people` holds who had come by then."""
        day = day_number(self.as_of)
        known = {name: _daily(self.whole[name], day) for name in _DAILY if name in self.whole}
        if "contracts" in self.whole:
            known["contracts"] = _contracts(self.whole["contracts"], day)
            known["contract_spells"] = facts.contract_spells(known["contracts"])
        return known | {"people": _people(self.whole["people"], day)}

    @cached_property
    def most(self) -> int:
        """The highest number of a customer; 0 where there is none."""
        return engine.run(self.tables["people"].customer.max()) or 0

    def before(self, day: date) -> "Snapshot":
        """Return what was known before the earlier `day`."""
        if day > self.as_of:
            raise ValueError(f"{day} lies after {self.as_of}: what came in between is not in here.")
        return replace(self, as_of=day)

    def purchases(self, days: int | None = None) -> ir.Table:
        """Return one row per customer who had ordered, of the last `days` days or of all time.

        The day of the first order is what makes someone a customer; what is counted came after it.

        Returns:
            `customer`; `first_day` and `last_day` with orders, of all time; `repeats`, orders after the first day;
            `repeat_days`, days with such orders; `exposure`, days after the first in which there could have been any.
        """
        today = day_number(self.as_of)
        begin = _.first_day + 1 if days is None else ibis.greatest(_.first_day + 1, today - days)
        rows = self.tables["purchase_days"].filter(_.orders > 0).mutate(begin=begin.cast("int32"))
        counted = ibis.ifelse(_.day >= _.begin, 1, 0)
        found = rows.group_by("customer").aggregate(
            first_day=_.first_day.min(),
            last_day=_.day.max(),
            repeats=(_.orders * counted).sum().cast("int32"),
            repeat_days=counted.sum().cast("int32"),
            begin=_.begin.min(),
        )
        return found.mutate(exposure=(today - _.begin).cast("int32")).drop("begin")

    def computed(self, rows: ir.Table, function: Callable[[Columns], Columns]) -> ir.Table:
        """Return `customer` and what `function` makes of the other columns of `rows`, which has a row per customer.

        For arithmetic that no engine has. A range of customers is in memory at a time, and of all of them the results.
        """
        return ibis.memtable(pa.concat_tables(_part(rows, function, at) for at in range(0, self.most + 1, _CHUNK)))


def _part(rows: ir.Table, function: Callable[[Columns], Columns], first: int) -> pa.Table:
    within = rows.filter((rows.customer >= first) & (rows.customer < first + _CHUNK)).order_by("customer")
    found = engine.to_arrow(within)
    columns = {name: found[name].to_numpy() for name in found.column_names}
    made = {name: np.asarray(values, dtype=np.float64) for name, values in function(columns).items()}
    return pa.table({"customer": found["customer"].combine_chunks(), **made})


def _daily(rows: ir.Table, day: int) -> ir.Table:
    known = rows.filter((rows.day < day) & (rows.customer > 0)).drop(*(set(_AHEAD) & set(rows.columns)))
    # Who gave something back before ever ordering has a first day that may lie ahead.
    return known.mutate(first_day=_if_before(known.first_day, day)) if "first_day" in known.columns else known


def _if_before(value: ir.Value, day: int) -> ir.Value:
    return ibis.ifelse(value < day, value, ibis.null(value.type()))


def _contracts(rows: ir.Table, day: int) -> ir.Table:
    """Return the contracts that had begun; one that had not ended runs on, as far as could be known."""
    begun = rows.filter(rows.start_day < day)
    ended = begun.end_day < day
    seen = begun.mutate(
        end_day=ibis.ifelse(ended, begun.end_day, facts.FOREVER).cast("int32"),
        end_reason=ibis.ifelse(ended, begun.end_reason, ibis.null("string")),
    )
    return seen.mutate(spell_end=_.end_day.max().over(group_by=["customer", "spell"]))


def _people(rows: ir.Table, day: int) -> ir.Table:
    known = rows.select("customer", "customer_id", **{name: _if_before(rows[name], day) for name in _FIRSTS})
    return known.filter(_.entered_day.notnull() | _.signed_day.notnull())
