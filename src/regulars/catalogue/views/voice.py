"""What customers say: scores, how they move, who answers, and which groups differ."""

from collections.abc import Iterator

from regulars.views import heard
from regulars.views.blocks import Block, Heading
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


def _blocks(ask: Ask) -> Iterator[Block]:
    known = ask.available(*SCORES)
    yield ask.cards(*(known or SCORES))
    if not known:
        return
    yield from heard.moving(ask, *SCORES)
    yield from heard.who_answers(ask)
    if ask.by:
        which = heard.asked(ask)
        name = _OF.get((which.question, which.touchpoint), "nps")
        yield Heading(text=f"By {', '.join(ask.by)}")
        yield ask.answers(name, by=ask.by, grain=None)
    yield Heading(text="Shares, and what is done about it")
    yield ask.cards(*ask.available(*BANDS, *ASKING, *HEARD))


voice = View(
    name="voice",
    title="Voice of the customer",
    question="What do customers say of us, and who is it that says so?",
    blocks=_blocks,
    teams=("marketing", "service", "management"),
)
