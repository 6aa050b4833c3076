"""Who gets which action, against every choice there is and against the bound."""

import itertools
import json

import numpy as np
import pytest

from regulars.stats import knapsack
from regulars.stats.knapsack import packed


@pytest.mark.shared_data
def test_eight_customers_and_twelve_to_spend(shared):
    oracle = json.loads((shared / "oracles/budget_targeting.json").read_text())
    given, expected = oracle["inputs"], oracle["expected"]
    tau, margin, cost = (np.array([one[name] for one in given], float) for name in ("tau", "margin", "cost"))
    assert dict(zip((one["id"] for one in given), tau * margin - cost, strict=True)) == pytest.approx(
        expected["profit"]
    )
    found = packed((tau * margin - cost)[:, np.newaxis], cost[:, np.newaxis], budget=12)
    chosen = [one["id"] for one, action in zip(given, found.action, strict=True) if action >= 0]
    assert chosen == expected["optimal_set"]
    assert (found.value, found.gap) == (pytest.approx(expected["optimal_value"], abs=1e-9), 0)
    assert found.cost == expected["optimal_cost"]


def every_choice(profits, costs, budget, places):
    """Return the greatest profit among all choices."""
    n, k = profits.shape
    best = 0.0
    for action in itertools.product(range(-1, k), repeat=n):
        some = [(row, column) for row, column in enumerate(action) if column >= 0]
        used = np.bincount([column for _, column in some], minlength=k) if some else np.zeros(k)
        if sum(costs[at] for at in some) <= budget + 1e-9 and (used <= places).all():
            best = max(best, sum(profits[at] for at in some))
    return best


def fits(found, costs, budget, places):
    used = np.bincount(found.action[found.action >= 0], minlength=costs.shape[1])
    return found.cost <= budget * (1 + 1e-9) and (used <= places).all()


@pytest.mark.parametrize("seed", range(25))
def test_small_problems_are_solved_exactly(seed):
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(1, 7)), int(rng.integers(1, 4))
    costs = rng.integers(0, 6, (n, k)).astype(float)
    profits = rng.integers(-2, 9, (n, k)) + (0.0 if seed % 2 else rng.random((n, k)))
    budget = float(rng.integers(0, 12)) if seed % 5 else np.inf
    places = np.where(rng.random(k) < 0.5, rng.integers(0, 4, k), np.inf)
    found = packed(profits, costs, budget=budget, places=places)
    assert found.value == pytest.approx(every_choice(profits, costs, budget, places))
    assert found.gap == pytest.approx(0, abs=1e-8)
    assert fits(found, costs, budget, places)


def many(rng, n, kind):
    """Return six actions for many customers, whose effects differ by customer or by a rule of one feature only."""
    costs = np.tile([0.5, 1.0, 2.0, 3.0, 0.2, 5.0], (n, 1))
    if kind == "by customer":
        return rng.normal(0.03, 0.05, (n, 6)) * rng.gamma(2.0, 40.0, (n, 1)) - costs, costs
    return rng.choice([0.02, 0.05, 0.1], (n, 1)) * np.array([1.0, 0.9, 1.2, 1.5, 0.4, 2.0]) * 80.0 - costs, costs


@pytest.mark.parametrize("kind", ["by customer", "by rule"])
@pytest.mark.parametrize(
    ("budget", "places"),
    [(0.3, None), (0.3, 0.08), (np.inf, 0.05), (0.05, 0.3)],
    ids=["money", "both", "places", "poor"],
)
def test_large_problems_come_near_the_bound(kind, budget, places):
    n = 10_000
    profits, costs = many(np.random.default_rng(1), n, kind)
    most = np.full(6, np.inf if places is None else n * places)
    found = packed(profits, costs, budget=n * budget, places=most)
    assert 0 <= found.gap < 3e-4 * found.bound
    assert fits(found, costs, n * budget, most)
    assert (profits[found.action >= 0, found.action[found.action >= 0]] > 0).all()


def test_a_hundred_thousand_customers_come_near_the_bound():
    n = 100_000
    profits, costs = many(np.random.default_rng(2), n, "by customer")
    most = np.full(6, n * 0.08)
    found = packed(profits, costs, budget=n * 0.3, places=most)
    assert 0 <= found.gap < 1e-5 * found.bound
    assert fits(found, costs, n * 0.3, most)


@pytest.mark.parametrize("seed", range(2))
def test_choices_that_bring_the_same_per_money_come_near_the_bound(seed):
    rng = np.random.default_rng(seed)
    costs = rng.integers(50, 1_000, (400, 3)) + 0.37
    places = np.full(3, 24.0)
    found = packed(costs + 100.0, costs, budget=27_000.0, places=places)
    assert 0 <= found.gap < 0.02 * found.bound
    assert fits(found, costs, 27_000.0, places)


def test_the_bound_is_that_of_the_fractional_knapsack():
    rng = np.random.default_rng(3)
    profits, costs = rng.uniform(0, 10, (5_000, 1)), rng.uniform(1, 5, (5_000, 1))
    order = np.argsort(-(profits / costs)[:, 0])
    spent, budget = np.cumsum(costs[order, 0]), 2_000.0
    whole = int(np.searchsorted(spent, budget, side="right"))
    rest = budget - spent[whole - 1]
    dantzig = profits[order[:whole], 0].sum() + rest / costs[order[whole], 0] * profits[order[whole], 0]
    found = packed(profits, costs, budget=budget)
    assert found.bound == pytest.approx(dantzig, rel=1e-6)
    assert found.value >= profits[order[:whole], 0].sum() - 1e-9


def test_prices_that_are_far_off_cost_profit_but_nothing_is_overspent(monkeypatch):
    monkeypatch.setattr(knapsack, "_CUTS", 1)
    monkeypatch.setattr(knapsack, "_TYPES", 1)
    profits, costs = many(np.random.default_rng(4), 3_000, "by customer")
    most = np.full(6, 300.0)
    found = packed(profits, costs, budget=500.0, places=most)
    assert 0 < found.value < found.bound
    assert fits(found, costs, 500.0, most)


def test_problems_that_are_not_solved_in_time_keep_their_gap(monkeypatch):
    monkeypatch.setattr(knapsack, "_SMALL", -1)
    found = packed(np.array([[5.0], [4.0], [4.0]]), np.array([[3.0], [2.0], [2.0]]), budget=4.0)
    assert found.value <= 8 <= found.bound
    assert found.gap == found.bound - found.value


def test_nothing_is_done_that_is_not_worth_its_cost():
    for profits in (np.full((3, 2), -1.0), np.zeros((3, 2)), np.zeros((0, 2)), np.zeros((3, 0))):
        found = packed(profits, np.ones(profits.shape), budget=10.0)
        assert (found.value, found.cost, found.gap) == (0, 0, 0)
        assert (found.action == -1).all()


def test_what_costs_nothing_is_done_without_money():
    found = packed(np.array([[2.0, 3.0]] * 3), np.array([[0.0, 1.0]] * 3), budget=0.0)
    assert (found.value, found.action.tolist()) == (6, [0, 0, 0])


def test_what_cannot_be_packed_is_refused():
    with pytest.raises(ValueError, match="finite"):
        packed(np.array([[np.nan]]), np.ones((1, 1)))
    with pytest.raises(ValueError, match="at least 0"):
        packed(np.ones((1, 1)), -np.ones((1, 1)))
    with pytest.raises(ValueError, match="at least 0"):
        packed(np.ones((1, 1)), np.ones((1, 1)), places=np.array([-1.0]))
    with pytest.raises(ValueError, match="one row per customer"):
        packed(np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="at least 0"):
        packed(np.ones((3, 1)), np.ones((3, 1)), budget=-1.0)
