"""Which customers there are, and how markets and segments differ."""

from collections.abc import Iterator

from regulars.views import grouping, saved
from regulars.views.blocks import Block, Heading, Text
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield Heading(text="By how they buy")
    yield ask.segments()
    yield from grouping.moves(ask)
    yield Heading(text="By where they stand")
    yield from grouping.states(ask)
    yield Text(text="Whether customers fall into groups by how they buy is told on page Clusters: it takes longer.")
    yield Heading(text="By rules of your own")
    yield from saved.every(ask)
    yield from grouping.markets(ask)


segments = View(
    name="segments",
    title="Segments",
    question="Which customers do we have, how do they differ, and who moves?",
    blocks=_blocks,
    teams=("marketing", "sales"),
    takes=("period", "by"),
    place=7,
)
