"""Who needs action today, and why: the list of customers."""

from collections.abc import Iterator

from regulars.views import clientele
from regulars.views.blocks import Block
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from clientele.clientele(ask)


customers = View(
    name="customers",
    title="Customers",
    question="Who needs action today, and why?",
    blocks=_blocks,
    teams=("sales", "service", "marketing"),
    takes=("q", "segment", "state", "saved", "attribute", "of", "sort", "dir", "after", "rows"),
    place=2,
    kept=False,
    rows=True,
)
