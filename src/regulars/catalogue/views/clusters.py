"""Whether customers fall into groups by how they buy."""

from collections.abc import Iterator

from regulars.views.blocks import Block
from regulars.views.clustered import clustered
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from clustered(ask)


clusters = View(
    name="clusters",
    title="Clusters",
    question="Do our customers fall into groups by how they buy, and would we find the same ones again?",
    blocks=_blocks,
    teams=("marketing",),
    takes=("k",),
    under="segments",
)
