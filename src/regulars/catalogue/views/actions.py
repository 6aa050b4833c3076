"""What to do for which customer, by expected incremental profit."""

from collections.abc import Iterator

from regulars.views.blocks import Block
from regulars.views.proposed import proposed
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from proposed(ask)


actions = View(
    name="actions",
    title="Actions",
    question="What should we do for whom, and what is it worth?",
    blocks=_blocks,
    teams=("marketing", "sales", "service"),
    takes=("budget", "where", "top"),
    place=8,
)
