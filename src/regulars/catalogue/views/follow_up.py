"""Detractors to whom nobody has got back."""

from collections.abc import Iterator

from regulars.views import afterwards
from regulars.views.blocks import Block
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from afterwards.queue(ask)
    known = ask.available("closed_loop_rate", "time_to_close_loop")
    if known:
        yield ask.cards(*known)


follow_up = View(
    name="follow_up",
    title="Follow-up",
    question="Which detractors wait for somebody to get back to them?",
    blocks=_blocks,
    teams=("service", "sales"),
    takes=("period", "top"),
    under="voice",
    rows=True,
)
