"""Talk to customers whose contract may end."""

from ibis import _

from regulars.decisions.action import Action, Effect, Gain

renewal_talk = Action(
    name="renewal_talk",
    title="Renewal talk",
    said="Call about how they use it, before they decide whether to stay.",
    team="sales",
    gain=Gain.KEPT,
    effect=Effect(
        mean=0.08,
        low=-0.1,
        high=0.26,
        source="Assumed, and may do harm: in a test of Ascarza, Iyengar & Schleicher (2016, J. of Marketing Research "
        "53, 46-60) proactive offers made more customers leave",
    ),
    eligible=_.under_contract & (_.open_cases == 0),
    for_whom="customers under contract who have no open case",
    why="is under contract and may end it",
    cost=15.0,
)
