"""What would customers bring if something were other than it is?"""

from collections.abc import Iterator

from regulars.views.blocks import Block
from regulars.views.played import supposed
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from supposed(ask)


whatif = View(
    name="whatif",
    title="What if",
    question="What would customers bring if retention, prices or response times changed, and would that pay?",
    blocks=_blocks,
    teams=("executives", "sales", "service"),
    takes=(
        "of",
        "retention",
        "per",
        "price",
        "elasticity",
        "response_time",
        "effect",
        "cost",
        "months",
        "where",
    ),
    under="actions",
)
