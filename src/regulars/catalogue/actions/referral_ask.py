"""Ask promoters to bring somebody."""

from ibis import _

from regulars.decisions.action import Action, Effect, Gain

referral_ask = Action(
    name="referral_ask",
    title="Referral ask",
    said="Thank them for their answer, and ask whom else it could be for.",
    team="marketing",
    gain=Gain.BOUGHT,
    effect=Effect(mean=0.01, low=0.0, high=0.02, source="Assumed, wide on purpose: no published test says it"),
    eligible=(_.nps_score >= 9) & (_.days_since_touch.fill_null(999) > 30),
    for_whom="customers whose latest NPS answer is 9 or 10, and who were in no campaign of the last 30 days",
    why="would recommend us",
    cost=0.05,
)
