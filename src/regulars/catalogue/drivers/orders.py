"""What the order was like that an answer is about."""

from ibis import _

from regulars.data.driver import About, Driver

delivery_delay = Driver(
    name="delivery_delay",
    said="days late",
    about=About.ORDER,
    value=_.order_late_days,
    bad=_.order_late_days > 0,
    bad_said="the order came late",
    owner="logistics",
    reads=("orders.promised_at", "orders.delivered_at"),
)
price_paid = Driver(
    name="price_paid",
    said="doublings of the price",
    about=About.ORDER,
    value=(_.order_amount + 1).log2(),
    owner="sales",
    reads=(("orders.amount", "order_lines.amount"),),
)
discount_given = Driver(
    name="discount_given",
    said="tenths of the price taken off",
    about=About.ORDER,
    value=_.order_discounted * 10,
    owner="marketing",
    reads=("orders.discount",),
)
order_channel = Driver(
    name="order_channel",
    said="channel of the order",
    about=About.ORDER,
    value=_.order_channel,
    owner="sales",
    reads=("orders.channel",),
)
product_category = Driver(
    name="product_category",
    said="category of most products",
    about=About.ORDER,
    value=_.order_category,
    owner="product",
    reads=("order_lines.category",),
)
