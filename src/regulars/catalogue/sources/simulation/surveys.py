"""What customers are asked: surveys about orders, about service cases, and two sorts about the whole relation."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from regulars.catalogue.sources.simulation.clock import Floats
from regulars.catalogue.sources.simulation.columns import Bools, Ints, ids, instants, names
from regulars.catalogue.sources.simulation.people import Block, People, pick
from regulars.catalogue.sources.simulation.purchases import STORE, Orders, Times
from regulars.catalogue.sources.simulation.tickets import Cases

DAY = 86_400
QUESTIONS = ("nps", "csat", "ces", "pmf")
NPS, CSAT, _CES, PMF = range(4)
_QUESTION_SHARES = (0.5, 0.3, 0.2)
#: Sorts of surveys, and the digits of their numbers.
SORTS = ("order", "relational", "ticket", "standing")
ORDER, RELATIONAL, TICKET, STANDING = range(4)
_DIGITS = (12, 8, 12, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveys:
    """Surveys sent, sort by sort; every array has shape (surveys,).

    Attributes:
        sort: index into SORTS, ascending.
        owner: index of the customer in the block.
        place: index of the order, customer or case in the block that it is about.
        number: of that order, customer or case; unique within the sort.
        question: index into QUESTIONS.
        sent: calendar seconds.
        late_days: how late the order was; 0 for the other sorts.
        arrives: whether the invitation was delivered.
        answered: whether it was answered before the history ends.
        answered_at: calendar seconds of the answer; for those without one, of when it would have come.
    """

    sort: Ints
    owner: Ints
    place: Ints
    number: Ints
    question: Ints
    sent: Floats
    late_days: Floats
    arrives: Bools
    answered: Bools
    answered_at: Floats

    def uniform(self, block: Block, name: str, width: int | None = None) -> Floats:
        """Return a uniform number (or `width` of them) per survey, from one stream for each sort."""
        return _uniform(block, name, self.sort, width)

    def about(self, sort: int) -> Ints:
        """Return `place` of the surveys of one sort."""
        return self.place[self.sort == sort]

    def ids(self, at: Ints, prefixes: tuple[str | None, ...]) -> pa.Array:
        """Return prefix + number of the surveys `at` (ascending); a prefix for each sort, None for nulls."""
        parts = []
        for sort, (prefix, digits) in enumerate(zip(prefixes, _DIGITS, strict=True)):
            numbers = self.number[at[self.sort[at] == sort]]
            parts.append(pa.nulls(len(numbers), pa.string()) if prefix is None else ids(prefix, numbers, digits))
        return pa.concat_arrays(parts)


def draw(block: Block, people: People, times: Times, sold: Orders, cases: Cases) -> Surveys:
    """Draw who is asked what, and who answers."""
    company, end = block.company, block.company.days * DAY
    asked = block.rng("survey").random(len(times.owner)) < company.survey_orders
    received = np.where(sold.channel == STORE, times.at, sold.delivered)
    orders = np.flatnonzero(asked & (received + DAY < end))  # NaN (not delivered yet) compares as false
    relation = np.flatnonzero(block.rng("relational").random(block.size) < company.survey_customers)
    moment = block.rng("relational.at").random(block.size)
    question = pick(block.rng("question"), np.array(_QUESTION_SHARES), len(times.owner))
    number = (block.first + times.owner) * 10_000 + times.ordinal
    asked = block.rng("survey.case").random(len(cases.owner)) < company.survey_tickets
    helped = np.flatnonzero(asked & (cases.solved_for_good + DAY < end))

    standing = np.flatnonzero(block.rng("standing").random(block.size) < company.survey_standing)
    misses = block.rng("standing.question").random(block.size)[standing] < 0.5
    some_time = block.rng("standing.at").random(block.size)

    def within(who: Ints, share: Floats) -> Floats:
        return people.signed_up[who] + share[who] * (end - people.signed_up[who])

    parts = (orders, relation, helped, standing)
    sort = np.repeat(np.arange(len(SORTS)), [len(part) for part in parts])
    sent = np.concatenate(
        [
            received[orders] + DAY,
            within(relation, moment),
            cases.solved_for_good[helped] + DAY,
            within(standing, some_time),
        ]
    )
    arrives = _uniform(block, "survey.arrives", sort) < 0.97
    answered_at = sent - DAY * np.log1p(-_uniform(block, "survey.after", sort))
    answers = _uniform(block, "survey.answers", sort) < company.response_rate
    return Surveys(
        sort=sort,
        owner=np.concatenate([times.owner[orders], relation, cases.owner[helped], standing]),
        place=np.concatenate(parts),
        number=np.concatenate([number[orders], block.first + relation, cases.number[helped], block.first + standing]),
        question=np.concatenate(
            [question[orders], np.full(len(relation), NPS), np.full(len(helped), CSAT), np.where(misses, PMF, CSAT)]
        ),
        sent=sent,
        late_days=np.concatenate([sold.late_days[orders], np.zeros(len(sent) - len(orders))]),
        arrives=arrives,
        answered=arrives & answers & (answered_at < end),
        answered_at=answered_at,
    )


def invitations(block: Block, people: People, sent: Surveys) -> dict[str, pa.Array]:
    """Return the columns of `invitations`."""
    return {
        "invitation_id": sent.ids(np.arange(len(sent.owner)), ("I", "IR", "IT", "IS")),
        "customer_id": names(sent.owner, people.ids),
        "sent_at": instants(block.company.start, sent.sent),
        "delivered": pa.array(sent.arrives),
        "question": names(sent.question, QUESTIONS),
    }


def _uniform(block: Block, name: str, sort: Ints, width: int | None = None) -> Floats:
    counts = np.bincount(sort, minlength=len(SORTS))
    shapes = [int(n) if width is None else (int(n), width) for n in counts]
    streams = [block.rng(f"{name}.{each}") for each in SORTS]
    return np.concatenate([stream.random(shape) for stream, shape in zip(streams, shapes, strict=True)])
