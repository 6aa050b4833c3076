"""How long customers stay: their first unbroken time as a customer, as far as it was under observation.

A time ends with its last day; that it has ended is known only once a renewal, or the next order, can no longer come in
time. So everybody is followed up to one day, the edge: the first of which that cannot be told yet. Whoever went on
until then is censored there, whether or not they seem to have left since. To censor only those of whom it is open, at
their last day, would take the ends of the last days out and leave in those who went on: too few would seem to leave.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis import _
from numpy.typing import NDArray

from regulars.data import engine
from regulars.stats.survival import Curve, kaplan_meier

Ints = NDArray[np.int64]

#: Least number under observation from which a curve is read.
LEAST = 10
#: Ends to be expected before the first one on record, from which on it is plain that earlier ones are not on record:
#: one time in a thousand there would be none by chance, exp(-7).
_EXPECTED = 7.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Times:
    """Customers' first unbroken times as a customer, one each; arrays of shape (n,).

    Attributes:
        customer: their numbers, ascending.
        start: first day, by number.
        end: last day, or day after it, as it is counted; far ahead where they go on.
        since: first day under observation: of whom left before it nothing is known.
        edge: first day of which it is not known yet who left.
    """

    customer: Ints
    start: Ints
    end: Ints
    since: int
    edge: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lives:
    """What was seen of customers; arrays of shape (n,).

    Attributes:
        customer: their numbers, ascending.
        days: how long they stayed, or had stayed when last seen.
        left: whether they left then.
        entry: days after which they came under observation (left truncation); -1 from the beginning.
    """

    customer: Ints
    days: Ints
    left: NDArray[np.bool_]
    entry: Ints

    def __len__(self) -> int:
        return len(self.customer)

    def taken(self, rows: NDArray[np.bool_] | Ints) -> "Lives":
        """Return some of them."""
        return Lives(customer=self.customer[rows], days=self.days[rows], left=self.left[rows], entry=self.entry[rows])

    @property
    def ends(self) -> int:
        """How many left."""
        return int(self.left.sum())

    @property
    def late(self) -> int:
        """How many came under observation late."""
        return int((self.entry >= 0).sum())


def contract_times(tables: Mapping[str, ir.Table], *, since: int, as_of: int, grace_days: int) -> Times:
    """Return first unbroken times under contract.

    Args:
        tables: facts.
        since: first day of the records.
        as_of: day before which records count.
        grace_days: days after an end within which a new start renews it.
    """
    spells = tables["contract_spells"]
    found = engine.to_arrow(spells.filter(_.spell == 1).select("customer", "start_day", "end_day").order_by("customer"))
    customer, start, end = (found[name].to_numpy().astype(np.int64) for name in ("customer", "start_day", "end_day"))
    return _whole(Times(customer=customer, start=start, end=end, since=since, edge=as_of - grace_days))


def order_times(tables: Mapping[str, ir.Table], *, since: int, as_of: int, lapse_days: int) -> Times:
    """Return times from customers' first order to the last one before they fell silent for the first time.

    Args:
        tables: facts.
        since: first day of the records; who ordered before it is known from their first order on record only.
        as_of: day before which records count.
        lapse_days: days without an order after which a customer counts as silent.
    """
    ordered = tables["purchase_days"].filter((_.customer > 0) & (_.orders > 0))
    last = ordered.filter(_.next_day.isnull() | (_.next_day - _.day > lapse_days))
    runs = last.group_by("customer").aggregate(start=_.first_day.min(), end=_.day.min())
    found = engine.to_arrow(runs.order_by("customer"))
    customer, start, end = (found[name].to_numpy().astype(np.int64) for name in ("customer", "start", "end"))
    return Times(customer=customer, start=start, end=end, since=since, edge=as_of - lapse_days)


def _whole(times: Times) -> Times:
    """Begin observation only with the first end on record, where that earlier ones are missing is plain.

    An export of today's customers holds their true first days, and nobody who left before records were kept.
    """
    ended = times.end[times.end < times.edge]
    first = int(ended.min()) if len(ended) else times.since
    if first <= times.since:
        return times
    later = Times(customer=times.customer, start=times.start, end=times.end, since=first, edge=times.edge)
    curve = curve_of(observed(later))
    ages = first - 1 - times.start[times.start < first]
    hazard = np.append(0.0, np.cumsum(curve.events / np.maximum(curve.at_risk, 1)))
    expected = hazard[np.searchsorted(curve.times, ages, side="right")].sum()
    return later if expected > _EXPECTED else times


def observed(times: Times) -> Lives:
    """Return what was seen of `times` between the first day of observation and the edge."""
    seen = (times.start < times.edge) & (times.end >= times.since) & (times.since < times.edge)
    start, end = times.start[seen], times.end[seen]
    left = end < times.edge
    return Lives(
        customer=times.customer[seen],
        days=np.where(left, end, times.edge - 1) - start,
        left=left,
        entry=np.where(start < times.since, times.since - 1 - start, -1),
    )


def curve_of(lives: Lives) -> Curve:
    """Return the Kaplan-Meier curve of some customers."""
    late = lives.entry >= 0
    times = np.unique(np.concatenate([lives.days, lives.entry[late]]))

    def counted(days: Ints) -> Ints:
        return np.bincount(np.searchsorted(times, days), minlength=len(times))

    return kaplan_meier(
        times, counted(lives.days[lives.left]), counted(lives.days[~lives.left]), counted(lives.entry[late])
    )


def readable_from(curve: Curve) -> int:
    """Return the tenure from which on at least `LEAST` were under observation; 0 without late entry.

    Few at risk early on let a curve fall to 0 for ever.
    """
    few = np.flatnonzero(curve.at_risk[: int(np.argmax(curve.at_risk))] < LEAST) if len(curve.times) else np.zeros(0)
    return int(curve.times[int(few[-1])]) if len(few) else 0


def readable_until(curve: Curve) -> int:
    """Return the longest tenure at which at least `LEAST` were under observation; 0 where there is none."""
    many = np.flatnonzero(curve.at_risk >= LEAST)
    return int(curve.times[many[-1]]) if len(many) else 0


def stayed(lives: Lives, days: int) -> Lives:
    """Return those who stayed more than `days`, seen from then on."""
    rest = lives.taken(lives.days > days)
    return Lives(
        customer=rest.customer, days=rest.days, left=rest.left, entry=np.where(rest.entry > days, rest.entry, -1)
    )


def at_risk(lives: Lives, days: int) -> int:
    """Return how many were under observation just before they had stayed for `days`."""
    return int(((lives.days >= days) & (lives.entry < days)).sum())


def agreed(tables: Mapping[str, ir.Table]) -> pa.Table:
    """Return what was agreed on the first day under contract: `customer`, `plan`, `monthly` (1/10,000) and `seats`."""
    rows = tables["contracts"].filter(_.spell == 1)
    first = rows.group_by("customer").aggregate(start_day=_.start_day.min())
    own = rows.join(first, ["customer", "start_day"])
    # Of several contracts of a day the first by name of its plan stands for it; money and seats add up.
    sums = own.group_by("customer").aggregate(plan=_.plan.min(), monthly=_.monthly.sum(), seats=_.seats.sum())
    return engine.to_arrow(sums.order_by("customer"))


def first_sales(tables: Mapping[str, ir.Table]) -> pa.Table:
    """Return what customers bought on their first day: `customer` and `sales` (1/10,000)."""
    days = tables["purchase_days"].filter((_.customer > 0) & (_.day == _.first_day))
    return engine.to_arrow(days.group_by("customer").aggregate(sales=_.sales.sum()).order_by("customer"))
