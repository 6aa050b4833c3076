"""What to do for whom: actions ranked by expected incremental profit, with who is left in peace and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from regulars.app.consent import consent
from regulars.app.measure import condition, naming
from regulars.app.parted import with_part
from regulars.app.workspace import Workspace
from regulars.core.decision_settings import Decisions
from regulars.core.errors import QueryError, UnknownName
from regulars.core.estimate import Estimate, Interval
from regulars.core.periods import MONTH_DAYS, Period
from regulars.core.randomness import stream
from regulars.core.wording import counted
from regulars.data import engine
from regulars.decisions.action import Action, Effect, Gain, spending
from regulars.decisions.candidates import LIMITS, RECURRING, candidates
from regulars.decisions.policy import Customers, Money, Policy, decide, money
from regulars.kpis.answer import Scored
from regulars.kpis.query import FORETOLD, Records
from regulars.kpis.worth import COSTS_UNKNOWN, with_costs
from regulars.stats.intervals import z

#: What says how well predictions behind decisions went, by what they are of.
_BEHIND = {"leaving": ("contract_end", "lapse"), "clv": ("contract_value", "value"), "comes": ("orders",)}
#: Least probability of being a customer still that is believed: their worth is divided by it.
ALIVE = 0.01
#: Why nothing is proposed.
UNTOLD = "Nobody knows what an action would bring as long as nothing is foretold. Run `regulars backtest` first."
#: Why a customer is left in peace, by name; the first that holds.
PEACE = {
    "no_consent": "have not agreed to be contacted",
    "contacted": "were in a campaign in the last {days} days",
    "measured": "are in an experiment that is still running",
    "waiting": "wait for an answer to a case of theirs, so that nobody but service may do anything for them",
}
#: The team that may do something for whoever waits for an answer.
_ANSWERS = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is done for one customer. There is none without money, cost, uncertainty and a plan to measure it.

    Attributes:
        customer_id: who.
        action: what.
        profit: expected incremental profit.
        cost: expected; it is taken off the profit already.
        leaving: probability of leaving without it; None where it is not foretold or plays no part.
        worth: what they bring if it works.
        why: in words.
    """

    customer_id: str
    action: Action
    profit: Estimate
    cost: Estimate
    leaving: float | None
    worth: float
    why: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What is done for whom, and what it is expected to bring.

    Attributes:
        policy: for each customer.
        customers: what was known of them.
        ids: of customers, shape (n,).
        effects: what is known of each action's effect, by name.
        uncosted: of whom only revenue is known, not what is left of it, shape (n,).
        peace: how many are left in peace, by reason.
        scored: how well predictions behind it went on past days.
        errors: shares by which totals of predictions were off on past days: `leaving`, `clv`.
        budget: most that it may cost; None where there is no limit.
        limits: what else limits it.
        workspace, records: of what it was made.
        seed: of draws.
    """

    policy: Policy
    customers: Customers
    ids: np.ndarray
    effects: Mapping[str, Effect]
    uncosted: np.ndarray
    peace: Mapping[str, int]
    scored: tuple[Scored, ...]
    errors: Mapping[str, float]
    budget: float | None
    limits: Decisions
    workspace: Workspace
    records: Records
    seed: int

    @property
    def version(self) -> str:
        """Which actions it was made of."""
        return ", ".join(f"{one.name} {one.version}" for one in self.policy.actions)

    def estimate(self, interval: Interval, action: Action | None = None, *, days: int | None = None) -> Estimate:
        """Return an interval with what travels with it.

        Args:
            interval: of money, or of something that shows within `days`.
            action: of which it is; of all where None.
            days: that it speaks of; as many as money takes to come where None.
        """
        version = self.version if action is None else f"{action.name} {action.version}"
        start = self.records.as_of
        end = start + timedelta(self.horizon(action) if days is None else days)
        return Estimate(
            interval=interval,
            period=Period(start, end),
            as_of=self.records.known_at,
            version=version,
            flags=self.flags(action),
        )

    def horizon(self, action: Action | None) -> int:
        """Return the days within which money of an action comes: whoever is kept brings their CLV."""
        some = self.policy.actions if action is None else (action,)
        clv = round(self.records.definitions.clv_months * MONTH_DAYS)
        return max((max(one.days, clv if one.gain is Gain.KEPT else 0) for one in some), default=1)

    def flags(self, action: Action | None) -> tuple[str, ...]:
        """Return what is to be known of money of an action, or of all of them."""
        assumed = self._assumed if action is None else self._assumed & {action.name}
        rows = self.policy.chosen >= 0 if action is None else self.policy.of(action)
        found = {"assumed_effect": bool(assumed), COSTS_UNKNOWN: bool(self.uncosted[rows].any())}
        return tuple(name for name, holds in found.items() if holds)

    @cached_property
    def _assumed(self) -> frozenset[str]:
        """Actions that are done for somebody, on an effect that nobody has measured here."""
        done = {self.policy.actions[place].name for place in np.unique(self.policy.chosen[self.policy.chosen >= 0])}
        return frozenset(name for name in done if "Assumed" in self.effects[name].source)

    @property
    def left_in_peace(self) -> str:
        """Who is left in peace, in words; "" where nobody is."""
        said = (
            f"{counted(n, 'customer')} {PEACE[name].format(days=self.limits.contact_days)}"
            for name, n in self.peace.items()
        )
        return f"{'; '.join(said)}." if self.peace else ""

    @cached_property
    def total(self) -> Money:
        """What all of it is expected to bring and to cost."""
        return self._money(None)

    @cached_property
    def of(self) -> Mapping[str, Money]:
        """The same by action."""
        return {one.name: self._money(one) for one in self.policy.actions}

    @property
    def left(self) -> Estimate:
        """What another choice under the same limits could bring more, at most."""
        gap = max(self.policy.bound - float(self.policy.profit.sum()), 0.0)
        method, n = "bound of the linear programme", int((self.policy.chosen >= 0).sum())
        level = self.records.definitions.level
        return self.estimate(Interval(value=gap, low=0.0, high=gap, level=level, method=method, n=n))

    def _money(self, only: Action | None) -> Money:
        return money(
            self.policy,
            self.customers,
            self.effects,
            stream(self.seed, f"plan {only.name if only else ''}"),
            leaving_error=self.errors.get("leaving", 0.0),
            worth_error=self.errors.get("clv", 0.0),
            only=only,
            level=self.records.definitions.level,
        )

    def proposals(self, *, top: int | None = None, action: Action | None = None) -> list[Proposal]:
        """Return what is done for single customers, the most profitable first.

        Args:
            top: at most so many; all where None.
            action: this one alone.
        """
        rows = np.flatnonzero(self.policy.chosen >= 0) if action is None else self.policy.of(action)
        ordered = rows[np.argsort(-self.policy.profit[rows], kind="stable")][:top]
        return [self._proposal(int(row)) for row in ordered]

    def _proposal(self, row: int) -> Proposal:
        action = self.policy.actions[self.policy.chosen[row]]
        value, level = float(self.policy.profit[row]), self.records.definitions.level
        half = z(level) * float(self.policy.error[row])
        interval = Interval(
            value=value,
            low=value - half,
            high=value + half,
            level=level,
            method="doubt about effect and predictions",
            n=1,
        )
        leaving = float(self.customers.leaving[row])
        faces = self.customers.facing(action, np.array([row]))
        effect = self.effects[action.name].of(self.customers.part[row])
        away = z(level) * effect.deviation
        cost, least, most = (float(spending(action, effect.mean + by, faces)[0]) for by in (0.0, -away, away))
        return Proposal(
            customer_id=str(self.ids[row]),
            action=action,
            profit=self.estimate(interval, action),
            cost=self.estimate(
                replace(interval, value=cost, low=least, high=most, method="doubt about the effect"), action
            ),
            leaving=leaving if action.gain is Gain.KEPT else None,
            worth=float(faces.worth[0]),
            why=action.why,
        )


def plan(
    workspace: Workspace,
    records: Records,
    *,
    names: Sequence[str] = (),
    budget: float | None = None,
    where: str = "",
    effects: Mapping[str, Effect] | None = None,
    busy: Mapping[str, str] | None = None,
    seed: int = 1,
) -> Plan:
    """Decide what is done for whom.

    Args:
        workspace: the company's.
        records: what is known.
        names: of actions; all where none is named.
        budget: most that it is expected to cost, in the reporting currency; that of the settings where None.
        where: which customers, in the mapping language; all where "".
        effects: by name of action, as they were learned; as assumed where not.
        busy: ids of customers whose effect is being measured, with their experiment.
        seed: of draws.

    Raises:
        UnknownName: there is no such action.
        QueryError: nothing is foretold, so nobody knows what an action brings; the budget or condition cannot be.
    """
    limits = workspace.settings.decisions
    actions = _actions(workspace.actions, names)
    most = _budget(limits.budget if budget is None else budget)
    if not foretold(records):
        raise QueryError(UNTOLD)
    table, peace = _known(records, actions, limits, where, busy or {})
    found = {one.name: (effects or {}).get(one.name, one.effect) for one in actions}
    recurring = _booleans(table, RECURRING)
    margin = np.where(recurring, limits.contract_margin or 1.0, 1.0)
    customers = Customers(
        **{name: _numbers(table, name) for name in ("leaving", "comes", "order_value", *LIMITS[:2])},
        **{name: margin * _numbers(table, name) for name in ("clv", *LIMITS[2:])},
        eligible={one.name: _booleans(table, f"for {one.name}") for one in actions},
        alive=np.clip(np.nan_to_num(_numbers(table, "alive"), nan=1.0), ALIVE, 1.0),
        part=table["part"].to_numpy(zero_copy_only=False),
    )
    return Plan(
        policy=decide(customers, actions, found, budget=most),
        customers=customers,
        ids=table["customer_id"].to_numpy(zero_copy_only=False),
        effects=found,
        uncosted=np.where(recurring, limits.contract_margin is None, not _with_costs(records)),
        peace=peace,
        scored=_scored(records),
        errors=_errors(records),
        budget=most,
        limits=limits,
        workspace=workspace,
        records=records,
        seed=seed,
    )


def _actions(known: Mapping[str, Action], names: Sequence[str]) -> tuple[Action, ...]:
    for name in names:
        if name not in known:
            raise UnknownName("action", name, known)
    return tuple(known[name] for name in (dict.fromkeys(names) or known))


def _budget(budget: float | None) -> float | None:
    if budget is not None and not 0 < budget < float("inf"):
        raise QueryError(f"A budget of {budget:g} cannot be. Name an amount above 0, or none for no limit.")
    return budget


def foretold(records: Records) -> bool:
    """Whether it is foretold who leaves or orders: nobody knows what an action brings otherwise."""
    return any(f"{FORETOLD}{name}" in records.tables for name in ("lapse", "contract_end", "orders"))


def _known(
    records: Records, actions: Sequence[Action], limits: Decisions, where: str, busy: Mapping[str, str]
) -> tuple[pa.Table, dict[str, int]]:
    """Return customers with what each action is for, without who is left in peace; and how many those are, by why."""
    rows, records = candidates(records), naming(records, where)
    people = records.tables["people"]
    if where:
        only = condition(where, records)
        if nobody := only.nobody(records):
            raise QueryError(f"There is nobody to decide about: {nobody}.")
        rows = rows.semi_join(people.filter(only.holds(people)), "customer")
    agreed = consent(people, limits, records)
    rows = rows.left_join(agreed, rows.customer == agreed.person).drop("person")
    found = with_part(_eligible(rows, actions, limits), people, limits, records)
    table = engine.to_arrow(found.order_by("customer"))
    since = _numbers(table, "days_since_touch")
    ids = table["customer_id"].to_pylist()
    reasons = {
        "no_consent": ~_booleans(table, "consents"),
        "contacted": np.nan_to_num(since, nan=np.inf) <= limits.contact_days,
        "measured": np.array([one in busy for one in ids], dtype=bool),
    }
    left, counts = np.zeros(len(ids), dtype=bool), {}
    for name, holds in reasons.items():
        counts[name] = int((holds & ~left).sum())
        left |= holds
    counts["waiting"] = int((_booleans(table, "waiting") & ~left).sum())
    return table.filter(pa.array(~left)), {name: n for name, n in counts.items() if n}


def _eligible(rows: ir.Table, actions: Sequence[Action], limits: Decisions) -> ir.Table:
    """Return customers with whom each action is for, and whether something is not for them while a case is open."""
    wanted = {one.name: one.eligible.resolve(rows).fill_null(False) for one in actions}
    sold = [one.name for one in actions if one.team != _ANSWERS and one.gain is not Gain.NOTHING]
    if limits.sell_to_waiting or not sold:
        return rows.mutate(waiting=ibis.literal(False), **{f"for {name}": holds for name, holds in wanted.items()})
    waits = rows.open_cases > 0
    allowed = {f"for {name}": holds & ~waits if name in sold else holds for name, holds in wanted.items()}
    return rows.mutate(waiting=waits & ibis.or_(*(wanted[name] for name in sold)), **allowed)


def _with_costs(records: Records) -> bool:
    return "purchase_days" in records.tables and with_costs(records)


def _numbers(table: pa.Table, name: str) -> np.ndarray:
    return np.asarray(table[name].cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _booleans(table: pa.Table, name: str) -> np.ndarray:
    return np.asarray(table[name].to_numpy(zero_copy_only=False), dtype=bool)


def _scored(records: Records) -> tuple[Scored, ...]:
    names = (f"{FORETOLD}{one}" for outcomes in _BEHIND.values() for one in outcomes)
    return tuple(records.scores[name] for name in names if name in records.scores)


def _errors(records: Records) -> dict[str, float]:
    """Return by how much totals were off on past days: the larger where customers are of both kinds."""
    found: dict[str, float] = {}
    for what, outcomes in _BEHIND.items():
        tables = [records.tables[f"{FORETOLD}{one}"] for one in outcomes if f"{FORETOLD}{one}" in records.tables]
        errors = [records.run(one.aggregate(most=one.past_error.max()))[0]["most"] for one in tables]
        found[what] = max((float(one) for one in errors if one is not None and np.isfinite(one)), default=0.0)
    return found
