"""Which action for whom, where money and places are short: the knapsack with several choices (MCKP).

Each customer gets one action at most; all together cost a budget at most, and each action has so many places at most.
A price of money and of each place turns that into choices that do not depend on each other: what is gained at any
prices is a bound that no choice exceeds, and the lowest such bound is that of the linear relaxation. Its prices order
the choices; what does not fit is left out, and what is left of the budget is spent on the next best. Where that is not
proved to be the best, the few choices that the bound leaves open are searched by a dynamic programme, as far as these
are few enough. (Solvers of integer programmes print to the standard output, which is ours to keep clean.)

References:
    Kellerer, Pferschy & Pisinger (2004), Knapsack Problems, ch. 11 (MCKP). Kelley (1960), J. of the Society for
    Industrial and Applied Mathematics 8, 703-712 (cutting planes). Dantzig (1957), Operations Research 5, 266-288 (the
    bound by profit over cost, which this is where there is one action and only a budget).
"""

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int32]

NOTHING = -1
#: Choices that may be worth it, beside one per customer, and states of the dynamic programme, up to which it is tried.
_SMALL, _STATES = 2_000, 500_000
#: Cutting planes at most, and the part of the bound that is not worth another.
_CUTS, _CLOSE = 300, 1e-7
#: Kinds of customers, those nearest to level between two choices, that are shared out by the relaxation; and what a
#: number of customers may lack to be whole.
_TYPES, _WHOLE = 500, 1e-6
#: Part of the greatest profit that is no gain: at the prices such choices are level with nothing.
_LEVEL = 1e-9
#: Part of the budget that rounding may exceed it by, and of the bound that is no gap.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Packed:
    """A choice of actions.

    Attributes:
        action: which each customer gets, -1 for none; shape (n,).
        value: profit of all.
        cost: of all.
        bound: no choice has a greater profit.
    """

    action: Ints
    value: float
    cost: float
    bound: float

    @property
    def gap(self) -> float:
        """Profit, at most, that a better choice could add; 0 where this is the best."""
        return self.bound - self.value


def packed(profits: Floats, costs: Floats, *, budget: float = math.inf, places: Floats | None = None) -> Packed:
    """Return actions of greatest profit, as far as can be told.

    100,000 customers with six actions, a budget and places take two seconds or less, and come within 0.01 % of
    the bound.

    Args:
        profits: of each action for each customer, shape (n, k); what is 0 or below is never done.
        costs: at least 0, shape (n, k).
        budget: that all may cost, at least 0.
        places: customers that each action is enough for, shape (k,), inf where it does not matter; None: all inf.

    Raises:
        ValueError: numbers that are not finite or below 0, or shapes that do not fit.
    """
    problem = _Problem.of(profits, costs, budget, places)
    if not (problem.profits > 0).any():
        return Packed(action=np.full(len(problem.profits), NOTHING, dtype=np.int32), value=0.0, cost=0.0, bound=0.0)
    prices, bound = problem.priced()
    action = problem.rounded(prices)
    value = problem.value(action)
    if bound - value > _ROUNDING * bound:
        best = problem.solved(prices, bound, action)
        if best is not None:
            action, value = best, problem.value(best)
            bound = value
    bound = value if bound - value <= _ROUNDING * bound else bound
    return Packed(action=action, value=value, cost=problem.cost(action), bound=bound)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Problem:
    """Profits and costs, shape (n, k); `limits` of what is used, the budget first, shape (k + 1,), inf where none."""

    profits: Floats
    costs: Floats
    limits: Floats

    @classmethod
    def of(cls, profits: Floats, costs: Floats, budget: float, places: Floats | None) -> "_Problem":
        p, c = np.asarray(profits, dtype=np.float64), np.asarray(costs, dtype=np.float64)
        size = p.shape[1] if p.ndim == 2 else 0
        most = np.full(size, math.inf) if places is None else np.asarray(places, dtype=np.float64)
        if p.ndim != 2 or c.shape != p.shape or most.shape != (size,):
            raise ValueError("profits and costs need one row per customer and one column per action, places one number")
        if not (np.isfinite(p).all() and np.isfinite(c).all()) or (c < 0).any():
            raise ValueError("profits and costs must be finite, costs at least 0")
        limits = np.concatenate([[budget], np.floor(most)])
        if not (limits >= 0).all():
            raise ValueError("budget and places must be at least 0")
        return cls(profits=p, costs=c, limits=limits)

    def value(self, action: Ints) -> float:
        rows = np.flatnonzero(action >= 0)
        return math.fsum(self.profits[rows, action[rows]])

    def cost(self, action: Ints) -> float:
        rows = np.flatnonzero(action >= 0)
        return math.fsum(self.costs[rows, action[rows]])

    def gains(self, prices: Floats) -> Floats:
        """Return what each choice gains after it paid for what it uses; shape (n, k)."""
        return np.asarray(self.profits - prices[0] * self.costs - prices[1:])

    def priced(self) -> tuple[Floats, float]:
        """Return the prices of money and places at which the bound is lowest, and the bound."""
        from scipy import optimize  # takes half a second to import, and few commands need it

        # At higher prices nobody buys; where nothing is short the price is 0.
        top = np.concatenate([[_steepest(self.profits, self.costs)], self.profits.max(axis=0, initial=0.0)])
        top[np.isinf(self.limits)] = 0.0
        scale = max(float(np.maximum(self.profits, 0.0).max(axis=1, initial=0.0).sum()), 1e-300)
        box, aim = [*[(0.0, 1.0)] * len(top), (0.0, None)], np.append(np.zeros(len(top)), 1.0)
        prices, best, lowest = np.zeros(len(top)), np.zeros(len(top)), math.inf
        cuts: list[Floats] = []
        for _ in range(_CUTS):
            bound, slope = self._bound(prices)
            if bound < lowest:
                best, lowest = prices, bound
            cuts.append(np.concatenate([slope * top, [-scale, float(slope @ prices) - bound]]) / scale)
            planes = np.array(cuts)
            found = optimize.linprog(aim, planes[:, :-1], planes[:, -1], bounds=box)
            if found.status != 0 or lowest - found.fun * scale <= _CLOSE * lowest:
                break
            prices = found.x[:-1] * top
        return best, lowest

    def _bound(self, prices: Floats) -> tuple[float, Floats]:
        """Return the bound at these prices, and how it rises with each: by what is left over."""
        gains = self.gains(prices)
        action = gains.argmax(axis=1)
        rows = np.flatnonzero(gains[np.arange(len(gains)), action] > 0)
        chosen = action[rows]
        used = np.concatenate([[self.costs[rows, chosen].sum()], np.bincount(chosen, minlength=gains.shape[1])])
        known = np.isfinite(self.limits)
        slope = np.where(known, self.limits - used, 0.0)
        spent = float(self.limits[known] @ prices[known])
        return float(gains[rows, chosen].sum()) + spent, slope

    def rounded(self, prices: Floats) -> Ints:
        """Return actions that fit: what gains most at these prices, as far as that is told, and the rest made to fit.

        Customers who are all but level between two choices, alike ones together, are shared out by the relaxation;
        what that leaves is spent on whatever still betters somebody.
        """
        gains, rows = np.where(self.profits > 0, self.gains(prices), -math.inf), np.arange(len(self.profits))
        first = gains.argmax(axis=1).astype(np.int32)
        first[gains[rows, first] <= _LEVEL * self.profits.max()] = NOTHING
        shared = self._shared_out(first, _margins(gains))
        if shared is None:  # prices are not near enough: in order of gains
            who = np.flatnonzero(first >= 0)
            shared = self._filled(np.full(len(rows), NOTHING, dtype=np.int32), who, first[who], gains[who, first[who]])
        has = shared >= 0
        brings, gained = np.where(has, self.profits[rows, shared], 0.0), np.where(has, gains[rows, shared], 0.0)
        who, better = np.nonzero(self.profits > np.maximum(brings, 0.0)[:, None])
        return self._filled(shared, who, better, gains[who, better] - gained[who])

    def _shared_out(self, first: Ints, margins: Floats) -> Ints | None:
        """Return actions with those of least margin decided anew by a linear programme; None where nothing fits."""
        kind, kinds = _kinds(np.hstack([self.profits, self.costs]), margins)
        profits, costs = np.hsplit(kinds, 2)
        action = np.where(kind >= 0, NOTHING, first).astype(np.int32)
        left, size = np.array(self._left(action)), np.bincount(kind[kind >= 0], minlength=len(kinds)).astype(np.int_)
        shares = _relaxed(profits, costs, size, left) if left.min() >= 0 else None
        if shares is None:
            return None
        members = np.argsort(kind, kind="stable")[np.count_nonzero(kind < 0) :]
        for group, share in zip(np.split(members, np.cumsum(size)[:-1]), shares, strict=True):
            dealt = np.repeat(np.arange(len(share), dtype=np.int32), share)[: len(group)]
            action[group[: len(dealt)]] = dealt
        return action if min(self._left(action)) >= 0 else None

    def _filled(self, action: Ints, who: NDArray[np.intp], what: NDArray[np.intp], gains: Floats) -> Ints:
        """Return actions after customers `who` changed to `what`, greatest gain first, if that fits and is better."""
        now, left = action.tolist(), self._left(action)
        order = np.argsort(-gains, kind="stable")
        who, what = who[order], what[order]
        for i, j, cost, profit in zip(
            who.tolist(), what.tolist(), self.costs[who, what].tolist(), self.profits[who, what].tolist(), strict=True
        ):
            old = now[i]
            if old >= 0:
                if profit <= self.profits[i, old]:
                    continue
                cost -= float(self.costs[i, old])
            if left[j + 1] < 1 or cost > left[0]:
                continue
            now[i] = j
            left[0] -= cost
            left[j + 1] -= 1
            if old >= 0:
                left[old + 1] += 1
        return np.array(now, dtype=np.int32)

    def _left(self, action: Ints) -> list[float]:
        used = np.bincount(action[action >= 0], minlength=self.profits.shape[1])
        spare = self.limits[0] * _ROUNDING if math.isfinite(self.limits[0]) else 0.0
        return [float(self.limits[0]) - self.cost(action) + spare, *(self.limits[1:] - used).tolist()]

    def solved(self, prices: Floats, bound: float, action: Ints) -> Ints | None:
        """Return the best actions, if that can be told: `action`, or those that are better.

        At the prices, what a choice gains less than the customer's best one is lost to the bound: who loses more than
        the gap between bound and `action` is not looked at. What is left is a dynamic programme over customers.
        """
        value, chances = self.value(action), np.where(self.profits > 0, self.gains(prices), -math.inf)
        gains = np.column_stack([np.zeros(len(chances)), chances])  # the first choice is nothing
        losses = gains.max(axis=1, keepdims=True) - gains
        worth = losses < bound - value
        several = worth.sum(axis=1) - 1
        if several.sum() > _SMALL:
            return None
        found = np.where(several == 0, worth.argmax(axis=1) - 1, NOTHING).astype(np.int32)
        if min(self._left(found)) < 0:
            return action  # what any better choice would do does not fit
        states, seen, trail = _States.first(self, found), 0, []
        for row in np.flatnonzero(several)[np.argsort(several[several > 0], kind="stable")].tolist():
            options = np.flatnonzero(worth[row])
            seen += len(states.profit) * len(options)
            if seen > _STATES:
                return None
            states, origin = states.after(self, row, options, losses[row, options], bound - value)
            trail.append((row, origin // len(options), options[origin % len(options)] - 1))
        if not len(states.profit) or states.profit.max() <= value:
            return action
        at = int(states.profit.argmax())
        for row, parent, choice in reversed(trail):
            found[row], at = choice[at], int(parent[at])
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _States:
    """What some customers can be given: `used` of known limits, shape (s, m), `profit` and `loss`, shape (s,)."""

    used: Floats
    profit: Floats
    loss: Floats

    @classmethod
    def first(cls, problem: _Problem, action: Ints) -> "_States":
        """Return the one state in which these actions are given."""
        used = np.append(problem.cost(action), np.bincount(action[action >= 0], minlength=problem.profits.shape[1]))
        known = np.isfinite(problem.limits)
        return cls(used=used[None, known], profit=np.array([problem.value(action)]), loss=np.zeros(1))

    def after(
        self, problem: _Problem, row: int, options: NDArray[np.intp], losses: Floats, most: float
    ) -> tuple["_States", NDArray[np.intp]]:
        """Return the states with one more customer, who has these options, and which pair of both each comes from."""
        known = np.isfinite(problem.limits)
        brings, uses = np.append(0.0, problem.profits[row])[options], np.zeros((len(options), len(known)))
        some = options > 0
        uses[some, 0], uses[some, options[some]] = problem.costs[row, options[some] - 1], 1.0
        used = (self.used[:, None] + uses[:, known]).reshape(-1, known.sum())
        profit, loss = (self.profit[:, None] + brings).ravel(), (self.loss[:, None] + losses).ravel()
        fits = (used <= problem.limits[known] * (1 + _ROUNDING)).all(axis=1) & (loss < most)
        kept = np.flatnonzero(fits)
        kept = kept[_undominated(used[kept], profit[kept], spends=bool(known[0]))]
        return _States(used=used[kept], profit=profit[kept], loss=loss[kept]), kept


def _undominated(used: Floats, profit: Floats, *, spends: bool) -> NDArray[np.intp]:
    """Return which states no other beats that uses the same places and no more money."""
    if not len(profit):
        return np.zeros(0, dtype=np.intp)
    cost, places = (used[:, 0], used[:, 1:]) if spends else (np.zeros(len(used)), used)
    group = np.unique(places, axis=0, return_inverse=True)[1] if places.shape[1] else np.zeros(len(used), dtype=np.intp)
    order = np.lexsort((-profit, cost, group))
    # Groups one above the other: what came before in another group is always less.
    height = profit[order] + group[order] * (2 * profit.max() + 1)
    return order[np.append(True, height[1:] > np.maximum.accumulate(height)[:-1])]


def _relaxed(profits: Floats, costs: Floats, size: NDArray[np.int_], left: Floats) -> NDArray[np.int_] | None:
    """Return how many of each kind of customers get each action, rounded down, shape (kinds, k); None if none fits."""
    from scipy import optimize

    uses, limits = _uses(costs, size, left)
    most = np.where(profits > 0, size[:, None], 0).ravel()
    found = optimize.linprog(-profits.ravel(), uses, limits, bounds=np.column_stack([np.zeros(len(most)), most]))
    if found.status != 0:
        return None
    return np.asarray(np.floor(found.x + _WHOLE), dtype=np.int_).reshape(profits.shape)


def _uses(costs: Floats, size: NDArray[Any], limits: Floats) -> tuple[Any, Floats]:
    """Return what each choice uses, a sparse (limits, rows times actions), and the limits that there are.

    Args:
        costs: shape (rows, k).
        size: customers in each row, shape (rows,).
        limits: of money and places, shape (k + 1,), inf where there is none.
    """
    from scipy import sparse

    rows, k = costs.shape
    one_each = sparse.kron(sparse.eye_array(rows), np.ones((1, k)))
    places = sparse.kron(np.ones((1, rows)), sparse.eye_array(k))
    uses = sparse.vstack([one_each, sparse.csr_array(costs.ravel()[None, :]), places], format="csr")
    most = np.concatenate([size, limits])
    return uses[np.isfinite(most)], most[np.isfinite(most)]


def _kinds(features: Floats, margins: Floats) -> tuple[Ints, Floats]:
    """Return which of the kinds of least margin each customer is of, -1 for none, shape (n,), and these kinds."""
    every, of = np.unique(features, axis=0, return_inverse=True)
    order = np.argsort(margins, kind="stable")
    _, seen = np.unique(of[order], return_index=True)
    chosen = of[order[np.sort(seen)[:_TYPES]]]
    place = np.full(len(every), NOTHING, dtype=np.int32)
    place[chosen] = np.arange(len(chosen))
    return place[of], every[chosen]


def _steepest(profits: Floats, costs: Floats) -> float:
    """Return the greatest profit per cost."""
    some = (profits > 0) & (costs > 0)
    return float((profits[some] / costs[some]).max()) if some.any() else 0.0


def _margins(gains: Floats) -> Floats:
    """Return by how much each customer's best choice gains more than the next, nothing being one; shape (n,)."""
    both = np.sort(np.column_stack([gains, np.zeros(len(gains))]), axis=1)
    return np.asarray(both[:, -1] - both[:, -2])
