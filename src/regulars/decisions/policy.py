"""For each customer the action with the highest expected incremental profit, under a budget and what teams can do.

Never by risk alone: who is likely to leave and brings little, or cannot be kept, is left alone.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.core.estimate import Interval
from regulars.decisions.action import Action, Effect, Facing, Floats, Gain, facing, profit, spending
from regulars.stats import knapsack
from regulars.stats.intervals import z

#: What an action brings that cannot be done: nobody is given what brings nothing.
_NEVER = -1.0
#: Draws behind the interval of a total.
DRAWS = 4_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Customers:
    """Customers to decide about; arrays of shape (n,), nan where it is not known.

    Attributes:
        leaving, leaving_low, leaving_high: probability of leaving, with limits; who has left already among them.
        alive: probability of being a customer still, above 0; 1 where records do not tell.
        comes: probability of ordering anyway.
        clv, clv_low, clv_high: what they will bring if they stay, with limits.
        order_value: what an order of theirs brings.
        eligible: by action, whom it can be done for.
        part: segment, by which effects may differ; `OTHER` where it is not known.
    """

    leaving: Floats
    leaving_low: Floats
    leaving_high: Floats
    alive: Floats
    comes: Floats
    clv: Floats
    clv_low: Floats
    clv_high: Floats
    order_value: Floats
    eligible: Mapping[str, NDArray[np.bool_]]
    part: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.leaving)

    def facing(self, action: Action, rows: NDArray[np.intp] | slice = slice(None)) -> Facing:
        """Return what an action faces, of all customers or of some rows."""
        known = (self.leaving, self.alive, self.comes, self.clv, self.order_value)
        return facing(action, *(values[rows] for values in known))


@dataclass(frozen=True, kw_only=True, eq=False)
class Policy:
    """What is done for whom.

    Attributes:
        actions: what could be done.
        chosen: place of each customer's action in `actions`; -1 where nothing pays, shape (n,).
        profit: expected incremental profit of it, 0 where nothing is done, shape (n,).
        error: its standard error, shape (n,).
        cost: expected cost of it, shape (n,).
        bound: no choice under the same budget and capacities brings more.
    """

    actions: tuple[Action, ...]
    chosen: NDArray[np.intp]
    profit: Floats
    error: Floats
    cost: Floats
    bound: float

    def of(self, action: Action) -> NDArray[np.intp]:
        """Return the rows of customers for whom an action is done, the most profitable first."""
        rows = np.flatnonzero(self.chosen == self.actions.index(action))
        return np.asarray(rows[np.argsort(-self.profit[rows], kind="stable")])


def decide(
    customers: Customers,
    actions: Sequence[Action],
    effects: Mapping[str, Effect],
    *,
    budget: float | None = None,
    capacities: Mapping[str, int | None] | None = None,
) -> Policy:
    """Choose at most one action for each customer.

    Args:
        customers: about whom.
        actions: what can be done.
        effects: what is known of each action's effect, by name.
        budget: most that all of it is expected to cost, in the reporting currency; no limit where None.
        capacities: customers per action, by name; the actions' own where None.
    """
    worth = [one for one in actions if one.gain is not Gain.NOTHING]
    count, size = len(worth), len(customers)
    brings, takes = np.full((size, count), _NEVER), np.zeros((size, count))
    for place, one in enumerate(worth):
        faces = customers.facing(one)
        can = customers.eligible[one.name] & ~np.isnan(faces.chance + faces.anyway + faces.worth)
        effect = effects[one.name].means(customers.part)
        brings[can, place] = profit(one, effect, faces)[can]
        takes[can, place] = spending(one, effect, faces)[can]
    limits = [one.capacity if capacities is None else capacities.get(one.name) for one in worth]
    places = np.array([math.inf if one is None else float(one) for one in limits])
    found = knapsack.packed(brings, takes, budget=math.inf if budget is None else budget, places=places)
    rows = np.flatnonzero(found.action != knapsack.NOTHING)
    at = found.action[rows]
    gained, cost, error = np.zeros(size), np.zeros(size), np.zeros(size)
    gained[rows], cost[rows] = brings[rows, at], takes[rows, at]
    for place, one in enumerate(worth):
        mine = rows[at == place]
        error[mine] = _error(one, effects[one.name], customers, mine)
    return Policy(
        actions=tuple(worth),
        chosen=found.action.astype(np.intp),
        profit=gained,
        error=error,
        cost=cost,
        bound=found.bound,
    )


def _error(action: Action, effect: Effect, customers: Customers, rows: NDArray[np.intp]) -> Floats:
    """Return standard errors of a customer's profit: doubt about the effect, the probability and the worth, to first
    order and taken as independent."""
    one, parts = customers.facing(action, rows), customers.part[rows]
    given, expected = action.incentive + action.rebate * one.worth, effect.means(parts)
    by_effect = one.chance * (one.worth - given) * effect.deviations(parts)
    worth = _deviation(customers.clv_low, customers.clv_high, rows) / customers.alive[rows]
    by_worth = (one.chance * expected * (1 - action.rebate) - one.anyway * action.rebate) * worth
    if action.gain is Gain.BOUGHT:
        return np.abs(by_effect)
    by_chance = (expected * (one.worth - given) + given) * _deviation(
        customers.leaving_low, customers.leaving_high, rows
    )
    return np.asarray(np.sqrt(by_effect**2 + by_worth**2 + by_chance**2))


def _deviation(low: Floats, high: Floats, rows: NDArray[np.intp]) -> Floats:
    return np.asarray(np.nan_to_num(high[rows] - low[rows]) / (2 * z(0.95)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What a policy is expected to bring and to cost.

    Attributes:
        profit: incremental, less the cost.
        cost: of doing it, and of what is given.
    """

    profit: Interval
    cost: Interval


def money(
    policy: Policy,
    customers: Customers,
    effects: Mapping[str, Effect],
    rng: np.random.Generator,
    *,
    leaving_error: float = 0.0,
    worth_error: float = 0.0,
    only: Action | None = None,
    level: float = 0.95,
) -> Money:
    """Return the expected incremental profit and cost of a policy, or of one action of it.

    What is doubted moves all customers together, and does not average out over them: each action's effect, and how far
    predictions were off as a whole on past days. What each customer does by chance does average out, and is left out.

    Args:
        policy: what is done.
        customers: for whom.
        effects: by name of action.
        rng: draws.
        leaving_error: share by which probabilities of leaving were off in total on past days.
        worth_error: the same of what customers bring.
        only: counts this action alone.
        level: of the interval.
    """
    actions = [one for one in policy.actions if only is None or one is only]
    chance = 1 + leaving_error * rng.standard_normal(DRAWS)
    worth = 1 + worth_error * rng.standard_normal(DRAWS)
    brought, taken, n = np.zeros(DRAWS), np.zeros(DRAWS), 0
    for one in actions:
        rows, together = policy.of(one), rng.standard_normal(DRAWS)
        parts = customers.part[rows]
        n += len(rows)
        for name in sorted(set(parts.tolist())):
            of = effects[one.name].of(name)
            effect = of.mean + of.shared * together + of.own * rng.standard_normal(DRAWS)
            profits, costs = _drawn(one, customers.facing(one, rows[parts == name]), effect, chance, worth)
            brought, taken = brought + profits, taken + costs
    chosen = np.concatenate([policy.of(one) for one in actions]) if actions else np.zeros(0, dtype=np.intp)

    def found(value: float, draws: Floats) -> Interval:
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
        method = "draws of effects and of past errors of predictions"
        return Interval(
            value=value, low=min(float(low), value), high=max(float(high), value), level=level, method=method, n=n
        )

    return Money(
        profit=found(float(policy.profit[chosen].sum()), brought), cost=found(float(policy.cost[chosen].sum()), taken)
    )


def _drawn(action: Action, one: Facing, effect: Floats, chance: Floats, worth: Floats) -> tuple[Floats, Floats]:
    """Return profit and cost of all customers together, for each draw: both are linear in sums over customers."""
    n, given, rebate = len(one.worth), action.incentive, action.rebate
    if action.gain is Gain.BOUGHT:
        changed, value = effect * n, effect * worth * one.worth.sum()
        away = given * one.anyway.sum() + rebate * worth * (one.anyway @ one.worth)
    else:
        changed = effect * chance * one.chance.sum()
        value = effect * chance * worth * (one.chance @ one.worth)
        # Those who stay anyway are all but who leaves, and who leaves moves with the doubt about it.
        stay, stay_worth = one.anyway.sum(), one.anyway @ one.worth
        away = given * (n - chance * (n - stay))
        away = away + rebate * worth * (one.worth.sum() - chance * (one.worth.sum() - stay_worth))
    cost = action.cost * n + away + given * changed + rebate * value
    return np.asarray(value - cost), np.asarray(cost)
