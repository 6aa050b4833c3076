"""Checks: which rows of a table are remarkable, in words, and which numbers they push which way.

A check is one paragraph; adding one is adding it to `CHECKS`.
"""

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.periods import day_number
from regulars.data import identity
from regulars.data.quality.biases import Bias, of_money, per_customer
from regulars.data.quality.checking import Check, Look
from regulars.data.quality.spoken import SPOKEN
from regulars.data.store import day_column
from regulars.data.tables import TABLES

_EXCHANGE = "part of every change is the exchange rate's"
_RECURRING = ("gross_revenue_churn_rate", "net_revenue_churn_rate")

CHECKS: tuple[Check, ...] = (
    Check(
        name="orders_without_customer",
        table="orders",
        remarkable=lambda look, rows: rows.filter(rows.customer_id.isnull()),
        message="{rows} orders ({share}) name no customer: they count in revenue, not in numbers per customer.",
        biases=(
            per_customer("down", "orders of known customers may be among them", "new_customers", tables=("orders",)),
        ),
    ),
    Check(
        name="zero_amount_orders",
        table="orders",
        remarkable=lambda look, rows: rows.filter((rows.kind == "sale") & (rows.amount == 0)),
        message="{rows} sales ({share}) have an amount of 0.",
        biases=(
            Bias(kpis=("average_order_value",), direction="down", why="they count as orders and bring nothing"),
            Bias(kpis=("purchase_frequency", "repeat_purchase_rate"), direction="up", why="they count as orders"),
            Bias(kpis=("inter_purchase_time",), direction="down", why="they count as orders"),
        ),
    ),
    Check(
        name="orders_without_amount",
        table="orders",
        remarkable=lambda look, rows: rows.filter(rows.amount.isnull()),
        message="{rows} orders ({share}) have neither an amount nor lines.",
        biases=(of_money("down", "what they brought is not known"),),
    ),
    Check(
        name="order_sums_of_wrong_sign",
        table="orders",
        remarkable=lambda look, rows: rows.filter(
            ((rows.kind == "sale") & (rows.amount < 0)) | ((rows.kind == "refund") & (rows.amount > 0))
        ),
        message="{rows} orders ({share}) have lines that add up to a negative sale or a positive refund.",
        biases=(of_money("unclear", "sales and refunds are mixed up", "return_rate"),),
    ),
    Check(
        name="lines_not_product",
        table="order_lines",
        remarkable=lambda look, rows: rows.filter(rows.line_kind == "other"),
        message="{rows} order lines ({share}) are no product (`rules.not_product`): left out of amounts and items.",
    ),
    Check(
        name="discount_lines",
        table="order_lines",
        remarkable=lambda look, rows: rows.filter(rows.line_kind == "discount"),
        message="{rows} order lines ({share}) are discounts (`rules.discount`): in amounts, not in items.",
    ),
    Check(
        name="several_customers_in_order",
        table="orders",
        remarkable=lambda look, rows: rows.semi_join(_of_several(look), "order_id"),
        message="{rows} orders ({share}) have lines of several customers; each counts for the first by id.",
        biases=(
            per_customer("down", "the other customers' orders are not theirs", "new_customers", tables=("orders",)),
        ),
    ),
    Check(
        name="orders_in_several_files",
        table="orders",
        remarkable=lambda look, rows: rows.semi_join(_in_several_files(look), "order_id"),
        message="{rows} orders ({share}) have lines in several files; lines that say the same count once.",
    ),
    Check(
        name="activity_before_subscription",
        table="events",
        needs=("subscriptions",),
        remarkable=lambda look, rows: _before_subscription(look, rows),
        message="{rows} events ({share}) precede the start of their subscription.",
        biases=(
            Bias(
                families=("acquisition",),
                tables=("subscriptions", "events"),
                direction="unclear",
                why="starts or uses are wrong",
            ),
        ),
    ),
    *(
        Check(
            name="activity_before_sign_up",
            table=name,
            needs=("customers",),
            remarkable=lambda look, rows: _before_sign_up(look, rows),
            message="{rows} rows of {table} ({share}) precede their customer's sign-up.",
            biases=(
                Bias(
                    families=("acquisition", "retention"),
                    tables=(name,),
                    direction="unclear",
                    why="customers seem younger than they are",
                ),
            ),
        )
        for name in ("orders", "events")
    ),
    *(
        Check(
            name="customers_missing",
            table=name,
            needs=("customers",),
            remarkable=lambda look, rows: _unknown_customers(look, rows),
            message="{rows} rows of {table} ({share}) are of customers that the table customers does not know.",
            biases=(Bias(tables=(name,), divided=True, direction="down", why="they have no attributes"),),
        )
        for name in ("orders", "subscriptions", "events", "responses", "tickets", "touches")
    ),
    *SPOKEN,
    *(
        Check(
            name="rows_to_come",
            table=table.name,
            remarkable=lambda look, rows: _to_come(look, rows),
            message="{rows} rows of {table} ({share}) are dated on or after the as-of day and do not count.",
        )
        for table in TABLES.values()
        if table.instant
    ),
    *(
        Check(
            name="converted",
            table=name,
            remarkable=lambda look, rows: rows.filter(rows.original_currency != look.settings.company.currency),
            message="{rows} rows of {table} ({share}) came in another currency and were converted at the day's rate.",
            biases=biases,
        )
        for name, biases in (
            ("orders", (of_money("unclear", _EXCHANGE),)),
            ("order_lines", (of_money("unclear", _EXCHANGE),)),
            ("subscriptions", (Bias(kpis=_RECURRING, direction="unclear", why=_EXCHANGE),)),
            ("spend", ()),
        )
    ),
)


def _of_several(look: Look) -> ir.Table:
    orders = look.landed("orders").filter(_.of_lines)
    ids = orders.group_by("order_id").aggregate(first=_.customer_id.min(), last=_.last_customer_id.max())
    return ids.filter(ids["first"] != ids["last"]).select("order_id")


def _in_several_files(look: Look) -> ir.Table:
    orders = look.landed("orders").filter(_.of_lines)
    return orders.group_by("order_id").aggregate(n=_.file.nunique()).filter(_.n > 1).select("order_id")


def _before_subscription(look: Look, rows: ir.Table) -> ir.Table:
    """Return events before the start of the subscription they name, or of their customer's first."""
    terms = identity.resolve(look.tables["subscriptions"], "customer_id", look.aliases)
    named = terms.group_by(_named="subscription_id").aggregate(_start=_.started_day.min())
    owned = terms.group_by(_owner="customer_id").aggregate(_first=_.started_day.min())
    events = identity.resolve(rows.mutate(_given=rows.customer_id), "customer_id", look.aliases)
    events = events.left_join(named, events._given == named._named)
    events = events.left_join(owned, events.customer_id == owned._owner)
    return events.filter(events.occurred_day < ibis.coalesce(events._start, events._first))


def _before_sign_up(look: Look, rows: ir.Table) -> ir.Table:
    customers = look.tables["customers"].select(_who="customer_id", _seen="first_seen_day")
    known = identity.resolve(rows, "customer_id", look.aliases).join(customers, _.customer_id == customers._who)
    day = "ordered_day" if "ordered_day" in rows.columns else "occurred_day"
    return known.filter(known[day] < known._seen)


def _unknown_customers(look: Look, rows: ir.Table) -> ir.Table:
    named = identity.resolve(rows.filter(rows.customer_id.notnull()), "customer_id", look.aliases)
    return named.anti_join(look.tables["customers"], "customer_id")


def _to_come(look: Look, rows: ir.Table) -> ir.Table:
    instant = next(str(TABLES[name].instant) for name, table in look.tables.items() if table is rows)
    if look.as_of is None:
        return rows.filter(ibis.literal(False))
    return rows.filter(rows[day_column(instant)] >= day_number(look.as_of))
