"""What customers speak of in their comments."""

from collections.abc import Iterator

from regulars.views import themed
from regulars.views.blocks import Block
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from themed.themes_of(ask)


themes = View(
    name="themes",
    title="Themes",
    question="What do customers speak of, what do they complain of, and what is new?",
    blocks=_blocks,
    teams=("marketing", "service", "product", "logistics"),
    takes=("period", "question", "touchpoint", "grain", "top"),
    under="voice",
)
