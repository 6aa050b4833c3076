"""The past as it looked before a local day: all that a model may see.

Facts look ahead: a customer-day knows the next one, a contract its end, a person their first order, whenever that was.
A snapshot takes all of it away, so that a model fitted on the past cannot have seen what it is to foretell. It cuts by
when things happened; what was recorded late is in it, as if it had been known at once. Attributes of customers are
known only as they are today, so they are not in it.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis import _
from numpy.typing import NDArray

from regulars.core.definitions import Definitions
from regulars.core.periods import day_number, day_of
from regulars.data import engine, facts
from regulars.data.feature import FACTS, Feature, computed

T = TypeVar("T")

#: Facts with a row per customer and day.
_DAILY = tuple(name for name in FACTS if not name.startswith("contract"))
#: Columns of them that look ahead; a session that had begun may have gone on.
_AHEAD = ("next_day", "row_after", "session_seconds")
#: Days of what may have come of a row later than the row itself.
_LATER = ("delivered_day", "opened_day", "clicked_day", "redeemed_day")
_FIRSTS = ("signed_day", "first_order_day", "first_event_day", "first_contract_day", "entered_day")

#: Past days that are kept with what was made of them.
_PASTS = 4


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What was known before a day.

    Attributes:
        as_of: local day; nothing of it or later is in `tables`.
        whole: facts by name, as they are now; models read `tables`.
        since: first day of records, by canonical table.
        definitions: the company's parameters.
        declared: features that models may learn from.
    """

    as_of: date
    whole: Mapping[str, ir.Table]
    since: Mapping[str, date]
    definitions: Definitions = field(default_factory=Definitions)
    declared: Sequence[Feature] = ()
    _kept: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _past: "dict[date, Snapshot]" = field(default_factory=dict, repr=False, compare=False)

    @property
    def day(self) -> int:
        """As-of as a day number."""
        return day_number(self.as_of)

    def kept(self, name: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` makes, made once for this snapshot: several models need the same of it."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

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

    @property
    def features(self) -> Mapping[str, NDArray[np.float32]]:
        """Every declared feature whose fact there is: a number per customer, by customer number; nan where missing."""
        return self.kept("features", lambda: computed(self.declared, self.tables, self.day, self.most))

    def past(self, day: int) -> "Snapshot":
        """Return what was known before an earlier day, by its number."""
        return self.before(day_of(day))

    def before(self, day: date) -> "Snapshot":
        """Return what was known before the earlier `day`."""
        if day > self.as_of:
            raise ValueError(f"{day} lies after {self.as_of}: what came in between is not in here.")
        if day not in self._past:
            # A day of the past is gone back to from several later ones; the few last used are kept with all they hold.
            for old in list(self._past)[: 1 - _PASTS]:
                del self._past[old]
            self._past[day] = replace(self, as_of=day)
        self._past[day] = self._past.pop(day)
        return self._past[day]

    def purchases(self, days: int | None = None) -> ir.Table:
        """Return one row per customer who had ordered, of the last `days` days or of all time.

        The day of the first order is what makes someone a customer; what is counted came after it.

        Returns:
            `customer`; `first_day` and `last_day` with orders, of all time; `repeats`, orders after the first day;
            `repeat_days`, days with such orders; `exposure`, days after the first in which there could have been any;
            `repeat_value`, money of all days since `exposure` began as `value` counts it, what was given back on other
            days too; `log_gaps`, sum of the logarithms of the days
            between days with orders.
        """
        today = day_number(self.as_of)
        begin = _.first_day + 1 if days is None else ibis.greatest(_.first_day + 1, today - days)
        rows = self.tables["purchase_days"].filter(_.first_day.notnull()).mutate(begin=begin.cast("int32"))
        ordered, within = _.orders > 0, _.day >= _.begin
        counted = ibis.ifelse(ordered & within, 1, 0)
        found = rows.group_by("customer").aggregate(
            first_day=_.first_day.min(),
            last_day=_.day.max(where=ordered),
            repeats=(_.orders * counted).sum().cast("int32"),
            repeat_days=counted.sum().cast("int32"),
            repeat_value=ibis.ifelse(within, _.value, 0).sum().cast("int64"),
            # Whole millionths: a sum of floats would depend on the order of rows.
            log_gaps=(ibis.ifelse(within, (_.day - _.prev_day).ln() * 1e6, 0).round().cast("int64")).sum() / 1e6,
            begin=_.begin.min(),
        )
        return found.mutate(exposure=(today - _.begin).cast("int32")).drop("begin")


def _daily(rows: ir.Table, day: int) -> ir.Table:
    known = rows.filter((rows.day < day) & (rows.customer > 0)).drop(*(set(_AHEAD) & set(rows.columns)))
    known = known.mutate(**{name: _if_before(known[name], day) for name in _LATER if name in known.columns})
    # Who gave something back before ever ordering has a first day that may lie ahead.
    return known.mutate(first_day=_if_before(known.first_day, day)) if "first_day" in known.columns else known


def _if_before(value: ir.Value, day: int) -> ir.Value:
    return ibis.ifelse(value < day, value, ibis.null(value.type()))


def _contracts(rows: ir.Table, day: int) -> ir.Table:
    """Return the contracts that had begun; one that had not ended runs on, as far as could be known."""
    begun = rows.filter(rows.start_day < day)
    ended = begun.end_day < day
    seen = begun.mutate(
        ended=ibis.ifelse(ended, 1, 0).cast("int32"),
        end_day=ibis.ifelse(ended, begun.end_day, facts.FOREVER).cast("int32"),
        end_reason=ibis.ifelse(ended, begun.end_reason, ibis.null("string")),
    )
    return seen.mutate(spell_end=_.end_day.max().over(group_by=["customer", "spell"]))


def _people(rows: ir.Table, day: int) -> ir.Table:
    known = rows.select("customer", "customer_id", **{name: _if_before(rows[name], day) for name in _FIRSTS})
    return known.filter(_.entered_day.notnull() | _.signed_day.notnull())
