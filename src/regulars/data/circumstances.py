"""What an answer is about: the order and the service case, with everything known of them when it was given.

An answer that names its order or case is about that one. One that names none is about the customer's latest order that
had arrived, or latest case that had come in, within `window` days before it, where no answer to the question names any.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.money import UNITS
from regulars.data.driver import About
from regulars.data.facts import units

Tables = Mapping[str, ir.Table]
_HOUR, _DAY = 3_600.0, 86_400.0


def orders(tables: Tables) -> ir.Table:
    """Return sales: `thing` (order_id), `customer`, `ordered_day`, `day` on which the customer had it, and

    * `late_days`: delivered after what was promised, in days; below 0 early; null where either is not known
    * `amount`, `discount`: money; `discounted`: share of the list price that was taken off
    * `items`: pieces; `channel`; `category`: that of most lines, the first by name among equals
    """
    sales = tables["orders"].filter(_.kind == "sale")
    keys = tables["keys"].select("reference", "customer")
    known = sales.left_join(keys, sales.customer_id == keys.reference)
    promised, delivered = (_seconds(known[name]) for name in ("promised_at", "delivered_at"))
    amount, discount = (units(known[name]) / UNITS for name in ("amount", "discount"))
    rows = known.select(
        "customer",
        "channel",
        "ordered_day",
        thing="order_id",
        day=ibis.coalesce(known.delivered_day, known.ordered_day),
        late_days=(delivered - promised) / _DAY,
        amount=amount,
        discount=discount,
        discounted=discount / (amount + discount).nullif(0),
    )
    if "order_lines" not in tables:
        return rows.mutate(items=ibis.null("int64"), category=ibis.null("string"))
    lines = tables["order_lines"].filter(_.line_kind == "product")
    baskets = lines.group_by(basket="order_id").aggregate(items=_.quantity.sum())
    counts = lines.filter(_.category.notnull()).group_by(held="order_id", category=_.category).aggregate(n=_.count())
    placed = counts.mutate(place=ibis.row_number().over(group_by="held", order_by=[_.n.desc(), _.category]))
    most = placed.filter(_.place == 0).select("held", "category")
    both = rows.left_join(baskets, rows.thing == baskets.basket)
    return both.left_join(most, both.thing == most.held).drop("basket", "held")


def cases(tables: Tables) -> ir.Table:
    """Return service cases: `thing` (ticket_id), `customer`, `day` on which each came in, and

    * `reply_hours`: until the first human reply; `solved_hours`: until solved for good; null where not (yet)
    * `end_day`: when it was solved for good, `reopened_day`: when it was first opened again, `reopened`: whether it was
    * `channel`, `topic`, `priority`, `team`, `escalated`; `handled`: minutes of work
    """
    rows = tables["ticket_courses"]
    return rows.select(
        "customer",
        "channel",
        "topic",
        "priority",
        "team",
        "escalated",
        "day",
        thing="ticket_id",
        end_day="last_end_day",
        reopened_day="reopened_day",
        reply_hours=(rows.replied - rows.opened) / _HOUR,
        solved_hours=(rows.last_end - rows.opened) / _HOUR,
        reopened=rows.reopened_day.notnull(),
        handled=rows.handled / UNITS,
    )


def around(answers: ir.Table, things: ir.Table, about: About, window: int) -> ir.Table:
    """Return answers with what they are about: columns of `things`, null where there is nothing.

    What came of a case after the day of the answer is not known of it: a later reply, solution or reopening.

    Args:
        answers: rows with `response_id`, `customer`, `day`, `order_id` and `ticket_id`.
        things: as of `orders` or `cases`.
        about: which.
        window: days before the answer that an order or case that it does not name may lie back.
    """
    named = "order_id" if about is About.ORDER else "ticket_id"
    told = {name: things[name] for name in things.columns if name != "customer"}
    facts = things.select(**{f"{about}_{name}": column for name, column in told.items()}, _whose=things.customer)
    exact = answers.left_join(facts, answers[named] == facts[f"{about}_thing"]).drop("_whose")
    near = [
        answers.customer == facts._whose,
        facts[f"{about}_day"] <= answers.day,
        facts[f"{about}_day"] > answers.day - window,
    ]
    order = [_[f"{about}_day"].desc(), _[f"{about}_thing"].desc()]
    guessed = answers.left_join(facts, near).drop("_whose")
    placed = guessed.mutate(_place=ibis.row_number().over(group_by="response_id", order_by=order))
    latest = placed.filter(placed._place == 0).drop("_place")
    names_any = answers[named].notnull().any().as_scalar()
    return _known_then(exact.filter(names_any).union(latest.filter(~names_any)), about)


def _known_then(rows: ir.Table, about: About) -> ir.Table:
    """Return rows without what came after the answer, which cannot have moved it."""
    nothing = ibis.null("float64")
    if about is About.ORDER:
        # A delivery that is overdue when the answer is given counts as late as it came in the end: surveys are often
        # sent on the promised day.
        return rows
    # Of a reply the hours are known, not the company's day: left out is what is sure to have come after the answer.
    replied = rows.case_day + (rows.case_reply_hours / 24).floor().cast("int32") <= rows.day
    solved, reopened = rows.case_end_day <= rows.day, rows.case_reopened_day <= rows.day
    return rows.mutate(
        case_reply_hours=ibis.ifelse(replied, rows.case_reply_hours, nothing),
        case_solved_hours=ibis.ifelse(solved, rows.case_solved_hours, nothing),
        case_end_day=ibis.ifelse(solved, rows.case_end_day, ibis.null("int32")),
        case_reopened=ibis.ifelse(rows.case_thing.notnull(), reopened.fill_null(False), ibis.null("boolean")),
        case_reopened_day=ibis.ifelse(reopened, rows.case_reopened_day, ibis.null("int32")),
    )


def _seconds(instant: ir.TimestampValue) -> ir.IntegerValue:
    return instant.epoch_seconds().cast("int64")
