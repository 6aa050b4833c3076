"""Leave customers alone: what everything else is compared with."""

from ibis import _

from regulars.decisions.action import Action, Effect, Gain

do_nothing = Action(
    name="do_nothing",
    title="Do nothing",
    said="Leave them alone.",
    team="executives",
    gain=Gain.NOTHING,
    effect=Effect(mean=0.0, low=0.0, high=0.0, source="By definition"),
    eligible=_.customer.notnull(),
    for_whom="everybody",
    why="nothing pays",
    cost=0.0,
)
