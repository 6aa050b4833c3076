"""Call customers for whom something went wrong."""

from ibis import _

from regulars.decisions.action import Action, Effect, Gain

service_recovery_call = Action(
    name="service_recovery_call",
    title="Service recovery call",
    said="Call, say sorry for what went wrong, and put it right.",
    team="service",
    gain=Gain.KEPT,
    effect=Effect(mean=0.1, low=-0.02, high=0.22, source="Assumed, wide on purpose: no published test says it"),
    eligible=_.late | _.reopened | (_.nps_score <= 6),
    for_whom="customers for whom, in the last 90 days, an order came late or a case was opened again, or "
    "whose latest NPS answer is 6 or less",
    why="had a late delivery, a case that was opened again, or would not recommend us",
    cost=8.0,
)
