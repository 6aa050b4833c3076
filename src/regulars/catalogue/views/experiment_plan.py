"""What an experiment with an action could show, before it begins."""

from collections.abc import Iterator

from regulars.views import planned
from regulars.views.blocks import Block
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from planned.experiment_plan(ask)


experiment_plan = View(
    name="experiment_plan",
    title="Experiment plan",
    question="Could an experiment with this action show what is expected of it?",
    blocks=_blocks,
    teams=("marketing", "sales", "service"),
    takes=("holdout", "budget", "where"),
    under="actions",
    about="action",
)
