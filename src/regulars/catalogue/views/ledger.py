"""What has each action proved to bring, and what is it believed to?"""

from collections.abc import Iterator

from regulars.views import measuring
from regulars.views.blocks import Block
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from measuring.proved(ask)


ledger = View(
    name="ledger",
    title="Ledger",
    question="What has each action proved to bring, and what is it believed to?",
    blocks=_blocks,
    teams=("marketing", "sales", "service"),
    takes=(),
    under="actions",
    kept=False,
)
