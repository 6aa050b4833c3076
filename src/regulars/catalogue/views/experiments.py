"""What did actions bring, beside customers who were left alone?"""

from collections.abc import Iterator

from regulars.views import measuring
from regulars.views.blocks import Block
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from measuring.experiments(ask)


experiments = View(
    name="experiments",
    title="Experiments",
    question="What did actions bring, beside customers who were left alone?",
    blocks=_blocks,
    teams=("marketing", "sales", "service"),
    takes=(),
    under="actions",
    kept=False,
)
