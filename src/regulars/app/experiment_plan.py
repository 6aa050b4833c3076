"""What an experiment with an action could show, before it begins: its power, what it takes, and what it costs."""

from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pyarrow as pa

from regulars.app.arrivals import depends_on, eligible, weekly
from regulars.app.audiences import Measured, done_for, measured
from regulars.app.deciding import Plan
from regulars.app.provenance import scaled
from regulars.core.errors import QueryError
from regulars.core.estimate import Estimate, Interval
from regulars.core.money import UNITS
from regulars.core.periods import day_number
from regulars.data import engine
from regulars.decisions.action import Action
from regulars.decisions.holdout import LEAST, MOST
from regulars.kpis.query import Records
from regulars.stats.experiment_size import detectable_mean

#: Shares that may be held out, side by side.
SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
#: Customers whose spread of money tells that of others.
_LEAST = 20


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One share that may be held out.

    Attributes:
        share: in [0.01, 0.5].
        measured: what an experiment with it can show.
        money: the least change of what a customer brings that would be seen; None where it is not known.
        forgone: expected profit that is given up by leaving customers alone.
    """

    share: float
    measured: Measured
    money: float | None
    forgone: Estimate


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What an experiment could show.

    Attributes:
        action: what is done.
        chosen: with the share that was asked for.
        choices: with each share, the smallest first.
        best: share that shows what is expected at the least cost; None where none shows it.
        expected: profit of a treated customer.
        arrivals: customers more in a week for whom it would be done.
        cut: share of the variance of money that earlier behaviour takes away; None where it is not known.
    """

    action: Action
    chosen: Choice
    choices: tuple[Choice, ...]
    best: float | None
    expected: Estimate
    arrivals: Estimate
    cut: float | None


def planned(plan: Plan, action: Action, *, holdout: float | None = None) -> Planned:
    """Return what an experiment with all customers of an action could show.

    Args:
        plan: for whom it is done.
        action: what.
        holdout: share left alone; that of the settings where None.

    Raises:
        QueryError: it is done for nobody, or the share cannot be.
    """
    share = plan.limits.holdout if holdout is None else holdout
    check_share(share)
    rows = done_for(plan, action)
    arrivals = _arrivals(plan, action, len(rows))
    spread = _spread(plan.records, action)
    choices = tuple(_choice(plan, action, one, arrivals, spread) for one in sorted({*SHARES, share}))
    enough = [one for one in choices if one.measured.enough]
    return Planned(
        action=action,
        chosen=next(one for one in choices if one.share == share),
        choices=choices,
        best=min(enough, key=lambda one: one.share).share if enough else None,
        expected=plan.estimate(scaled(plan.of[action.name].profit, 1 / len(rows)), action),
        arrivals=plan.estimate(arrivals, action),
        cut=None if spread is None else spread[1],
    )


def check_share(share: float) -> None:
    """Refuse a share that cannot be held out with a QueryError."""
    if not LEAST <= share <= MOST:
        raise QueryError(
            f"A holdout of {share:g} cannot be: write a share from {LEAST} to {MOST}. Without customers who are left "
            "alone nobody can tell what an action brought."
        )


def _arrivals(plan: Plan, action: Action, chosen: int) -> Interval:
    """Return for how many new customers a week it would be done: of those who become eligible as many as it pays for
    today."""
    found = weekly(action, plan.records, level=plan.records.definitions.level)
    eligible = int(plan.customers.eligible[action.name].sum())
    return scaled(found, min(chosen / eligible, 1.0)) if eligible else found


def _choice(plan: Plan, action: Action, share: float, arrivals: Interval, spread: tuple[float, float] | None) -> Choice:
    found = measured(plan, action, holdout=share, weekly=arrivals.value)
    money = None
    if spread is not None and spread[0] > 0:
        money = detectable_mean(found.size, spread[0] * (1 - spread[1]), treated=1 - share)
    forgone = scaled(plan.of[action.name].profit, share)
    return Choice(share=share, measured=found, money=money, forgone=plan.estimate(forgone, action))


def _spread(records: Records, action: Action) -> tuple[float, float] | None:
    """Return the variance of what a customer brings in the days until it is read out, and which share of it the days
    before tell: of those for whom it could have been done as many days ago. None where records do not tell."""
    begin = records.as_of - timedelta(days=action.days)
    began = min((span.start for span in records.covered.values()), default=records.as_of)
    if "purchase_days" not in records.tables or begin <= began or depends_on(action):
        return None
    who = eligible(action, records, begin)
    first, rows = day_number(begin), records.tables["purchase_days"]
    mine = rows.filter((rows.day >= first - action.days) & (rows.day < first + action.days))
    sums = mine.group_by(person=mine.customer).aggregate(
        now=mine.value.sum(where=mine.day >= first), before=mine.value.sum(where=mine.day < first)
    )
    asked = ibis.memtable(pa.table({"customer": pa.array(sorted(who), pa.int32())}))
    table = engine.to_arrow(asked.left_join(sums, asked.customer == sums.person).select("now", "before"))
    if len(table) < _LEAST:
        return None
    now, before = (
        np.nan_to_num(table[name].cast(pa.float64()).to_numpy(zero_copy_only=False)) / UNITS
        for name in ("now", "before")
    )
    told = float(np.corrcoef(now, before)[0, 1]) ** 2 if now.std() and before.std() else 0.0
    return float(now.var(ddof=1)), told
