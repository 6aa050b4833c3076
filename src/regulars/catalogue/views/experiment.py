"""What one experiment brought, and on whom it works."""

from collections.abc import Iterator

from regulars.views.blocks import Block
from regulars.views.one_experiment import one_experiment
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from one_experiment(ask)


experiment = View(
    name="experiment",
    title="Experiment",
    question="What did this experiment bring, and on whom does it work?",
    blocks=_blocks,
    teams=("marketing", "sales", "service"),
    takes=(),
    under="actions",
    about="experiment",
)
