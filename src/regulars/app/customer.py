"""One customer: everything the records say, on one page.

Only the customer's own rows are read: facts are sorted by customer, so a look-up skips all others. What is lacking in
the records (no events, no contracts, ...) is None, never 0.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import Any

from regulars.core.errors import QueryError, UnknownName
from regulars.core.money import SCALE
from regulars.core.periods import day_number, day_of
from regulars.data import engine
from regulars.decisions.rfm import Cuts, cut_points
from regulars.decisions.segment import Standing, standing
from regulars.kpis.query import Records

#: Fewest gaps between orders whose median is called typical.
LEAST_GAPS = 4
#: Days of recent activity.
RECENT = 28
#: Happenings on the page.
SHOWN = 20

Row = Mapping[str, Any]


class Contract(StrEnum):
    """Where a customer's contracts stand."""

    PAID = "paid"
    TRIAL = "trial"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened on a day.

    Attributes:
        on: the day.
        kind: order, refund, event, contract_start, contract_end, ticket, response or touch.
        what: name of the event, plan, reason, topic, question or campaign; "" where it has none.
        count: how many of it on the day.
        amount: money in the currency, a contract's by the month; the score of a response; None where there is none.
    """

    on: date
    kind: str
    what: str = ""
    count: int = 1
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchases:
    """What a customer bought; money in the company's currency.

    Attributes:
        first_on: day of the first order; None where there is none, as `last_on`.
        last_on: day of the last one.
        orders: how many.
        refunds: how many.
        sales: amount of the orders.
        refunded: amount of the refunds.
        net_revenue: sales less refunds.
        value: contribution margin, or net revenue where costs are not known.
        average_order_value: sales per order, before refunds.
        typical_gap: median of the days between order days; None below `LEAST_GAPS` gaps.
        open_gap: days since the last order day.
        stretch: open gap / typical gap: above 1, longer than usual.
    """

    first_on: date | None
    last_on: date | None
    orders: int
    refunds: int
    sales: Decimal
    refunded: Decimal
    net_revenue: Decimal
    value: Decimal
    average_order_value: Decimal | None
    typical_gap: float | None
    open_gap: int | None
    stretch: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A customer's contracts.

    Attributes:
        status: paid while any paid contract runs, else trial while one runs, else ended.
        monthly: what the running ones cost per month.
        since: when the time under contract that runs began; None where none does.
    """

    status: Contract
    monthly: Decimal
    since: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What a customer did of late: days with events and number of events in the `RECENT` days before as-of."""

    first_on: date
    last_on: date
    active_days: int
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """One customer.

    Attributes:
        customer_id: whose page it is.
        ids: every id that stands for the customer, sorted.
        attributes: what the records say of them; None where they say nothing.
        as_of: day before which records count.
        signed_on: day of sign-up or first contact.
        entered_on: day on which they first ordered, acted or subscribed.
        purchases: None where orders are not known.
        subscription: None for who never had a contract.
        activity: None for who never did anything.
        standing: RFM scores, segment and lifecycle state.
        happenings: the latest, newest first.
    """

    customer_id: str
    ids: tuple[str, ...]
    attributes: Mapping[str, Any]
    as_of: date
    signed_on: date | None
    entered_on: date | None
    purchases: Purchases | None
    subscription: Subscription | None
    activity: Activity | None
    standing: Standing
    happenings: tuple[Happening, ...]


def customer(records: Records, customer_id: str, *, cuts: Cuts | None = None, most: int = SHOWN) -> CustomerPage:
    """Return the page of the customer with that id, or with that alias.

    Args:
        records: what is asked.
        customer_id: any id that is known.
        cuts: where RFM scores are cut. They are the same for all customers and take a look at all of them: have them
            once with `cut_points` and pass them; where None they are made for this page.
        most: happenings that are told.

    Raises:
        UnknownName: nobody has that id; the message names the nearest.
    """
    person = _find(records, customer_id)
    own = _Own(records=records, number=person["customer"])
    as_of = day_number(records.as_of)
    purchases, events, contracts = own.rows("purchase_days"), own.rows("event_days"), own.rows("contracts")
    acts = events if "event_days" in records.tables else [row for row in purchases if row["orders"]]
    happenings = [
        *_bought(purchases),
        *_done(events),
        *_contracted(contracts, as_of),
        *_asked(own.rows("customer_tickets")),
        *_answered(own.rows("customer_responses")),
        *_touched(own.rows("customer_touches")),
    ]
    return CustomerPage(
        customer_id=person["customer_id"],
        ids=_ids(own, person["customer_id"]),
        attributes={name: person[name] for name in records.attributes},
        as_of=records.as_of,
        signed_on=_day(person["signed_day"]),
        entered_on=_day(person["entered_day"]),
        purchases=_purchases(purchases, as_of) if "purchase_days" in records.tables else None,
        subscription=_subscription(contracts, as_of),
        activity=_activity(events, as_of),
        standing=standing(
            purchases,
            {row["day"] for row in acts},
            cuts or _cuts(records),
            on=as_of,
            lapse=records.definitions.lapse_days,
        ),
        happenings=tuple(sorted(happenings, key=_newest_first)[:most]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Own:
    """One customer's rows."""

    records: Records
    number: int

    def rows(self, fact: str) -> list[dict[str, Any]]:
        """Return the customer's rows of `fact` before as-of, oldest first; none where there is no such fact."""
        if fact not in self.records.tables:
            return []
        table = self.records.tables[fact]
        found = engine.look_up(table, "customer", self.number)
        day = "start_day" if "start_day" in table.columns else "day"
        as_of = day_number(self.records.as_of)
        return sorted((row for row in found if row[day] < as_of), key=lambda row: row[day])


def _cuts(records: Records) -> Cuts | None:
    """Return cut points, or None where nobody ordered."""
    try:
        return cut_points(records) if "purchase_days" in records.tables else None
    except QueryError:
        return None


def _find(records: Records, customer_id: str) -> dict[str, Any]:
    people = records.tables["people"]
    found = engine.look_up(people, "customer_id", customer_id)
    if not found and "keys" in records.tables:
        keys = records.tables["keys"]
        whose = engine.look_up(keys, "reference", customer_id)
        found = engine.look_up(people, "customer", whose[0]["customer"]) if whose else []
    if not found:
        distance = people.customer_id.levenshtein(customer_id)
        near = people.select("customer_id", distance=distance).order_by("distance", "customer_id").limit(3)
        raise UnknownName("customer", customer_id, [row["customer_id"] for row in records.run(near)])
    return found[0]


def _ids(own: _Own, customer_id: str) -> tuple[str, ...]:
    if "keys" not in own.records.tables:
        return (customer_id,)
    keys = own.records.tables["keys"]
    found = engine.look_up(keys, "customer", own.number)
    return tuple(sorted({customer_id, *(row["reference"] for row in found)}))


def _day(number: int | None) -> date | None:
    return None if number is None else day_of(number)


def _money(units: int) -> Decimal:
    return Decimal(units).scaleb(-SCALE)


def _purchases(rows: Sequence[Row], as_of: int) -> Purchases:
    days = [row["day"] for row in rows if row["orders"]]
    total = {name: sum(row[name] for row in rows) for name in ("orders", "refunds", "sales", "refunded", "value")}
    gaps = [after - before for before, after in pairwise(days)]
    typical = float(median(gaps)) if len(gaps) >= LEAST_GAPS else None
    open_gap = as_of - days[-1] if days else None
    return Purchases(
        first_on=day_of(days[0]) if days else None,
        last_on=day_of(days[-1]) if days else None,
        orders=total["orders"],
        refunds=total["refunds"],
        sales=_money(total["sales"]),
        refunded=_money(total["refunded"]),
        net_revenue=_money(total["sales"] - total["refunded"]),
        value=_money(total["value"]),
        average_order_value=_money(total["sales"]) / total["orders"] if total["orders"] else None,
        typical_gap=typical,
        open_gap=open_gap,
        stretch=open_gap / typical if open_gap is not None and typical else None,
    )


def _subscription(rows: Sequence[Row], as_of: int) -> Subscription | None:
    if not rows:
        return None
    running = [row for row in rows if row["end_day"] >= as_of]
    paid = [row for row in running if row["spell"]]
    current = paid or running
    spells = {row["spell"] for row in current}
    return Subscription(
        status=Contract.PAID if paid else Contract.TRIAL if running else Contract.ENDED,
        monthly=_money(sum(row["monthly"] for row in running)),
        since=min((day_of(row["start_day"]) for row in rows if row["spell"] in spells), default=None),
    )


def _activity(rows: Sequence[Row], as_of: int) -> Activity | None:
    if not rows:
        return None
    recent = [row for row in rows if row["day"] >= as_of - RECENT]
    return Activity(
        first_on=day_of(rows[0]["day"]),
        last_on=day_of(rows[-1]["day"]),
        active_days=len({row["day"] for row in recent}),
        events=sum(row["events"] for row in recent),
    )


def _newest_first(happening: Happening) -> tuple[int, str, str]:
    return -day_number(happening.on), happening.kind, happening.what


def _bought(rows: Iterable[Row]) -> Iterator[Happening]:
    for row in rows:
        for kind, count, amount in (("order", "orders", "sales"), ("refund", "refunds", "refunded")):
            if row[count]:
                yield Happening(on=day_of(row["day"]), kind=kind, count=row[count], amount=_money(row[amount]))


def _done(rows: Iterable[Row]) -> Iterator[Happening]:
    for row in rows:
        yield Happening(on=day_of(row["day"]), kind="event", what=row["name"], count=row["events"])


def _contracted(rows: Iterable[Row], as_of: int) -> Iterator[Happening]:
    for row in rows:
        amount = _money(row["monthly"])
        yield Happening(on=day_of(row["start_day"]), kind="contract_start", what=row["plan"] or "", amount=amount)
        if row["end_day"] < as_of:
            reason = row["end_reason"] or ""
            yield Happening(on=day_of(row["end_day"]), kind="contract_end", what=reason, amount=amount)


def _asked(rows: Iterable[Row]) -> Iterator[Happening]:
    for row in rows:
        yield Happening(on=day_of(row["day"]), kind="ticket", what=row["topic"] or "")


def _answered(rows: Iterable[Row]) -> Iterator[Happening]:
    for row in rows:
        yield Happening(on=day_of(row["day"]), kind="response", what=row["question"], amount=row["score"])


def _touched(rows: Iterable[Row]) -> Iterator[Happening]:
    for row in rows:
        came = next((name for name in _CAME_OF if row[f"{name}_day"] is not None), "assigned")
        what = f"{row['campaign_id']}: {row['arm']}, {came}"
        yield Happening(on=day_of(row["day"]), kind="touch", what=what)


#: What may have come of a part in a campaign, the most telling first.
_CAME_OF = ("redeemed", "clicked", "opened", "delivered")
