"""What a customer's orders say."""

import ibis
from ibis import _

from regulars.core.money import UNITS
from regulars.data.feature import Feature, within

_DAYS = "purchase_days"
_ordered = _.orders > 0
_last = ibis.ifelse(_ordered, _.ago, ibis.null("int32")).min()
_first = ibis.ifelse(_ordered, _.ago, ibis.null("int32")).max()
_order_days = ibis.ifelse(_ordered, 1, 0).sum()
_mean_gap = (_first - _last) / (_order_days - 1).nullif(0)

order_recency = Feature(
    name="order_recency",
    said="{} days since the last order",
    fact=_DAYS,
    formula=_last,
    risk=1,
)
order_tenure = Feature(
    name="order_tenure",
    said="{} days since the first order",
    fact=_DAYS,
    formula=_first,
    actionable=False,
)
order_days = Feature(
    name="order_days",
    said="{} days with orders in all",
    fact=_DAYS,
    formula=_order_days,
    otherwise=0,
    actionable=False,
)
order_days_30 = Feature(
    name="order_days_30",
    said="{} days with orders in the last 30",
    fact=_DAYS,
    formula=within(30, ibis.ifelse(_ordered, 1, 0)),
    otherwise=0,
)
order_days_90 = Feature(
    name="order_days_90",
    said="{} days with orders in the last 90",
    fact=_DAYS,
    formula=within(90, ibis.ifelse(_ordered, 1, 0)),
    otherwise=0,
    risk=-1,
)
order_days_365 = Feature(
    name="order_days_365",
    said="{} days with orders in the last 365",
    fact=_DAYS,
    formula=within(365, ibis.ifelse(_ordered, 1, 0)),
    otherwise=0,
    risk=-1,
)
order_gap = Feature(
    name="order_gap",
    said="{} days between orders on average",
    fact=_DAYS,
    formula=_mean_gap,
)
overdue = Feature(
    name="overdue",
    said="silent for {} times the usual gap between orders",
    fact=_DAYS,
    formula=_last / _mean_gap,
    risk=1,
)
order_value = Feature(
    name="order_value",
    said="{} spent per day with orders",
    fact=_DAYS,
    formula=_.sales.sum() / UNITS / _order_days.nullif(0),
)
sales_90 = Feature(
    name="sales_90",
    said="{} spent in the last 90 days",
    fact=_DAYS,
    formula=within(90, _.sales) / UNITS,
    otherwise=0,
    risk=-1,
)
sales_365 = Feature(
    name="sales_365",
    said="{} spent in the last 365 days",
    fact=_DAYS,
    formula=within(365, _.sales) / UNITS,
    otherwise=0,
)
refunds_365 = Feature(
    name="refunds_365",
    said="{} refunds in the last 365 days",
    fact=_DAYS,
    formula=within(365, _.refunds),
    otherwise=0,
    risk=1,
)
discount_share = Feature(
    name="discount_share",
    said="a share of {} given as discount",
    fact=_DAYS,
    formula=_.discount.sum() / _.listed.sum().nullif(0),
)
first_order_value = Feature(
    name="first_order_value",
    said="{} spent on the first day",
    fact=_DAYS,
    formula=ibis.ifelse(_.day == _.first_day, _.sales, ibis.null("int64")).sum() / UNITS,
    actionable=False,
)
