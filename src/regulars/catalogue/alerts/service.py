"""How those who ask are helped."""

from regulars.core.periods import Grain
from regulars.decisions.alert_rule import AlertRule

slow_answers = AlertRule(
    name="slow_answers",
    kpi="first_response_time",
    grain=Grain.WEEK,
    cooldown_days=21,
    said="The first answer to a case takes longer, or less long, than usual.",
)
more_cases = AlertRule(
    name="more_cases",
    kpi="contact_rate",
    grain=Grain.WEEK,
    cooldown_days=21,
    said="More or fewer customers than usual need help.",
)
