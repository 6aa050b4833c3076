"""The periods of one question, and which of them a day falls in.

A row's period is a whole number. Large tables find it by joining a small one that is made on the spot: all days of the
periods. Elsewhere a day is compared with the bounds in a balanced tree of conditions, which costs ten times as much per
row. Both are the same on every engine (docs/decisions/0004-whole-numbers.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.periods import Grain, Period, day_number, day_of, split


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Adjoining periods, numbered from 0, and the one before them, numbered -1.

    Attributes:
        bounds: day numbers; period k covers [bounds[k + 1], bounds[k + 2]).
        as_of: day number before which records count.
    """

    bounds: tuple[int, ...]
    as_of: int

    @classmethod
    def of(cls, period: Period, as_of: date, grain: Grain | None = None) -> "Timeline":
        """Return `period` cut by `grain`, or as one piece; the piece before has the grain's or the same length."""
        if grain is None:
            before = day_number(period.start) - period.days
            return cls(bounds=(before, day_number(period.start), day_number(period.end)), as_of=day_number(as_of))
        parts = split(period, grain)
        starts = (grain.previous(parts[0].start), *(part.start for part in parts), parts[-1].end)
        return cls(bounds=tuple(map(day_number, starts)), as_of=day_number(as_of))

    @property
    def count(self) -> int:
        """Number of periods."""
        return len(self.bounds) - 2

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """The periods, in order."""
        return tuple(
            Period(day_of(start), day_of(end)) for start, end in zip(self.bounds[1:-1], self.bounds[2:], strict=True)
        )

    def elapsed(self, index: int) -> int:
        """Return how many days of period `index` lie before `as_of` (0 where it has not begun)."""
        start, end = self.bounds[index + 1], self.bounds[index + 2]
        return max(0, min(end, self.as_of) - start)

    @property
    def calendar(self) -> ir.Table:
        """The days of the periods and of the one before: `day`, with `period` and the period's `start` and `end`."""
        numbers = ibis.range(-1, self.count).unnest().name("number").as_table()
        periods = numbers.select(
            period=numbers.number.cast("int32"),
            start=self.start(numbers.number),
            end=self.end(numbers.number),
        )
        return _with_days(periods, periods.start, periods.end - periods.start)

    def days_before(self, ends: Sequence[int], length: int) -> ir.Table:
        """Return the last `length` days before each of `ends`: `day`, with the number of the `end` as `period`."""
        numbers = ibis.range(0, len(ends)).unnest().name("number").as_table()
        periods = numbers.select(period=numbers.number.cast("int32"), end=self._look_up(numbers.number, tuple(ends)))
        return _with_days(periods, periods.end - length, ibis.literal(length))

    @property
    def closings(self) -> tuple[int, ...]:
        """The closing day of each period: its end, or as-of where that comes first."""
        return tuple(min(bound, self.as_of) for bound in self.bounds[2:])

    def index(self, day: ir.IntegerValue) -> ir.IntegerValue:
        """Return the number of the period of `day`: -1 the one before, -2 earlier, `count` later; null for null."""
        return ibis.ifelse(day.isnull(), ibis.null("int32"), self._tree(day, 0, len(self.bounds)))

    def _tree(self, day: ir.IntegerValue, low: int, high: int) -> ir.IntegerValue:
        if low == high:
            return ibis.literal(low - 2, type="int32")
        middle = (low + high) // 2
        return ibis.ifelse(day < self.bounds[middle], self._tree(day, low, middle), self._tree(day, middle + 1, high))

    def closing_index(self, day: ir.IntegerValue) -> ir.IntegerValue:
        """Return the first period whose closing day (its end, or as-of where that comes first) is at or after `day`.

        `count` where no period closes so late. Periods that had not begun by `as_of` close with it too.
        """
        return self._after(day, list(self.closings))

    def _after(self, day: ir.IntegerValue, closings: list[int], first: int = 0) -> ir.IntegerValue:
        if not closings:
            return ibis.literal(first, type="int32")
        middle = len(closings) // 2
        return ibis.ifelse(
            day <= closings[middle],
            self._after(day, closings[:middle], first),
            self._after(day, closings[middle + 1 :], first + middle + 1),
        )

    def start(self, index: ir.IntegerValue) -> ir.IntegerValue:
        """Return the day number on which period `index`, from -1, begins."""
        return self._look_up(index, self.bounds[:-1], -1)

    def end(self, index: ir.IntegerValue) -> ir.IntegerValue:
        """Return the day number after the last day of period `index`, from -1."""
        return self._look_up(index, self.bounds[1:], -1)

    def _look_up(self, index: ir.IntegerValue, values: tuple[int, ...], first: int = 0) -> ir.IntegerValue:
        if len(values) == 1:
            return ibis.literal(values[0], type="int32")
        middle = len(values) // 2
        return ibis.ifelse(
            index < first + middle,
            self._look_up(index, values[:middle], first),
            self._look_up(index, values[middle:], first + middle),
        )


def _with_days(periods: ir.Table, first: ir.IntegerValue, length: ir.IntegerValue) -> ir.Table:
    # TRICKY: a range must begin with a plain number. Ibis 12 puts no brackets around what it subtracts to see whether
    # the range is empty, so on PostgreSQL and Spark one that began with a difference would have no rows.
    places = periods.mutate(first=first, place=ibis.range(0, length.cast("int64")).unnest())
    return places.mutate(day=(_.first + _.place).cast("int32")).drop("first", "place")
