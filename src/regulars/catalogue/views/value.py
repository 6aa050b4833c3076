"""What customers are worth, and where it comes from."""

from collections.abc import Iterator

from regulars.views import foreseen, grouping, stakes
from regulars.views.blocks import Block, Heading, Notice
from regulars.views.view import Ask, View

KPIS = (
    "customer_equity",
    "predicted_clv",
    "clv_at_risk",
    "revenue_at_risk",
    "historic_clv",
    "cohort_ltv",
    "top_decile_share",
    "gini_coefficient",
)
#: Those that nothing need be foretold for.
KNOWN = ("historic_clv", "cohort_ltv")
#: What is foretold, and shown here: CLV of buyers and contracts, orders, who leaves.
OUTCOMES = ("value", "contract_value", "orders", "lapse", "contract_end")


def _blocks(ask: Ask) -> Iterator[Block]:
    yield ask.cards(*(ask.available(*KPIS) or KNOWN), empty=False)
    told = [found for name in OUTCOMES if (found := stakes.told(ask, name)) is not None]
    if told:
        yield foreseen.spread(told[0], ask.currency)
    else:
        yield Notice(text=stakes.UNTOLD)
    yield Heading(text="How unevenly it lies")
    yield from foreseen.held(ask)
    yield ask.segments()
    yield from grouping.moves(ask)
    yield from stakes.at_stake(ask, top=ask.top)
    if told:
        yield Heading(text="How well it was foretold")
        yield stakes.scores(tuple(told))
        for found in told:
            if found.tried.deciles:
                yield foreseen.calibration(found)


value = View(
    name="value",
    title="Value",
    question="What are customers worth, and where does it come from?",
    blocks=_blocks,
    teams=("executives", "sales", "marketing"),
    takes=("period", "of", "top"),
    place=4,
)
