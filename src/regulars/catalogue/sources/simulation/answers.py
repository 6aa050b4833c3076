"""What customers answer, and who of the company gets back to those who are not content."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.special import ndtri

from regulars.catalogue.sources.simulation import comments
from regulars.catalogue.sources.simulation.clock import Floats
from regulars.catalogue.sources.simulation.columns import Ints, instants, names
from regulars.catalogue.sources.simulation.comments import COMPLAINT, LANGUAGES, PRAISE, SO_SO, SURE
from regulars.catalogue.sources.simulation.people import Block, People
from regulars.catalogue.sources.simulation.phrases import THEMES
from regulars.catalogue.sources.simulation.purchases import APP, STORE, Orders, discounted
from regulars.catalogue.sources.simulation.surveys import NPS, ORDER, QUESTIONS, RELATIONAL, STANDING, TICKET, Surveys
from regulars.catalogue.sources.simulation.tickets import TOPICS, Cases

DAY = 86_400
#: Score of a satisfaction of 0, and points per standard deviation, by question.
CENTRE, SPREAD = np.array([8.4, 4.1, 5.4, 2.2]), np.array([1.6, 0.8, 1.1, 0.7])
LEAST, MOST = np.array([0, 1, 1, 1]), np.array([10, 5, 7, 3])
#: How much of a customer's own contentment speaks from an answer.
PERSONAL = 0.5
#: Days late, and days of waiting for service, above which more makes nobody angrier.
MOST_DAYS = 10.0
#: A comment on an order that came later than this many days begins with that.
LATE_DAYS = 1.0
#: Above the first, comments praise; below the second, they complain.
CONTENT, DISCONTENT = 0.3, -0.7
DETRACTS = 6
TEAMS = ("customer_care", "logistics")

_INTEREST = np.array([0.3, 0.3, 0.15, 0.1, 0.12, 0.08, 0.1])
_LANGUAGE_OF = {"NL": "nl", "BE": "nl", "DE": "de", "AT": "de", "FR": "fr"}
#: The theme that a service case brings up, by its topic.
_BROUGHT_UP = np.array([THEMES.index(theme) for theme in ("delivery", "quality", "price", "website")])
_LOG_SPREAD = 0.8  # of the days until somebody gets back and until the matter is settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The answers to surveys; every array has shape (answers,).

    Attributes:
        at: place of the survey among those sent, ascending.
        satisfied: satisfaction with what was asked about, in standard deviations of its noise.
        score: the answer.
        mood: index into `comments.MOODS`.
        language: index into LANGUAGES; what the customer writes.
        comment: null where nothing was written.
        themes: what the comment speaks of, parted by commas.
    """

    at: Ints
    satisfied: Floats
    score: Ints
    mood: Ints
    language: Ints
    comment: pa.Array
    themes: pa.Array


def draw(block: Block, people: People, sold: Orders, cases: Cases, sent: Surveys) -> Answers:
    """Draw what is answered.

    Satisfaction is PERSONAL x the customer's own + what `Company` plants + standard normal noise; the score is
    CENTRE + SPREAD x satisfaction, rounded, within the scale.
    """
    at = np.flatnonzero(sent.answered)
    owner, question = sent.owner[at], sent.question[at]
    satisfied = PERSONAL * people.satisfaction[owner] + ndtri(sent.uniform(block, "score")[at])
    satisfied += _experience(block, sold, cases, sent)[at]
    score = np.clip(np.rint(CENTRE[question] + SPREAD[question] * satisfied), LEAST[question], MOST[question])
    mood = np.select([satisfied > CONTENT, satisfied > DISCONTENT], [PRAISE, SO_SO], COMPLAINT)
    language = _languages(block, people)[owner]

    late = (sent.sort[at] == ORDER) & (sent.late_days[at] > LATE_DAYS)
    chance = np.where(late, block.company.late_comments, block.company.comments)
    wrote = np.flatnonzero(sent.uniform(block, "comment")[at] < chance)
    of = at[wrote]
    about_order = sent.sort[of] == ORDER
    facts = comments.Facts(
        language=language[wrote],
        mood=mood[wrote],
        late=about_order & (sent.late_days[of] > LATE_DAYS),
        prompt=sent.late_days[of] == 0,
        interest=_interest(sold, cases, sent, of, mood[wrote]),
        customer=block.first + owner[wrote],
        order=np.where(about_order, sent.number[of], -1),
    )
    texts, themes = comments.write(facts, sent.uniform(block, "words", comments.CHANCES)[of])
    place = np.zeros(len(at), np.int64)
    place[wrote] = np.arange(len(wrote))
    silent = np.ones(len(at), bool)
    silent[wrote] = False
    index = pa.array(place, mask=silent)
    return Answers(
        at=at,
        satisfied=satisfied,
        score=score.astype(np.int64),
        mood=mood,
        language=language,
        comment=texts.take(index),
        themes=themes.take(index),
    )


def responses(block: Block, people: People, sent: Surveys, given: Answers) -> dict[str, pa.Array]:
    """Return the columns of `responses`."""
    at, question = given.at, sent.question[given.at]
    silent = given.comment.is_null().to_numpy(zero_copy_only=False)
    return {
        "response_id": answer_ids(sent, at),
        "customer_id": names(sent.owner[at], people.ids),
        "responded_at": instants(block.company.start, sent.answered_at[at]),
        "question": names(question, QUESTIONS),
        "score": pa.array(given.score.astype(np.int32)),
        "scale_max": pa.array(MOST[question].astype(np.int32)),
        "scale_min": pa.array(LEAST[question].astype(np.int32)),
        "comment": given.comment,
        "touchpoint": names(
            np.isin(sent.sort[at], (RELATIONAL, STANDING)).astype(np.int8), ("transactional", "relational")
        ),
        "order_id": sent.ids(at, ("O", None, None, None)),
        "ticket_id": sent.ids(at, (None, None, "T", None)),
        "weight": pa.array(np.ones(len(at))),
        "language": names(given.language, LANGUAGES, unknown=silent),
    }


def answer_ids(sent: Surveys, at: Ints) -> pa.Array:
    """Return the ids of answers."""
    return sent.ids(at, ("A", "AR", "AT", "AS"))


def follow_ups(block: Block, sent: Surveys, given: Answers) -> dict[str, pa.Array]:
    """Return the columns of `follow_ups`: who got back to a detractor, and when the matter was settled."""
    company, at, end = block.company, given.at, block.company.days * DAY

    def chance(name: str) -> Floats:
        return sent.uniform(block, f"follow_up.{name}")[at]

    def days(name: str, median: float) -> Floats:
        return DAY * median * np.exp(_LOG_SPREAD * ndtri(chance(name)))

    contacted = sent.answered_at[at] + days("after", company.follow_up_days)
    resolved = contacted + days("settling", company.settling_days)
    detracts = (sent.question[at] == NPS) & (given.score <= DETRACTS)
    rows = np.flatnonzero(detracts & (chance("who") < company.followed_up) & (contacted < end))
    open_still = (chance("settled") >= company.settled) | (resolved >= end)
    return {
        "response_id": answer_ids(sent, at[rows]),
        "contacted_at": instants(company.start, contacted[rows]),
        "resolved_at": instants(company.start, resolved[rows], unknown=open_still[rows]),
        "team": names((sent.late_days[at[rows]] > LATE_DAYS).astype(np.int8), TEAMS),
    }


def truth_of(sent: Surveys, given: Answers) -> dict[str, pa.Array]:
    """Return what no record shows of the answers."""
    silent = given.comment.is_null().to_numpy(zero_copy_only=False)
    return {
        "response_id": answer_ids(sent, given.at),
        "satisfaction": pa.array(given.satisfied),
        "mood": names(given.mood, comments.MOODS, unknown=silent),
        "themes": given.themes,
    }


def _experience(block: Block, sold: Orders, cases: Cases, sent: Surveys) -> Floats:
    """Return by how much what happened changed the satisfaction that every survey asks about."""
    company, change = block.company, np.zeros(len(sent.owner))
    about = sent.about(ORDER)
    change[sent.sort == ORDER] = (
        company.discount_pleases * discounted(block, len(sold.cents))[about]
        + company.app_pleases * (sold.channel[about] == APP)
        - company.delay_hurts * np.minimum(sold.late_days[about], MOST_DAYS)
    )
    about = sent.about(TICKET)
    waited = (cases.answered - cases.opened)[about] / DAY
    lasted = (cases.solved_for_good - cases.opened)[about] / DAY
    change[sent.sort == TICKET] = -(
        company.answer_hurts * np.minimum(waited, MOST_DAYS)
        + company.solution_hurts * np.minimum(lasted, MOST_DAYS)
        + company.reopening_hurts * ~np.isnan(cases.reopened[about])
    )
    return change


def _interest(sold: Orders, cases: Cases, sent: Surveys, of: Ints, mood: Ints) -> Floats:
    """Return how likely every comment speaks of every theme, as far as its occasion allows; shape (comments, themes).

    An order brings up neither support nor, if it was kept, returns; one from a store neither delivery nor the website.
    A case brings up support first, and what it was about when that is complained of.
    """
    interest = np.tile(_INTEREST, (len(of), 1))
    order, ticket = sent.sort[of] == ORDER, sent.sort[of] == TICKET
    about = sent.place[of[order]]
    in_store = sold.channel[about] == STORE
    allowed = np.ones((len(about), len(THEMES)), bool)
    allowed[:, THEMES.index("support")] = False
    allowed[:, THEMES.index("returns")] = sold.refunded[about]
    allowed[np.ix_(in_store, [comments.DELIVERY, THEMES.index("website")])] = False
    interest[order] *= allowed

    interest[ticket, THEMES.index("support")] = SURE
    topic = cases.topic[sent.place[of[ticket]]]
    second = np.flatnonzero(ticket)[(mood[ticket] == COMPLAINT) & (topic != TOPICS.index("delivery"))]
    interest[second, _BROUGHT_UP[cases.topic[sent.place[of[second]]]]] = np.sqrt(SURE)
    interest[ticket, comments.DELIVERY] = 0.0
    return interest


def _languages(block: Block, people: People) -> Ints:
    """Return the language of every customer: that of their market, or English."""
    spoken = [_LANGUAGE_OF.get(market.name, "en") for market in block.company.markets]
    local = np.array([LANGUAGES.index(language) for language in spoken])[people.market]
    foreign = block.rng("english").random(block.size) < block.company.english
    return np.where(foreign, LANGUAGES.index("en"), local)
