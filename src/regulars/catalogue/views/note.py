"""What should a team know about a week?"""

from collections.abc import Iterator

from regulars.views import noted
from regulars.views.blocks import Block
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from noted.blocks(ask)


note = View(
    name="note",
    title="Weekly note",
    question="What changed this week beyond noise, why, and what is to be done?",
    blocks=_blocks,
    teams=("executives", "marketing", "sales", "service"),
    takes=("week", "team", "where"),
    under="overview",
    kept=False,
)
