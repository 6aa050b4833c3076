"""Help new customers to get what they came for."""

from ibis import _

from regulars.decisions.action import Action, Effect, Gain

onboarding_help = Action(
    name="onboarding_help",
    title="Onboarding help",
    said="Get in touch, and help them with the first steps.",
    team="service",
    gain=Gain.KEPT,
    effect=Effect(mean=0.05, low=-0.03, high=0.13, source="Assumed, wide on purpose: no published test says it"),
    eligible=(_.days_since_first <= 45) & (_.open_cases == 0),
    for_whom="customers who came in the last 45 days and have no open case",
    why="is new",
    cost=4.0,
)
