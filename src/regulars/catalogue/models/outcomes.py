"""What can be foretold of customers."""

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.money import UNITS
from regulars.core.periods import MONTH_DAYS, YEAR_DAYS
from regulars.data import building
from regulars.data.snapshot import Snapshot
from regulars.models.model import Kind, Outcome


def _buyers(snapshot: Snapshot) -> ir.Table:
    people = snapshot.tables["people"]
    return people.filter(people.first_order_day.notnull()).select("customer")


def _days(later: Snapshot, start: int, end: int) -> ir.Table:
    days = later.tables["purchase_days"]
    return days.filter((days.day >= start) & (days.day < end))


def _ordered(later: Snapshot, start: int, end: int) -> ir.Table:
    ordered = _days(later, start, end).filter(_.orders > 0)
    return ordered.group_by("customer").aggregate(came=_.count())


def _earned(later: Snapshot, start: int, end: int) -> ir.Table:
    # The middle of its day: money of the first day is half a day away.
    years = (_.day - start + 0.5) / YEAR_DAYS
    worth = _.value / UNITS * (1 + later.definitions.discount_rate) ** -years
    # Whole 1/10,000: a sum of floats would depend on the order of rows.
    rows = _days(later, start, end).mutate(worth=(worth * UNITS).round().cast("int64"))
    return rows.group_by("customer").aggregate(came=_.worth.sum() / UNITS)


def _basis(snapshot: Snapshot) -> str:
    if building.made_with_costs(snapshot.tables["purchase_days"]):
        return "CLV is contribution margin here: nearly all orders have a cost"
    return "CLV is net revenue here: too few orders have a cost to tell the margin"


def _active(snapshot: Snapshot) -> ir.Table:
    since = snapshot.day - snapshot.definitions.lapse_days
    days = snapshot.tables["purchase_days"].filter((_.orders > 0) & (_.day >= since))
    return days.select("customer").distinct()


def _silent(later: Snapshot, start: int, end: int) -> ir.Table:
    ordered = _days(later, start, end).filter(_.orders > 0)
    return ordered.select("customer").distinct().mutate(came=ibis.literal(0))


def _contracted(snapshot: Snapshot) -> ir.Table:
    spells = snapshot.tables["contract_spells"]
    return (
        spells.filter((spells.start_day < snapshot.day) & (spells.end_day >= snapshot.day))
        .select("customer")
        .distinct()
    )


def _ended(later: Snapshot, start: int, end: int) -> ir.Table:
    """Return whose time under contract ended; null of whoever ended before `start`, or had not come by then."""
    spells = later.tables["contract_spells"]
    last = spells.filter(spells.start_day < start).group_by("customer").aggregate(end_day=_.end_day.max())
    came = ibis.cases((last.end_day < start, ibis.null("int8")), (last.end_day < end, 1), else_=0)
    return last.select("customer", came=came)


def _billed(later: Snapshot, start: int, end: int) -> ir.Table:
    rows = later.tables["contracts"]
    within = rows.filter((rows.start_day < end) & (rows.end_day > start) & (rows.monthly > 0))
    first = ibis.greatest(within.start_day, start)
    last = ibis.least(within.end_day, end)
    years = ((first + last) / 2 - start) / YEAR_DAYS
    worth = within.monthly * (last - first) / MONTH_DAYS * (1 + later.definitions.discount_rate) ** -years
    sums = within.mutate(worth=worth.round().cast("int64")).group_by("customer")
    return sums.aggregate(came=_.worth.sum() / UNITS)


orders = Outcome(
    name="orders",
    said="orders",
    kind=Kind.COUNT,
    needs=("orders",),
    customers=_buyers,
    came=_ordered,
    caveat="Several orders of one day count as one.",
)
value = Outcome(
    name="value",
    said="CLV",
    kind=Kind.AMOUNT,
    needs=("orders",),
    customers=_buyers,
    came=_earned,
    caveat="Discounted to as-of, by the day.",
    says=_basis,
)
lapse = Outcome(
    name="lapse",
    said="probability of falling silent",
    kind=Kind.PROBABILITY,
    needs=("orders",),
    customers=_active,
    came=_silent,
    otherwise=1.0,
    horizons=2,
    caveat="No order on any day of the horizon; of customers who ordered within the last `lapse_days`.",
)
contract_end = Outcome(
    name="contract_end",
    said="probability of ending the contract",
    kind=Kind.PROBABILITY,
    needs=("subscriptions",),
    customers=_contracted,
    came=_ended,
    horizons=2,
    caveat="Time under contract ends within the horizon and is not renewed within `renewal_grace_days`.",
)
contract_value = Outcome(
    name="contract_value",
    said="CLV",
    kind=Kind.AMOUNT,
    needs=("subscriptions",),
    customers=_contracted,
    came=_billed,
    caveat="Recurring revenue of who is under contract, shared out by the day; discounted to as-of.",
)
