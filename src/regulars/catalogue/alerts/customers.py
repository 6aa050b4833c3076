"""Who comes, and who is about."""

from regulars.core.periods import Grain
from regulars.decisions.alert_rule import AlertRule

newcomers = AlertRule(
    name="newcomers",
    kpi="new_customers",
    grain=Grain.WEEK,
    cooldown_days=21,
    said="More or fewer customers than usual come for the first time.",
)
visitors = AlertRule(
    name="visitors",
    kpi="daily_active_customers",
    said="More or fewer customers than usual do anything at all in a day.",
)
