"""What to be told of, and what is done by itself: goals, alerts, messages, records, on one page."""

from collections.abc import Iterator

from regulars.views import alerted, goaled, inspected, scheduled
from regulars.views.blocks import Block, Heading, Notice
from regulars.views.view import Ask, View

_NOTHING = "There is nothing to look at before there are records, such as `orders` or `subscriptions`."


def _blocks(ask: Ask) -> Iterator[Block]:
    if not ask.records.covered:
        yield Notice(text=_NOTHING)
        return
    yield Heading(text="What to look at")
    yield from alerted.strip(ask) or (Notice(text="No alert is open."),)
    yield Heading(text="Goals")
    # The page is made anew for everybody who asks, as alerts and messages change; goals do not.
    goals = ask.once(f"watched goals of {ask.owner}", lambda: tuple(goaled.strip(ask)))
    yield from goals or (Notice(text=goaled.NONE),)
    yield from scheduled.blocks(ask)
    yield Heading(text="Records")
    yield from inspected.fresh(ask)


watch = View(
    name="watch",
    title="Watch",
    question="Will we reach our goals, and what should I be told?",
    blocks=_blocks,
    teams=("executives", "marketing", "sales", "service"),
    takes=("owner",),
    place=9,
    kept=False,
)
