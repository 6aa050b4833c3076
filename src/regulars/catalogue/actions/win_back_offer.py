"""Offer lapsed customers something to come back for."""

from ibis import _

from regulars.decisions.action import Action, Effect, Gain

win_back_offer = Action(
    name="win_back_offer",
    title="Win-back offer",
    said="Send them an offer to come back.",
    team="marketing",
    gain=Gain.BOUGHT,
    effect=Effect(
        mean=0.005,
        low=0.001,
        high=0.009,
        source="Assumed, after a test of 42,613 customers who had bought within a year (Hillstrom 2008): 0.7 of 100 "
        "more ordered within two weeks of an e-mail (0.5 to 0.9)",
    ),
    eligible=(_.state == "lapsed") & (_.days_since_touch.fill_null(999) > 30),
    for_whom="customers who have lapsed, and were in no campaign of the last 30 days",
    why="has not been here for longer than usual",
    cost=0.05,
)
