"""Service cases: who asks for help after an order, and how each case goes."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from regulars.catalogue.sources.simulation.clock import Floats
from regulars.catalogue.sources.simulation.columns import Bools, Ints, ids, instants, names
from regulars.catalogue.sources.simulation.people import Block, People, pick
from regulars.catalogue.sources.simulation.purchases import Orders, Times

DAY, HOUR = 86_400, 3_600
CHANNELS = ("email", "chat", "phone")
TOPICS = ("delivery", "product", "billing", "account")
PRIORITIES = ("low", "normal", "high", "urgent")
#: Who handles a case, by its topic.
TEAMS = ("logistics", "products", "finance", "accounts")
_DUE_HOURS = np.array([72.0, 24.0, 8.0, 2.0])
STATES = ("open", "pending", "hold", "solved", "reopened", "closed")
ACTORS = ("customer", "agent", "bot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Service cases; every array has shape (cases,). Times are calendar seconds; NaN where it does not happen.

    `by_bot` says that the first answer is a bot's, `bot_alone` that the first solution is, too, and nobody else's.
    """

    owner: Ints
    number: Ints
    topic: Ints
    channel: Ints
    priority: Ints
    opened: Floats
    answered: Floats
    held: Floats
    solved: Floats
    reopened: Floats
    solved_again: Floats
    closed: Floats
    by_bot: Bools
    bot_alone: Bools

    @property
    def solved_for_good(self) -> Floats:
        """When the case was solved for the last time."""
        return np.fmax(self.solved, self.solved_again)

    @property
    def due(self) -> Floats:
        """When it must be answered."""
        return self.opened + _DUE_HOURS[self.priority] * HOUR


def draw(block: Block, people: People, times: Times, sold: Orders) -> Cases:
    """Draw the cases that orders lead to; the later a delivery, the more."""
    company, end = block.company, block.company.days * DAY
    chance = company.ticket_share + company.ticket_per_late_day * sold.late_days
    asks = block.rng("ticket").random(len(times.owner)) < chance
    received = np.where(np.isnan(sold.promised), times.at, np.fmin(sold.delivered, sold.promised + DAY))
    opened = received + block.rng("ticket.after").exponential(DAY, len(times.owner))
    at = np.flatnonzero(asks & (opened < end))
    n = len(at)
    priority = pick(block.rng("priority"), np.array([0.3, 0.5, 0.15, 0.05]), n)
    other = 1 + pick(block.rng("topic"), np.array([0.5, 0.3, 0.2]), n)
    about_delivery = block.rng("topic.delivery").random(n) < np.where(sold.late_days[at] > 0, 0.8, 0.1)

    answered = opened[at] + _DUE_HOURS[priority] * HOUR * 0.5 * _factor(block, "answer", n, 0.8)
    held = np.where(block.rng("hold").random(n) < 0.15, answered + HOUR * _factor(block, "held", n, 0.5), np.nan)
    solved = answered + 12 * HOUR * _factor(block, "solve", n, 1.0) + np.where(np.isnan(held), 0, 2 * DAY)
    solved = np.fmax(solved, held + 60)
    again = block.rng("reopen").random(n) < company.reopened
    reopened = np.where(again, solved + block.rng("reopen.after").exponential(DAY, n), np.nan)
    solved_again = reopened + 12 * HOUR * _factor(block, "resolve", n, 1.0)
    by_bot = block.rng("answer.bot").random(n) < 0.2
    return Cases(
        owner=times.owner[at],
        number=(block.first + times.owner[at]) * 10_000 + times.ordinal[at],
        topic=np.where(about_delivery, 0, other),
        channel=pick(block.rng("ticket.channel"), np.array([0.5, 0.3, 0.2]), n),
        priority=priority,
        opened=opened[at],
        answered=answered,
        held=held,
        solved=solved,
        reopened=reopened,
        solved_again=solved_again,
        closed=np.fmax(solved, solved_again) + 3 * DAY,
        by_bot=by_bot,
        bot_alone=by_bot & np.isnan(held) & (block.rng("solve.bot").random(n) < company.bot_solves),
    )


def tickets(block: Block, people: People, cases: Cases) -> dict[str, pa.Array]:
    """Return the columns of `tickets`: minutes of work are known once a person has done anything."""
    company, start, end, n = block.company, block.company.start, block.company.days * DAY, len(cases.owner)
    chance = (
        company.escalated
        + company.escalated_urgent * (cases.priority == PRIORITIES.index("urgent"))
        + company.escalated_late * ((cases.answered > cases.due) & (cases.due < end))
    )
    again = cases.reopened < end  # NaN (it does not happen) compares as false, here and below
    by_people = np.where(cases.bot_alone, cases.solved_again, np.fmin(cases.solved, cases.held))
    begun = np.where(cases.by_bot, by_people, cases.answered)
    longer = np.where(again, company.handle_reopened, 1.0)
    minutes = company.handle_minutes * longer * _factor(block, "minutes", n, 0.6)
    return {
        "ticket_id": ids("T", cases.number, 12),
        "customer_id": names(cases.owner, people.ids),
        "opened_at": instants(start, cases.opened),
        "channel": names(cases.channel, CHANNELS),
        "topic": names(cases.topic, TOPICS),
        "priority": names(cases.priority, PRIORITIES),
        "sla_due_at": instants(start, cases.due),
        "escalated": pa.array((block.rng("escalate").random(n) < chance) & (again | ~cases.bot_alone)),
        "handle_minutes": pa.array(np.round(minutes, 1), mask=~(begun < end)),
        "team": names(cases.topic, TEAMS),
    }


def ticket_events(block: Block, cases: Cases) -> dict[str, pa.Array]:
    """Return the columns of `ticket_events`, one state after the other."""
    steps: tuple[tuple[Floats, int, Ints | int, bool], ...] = (
        (cases.opened, 0, 0, True),
        (cases.answered, 1, np.where(cases.by_bot, 2, 1), True),
        (cases.held, 2, 1, False),
        (cases.solved, 3, np.where(cases.bot_alone, 2, 1), True),
        (cases.reopened, 4, 0, True),
        (cases.solved_again, 3, 1, True),
        (cases.closed, 5, 2, False),
    )
    same = np.ones(len(cases.owner), np.int64)
    at = np.concatenate([step[0] for step in steps])
    seen: Bools = at < block.company.days * DAY  # NaN (does not happen) compares as false
    state = np.concatenate([same * step[1] for step in steps])
    actor = np.concatenate([same * step[2] for step in steps])
    public = np.concatenate([same * step[3] for step in steps]).astype(bool)
    numbers = np.tile(cases.number, len(steps))
    return {
        "ticket_id": ids("T", numbers[seen], 12),
        "occurred_at": instants(block.company.start, at[seen]),
        "state": names(state[seen], STATES),
        "actor": names(actor[seen], ACTORS),
        "public": pa.array(public[seen]),
    }


def _factor(block: Block, name: str, n: int, spread: float) -> Floats:
    """Return log-normal factors of median 1."""
    return block.rng(f"ticket.{name}").lognormal(0.0, spread, n)
