"""Segments of the company's own: all of them, or one and how it differs from all others."""

from collections.abc import Iterator

from regulars.views import saved as blocks
from regulars.views.blocks import Block
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from blocks.one(ask) if ask.saved else blocks.every(ask)


saved = View(
    name="saved",
    title="Saved segments",
    question="Who is in the segments that we saved, what are they worth, and how do they differ from all others?",
    blocks=_blocks,
    teams=("marketing", "sales"),
    takes=("saved", "period"),
    under="segments",
)
