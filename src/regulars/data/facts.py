"""Facts: compact tables per customer and day, from which every KPI starts.

One row per customer and day, sorted by customer, whole numbers only: customers are numbered, days count from
1970-01-01, money counts 1/10,000 of the currency. Each row knows the customer's previous, next and first day, so that
who is new, who came back and who fell silent is read off a row, without a window or a join
(measured in docs/decisions/0003-facts.md).

| fact | one row is |
|---|---|
| people | a customer: number, id, first days, attributes |
| purchase_days | a customer's orders and refunds of a day; an order without a customer has a negative number |
| activity_days | a customer's events and sessions of a day |
| event_days | a customer's events of one name on a day |
| contracts | a priced interval of a customer's contract |
| contract_spells | an unbroken time under contract |
| customer_tickets, customer_responses | a customer's service case, a customer's answer |
| customer_touches | a customer in a campaign |
| answers, invited | an answer to a survey, an invitation, with what came of it (data/answers.py) |
| ticket_courses, ticket_runs | a service case from first to last, a time for which one was open (ticket_course.py) |
"""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.money import UNITS
from regulars.data.whole_numbers import narrow


@ibis.udf.scalar.builtin(name="json_extract_string")
def json_text(document: str, path: str) -> str:  # type: ignore[empty-body]
    """Return the text at `path`."""


Tables = Mapping[str, ir.Table]


def units(amount: ir.DecimalValue) -> ir.IntegerValue:
    """Return money as a whole number of 1/10,000."""
    return (amount * UNITS).cast("int64")


def purchase_channels(tables: Tables, keys: ir.Table) -> ir.Table:
    """Return orders and refunds per customer, day and channel; `keys` maps `reference` to `customer`.

    An order without a customer has a negative number of its own.
    """
    orders = _with_lines(tables["orders"], tables.get("order_lines"))
    rows = numbered(orders, keys, "order_id").select("customer", *_ORDER_COLUMNS)
    return rows.group_by("customer", "channel", day=_.ordered_day).aggregate(**_per_day()).order_by("customer", "day")


def numbered(rows: ir.Table, keys: ir.Table, key: str) -> ir.Table:
    """Return `rows` with the number of their `customer`: a negative one of its own where a row names none.

    Args:
        rows: with `customer_id`.
        keys: `reference` and `customer`.
        key: column that puts rows without a customer in order.
    """
    known = rows.join(keys, rows.customer_id == keys.reference)
    nameless = rows.filter(_.customer_id.isnull())
    alone = nameless.mutate(customer=(-1 - ibis.row_number().over(order_by=nameless[key])).cast("int32"))
    wanted = ["customer", *rows.columns]
    return known.select(wanted).union(alone.select(wanted))


def purchase_days(channels: ir.Table, *, with_costs: bool) -> ir.Table:
    """Return orders and refunds per customer and day, linked.

    `value` is contribution margin where costs are known, else net revenue; `worth_after` its running total.
    """
    counted = [name for name in channels.columns if name not in ("customer", "day", "channel")]
    sums = {name: narrow(channels[name].sum().cast(channels[name].type())) for name in counted}
    days = channels.group_by("customer", "day").aggregate(**sums)
    worth = _.costed - _.cost if with_costs else _.sales - _.refunded
    running = _.value.sum().over(**_MINE, rows=(None, 0)).pipe(narrow)
    return _linked(days.mutate(value=worth), _.orders > 0, worth_after=running, row_after=_.day.lead().over(**_MINE))


#: A customer's days, in order.
_MINE = {"group_by": "customer", "order_by": "day"}

_ORDER_COLUMNS = ("ordered_day", "channel", "kind", "amount", "cost", "discount", "items", "crossed")


def _with_lines(orders: ir.Table, lines: ir.Table | None) -> ir.Table:
    if lines is None:
        return orders.mutate(items=ibis.null("int64"), crossed=ibis.null("boolean"))
    products = lines.filter(_.line_kind == "product").group_by(line_order=_.order_id)
    # Two categories are two whatever the other lines are; that there is but one is known only if every line's is.
    several, whole = _.category.min() < _.category.max(), _.category.count() == _.count()
    baskets = products.aggregate(
        items=_.quantity.sum().pipe(narrow),
        crossed=ibis.ifelse(several, True, ibis.ifelse(whole, False, ibis.null("boolean"))),
    )
    return orders.left_join(baskets, orders.order_id == baskets.line_order)


def _per_day() -> dict[str, ibis.Deferred]:
    sale = _.kind == "sale"
    lined = sale & _["items"].notnull()
    return {
        "orders": _count(sale),
        "refunds": _count(~sale),
        "sales": _sum(units(_.amount), sale),
        "refunded": _sum(-units(_.amount), ~sale),
        "discount": _sum(units(_.discount), sale & _.discount.notnull()),
        "listed": _sum(units(_.amount + _.discount), sale & _.discount.notnull()),
        "cost": _sum(units(_.cost), _.cost.notnull()),
        "costed": _sum(units(_.amount), _.cost.notnull()),
        "lined": _count(lined),
        "items": _sum(_["items"], lined),
        "categorised": _count(sale & _.crossed.notnull()),
        "crossed": _count(sale & _.crossed),
    }


def _count(condition: ibis.Deferred) -> ibis.Deferred:
    return ibis.ifelse(condition, 1, 0).sum().cast("int32")


def _sum(value: ibis.Deferred, condition: ibis.Deferred) -> ibis.Deferred:
    return ibis.ifelse(condition, value, 0).sum().pipe(narrow)


def _linked(days: ir.Table, active: ibis.Deferred, **besides: ibis.Deferred) -> ir.Table:
    """Add the customer's first active day to every day, to active ones the previous and the next, and the `besides`.

    All of it together, because every pass over a customer's days in order costs a sort.
    """
    seen = ibis.ifelse(active, _.day, ibis.null("int32"))
    found = days.mutate(
        first_day=seen.min().over(**_MINE, rows=(None, None)),
        prev_day=ibis.ifelse(active, seen.max().over(**_MINE, rows=(None, -1)), ibis.null("int32")),
        next_day=ibis.ifelse(active, seen.min().over(**_MINE, rows=(1, None)), ibis.null("int32")),
        **besides,
    )
    return found.order_by("customer", "day")


def activity_days(tables: Tables, keys: ir.Table, session_minutes: int) -> ir.Table:
    """Return events and sessions per customer and day; a session belongs to the day it begins."""
    events = _events(tables, keys)
    per_day = events.group_by("customer", day=_.occurred_day).aggregate(events=_.count().cast("int32"))
    sessions = (
        _sessions(events, session_minutes)
        .group_by("customer", "day")
        .aggregate(sessions=_.count().cast("int32"), session_seconds=_.seconds.sum().pipe(narrow))
    )
    days = per_day.left_join(sessions, ["customer", "day"]).drop("customer_right", "day_right")
    days = days.mutate(sessions=_.sessions.fill_null(0), session_seconds=_.session_seconds.fill_null(0))
    return _linked(days, _.events > 0)


def _events(tables: Tables, keys: ir.Table) -> ir.Table:
    events = tables["events"]
    known = events.join(keys, events.customer_id == keys.reference)
    return known.select("customer", "occurred_at", "occurred_day", "name", "session_id")


def _sessions(events: ir.Table, session_minutes: int) -> ir.Table:
    """Return customer, day and seconds of every session: by its id, or by the pause before it where it has none."""
    seconds = events.mutate(second=_.occurred_at.epoch_seconds().cast("int64"))
    before = _.second.lag().over(group_by="customer", order_by=["second", "name"])
    paused = seconds.filter(_.session_id.isnull()).mutate(before=before)
    begins = _.before.isnull() | (_.second - _.before > session_minutes * 60)
    counted = paused.mutate(begins=ibis.ifelse(begins, 1, 0)).mutate(
        number=_.begins.sum().over(group_by="customer", order_by=["second", "name"], rows=(None, 0))
    )
    span = {"day": _.occurred_day.min(), "seconds": _.second.max() - _.second.min()}
    named = seconds.filter(_.session_id.notnull()).group_by("customer", "session_id").aggregate(**span)
    unnamed = counted.group_by("customer", "number").aggregate(**span)
    return named.drop("session_id").union(unnamed.drop("number"))


def event_days(tables: Tables, keys: ir.Table) -> ir.Table:
    """Return events per customer, name and day."""
    days = (
        _events(tables, keys).group_by("customer", "name", day=_.occurred_day).aggregate(events=_.count().cast("int32"))
    )
    return days.order_by("customer", "day", "name")


#: An interval that never ends, as a day number: far beyond any calendar.
FOREVER = 1_000_000


def contracts(tables: Tables, keys: ir.Table, grace_days: int) -> ir.Table:
    """Return priced intervals [start_day, end_day), each with the end of its customer's unbroken time under contract.

    An interval without end runs to `FOREVER`. Paid intervals at most `grace_days` apart belong to one spell; trials
    (price 0) are no paid time and have spell 0.
    """
    rows = tables["subscriptions"]
    ended = ibis.greatest(rows.ended_day, rows.started_day)
    known = rows.mutate(end_day=ibis.ifelse(rows.ended_at.isnull(), FOREVER, ended).cast("int32"))
    priced = known.join(keys, known.customer_id == keys.reference).select(
        "customer",
        "subscription_id",
        start_day=_.started_day,
        end_day=_.end_day,
        monthly=units(_.monthly_amount),
        plan=_.plan,
        seats=_.seats,
        end_reason=_.end_reason,
        paid=_.monthly_amount > 0,
    )
    mine = {"group_by": ["customer", "paid"], "order_by": ["start_day", "end_day", "subscription_id", "monthly"]}
    reach = priced.mutate(reach=_.end_day.max().over(**mine, rows=(None, -1)))
    begins = _.reach.isnull() | (_.start_day > _.reach + grace_days)
    marked = reach.mutate(begins=ibis.ifelse(begins, 1, 0))
    spelled = marked.mutate(spell=ibis.ifelse(_.paid, _.begins.sum().over(**mine, rows=(None, 0)), 0).cast("int32"))
    last = _.end_day.max().over(group_by=["customer", "spell"])
    return (
        spelled.mutate(spell_end=last)
        .drop("paid", "reach", "begins")
        .order_by("customer", "start_day", "subscription_id", "monthly")
    )


def contract_spells(intervals: ir.Table) -> ir.Table:
    """Return each customer's unbroken paid times [start_day, end_day), with the reason of the last end."""
    paid = intervals.filter(_.spell > 0)
    return (
        paid.group_by("customer", "spell")
        .aggregate(
            start_day=_.start_day.min(),
            end_day=_.end_day.max(),
            end_reason=_.end_reason.max(where=_.end_day == _.spell_end),
        )
        .mutate(next_day=_.start_day.lead().over(group_by="customer", order_by="start_day"))
        .order_by("customer", "start_day")
    )


def customer_tickets(tables: Tables, keys: ir.Table) -> ir.Table:
    """Return service cases per customer and day, for one customer's page."""
    tickets = tables["tickets"]
    known = tickets.join(keys, tickets.customer_id == keys.reference)
    return known.select("customer", "ticket_id", "topic", day=_.opened_day).order_by("customer", "day", "ticket_id")


def customer_responses(tables: Tables, keys: ir.Table) -> ir.Table:
    """Return answers to surveys per customer and day, for one customer's page."""
    responses = tables["responses"]
    known = responses.join(keys, responses.customer_id == keys.reference)
    answered = known.select("customer", "response_id", "question", "score", day=_.responded_day)
    return answered.order_by("customer", "day", "response_id")


def customer_touches(tables: Tables, keys: ir.Table) -> ir.Table:
    """Return a customer's parts in campaigns by day, with what came of each and when."""
    touches = tables["touches"]
    known = touches.join(keys, touches.customer_id == keys.reference)
    parts = known.select("customer", "campaign_id", "arm", *_CAME_OF, day=_.assigned_day)
    return parts.order_by("customer", "day", "campaign_id")


_CAME_OF = ("delivered_day", "opened_day", "clicked_day", "redeemed_day")


def people(tables: Tables, facts: Tables, names: ir.Table, attributes: Sequence[str]) -> ir.Table:
    """Return every customer with first days and attributes.

    Args:
        tables: canonical tables; `customers` may lack.
        facts: the facts made so far.
        names: `customer` and `customer_id`, one row per customer.
        attributes: names of the company's own attributes in the JSON column of `customers`.
    """
    found = names
    firsts = {"first_order_day": "purchase_days", "first_event_day": "activity_days", "first_contract_day": "contracts"}
    for column, fact in firsts.items():
        found = _with_first(found, column, facts.get(fact))
    found = _with_attributes(found, tables.get("customers"), attributes)
    days = (_.first_order_day, _.first_event_day, _.first_contract_day)
    first = ibis.least(*(day.fill_null(FOREVER) for day in days))
    return found.mutate(entered_day=first.nullif(FOREVER)).order_by("customer")


def _with_first(found: ir.Table, column: str, fact: ir.Table | None) -> ir.Table:
    if fact is None:
        return found.mutate({column: ibis.null("int32")})
    day = fact.start_day if "start_day" in fact.columns else fact.first_day
    first = fact.group_by(person=fact.customer).aggregate({column: day.min()})
    return found.left_join(first, found.customer == first.person).drop("person")


_OWN = ("market", "segment", "acquisition_channel", "account_id")


def _with_attributes(found: ir.Table, customers: ir.Table | None, attributes: Sequence[str]) -> ir.Table:
    if customers is None:
        nothing = {name: ibis.null("string") for name in (*_OWN, *attributes)}
        return found.mutate(signed_day=ibis.null("int32"), **nothing)
    known = customers.select(
        person=customers.customer_id,
        signed_day=customers.first_seen_day,
        **{name: customers[name] for name in _OWN},
        **{name: json_text(customers.attributes, f'$."{name}"') for name in attributes},
    )
    return found.left_join(known, found.customer_id == known.person).drop("person")
