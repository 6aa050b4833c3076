"""What can be foretold of customers."""

from ibis import _

from regulars.models.model import Outcome

orders = Outcome(
    name="orders",
    unit="orders",
    table="purchase_days",
    formula=_.orders.sum(),
    since="first_order_day",
)
