"""Monthly recurring revenue (MRR): who pays how much as of a day, and how that moves between two days.

A day means the instant before it begins. Customers, not contracts, move: who adds a contract expands, who drops one of
two contracts. The policy, in this order, of what a customer pays at the opening and at the closing:

* nothing, then something: `new` where nothing was ever paid before the opening, else `reactivation`
* something, then nothing: `churn`
* more than before: `expansion`; less: `contraction`

Trials (price 0) pay nothing. A pause is churn and then reactivation where a period ends in it, however short it is;
one within a period is no movement.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.kpis.frame import spread
from regulars.kpis.timeline import Timeline

#: What moves MRR up and down; opening + the ups - the downs = closing.
UPS = ("new", "reactivation", "expansion")
DOWNS = ("contraction", "churn")
MOVEMENTS = (*UPS, *DOWNS)
#: Columns of `movements` beside `customer` and `period`, with Ibis types.
COLUMNS = dict.fromkeys(("opening", *MOVEMENTS, "closing"), "int64")


def paying_at(contracts: ir.Table, days: Sequence[int]) -> ir.Table:
    """Return what each customer pays a month as of each of `days`: `customer`, `period` (place in `days`), `monthly`.

    Args:
        contracts: priced intervals (data/facts.py).
        days: day numbers, ascending.
    """
    # Who stands as of a day began before it and had not ended before it.
    first, last = _passed(contracts.start_day, days), _passed(contracts.end_day, days) - 1
    there = spread(contracts.select("customer", "monthly", "start_day", "end_day"), first, last)
    sums = there.group_by("customer", "period").aggregate(monthly=_.monthly.sum().cast("int64"))
    return sums.filter(sums.monthly != 0)


def movements(contracts: ir.Table, openings: Sequence[int], closings: Sequence[int]) -> ir.Table:
    """Return every customer who pays at an opening or the closing of the same place, with `COLUMNS`.

    Amounts are whole numbers of 1/10,000 a month, none of a movement below 0; each customer moves in one way at most.

    Args:
        contracts: priced intervals (data/facts.py).
        openings: day numbers, ascending, one per period.
        closings: likewise, each after its opening.
    """
    zero = ibis.literal(0, type="int64")
    opening = paying_at(contracts, openings).rename(opening="monthly").mutate(closing=zero)
    closing = paying_at(contracts, closings).rename(closing="monthly").mutate(opening=zero)
    both = opening.union(closing.select(opening.columns)).group_by("customer", "period")
    sums = both.aggregate(opening=_.opening.sum().cast("int64"), closing=_.closing.sum().cast("int64"))
    paid = contracts.filter((_.monthly > 0) & (_.end_day > _.start_day))
    first = paid.group_by(payer=_.customer).aggregate(first_day=_.start_day.min())
    known = sums.left_join(first, sums.customer == first.payer)
    before = _passed(known.first_day, openings) <= known.period
    up, down = known.closing - known.opening, known.opening - known.closing
    began, ended = (known.opening <= 0) & (known.closing > 0), (known.opening > 0) & (known.closing <= 0)
    moves = {
        "new": _where(began & ~before, up),
        "reactivation": _where(began & before, up),
        "expansion": _where(~began & (up > 0), up),
        "contraction": _where(~ended & (down > 0), down),
        "churn": _where(ended, down),
    }
    return known.select("customer", "period", "opening", **moves, closing=known.closing)


def _passed(day: ir.IntegerValue, days: Sequence[int]) -> ir.IntegerValue:
    """Return how many of `days` are not after `day`."""
    return Timeline(bounds=tuple(days), as_of=days[-1]).index(day) + 2


def _where(condition: ir.BooleanValue, amount: ir.IntegerValue) -> ir.IntegerValue:
    return ibis.ifelse(condition, amount, 0).cast("int64")
