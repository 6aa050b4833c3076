"""Commerce (family F)."""

from ibis import _

from regulars.catalogue.frames.purchases import purchases, receipts
from regulars.catalogue.kpis.families import COMMERCE, FARRIS
from regulars.kpis.frame import flag
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.sums import Mean, Ratio, Total

net_revenue = KPI(
    name="net_revenue",
    question="How much did customers pay, less what they got back?",
    family=COMMERCE,
    frame=receipts,
    formula=Total(_.net.sum()),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source=f"{FARRIS}, ch. 3",
    caveat="Refunds count in the period they were booked. The interval is of customers' chance, not of the books.",
)
average_order_value = KPI(
    name="average_order_value",
    question="How much is an average order worth?",
    family=COMMERCE,
    frame=receipts,
    formula=Ratio(_.sales.sum(), _.orders.sum()),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source=f"{FARRIS}, ch. 5",
    caveat="Before refunds. A mean: a few large orders can carry it.",
    least=0,
)
purchase_frequency = KPI(
    name="purchase_frequency",
    question="How often does a buying customer order?",
    family=COMMERCE,
    frame=purchases,
    formula=Mean(_.orders.sum().nullif(0)),
    better=Better.HIGHER,
    shows=Shows.NUMBER,
    source=f"{FARRIS}, ch. 5",
    caveat="Rises with the length of the period; customers who came late had less time.",
    least=0,
)
revenue_per_customer = KPI(
    name="revenue_per_customer",
    question="How much does an average buying customer spend?",
    family=COMMERCE,
    frame=purchases,
    formula=Ratio(_.net.sum(), flag(_.orders.sum() > 0)),
    better=Better.HIGHER,
    shows=Shows.MONEY,
    source=f"{FARRIS}, ch. 5",
    caveat="Rises with the length of the period. Refunds to customers who did not order in it count too.",
)
items_per_order = KPI(
    name="items_per_order",
    question="How many items are in an average order?",
    family=COMMERCE,
    frame=receipts,
    formula=Ratio(_["items"].sum(), _.lined.sum()),
    reads=("order_lines.quantity",),
    better=Better.HIGHER,
    shows=Shows.NUMBER,
    source=f"{FARRIS}, ch. 5",
    caveat="Only of orders whose lines are known; postage and fees are no items.",
    least=0,
)
cross_sell_rate = KPI(
    name="cross_sell_rate",
    question="What share of orders holds products of two categories or more?",
    family=COMMERCE,
    frame=receipts,
    formula=Ratio(_.crossed.sum(), _.categorised.sum(), part=True),
    reads=("order_lines.category",),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="Attach rate over categories",
    caveat="Only of orders whose lines and categories are known.",
)
discount_share = KPI(
    name="discount_share",
    question="What share of the list price was given away?",
    family=COMMERCE,
    frame=receipts,
    formula=Ratio(_.discount.sum(), _.listed.sum(), part=True),
    reads=(("orders.discount", "order_lines.discount"),),
    better=Better.LOWER,
    shows=Shows.SHARE,
    source=f"{FARRIS}, ch. 8",
    caveat="Only of orders whose discount is recorded: map an empty field to 0 where it means none.",
)
return_rate = KPI(
    name="return_rate",
    question="What share of sales was given back?",
    family=COMMERCE,
    frame=receipts,
    formula=Ratio(_.refunded.sum(), _.sales.sum(), rate=True),
    better=Better.LOWER,
    shows=Shows.SHARE,
    source="Refunds / sales by value",
    caveat="Refunds booked in the period over its sales: late refunds of its orders come in later.",
    least=0,
)
