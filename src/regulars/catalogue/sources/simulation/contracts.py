"""Subscriptions: trials, monthly churn by sBG, changes of plan, returns."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from regulars.catalogue.sources.simulation.clock import Floats
from regulars.catalogue.sources.simulation.columns import Bools, Ints, ids, instants, money, names
from regulars.catalogue.sources.simulation.company import Company
from regulars.catalogue.sources.simulation.people import Block, People, pick

DAY = 86_400
TRIAL_DAYS = 14
PLANS = ("basic", "plus", "pro")
_CENTS_PER_SEAT = np.array([999, 1999, 4999])
REASONS = ("voluntary", "payment_failed", "upgraded", "downgraded", "converted", "expired")
_FOREVER = 1200  # months


@dataclass(frozen=True, slots=True, kw_only=True)
class Contracts:
    """The customers who subscribe, one each; every array has shape (contracts,).

    Attributes:
        owner: index of the customer in the block.
        starts: calendar seconds of the contract's start.
        trial: whether it begins with a free trial.
        pays: whether it is ever paid.
        paid_from: calendar seconds of the first paid day.
        churn: chance of ending at each monthly renewal.
        months: paid months until the end.
    """

    owner: Ints
    starts: Floats
    trial: Bools
    pays: Bools
    paid_from: Floats
    churn: Floats
    months: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Priced intervals of one sort; every array has the same shape."""

    owner: Ints
    contract: int
    starts: Floats
    ends: Floats
    plan: Ints
    free: bool
    reason: Ints


def draw(block: Block, people: People) -> Contracts:
    """Draw who subscribes, from when and for how long.

    References:
        Fader & Hardie (2007), "How to project customer retention", eq. 1 to 4.
    """
    company = block.company
    wait = block.rng("subscribe.wait").exponential(5 * DAY, block.size)
    starts = people.signed_up + wait
    joins = (block.rng("subscribe").random(block.size) < company.subscribers) & (starts < company.days * DAY)
    owner = np.flatnonzero(joins)
    trial = block.rng("trial").random(block.size)[owner] < company.trials
    converts = block.rng("trial.converts").random(block.size)[owner] < company.trial_converts
    paid_from = starts[owner] + trial * TRIAL_DAYS * DAY
    better = np.exp(-company.churn_trend * _month(company, paid_from))
    churn = np.clip(block.rng("churn").beta(company.churn_alpha * better, company.churn_beta), 1e-12, 1.0)
    return Contracts(
        owner=owner,
        starts=starts[owner],
        trial=trial,
        pays=~trial | converts,
        paid_from=paid_from,
        churn=churn,
        months=np.minimum(block.rng("churn.months").geometric(churn), _FOREVER),
    )


def subscriptions(block: Block, people: People, signed: Contracts) -> dict[str, pa.Array]:
    """Return the columns of `subscriptions`: a row for every price a contract ever had."""
    company, end = block.company, block.company.days * DAY
    parts = _intervals(block, signed)
    owner, starts, ends, plan, reason = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("owner", "starts", "ends", "plan", "reason")
    )
    contract = np.repeat([part.contract for part in parts], [len(part.owner) for part in parts])
    free = np.repeat([part.free for part in parts], [len(part.owner) for part in parts])
    seen = np.flatnonzero(starts < end)
    owner, running = owner[seen], ends[seen] >= end
    seats = _seats(block, people)[owner]
    return {
        "subscription_id": ids("S", (block.first + owner) * 10 + contract[seen], 9),
        "customer_id": names(owner, people.ids),
        "started_at": instants(company.start, starts[seen]),
        "ended_at": instants(company.start, ends[seen], unknown=running),
        "monthly_amount": money(np.where(free[seen], 0, _CENTS_PER_SEAT[plan[seen]] * seats)),
        "currency": names(np.zeros(len(seen), np.int8), (company.currency,)),
        "plan": names(plan[seen], PLANS),
        "seats": pa.array(seats.astype(np.int32)),
        "end_reason": names(reason[seen], REASONS, unknown=running),
    }


def add_months(company: Company, seconds: Floats, months: Ints) -> Floats:
    """Return the same time of day, `months` calendar months later; on the 28th where the day is later than that."""
    start = np.datetime64(company.start, "s")
    at = start + np.floor(seconds).astype("timedelta64[s]")
    month = at.astype("datetime64[M]")
    within = np.minimum((at - month).astype(np.int64), 28 * DAY - 1)
    return ((month + months).astype("datetime64[s]") - start).astype(np.int64) + within.astype(float)


def _intervals(block: Block, signed: Contracts) -> tuple[_Rows, ...]:
    """Return trials, first prices, changed prices and returns."""
    company, n = block.company, len(signed.owner)
    plan = pick(block.rng("plan"), np.array([0.5, 0.35, 0.15]), n)
    ends = add_months(company, signed.paid_from, signed.months)
    ended = np.where(block.rng("payment_failed").random(n) < company.payment_failed, 1, 0)

    change = block.rng("change").random(n)
    up = (change < company.upgrades) & (plan < len(PLANS) - 1)
    down = (change > 1 - company.downgrades) & (plan > 0)
    after = block.rng("change.month").integers(1, 13, n)
    changes = (up | down) & (after < signed.months)
    changed_at = add_months(company, signed.paid_from, after)

    comes_back = (block.rng("return").random(n) < company.returns) & signed.pays
    pause = block.rng("return.pause").integers(2, 7, n)
    back_at = add_months(company, ends, pause)
    back_months = np.minimum(block.rng("return.months").geometric(signed.churn), _FOREVER)

    def rows(of: Bools, starts: Floats, ends: Floats, plan: Ints, reason: Ints, contract: int, free: bool) -> _Rows:
        at = np.flatnonzero(of)
        return _Rows(
            owner=signed.owner[at],
            contract=contract,
            starts=starts[at],
            ends=ends[at],
            plan=plan[at],
            free=free,
            reason=reason[at],
        )

    return (
        rows(signed.trial, signed.starts, signed.paid_from, plan, np.where(signed.pays, 4, 5), 1, True),
        rows(
            signed.pays,
            signed.paid_from,
            np.where(changes, changed_at, ends),
            plan,
            np.where(changes, np.where(up, 2, 3), ended),
            1,
            False,
        ),
        rows(signed.pays & changes, changed_at, ends, plan + np.where(up, 1, -1), ended, 1, False),
        rows(comes_back, back_at, add_months(company, back_at, back_months), plan, np.zeros(n, int), 2, False),
    )


def _seats(block: Block, people: People) -> Ints:
    """Return paid seats: one for consumers, more for the segments after them."""
    more = block.rng("seats").poisson(np.array([0.0, 3.0, 20.0])[np.minimum(people.segment, 2)])
    return 1 + more


def _month(company: Company, seconds: Floats) -> Ints:
    """Return whole calendar months since the start of the history."""
    start = np.datetime64(company.start, "s")
    at = start + np.floor(seconds).astype("timedelta64[s]")
    return (at.astype("datetime64[M]") - start.astype("datetime64[M]")).astype(np.int64)
