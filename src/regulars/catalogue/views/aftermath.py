"""What customers did after they said something, or after something went wrong; and what to fix first."""

from collections.abc import Iterator

from regulars.views import afterwards
from regulars.views.blocks import Block
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from afterwards.what_followed(ask)


aftermath = View(
    name="aftermath",
    title="Aftermath",
    question="What did customers do after something went wrong, and what should be fixed first?",
    blocks=_blocks,
    teams=("executives", "service", "logistics", "product"),
    takes=("period",),
    under="voice",
)
