"""What customers bring, and what winning and serving them costs."""

from collections.abc import Iterator

from regulars.views.blocks import Block, Heading
from regulars.views.mrr import bridged
from regulars.views.profits import by_channel, service_costs, whales
from regulars.views.view import Ask, View

RECURRING = (
    "mrr",
    "arr",
    "net_new_mrr",
    "net_revenue_retention",
    "gross_revenue_retention",
    "net_revenue_retention_12m",
    "gross_revenue_retention_12m",
    "saas_quick_ratio",
    "average_revenue_per_account",
)
PROFITS = (
    "contribution_margin_per_customer",
    "unprofitable_customer_share",
    "whale_curve_peak",
    "cost_to_serve",
)
WINNING = ("cac", "ltv_cac_ratio", "cac_payback_time", "cac_unpaid_share")


def _blocks(ask: Ask) -> Iterator[Block]:
    yield Heading(text="Monthly recurring revenue")
    yield ask.cards(*(ask.available(*RECURRING) or RECURRING), empty=False)
    yield from bridged(ask)
    yield Heading(text="What customers contribute")
    yield ask.cards(*(ask.available(*PROFITS) or PROFITS), empty=False)
    yield from whales(ask)
    yield from service_costs(ask)
    yield Heading(text="What winning them costs")
    yield ask.cards(*(ask.available(*WINNING) or WINNING), empty=False)
    yield from by_channel(ask)


money = View(
    name="money",
    title="Money",
    question="What do customers bring, and what do winning and serving them cost?",
    blocks=_blocks,
    teams=("executives", "sales"),
    place=5,
)
