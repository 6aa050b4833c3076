"""Lower the price for customers who may end their contract."""

from ibis import _

from regulars.decisions.action import Action, Effect, Gain

price_fix = Action(
    name="price_fix",
    title="Price fix",
    said="Put them on a plan that fits what they use, at a tenth less.",
    team="sales",
    gain=Gain.KEPT,
    effect=Effect(mean=0.2, low=0.0, high=0.4, source="Assumed, wide on purpose: no published test says it"),
    eligible=_.under_contract,
    for_whom="customers under contract",
    why="is under contract and may end it",
    cost=2.0,
    rebate=0.1,
)
