"""Audiences: customers for whom an action is done, drawn into arms when written down, and what became of each."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.app.deciding import Plan
from regulars.app.parted import parted_by
from regulars.app.workspace import Workspace
from regulars.core import replaced
from regulars.core.errors import QueryError, reaching
from regulars.core.periods import now
from regulars.core.wording import counted
from regulars.decisions.action import Action, Gain
from regulars.decisions.holdout import held_out
from regulars.state import audiences, audit
from regulars.state.audiences import Arm, Audience, Member
from regulars.state.audit import By
from regulars.state.store import State
from regulars.stats.experiment_size import customers_for_share, detectable_share, weeks

#: Customers that each arm needs before anything is read out.
LEAST = 20
#: Weeks beyond which nobody waits for an experiment: ten years.
LONG = 520


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What an experiment with a list of customers can show: said before it begins.

    Attributes:
        treated, held: customers of each arm.
        days: until it is read out.
        base: share without the action: of who leaves, or of who orders.
        still: share of those who leave who are customers still when it is done; nobody keeps the others.
        expected: by how much that share is expected to change.
        detectable: the least change that is seen with a probability of 80 %.
        needed: customers that it takes to see what is expected; None where nobody knows.
        weekly: customers more in a week, as far as that is known.
    """

    treated: int
    held: int
    days: int
    base: float
    still: float
    expected: float
    detectable: float
    needed: int | None
    weekly: float | None = None

    @property
    def size(self) -> int:
        """Customers of both arms."""
        return self.treated + self.held

    @property
    def weeks(self) -> float:
        """Weeks in which as many become eligible as are lacking, before the days until it is read out."""
        if self.needed is None or not self.weekly:
            return math.inf
        return weeks(max(self.needed - self.size, 0), self.weekly)

    @property
    def enough(self) -> bool:
        """Whether what is expected would be seen."""
        return self.detectable <= abs(self.expected)

    @property
    def said(self) -> str:
        """In words: how it is measured, and whether that can succeed."""
        if not self.held:
            return "too few customers to leave any of them alone: it would never be known what it brought"
        if min(self.treated, self.held) < LEAST:
            arms = f"{self.treated:,} treated and {self.held:,} left alone"
            return f"{arms} are too few to be read out: it takes {LEAST} of each"
        what = f"{counted(self.held, 'customer')} left alone, read out after {self.days} days"
        if self.enough:
            return what
        return f"{what}; {self.lacking}"

    @property
    def lacking(self) -> str:
        """In words: why what is expected would not be seen, and what it takes."""
        if self.needed is None:
            return "too small a list to prove it"
        small = f"this list is too small to prove {abs(self.expected) * 100:.1f} points"
        if LONG < self.weeks < math.inf:
            return f"{small}; more than {LONG} weeks of new customers are needed"
        if math.isfinite(self.weeks):
            return f"{small}; {counted(int(self.weeks), 'week')} of new customers are needed"
        lists = -(-self.needed // max(self.size, 1))
        return f"{small}; {counted(lists, 'list')} of this size are needed"


def measured(plan: Plan, action: Action, *, holdout: float | None = None, weekly: float | None = None) -> Measured:
    """Return what an experiment with all customers of an action could show.

    Args:
        plan: for whom it is done.
        action: what.
        holdout: share left alone; that of the settings where None.
        weekly: customers more in a week; None where that is not known.
    """
    share = plan.limits.holdout if holdout is None else holdout
    rows = plan.policy.of(action)
    held = round(len(rows) * share)
    parts = plan.customers.part[rows]
    effect = float(plan.effects[action.name].means(parts).mean()) if len(rows) else plan.effects[action.name].mean
    base, still = _base(plan, action, rows)
    change = effect if action.gain is Gain.BOUGHT else -base * still * effect
    falls = action.gain is Gain.KEPT
    least = detectable_share(len(rows), base, treated=1 - share, falls=falls)
    possible = change and 0 <= base + change <= 1
    needed = customers_for_share(base, change, treated=1 - share) if possible else None
    return Measured(
        treated=len(rows) - held,
        held=held,
        days=action.days,
        base=base,
        still=still,
        expected=change,
        detectable=least,
        needed=needed,
        weekly=weekly,
    )


def _base(plan: Plan, action: Action, rows: np.ndarray) -> tuple[float, float]:
    """Return which share leaves or orders without the action, and of leavers the share who are customers still."""
    known = plan.customers.leaving if action.gain is Gain.KEPT else plan.customers.comes
    base = float(np.clip(known[rows].mean(), 0, 1)) if len(rows) else 0.0
    if action.gain is not Gain.KEPT or not base:
        return base, 1.0
    return base, float(plan.customers.facing(action, rows).chance.mean()) / base


def keep(state: State, by: By, plan: Plan, action: Action, name: str, *, holdout: float | None = None) -> Audience:
    """Write an audience down: everybody for whom the plan has the action, drawn into arms once and for all.

    Raises:
        QueryError: nobody is in it, the name cannot be one or is taken, the holdout leaves an arm empty, or some of its
            customers are in an experiment that still runs.
    """
    share = plan.limits.holdout if holdout is None else holdout
    rows = done_for(plan, action)
    ids = [str(one) for one in plan.ids[rows]]
    held = held_out(name, ids, share)
    if held.all() or not held.any():
        raise QueryError(
            f"With {counted(len(rows), 'customer')} and a holdout of {share:g} an arm is empty, so the effect could "
            "never be measured. Take a larger holdout, or more customers."
        )
    at, found = now(), measured(plan, action, holdout=share)
    audience = Audience(
        name=name,
        action=action.name,
        version=action.version,
        team=action.team,
        as_of=plan.records.as_of,
        days=action.days,
        holdout=share,
        said=_said(plan, action, found),
        created_at=at,
        created_by=by.actor[:80],
        treated=int((~held).sum()),
        held=int(held.sum()),
    )
    members = [
        Member(
            customer_id=who,
            arm=Arm.HOLDOUT if out else Arm.TREATED,
            place=place,
            profit=float(plan.policy.profit[row]),
            error=float(plan.policy.error[row]),
            part=str(plan.customers.part[row]),
        )
        for place, (who, row, out) in enumerate(zip(ids, rows, held, strict=True), start=1)
    ]
    with state.writing():
        _refuse_overlap(state, audience, ids)
        audiences.add(state, audience, members, at=at)
        audit.record(state, by, "audience.add", name, purpose=action.name, rows=len(members), at=at)
    _mark(plan.workspace, state)
    return audience


def remove(workspace: Workspace, state: State, by: By, name: str) -> None:
    """Forget an audience that was written down by mistake: its customers may be asked again.

    Raises:
        UnknownName: there is none of that name.
        QueryError: it was handed out, or something was done for a member: then it is an experiment, and stays one.
    """
    found = audiences.named(state, name)
    if audit.wrote(state, name, "audience.export", "audience.send"):
        raise QueryError(f"`{name}` was handed out: whoever has it may act on it, so it stays, to be measured.")
    with state.writing():
        audiences.remove(state, name)
        audit.record(
            state, by, "audience.remove", name, purpose=found.action, rows=found.treated + found.held, at=now()
        )
    _mark(workspace, state)


def done_for(plan: Plan, action: Action) -> NDArray[np.intp]:
    """Return the rows of customers for whom an action is done.

    Raises:
        QueryError: there are none, and why.
    """
    if action not in plan.policy.actions:
        raise QueryError(f"`{action.name}` changes nothing: there is nothing to do, and nothing to measure.")
    rows = plan.policy.of(action)
    if not len(rows):
        left = plan.left_in_peace
        peace = f" {left} They are left out." if left else ""
        raise QueryError(f"`{action.name}` pays for nobody of the customers who may be asked.{peace}")
    return rows


def _refuse_overlap(state: State, audience: Audience, ids: Sequence[str]) -> None:
    """Refuse customers who are being measured: what two experiments do to one customer cannot be told apart."""
    busy = audiences.busy(state, on=audience.as_of)
    shared = Counter(busy[one] for one in ids if one in busy)
    if shared:
        others = " and ".join(f"{n:,} in `{name}`" for name, n in sorted(shared.items()))
        raise QueryError(
            f"`{audience.name}` overlaps with experiments that still run: of its {counted(len(ids), 'customer')} "
            f"{others}. What two did to one customer cannot be told apart. Make it of `regulars actions`, which leaves "
            "them in peace, or wait until it is over."
        )


def _mark(workspace: Workspace, state: State) -> None:
    """Say beside the store which audiences there are: pages that were kept before are made again."""
    names = [[one.name, one.created_at.isoformat()] for one in audiences.every(state)]
    with reaching(workspace.decided):
        replaced.write(workspace.decided, json.dumps(names).encode())


def _said(plan: Plan, action: Action, found: Measured) -> dict[str, object]:
    money, effect = plan.of[action.name], plan.effects[action.name]
    profit, cost = money.profit, money.cost
    return {
        "gain": action.gain.value,
        "profit": [profit.value, profit.low, profit.high],
        "level": profit.level,
        "cost": [cost.value, cost.low, cost.high],
        "cost_per_customer": (cost.value or 0.0) / max(profit.n, 1),
        "effect": [effect.low, effect.mean, effect.high],
        "effect_source": effect.source,
        "parts": parted_by(plan.limits, plan.records) or "RFM segment",
        "detectable": found.detectable,
        "expected_change": found.expected,
        "base": found.base,
        "still": found.still,
        "needed": found.needed,
        "flags": list(plan.flags(action)),
        "horizon": plan.horizon(action),
    }
