"""The MRR bridge: what monthly recurring revenue was, what moved it, and what it came to, reconciled to 1/10,000.

    opening + new + reactivation + expansion + contraction + churn = closing

Movements down are below 0 here. Three things are checked in whole numbers at every run: that movements lead from the
opening to the closing, and that both are the sums of the contracts of that day, added up another way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.app.provenance import Provenance
from regulars.core.errors import QueryError, UnknownName, Unreconciled
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.money import SCALE, UNITS
from regulars.core.periods import Grain, Period
from regulars.kpis.flags import raised
from regulars.kpis.query import Records
from regulars.kpis.recurring import DOWNS, MOVEMENTS, movements
from regulars.kpis.sums import Total
from regulars.kpis.timeline import Timeline

#: Raised when the policy of movements changes (kpis/recurring.py).
VERSION = "1"
#: Name of the KPI whose flags hold here: it counts the same money.
_ALIKE = "mrr"
_USUAL = _.opening + _.new + _.reactivation
#: What is summed up, by name.
_TOTALS: Mapping[str, Total] = {
    "opening": Total(_.opening.nullif(0)),
    **{name: Total(_[name].nullif(0), usual=_USUAL) for name in MOVEMENTS},
    "closing": Total(_.closing.nullif(0)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One amount of a bridge: the opening, a movement or the closing.

    Attributes:
        name: `opening`, one of `MOVEMENTS`, or `closing`.
        amount: exact, a month, in the company's currency; movements down are below 0.
        customers: who pays it, or moved by it.
        estimate: the same with the interval of customers' chance and what travels with it.
    """

    name: str
    amount: Decimal
    customers: int
    estimate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """How MRR went from a period's start to its end, or to as-of where that comes first.

    Attributes:
        period: local days.
        opening: what was paid as of its first day.
        movements: in the order of `MOVEMENTS`; they lead from the opening to the closing.
        closing: what was paid as of the day after its last.
    """

    period: Period
    opening: Step
    movements: tuple[Step, ...]
    closing: Step

    @property
    def gap(self) -> Decimal:
        """What the identity is off by: 0."""
        return self.opening.amount + sum(step.amount for step in self.movements) - self.closing.amount

    def step(self, name: str) -> Step:
        """Return the step called `name` (KeyError where there is none)."""
        return {one.name: one for one in (self.opening, *self.movements, self.closing)}[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A customer whose monthly revenue moved.

    Attributes:
        customer_id: who.
        movement: how.
        opening: what they paid a month at the period's start.
        closing: what they pay at its end.
    """

    customer_id: str
    movement: str
    opening: Decimal
    closing: Decimal

    @property
    def amount(self) -> Decimal:
        """By how much; below 0 where down."""
        return self.closing - self.opening


def mrr_bridges(records: Records, period: Period, grain: Grain | None = None) -> tuple[Bridge, ...]:
    """Return the bridge of each period; each opens where the one before closed.

    Args:
        records: what is asked; needs subscriptions.
        period: local days.
        grain: how they are cut; None: as one.

    Raises:
        QueryError: there are no subscriptions, or no record from the period's first day on.
        Unreconciled: amounts that must add up do not.
    """
    timeline = _timeline(records, period, grain)
    rows = _moved(records, timeline)
    columns = {
        f"{name}__{statistic}": value
        for name, formula in _TOTALS.items()
        for statistic, value in formula.across(_parts(rows, formula)).items()
    }
    found = {row["period"]: row for row in records.run(rows.group_by("period").aggregate(**columns))}
    bridges = tuple(_bridge(records, one, found.get(index, {})) for index, one in enumerate(timeline.periods))
    _reconcile(bridges, _books(records, _days(timeline)))
    return bridges


def movers(records: Records, period: Period, movement: str = "", *, most: int = 50) -> tuple[Mover, ...]:
    """Return the customers whose monthly revenue moved, by how much, then by id.

    Args:
        records: what is asked; needs subscriptions.
        period: local days.
        movement: one of `MOVEMENTS`; all where "".
        most: at most so many.

    Raises:
        UnknownName: there is no such movement.
        QueryError: as of `mrr_bridges`, or `most` is below 1.
    """
    if movement and movement not in MOVEMENTS:
        raise UnknownName("movement", movement, MOVEMENTS)
    if most < 1:
        raise QueryError(f"`{most}` is no number of customers. Write one from 1.")
    rows = _moved(records, _timeline(records, period, None))
    people = records.tables["people"].select("customer", "customer_id")
    named = rows.filter(rows.period == 0).join(people, "customer")
    moved = named.filter(_.opening != _.closing if not movement else _[movement] > 0)
    order = [ibis.desc((_.closing - _.opening).abs()), _.customer_id]
    return tuple(map(_mover, records.run(moved.order_by(order).limit(most))))


def _mover(row: Mapping[str, Any]) -> Mover:
    (movement,) = (name for name in MOVEMENTS if row[name])
    return Mover(
        customer_id=row["customer_id"],
        movement=movement,
        opening=_money(row["opening"]),
        closing=_money(row["closing"]),
    )


def _timeline(records: Records, period: Period, grain: Grain | None) -> Timeline:
    """Return the periods that had begun by as-of."""
    if "contracts" not in records.tables or "subscriptions" not in records.covered:
        raise QueryError("The MRR bridge is told by `subscriptions`, and the records hold none.")
    if period.start >= records.as_of:
        raise QueryError(f"There is no record from `{period.start}` on: records end before `{records.as_of}`.")
    whole = Timeline.of(period, records.as_of, grain)
    begun = sum(1 for one in whole.periods if one.start < records.as_of)
    return replace(whole, bounds=whole.bounds[: begun + 2])


def _days(timeline: Timeline) -> tuple[int, ...]:
    return (timeline.bounds[1], *timeline.closings)


def _moved(records: Records, timeline: Timeline) -> ir.Table:
    days = _days(timeline)
    return movements(records.tables["contracts"], days[:-1], days[1:])


def _parts(rows: ir.Table, formula: Total) -> dict[str, ir.Value]:
    return {part: rows.bind(value)[0] for part, value in formula.per_unit().items()}


def _bridge(records: Records, period: Period, row: Mapping[str, Any]) -> Bridge:
    begun = records.covered["subscriptions"].start
    flags = raised(records.flags, _ALIKE, period, divided=False)
    flags |= {"before_records"} if period.start < begun else set()
    provenance = Provenance(records=records, period=period, version=VERSION, flags=tuple(flags))
    steps = {name: _step(name, provenance, _statistics(row, name)) for name in _TOTALS}
    moved = tuple(steps[name] for name in MOVEMENTS)
    return Bridge(period=period, opening=steps["opening"], movements=moved, closing=steps["closing"])


def _statistics(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key.removeprefix(f"{name}__"): value for key, value in row.items() if key.startswith(f"{name}__")}


def _step(name: str, provenance: Provenance, statistics: Mapping[str, Any]) -> Step:
    sign = -1 if name in DOWNS else 1
    amount, customers = int(statistics.get("x") or 0), int(statistics.get("n") or 0)
    return Step(
        name=name,
        amount=_money(sign * amount),
        customers=customers,
        estimate=provenance.estimate(_interval(name, provenance, statistics), times=sign),
    )


def _interval(name: str, provenance: Provenance, statistics: Mapping[str, Any]) -> Interval:
    if not statistics or (name not in MOVEMENTS and not statistics["n"]):
        return unknown("nobody was paying", level=provenance.level)
    found = _TOTALS[name].estimate([statistics], provenance.level)
    if found.value is None or found.low is None or found.high is None:
        return found
    # Divided as a KPI of money is, so that both are the same to the last digit.
    return replace(found, value=found.value / UNITS, low=max(found.low, 0.0) / UNITS, high=found.high / UNITS)


def _books(records: Records, days: Sequence[int]) -> list[Decimal]:
    """Return what all contracts come to as of each day, added up contract by contract."""
    rows = records.tables["contracts"]
    sums = {
        f"day{place}": ibis.ifelse((rows.start_day < day) & (rows.end_day >= day), rows.monthly, 0).sum()
        for place, day in enumerate(days)
    }
    found = records.run(rows.aggregate(**sums))[0]
    return [_money(found[name] or 0) for name in sums]


def _reconcile(bridges: Sequence[Bridge], books: Sequence[Decimal]) -> None:
    for place, bridge in enumerate(bridges):
        ends = (bridge.opening.amount, bridge.closing.amount)
        if bridge.gap or ends != (books[place], books[place + 1]):
            raise Unreconciled(
                f"MRR of `{bridge.period}` does not add up: the bridge leads from {ends[0]} to {ends[1]} with a gap of "
                f"{bridge.gap}, contracts come to {books[place]} and {books[place + 1]}. Please report it."
            )


def _money(units: int) -> Decimal:
    return Decimal(int(units)).scaleb(-SCALE)
