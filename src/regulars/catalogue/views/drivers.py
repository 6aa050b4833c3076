"""Which operational facts go along with what customers say."""

from collections.abc import Iterator

from regulars.views import heard
from regulars.views.blocks import Block
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from heard.what_moves(ask)


drivers = View(
    name="drivers",
    title="Drivers of satisfaction",
    question="What goes along with satisfaction, and where does it go wrong most?",
    blocks=_blocks,
    teams=("service", "logistics", "product"),
    takes=("period", "question", "touchpoint"),
    under="voice",
)
