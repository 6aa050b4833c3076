"""The customers behind a number: who counts, and with what."""

from collections.abc import Iterator

from regulars.views.behind import behind_it
from regulars.views.blocks import Block
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from behind_it(ask)


behind = View(
    name="behind",
    title="Customers behind it",
    question="Who counts in this number, and with what?",
    blocks=_blocks,
    teams=("executives", "marketing", "sales", "service"),
    takes=("period", "where", "after"),
    under="kpis",
    about="kpi",
    kept=False,
    rows=True,
)
