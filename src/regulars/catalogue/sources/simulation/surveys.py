"""What customers say: invitations, and answers that suffer from late deliveries."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.special import ndtri

from regulars.catalogue.sources.simulation.clock import Floats
from regulars.catalogue.sources.simulation.columns import Bools, Ints, ids, instants, names
from regulars.catalogue.sources.simulation.people import Block, People, pick
from regulars.catalogue.sources.simulation.purchases import STORE, Orders, Times

DAY = 86_400
QUESTIONS = ("nps", "csat", "ces")
_QUESTION_SHARES = (0.5, 0.3, 0.2)
#: Score of a satisfaction of 0, and points per standard deviation, by question.
CENTRE, SPREAD = np.array([8.4, 4.1, 5.4]), np.array([1.6, 0.8, 1.1])
LEAST, MOST = np.array([0, 1, 1]), np.array([10, 5, 7])
#: How much of a customer's own contentment speaks from an answer.
PERSONAL = 0.5
_MOST_LATE_DAYS = 10.0

_LANGUAGE_OF = {"NL": "nl", "BE": "nl", "DE": "de", "AT": "de", "FR": "fr"}
LANGUAGES = ("en", "nl", "de", "fr")
#: What is said when content, indifferent, discontent, or let down by a late delivery; by language.
_COMMENTS = (
    (
        "Great service, will order again.",
        "It was all right.",
        "The quality disappoints.",
        "My order came far too late.",
    ),
    (
        "Prima service, ik bestel zeker weer.",
        "Het ging wel.",
        "De kwaliteit valt tegen.",
        "Mijn bestelling kwam te laat.",
    ),
    (
        "Toller Service, gerne wieder.",
        "Es war in Ordnung.",
        "Die Qualität enttäuscht.",
        "Die Lieferung kam viel zu spät.",
    ),
    (
        "Très bon service, je reviendrai.",
        "Correct, sans plus.",
        "La qualité déçoit.",
        "La livraison avait trop de retard.",
    ),
)
_COMMENTED = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveys:
    """Surveys sent, first those about an order, then the relational ones; every array has shape (surveys,).

    Attributes:
        owner: index of the customer in the block.
        number: unique within its sort.
        relational: whether it asks about the whole relation.
        question: index into QUESTIONS.
        sent: calendar seconds.
        late_days: how late the order was; 0 for a relational survey.
        arrives: whether the invitation was delivered.
        answered: whether it was answered before the history ends.
        answered_at: calendar seconds of the answer.
    """

    owner: Ints
    number: Ints
    relational: Bools
    question: Ints
    sent: Floats
    late_days: Floats
    arrives: Bools
    answered: Bools
    answered_at: Floats


def draw(block: Block, people: People, times: Times, sold: Orders) -> Surveys:
    """Draw who is asked what, and who answers."""
    company, end = block.company, block.company.days * DAY
    asked = block.rng("survey").random(len(times.owner)) < company.survey_orders
    received = np.where(sold.channel == STORE, times.at, sold.delivered)
    orders = np.flatnonzero(asked & (received + DAY < end))  # NaN (not delivered yet) compares as false
    relation = np.flatnonzero(block.rng("relational").random(block.size) < company.survey_customers)
    moment = block.rng("relational.at").random(block.size)
    question = pick(block.rng("question"), np.array(_QUESTION_SHARES), len(times.owner))
    number = (block.first + times.owner) * 10_000 + times.ordinal

    sent = np.concatenate(
        [received[orders] + DAY, people.signed_up[relation] + moment[relation] * (end - people.signed_up[relation])]
    )
    relational = np.arange(len(sent)) >= len(orders)
    arrives = _uniform(block, "survey.arrives", relational) < 0.97
    answered_at = sent - DAY * np.log1p(-_uniform(block, "survey.after", relational))
    answers = _uniform(block, "survey.answers", relational) < company.response_rate
    return Surveys(
        owner=np.concatenate([times.owner[orders], relation]),
        number=np.concatenate([number[orders], block.first + relation]),
        relational=relational,
        question=np.concatenate([question[orders], np.zeros(len(relation), np.int64)]),
        sent=sent,
        late_days=np.concatenate([sold.late_days[orders], np.zeros(len(relation))]),
        arrives=arrives,
        answered=arrives & answers & (answered_at < end),
        answered_at=answered_at,
    )


def invitations(block: Block, people: People, sent: Surveys) -> dict[str, pa.Array]:
    """Return the columns of `invitations`."""
    return {
        "invitation_id": _survey_ids("I", sent, np.arange(len(sent.owner))),
        "customer_id": names(sent.owner, people.ids),
        "sent_at": instants(block.company.start, sent.sent),
        "delivered": pa.array(sent.arrives),
        "question": names(sent.question, QUESTIONS),
    }


def responses(block: Block, people: People, sent: Surveys) -> dict[str, pa.Array]:
    """Return the columns of `responses`.

    Satisfaction is PERSONAL x the customer's own - `delay_hurts` x days late + standard normal noise; the score is
    CENTRE + SPREAD x satisfaction, rounded, within the scale.
    """
    noise = ndtri(_uniform(block, "score", sent.relational))
    said = np.flatnonzero(sent.answered)
    owner, question, late = sent.owner[said], sent.question[said], sent.late_days[said]
    satisfied = PERSONAL * people.satisfaction[owner] + noise[said]
    satisfied -= block.company.delay_hurts * np.minimum(late, _MOST_LATE_DAYS)
    score = np.clip(np.rint(CENTRE[question] + SPREAD[question] * satisfied), LEAST[question], MOST[question])
    language = _languages(block)[people.market[owner]]
    mood = np.select([satisfied > 0.3, satisfied > -0.7, late > 1], [0, 1, 3], 2)
    silent = _uniform(block, "comment", sent.relational)[said] >= _COMMENTED
    return {
        "response_id": _survey_ids("A", sent, said),
        "customer_id": names(owner, people.ids),
        "responded_at": instants(block.company.start, sent.answered_at[said]),
        "question": names(question, QUESTIONS),
        "score": pa.array(score.astype(np.int32)),
        "scale_max": pa.array(MOST[question].astype(np.int32)),
        "comment": names(language * 4 + mood, [text for texts in _COMMENTS for text in texts], unknown=silent),
        "touchpoint": names(sent.relational[said].astype(np.int8), ("transactional", "relational")),
        "weight": pa.array(np.ones(len(said))),
        "language": names(language, LANGUAGES, unknown=silent),
    }


def _survey_ids(prefix: str, sent: Surveys, at: Ints) -> pa.Array:
    """Return ids; those of relational surveys have one letter more."""
    cut = int(np.searchsorted(at, np.count_nonzero(~sent.relational)))
    about_orders, about_all = sent.number[at[:cut]], sent.number[at[cut:]]
    return pa.concat_arrays([ids(prefix, about_orders, 12), ids(prefix + "R", about_all, 8)])


def _uniform(block: Block, name: str, relational: Bools) -> Floats:
    """Return a uniform number per survey, from one stream for each sort."""
    n = np.count_nonzero(~relational)
    about_orders = block.rng(f"{name}.order").random(n)
    return np.concatenate([about_orders, block.rng(f"{name}.relational").random(len(relational) - n)])


def _languages(block: Block) -> Ints:
    """Return the language of every market, an index into LANGUAGES."""
    spoken = [_LANGUAGE_OF.get(market.name, "en") for market in block.company.markets]
    return np.array([LANGUAGES.index(language) for language in spoken])
