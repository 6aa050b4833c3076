"""What customers say: scores, how they move, who answers, and which groups differ."""

from collections.abc import Iterator

from regulars.views import heard
from regulars.views.blocks import Block, Heading, Notice
from regulars.views.view import Ask, View

SCORES = ("nps", "transactional_nps", "csat", "relational_csat", "ces_mean", "ces_easy_share", "pmf_score")
BANDS = ("promoter_share", "passive_share", "detractor_share")
ASKING = ("survey_response_rate", "survey_completion_rate", "closed_loop_rate", "time_to_close_loop")
HEARD = ("net_sentiment", "theme_prevalence")
#: The KPI that splits show, by question and what it is about.
_OF = {
    ("nps", "relational"): "nps",
    ("nps", "transactional"): "transactional_nps",
    ("csat", "relational"): "relational_csat",
    ("csat", "transactional"): "csat",
    ("ces", "transactional"): "ces_easy_share",
    ("pmf", "relational"): "pmf_score",
}


def _groups(ask: Ask) -> tuple[Block, ...]:
    """Return the score by group; what cannot be asked is refused here, before the rest is worked out."""
    if not (ask.by or ask.question or ask.touchpoint):
        return ()
    which = heard.asked(ask)
    if not ask.by:
        return ()
    name = _OF.get((which.question, which.touchpoint))
    found = ask.answers(name, by=ask.by, grain=None) if name else Notice(text=f"No KPI is made of the {which}.")
    return Heading(text=f"By {', '.join(ask.by)}"), found


def _blocks(ask: Ask) -> Iterator[Block]:
    known = ask.available(*SCORES)
    groups = _groups(ask) if known else ()
    yield ask.cards(*(known or SCORES), empty=False)
    if not known:
        return
    yield from heard.moving(ask, *SCORES)
    yield from heard.who_answers(ask)
    yield from groups
    yield Heading(text="Shares, and what is done about it")
    yield ask.cards(*ask.available(*BANDS, *ASKING, *HEARD), empty=False)


voice = View(
    name="voice",
    title="Voice of the customer",
    question="What do customers say of us, and who is it that says so?",
    blocks=_blocks,
    teams=("marketing", "service", "executives"),
    takes=("period", "question", "touchpoint", "by", "where"),
    place=5,
)
