"""What customers do beside shopping: look for help, begin and complete surveys."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from regulars.catalogue.sources.simulation.clock import Floats
from regulars.catalogue.sources.simulation.columns import Bools, Ints, ids
from regulars.catalogue.sources.simulation.people import Block, People
from regulars.catalogue.sources.simulation.purchases import Orders, Times
from regulars.catalogue.sources.simulation.surveys import Surveys
from regulars.catalogue.sources.simulation.tickets import Cases

DAY = 86_400
NAMES = ("help", "survey_started", "survey_completed")
HELP, STARTED, COMPLETED = range(3)
#: Who asks for help within two days of having looked for it, asks within this many.
_MOST_DAYS = 1.5
_SHORTEST, _LONGEST = 30.0, 600.0  # seconds that a survey takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Asides:
    """Events beside shopping; every array has the same shape. `name` is an index into NAMES."""

    owner: Ints
    at: Floats
    name: Ints
    event_ids: pa.Array
    session_ids: pa.Array


def draw(block: Block, people: People, times: Times, sold: Orders, cases: Cases, sent: Surveys) -> Asides:
    """Draw who looks for help and who begins and completes a survey, before the history ends."""
    parts = (*_help(block, people, times, sold, cases), *_surveyed(block, sent))
    return Asides(
        owner=np.concatenate([part.owner for part in parts]),
        at=np.concatenate([part.at for part in parts]),
        name=np.concatenate([part.name for part in parts]),
        event_ids=pa.concat_arrays([part.event_ids for part in parts]),
        session_ids=pa.concat_arrays([part.session_ids for part in parts]),
    )


def _help(block: Block, people: People, times: Times, sold: Orders, cases: Cases) -> tuple[Asides, Asides]:
    """Return looks at the help pages: some after an order, some shortly before a case."""
    company, end = block.company, block.company.days * DAY
    n = len(times.owner)
    received = np.where(np.isnan(sold.promised), times.at, np.fmin(sold.delivered, sold.promised + DAY))
    looked = received + block.rng("help.after").exponential(2 * DAY, n)
    after = np.flatnonzero((block.rng("help").random(n) < company.help_orders) & (looked < end))
    ago = _MOST_DAYS * DAY * block.rng("help.ago").random(len(cases.owner))
    before = np.flatnonzero(block.rng("help.first").random(len(cases.owner)) < company.help_first)
    searched = np.maximum(cases.opened - ago, people.signed_up[cases.owner])[before]
    number = (block.first + times.owner) * 10_000 + times.ordinal
    return (
        _looks(times.owner[after], looked[after], number[after], "H"),
        _looks(cases.owner[before], searched, cases.number[before], "HT"),
    )


def _looks(owner: Ints, at: Floats, number: Ints, letters: str) -> Asides:
    return Asides(
        owner=owner,
        at=at,
        name=np.full(len(owner), HELP),
        event_ids=ids(f"E{letters}", number, 12),
        session_ids=ids(f"V{letters}", number, 12),
    )


def _surveyed(block: Block, sent: Surveys) -> tuple[Asides, Asides]:
    """Return the beginnings of surveys, and their ends where they were answered."""
    company, end = block.company, block.company.days * DAY
    ended, given_up = company.response_rate, company.abandoned
    # Of those without an answer so many begin that the planted share of all who begin gives up.
    begins = sent.uniform(block, "survey.begun") * (1 - ended) * (1 - given_up) < ended * given_up
    begun = sent.answered | (sent.arrives & begins & (sent.answered_at < end))
    lasts = _SHORTEST + (_LONGEST - _SHORTEST) * sent.uniform(block, "survey.lasts")
    started = np.maximum(sent.answered_at - lasts, sent.sent)
    return _steps(sent, begun, started, STARTED), _steps(sent, sent.answered, sent.answered_at, COMPLETED)


def _steps(sent: Surveys, which: Bools, at: Floats, name: int) -> Asides:
    of = np.flatnonzero(which)
    letter = "SC"[name == COMPLETED]
    return Asides(
        owner=sent.owner[of],
        at=at[of],
        name=np.full(len(of), name),
        event_ids=sent.ids(of, (f"E{letter}", f"E{letter}R", f"E{letter}T", f"E{letter}S")),
        session_ids=sent.ids(of, ("VS", "VSR", "VST", "VSS")),
    )
