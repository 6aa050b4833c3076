"""What moved monthly recurring revenue, and who."""

from collections.abc import Iterator

from regulars.views.blocks import Block
from regulars.views.mrr import bridged
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from bridged(ask)


mrr = View(
    name="mrr",
    title="MRR bridge",
    question="What moved monthly recurring revenue, and who?",
    blocks=_blocks,
    teams=("executives", "sales"),
    under="money",
)
