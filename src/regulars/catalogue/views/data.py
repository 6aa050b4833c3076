"""What the numbers are made of: files, what was put aside, what is remarkable, what is kept."""

from collections.abc import Iterator

from regulars.views import inspected
from regulars.views.blocks import Block
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from inspected.findings(ask)
    yield from inspected.files(ask)
    yield from inspected.reconciled(ask)
    yield from inspected.put_aside(ask)
    yield from inspected.generations(ask)


data = View(
    name="data",
    title="Data",
    question="What are these numbers made of, and can they be believed?",
    blocks=_blocks,
    teams=("executives", "marketing", "sales", "service"),
    takes=("reason", "top"),
    place=11,
)
