"""A question about KPIs: which, when, split how, of whom, compared with what. Typed; no query text comes in."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis.expr.types as ir

from regulars.core.periods import Grain, Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Attributes:
        kpis: names.
        period: local days asked about.
        grain: how the period is cut; None asks about it as one.
        by: attributes of customers, or columns of the rows themselves, to split by.
        where: which customers count, from the table of people; None where all do.
        compare: whether each period is compared with the one before, over the same elapsed part.
        level: coverage of intervals; the company's where None.
        nobody: why no customer can meet `where`, or "".
        bounds: day numbers that cut the period otherwise than by a grain, ascending; as of `Timeline.bounds`.
    """

    kpis: tuple[str, ...]
    period: Period
    grain: Grain | None = None
    by: tuple[str, ...] = ()
    where: Callable[[ir.Table], ir.BooleanValue] | None = None
    compare: bool = False
    level: float | None = None
    nobody: str = ""
    bounds: tuple[int, ...] = ()
