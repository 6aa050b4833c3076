"""What there is to be told: alerts that fired, and the rules behind them."""

from collections.abc import Iterator

from regulars.views.alerted import blocks
from regulars.views.blocks import Block
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from blocks(ask)


alerts = View(
    name="alerts",
    title="Alerts",
    question="What should I be told, and what became of it?",
    blocks=_blocks,
    teams=("executives", "marketing", "sales", "service"),
    takes=("status", "owner", "rows"),
    under="watch",
    kept=False,
)
