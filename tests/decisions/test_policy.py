"""A policy brings more than treating by risk, comes near the best there is, and says how sure it is."""

import dataclasses

import numpy as np
import pytest
from ibis import _

from regulars.decisions.action import OTHER, Action, Effect, Gain, PartEffect, facing, profit, spending
from regulars.decisions.policy import Customers, decide, money

PEOPLE = 1_500
PARTS = np.full(PEOPLE, "", dtype=object)
TRUE = {"call": 0.25, "mail": 0.02, "gift": 0.15}
DEVIATION = {"call": 0.06, "mail": 0.005, "gift": 0.05}
COSTS = {"call": (12.0, 0.0), "mail": (0.2, 0.0), "gift": (1.0, 6.0)}


def action(name):
    cost, incentive = COSTS[name]
    gain = Gain.BOUGHT if name == "mail" else Gain.KEPT
    asked = {"title": name, "said": "Do it.", "team": "sales", "eligible": _.customer.notnull(), "why": "pays"}
    return Action(name=name, gain=gain, cost=cost, incentive=incentive, effect=effect(name, TRUE[name]), **asked)


def effect(name, mean):
    half = 1.96 * DEVIATION[name]
    return Effect(mean=mean, low=mean - half, high=min(mean + half, 1), source="Assumed")


ACTIONS = [action(name) for name in TRUE]


@dataclasses.dataclass
class World:
    """Customers as they are, and as they are thought to be."""

    truth: Customers
    seen: Customers
    effects: dict

    def brings(self, policy):
        """Return what a policy really brings, as expected with the truth."""
        return sum(profit(one, TRUE[one.name], self.truth.facing(one, policy.of(one))).sum() for one in policy.actions)


def world(seed, *, noise=0.25):
    """Draw customers, what predictions say of them, and what is assumed of effects."""
    rng = np.random.default_rng(seed)
    leaving, comes = rng.beta(1.2, 4, PEOPLE), rng.beta(2, 2, PEOPLE)
    clv, order = rng.gamma(0.7, 300, PEOPLE), rng.gamma(3, 12, PEOPLE)
    eligible = {name: rng.random(PEOPLE) < 0.8 for name in TRUE}

    def off(values, most=np.inf):
        return np.clip(values * np.exp(noise * rng.standard_normal(PEOPLE) - noise**2 / 2), 0, most)

    def customers(leaving, comes, clv, order):
        limits = {"leaving_low": leaving * 0.6, "leaving_high": leaving * 1.4, "clv_low": clv * 0.5}
        return Customers(
            part=PARTS,
            alive=np.ones(PEOPLE),
            leaving=leaving,
            comes=comes,
            clv=clv,
            order_value=order,
            clv_high=clv * 1.5,
            eligible=eligible,
            **limits,
        )

    truth = customers(leaving, comes, clv, order)
    seen = customers(off(leaving, 0.999), off(comes, 0.999), off(clv), off(order))
    effects = {name: effect(name, TRUE[name] + DEVIATION[name] * rng.standard_normal()) for name in TRUE}
    return World(truth=truth, seen=seen, effects=effects)


def by_risk(one, budget):
    """Return what calling whoever is most likely to leave brings, until the money is spent."""
    call = ACTIONS[0]
    order = np.argsort(-one.seen.leaving)
    order = order[one.seen.eligible["call"][order]][: int(budget // call.cost)]
    return profit(call, TRUE["call"], one.truth.facing(call, order)).sum()


def test_it_brings_nine_tenths_of_the_best_there_is_and_more_than_by_risk():
    budget, shares = 1_500.0, []
    certain = {name: effect(name, TRUE[name]) for name in TRUE}
    for seed in range(20):
        one = world(seed)
        best = one.brings(decide(one.truth, ACTIONS, certain, budget=budget))
        found = one.brings(decide(one.seen, ACTIONS, one.effects, budget=budget))
        assert found > by_risk(one, budget)
        shares.append(found / best)
    assert np.mean(shares) > 0.9
    assert min(shares) > 0.8


def test_the_most_likely_to_leave_is_left_alone_where_nothing_is_won():
    nobody, somebody = 0.99, 0.3
    leaving, clv = np.array([nobody, somebody]), np.array([1.0, 1_000.0])
    ones = np.ones(2)
    customers = Customers(
        part=PARTS[:2], alive=ones,
        leaving=leaving, leaving_low=leaving, leaving_high=leaving, comes=1 - leaving, clv=clv, clv_low=clv,
        clv_high=clv, order_value=ones, eligible={"call": np.array([True, True])},
    )  # fmt: skip
    found = decide(customers, ACTIONS[:1], {"call": effect("call", 0.25)})
    assert found.chosen.tolist() == [-1, 0]
    assert found.profit.tolist() == [0.0, pytest.approx(0.3 * 0.25 * 1_000 - 12)]


def test_budget_and_capacity_hold_and_the_bound_is_one():
    one = world(3)
    free = decide(one.seen, ACTIONS, one.effects)
    assert free.bound == pytest.approx(free.profit.sum())
    tight = decide(one.seen, ACTIONS, one.effects, budget=800.0, capacities={"call": 10, "gift": 40})
    assert tight.cost.sum() <= 800.0 + 1e-6
    assert len(tight.of(ACTIONS[0])) <= 10
    assert len(tight.of(ACTIONS[2])) <= 40
    assert tight.profit.sum() <= tight.bound <= free.profit.sum()
    assert tight.profit.sum() > 0.99 * tight.bound


def test_nobody_is_chosen_whom_it_is_not_for_or_of_whom_nothing_is_known():
    one = world(4)
    unknown = dataclasses.replace(one.seen, leaving=np.where(np.arange(PEOPLE) % 2, np.nan, one.seen.leaving))
    found = decide(unknown, ACTIONS, one.effects)
    for action_ in ACTIONS:
        rows = found.of(action_)
        assert unknown.eligible[action_.name][rows].all()
        if action_.gain is Gain.KEPT:
            assert not np.isnan(unknown.leaving[rows]).any()
    assert (found.profit[found.chosen >= 0] > 0).all()


def test_the_total_is_drawn_as_it_is_doubted():
    one = world(5)
    policy = decide(one.seen, ACTIONS, one.effects, budget=1_500.0)
    found = money(policy, one.seen, one.effects, np.random.default_rng(1), leaving_error=0.1, worth_error=0.2)
    drawn = []
    rng = np.random.default_rng(2)
    for _draw in range(800):
        p, v = 1 + 0.1 * rng.standard_normal(), 1 + 0.2 * rng.standard_normal()
        total = 0.0
        for each in policy.actions:
            rows, e = policy.of(each), one.effects[each.name]
            seen = (one.seen.leaving * p, one.seen.alive, one.seen.comes, one.seen.clv * v, one.seen.order_value * v)
            off = facing(each, *(values[rows] for values in seen))
            total += profit(each, e.mean + e.deviation * rng.standard_normal(), off).sum()
        drawn.append(total)
    low, high = np.quantile(drawn, [0.025, 0.975])
    width = high - low
    assert found.profit.low == pytest.approx(low, abs=0.15 * width)
    assert found.profit.high == pytest.approx(high, abs=0.15 * width)
    assert found.profit.value == pytest.approx(policy.profit.sum())
    assert found.cost.value == pytest.approx(policy.cost.sum())


def test_what_is_chosen_costs_what_it_says():
    one = world(6)
    policy = decide(one.seen, ACTIONS, one.effects)
    for each in policy.actions:
        rows = policy.of(each)
        expected = spending(each, one.effects[each.name].mean, one.seen.facing(each, rows))
        assert np.allclose(policy.cost[rows], expected)
        assert (np.diff(policy.profit[rows]) <= 0).all()


def test_who_gains_more_by_segment_is_chosen_and_the_total_knows_what_moves_them_together():
    one = world(7)
    names = np.where(np.arange(PEOPLE) % 2, "gains", "does not").astype(object)
    parts = {
        "gains": PartEffect(mean=0.4, own=0.02, shared=0.05, n=100),
        "does not": PartEffect(mean=0.0, own=0.02, shared=0.05, n=100),
        OTHER: PartEffect(mean=0.2, own=0.2, shared=0.05, n=0),
    }
    effects = {"call": dataclasses.replace(effect("call", 0.2), parts=parts)}
    seen = dataclasses.replace(one.seen, part=names)
    policy = decide(seen, ACTIONS[:1], effects, budget=1_000.0)
    rows = policy.of(ACTIONS[0])
    assert len(rows) > 50
    assert set(names[rows]) == {"gains"}
    found = money(policy, seen, effects, np.random.default_rng(1))
    gained = (seen.leaving[rows] * seen.clv[rows]).sum()
    assert found.profit.high - found.profit.low == pytest.approx(2 * 1.96 * np.hypot(0.02, 0.05) * gained, rel=0.1)


def test_nobody_to_decide_about_is_nothing_to_do():
    none = np.zeros(0)
    names = ("leaving", "alive", "leaving_low", "leaving_high", "comes", "clv", "clv_low", "clv_high", "order_value")
    nobody = Customers(
        part=PARTS[:0], **dict.fromkeys(names, none), eligible={name: none.astype(bool) for name in TRUE}
    )
    policy = decide(nobody, ACTIONS, {name: effect(name, TRUE[name]) for name in TRUE})
    found = money(policy, nobody, {name: effect(name, TRUE[name]) for name in TRUE}, np.random.default_rng(1))
    assert (found.profit.value, found.profit.n) == (0.0, 0)
