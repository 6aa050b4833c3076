"""Shopify: the file that "Orders > Export" writes, one row per line item.

What belongs to the order (status, subtotal, refunds, addresses) stands in the first row of each order only; further
rows hold its name and a line item. So an order is its first row, and its amount `Subtotal`: after discounts, before
shipping and tax. The sum of the lines would miss discounts on the order.
"""

from regulars.data.system import System

_FIRST = "`Financial Status` is not null"
#: What came about: neither voided nor an authorisation that ran out.
_STANDS = "`Financial Status` not in ('voided', 'expired')"
_AT = "datetime(`Created at`, '%Y-%m-%d %H:%M:%S %z')"

shopify_orders = System(
    name="shopify_orders",
    title="Shopify orders",
    columns=(
        "Name",
        "Email",
        "Financial Status",
        "Currency",
        "Subtotal",
        "Discount Amount",
        "Created at",
        "Lineitem quantity",
        "Lineitem name",
        "Lineitem price",
        "Lineitem sku",
        "Lineitem discount",
        "Billing Country",
        "Refunded Amount",
        "Source",
    ),
    tables={
        "orders": {
            "where": f"{_FIRST} and {_STANDS}",
            "order_id": "Name",
            "customer_id": "Email",
            "ordered_at": _AT,
            "kind": "'sale'",
            "amount": "Subtotal",
            "currency": "Currency",
            "discount": "`Discount Amount`",
            "channel": "Source",
        },
        "order_lines": {
            "where": f"`Financial Status` is null or {_STANDS}",
            "order_id": "Name",
            "product_id": "coalesce(`Lineitem sku`, `Lineitem name`)",
            "quantity": "`Lineitem quantity`",
            "amount": "`Lineitem quantity` * `Lineitem price` - coalesce(`Lineitem discount`, 0)",
        },
        "customers": {
            "where": f"{_FIRST} and Email is not null",
            "customer_id": "Email",
            "market": "`Billing Country`",
        },
    },
    more={
        "refunds": {
            "orders": {
                "where": f"{_FIRST} and {_STANDS} and `Refunded Amount` > 0",
                "order_id": "concat(Name, '-refund')",
                "customer_id": "Email",
                "ordered_at": _AT,
                "kind": "'refund'",
                # Shipping and tax are given back, too, but were never counted.
                "amount": "-if(number(`Refunded Amount`) > number(Subtotal), Subtotal, `Refunded Amount`)",
                "currency": "Currency",
            }
        }
    },
    beware=(
        "The export does not say when money was given back: refunds count on the day of the order."
        " Where prices include tax, so does the subtotal. Further lines of voided orders are quarantined."
    ),
)
