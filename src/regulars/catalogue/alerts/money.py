"""What comes in."""

from regulars.core.periods import Grain
from regulars.decisions.alert_rule import AlertRule

daily_revenue = AlertRule(
    name="daily_revenue",
    kpi="net_revenue",
    said="Revenue of a day, or of a few days in a row, is not what was to be expected.",
)
weekly_revenue = AlertRule(
    name="weekly_revenue",
    kpi="net_revenue",
    grain=Grain.WEEK,
    cooldown_days=21,
    said="Revenue of a week, or of a few weeks in a row, is not what was to be expected.",
)
order_value = AlertRule(
    name="order_value",
    kpi="average_order_value",
    said="Orders are worth more or less than usual: prices, discounts or what is bought have changed.",
)
returns = AlertRule(
    name="returns",
    kpi="return_rate",
    grain=Grain.WEEK,
    cooldown_days=21,
    said="More or less is given back than usual.",
)
monthly_mrr = AlertRule(
    name="monthly_mrr",
    kpi="net_new_mrr",
    grain=Grain.MONTH,
    when="below 0",
    cooldown_days=60,
    said="Contracts lose more in a month than they gain.",
)
