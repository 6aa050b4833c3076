"""How customers who ask are helped."""

from collections.abc import Iterator

from regulars.app import served
from regulars.views import heard
from regulars.views.blocks import Block, Heading
from regulars.views.view import Ask, View

TIMES = (
    "first_response_time",
    "first_response_time_p90",
    "first_response_business_time",
    "first_resolution_time",
    "resolution_time",
    "resolution_business_time",
    "requester_wait_time",
    "throughput_time",
    "handle_time",
)
KEPT = ("sla_attainment", "first_contact_resolution", "reopen_rate", "escalation_rate", "ticket_csat")
LOAD = ("contact_rate", "contacts_per_order", "backlog", "bot_resolution_share", "deflection_rate")
_SPLIT = ("first_response_time", "resolution_time", "sla_attainment", "reopen_rate")
_SPLITS = ("channel", "topic", "priority", "team")


def _blocks(ask: Ask) -> Iterator[Block]:
    for title, names in (("How fast", TIMES), ("How well", KEPT), ("How much", LOAD)):
        yield Heading(text=title)
        yield ask.cards(*(ask.available(*names) or names), empty=False)
    yield from heard.moving(ask, *TIMES, *KEPT, *LOAD)
    yield from heard.cost(ask)
    known = ask.available(*_SPLIT)
    splits = ask.by or served.split_by(ask.records, _SPLITS)
    for by in splits if known else ():
        yield Heading(text=f"By {by}")
        yield ask.answers(*known, by=(by,), grain=None)


service = View(
    name="service",
    title="Service",
    question="How fast and how well do we help those who ask?",
    blocks=_blocks,
    teams=("service",),
    takes=("period", "by", "where"),
    place=6,
)
