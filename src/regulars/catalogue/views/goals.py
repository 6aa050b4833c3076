"""Will we reach our goals?"""

from collections.abc import Iterator

from regulars.views import goaled
from regulars.views.blocks import Block
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from goaled.blocks(ask)


goals = View(
    name="goals",
    title="Goals",
    question="Will we reach our goals, and where should we be by now?",
    blocks=_blocks,
    teams=("executives", "marketing", "sales", "service"),
    takes=("period", "owner", "goal"),
    under="watch",
)
