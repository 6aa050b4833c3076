"""What can be done for customers, when, and by whom."""

from collections.abc import Iterator

from regulars.views.blocks import Block
from regulars.views.plays import plays
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from plays(ask)


playbook = View(
    name="playbook",
    title="Playbook",
    question="What can we do for customers, when, and who does it?",
    blocks=_blocks,
    teams=("sales", "service", "marketing"),
    takes=(),
    under="actions",
)
