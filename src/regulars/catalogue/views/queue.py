"""Whom somebody is to get in touch with next, and what came of it."""

from collections.abc import Iterator

from regulars.views.blocks import Block
from regulars.views.queued import queued
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from queued(ask)


queue = View(
    name="queue",
    title="Work queue",
    question="Whom do we call next, and what came of it?",
    blocks=_blocks,
    teams=("sales", "service", "marketing"),
    takes=("status", "owner", "audience", "assignee", "after", "rows"),
    under="actions",
    kept=False,
    rows=True,
)
