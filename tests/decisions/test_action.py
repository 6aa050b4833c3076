"""Actions are worth what would not have come without them, less all that they cost."""

import dataclasses

import numpy as np
import pytest
from ibis import _

import regulars.catalogue.actions
from regulars.core.errors import CatalogueError
from regulars.core.registry import discover, modules_of
from regulars.decisions.action import Action, Effect, Gain, facing, profit, spending

EVERY = discover(modules_of(regulars.catalogue.actions), Action)
EFFECT = Effect(mean=0.1, low=0.0, high=0.2, source="Assumed")


def action(**more):
    asked = {"name": "one", "title": "One", "said": "Do it.", "team": "sales", "gain": Gain.KEPT, "effect": EFFECT}
    return Action(**{**asked, "eligible": _.orders > 0, "why": "buys", "cost": 5.0, **more})


def world(rng, kept, gone, *, people=400_000):
    """Draw what each customer does without the action and with it; return the money that it brings on average.

    A share has left before it is done: nobody keeps them.
    """
    left, leaves = rng.random(people) < gone, rng.random(people) < 0.3
    changed, orders = rng.random(people) < 0.1, rng.random(people) < 0.7
    worth, given = 80.0, 3.0 + 0.1 * 80.0
    if kept:
        without, stays = np.where(leaves | left, 0, worth), (~leaves | changed) & ~left
        return np.where(stays, worth - given, 0).mean() - 5.0 - without.mean()
    # A tenth orders once more, whether they would have ordered anyway or not; whoever orders takes what is given.
    return (changed * (worth - given)).mean() - (orders * given).mean() - 5.0


@pytest.mark.parametrize(("gain", "gone"), [(Gain.KEPT, 0.0), (Gain.KEPT, 0.4), (Gain.BOUGHT, 0.0)])
def test_profit_is_what_a_world_with_the_action_has_more(gain, gone):
    one, alive = action(gain=gain, incentive=3.0, rebate=0.1), 1 - gone
    known = (1 - 0.7 * alive, alive, 0.7, 80.0 * alive, 80.0)
    faces = facing(one, *(np.array([value]) for value in known))
    drawn = world(np.random.default_rng(1), gain is Gain.KEPT, gone)
    assert profit(one, 0.1, faces)[0] == pytest.approx(drawn, abs=0.15)


@pytest.mark.parametrize("gain", [Gain.KEPT, Gain.BOUGHT])
def test_profit_is_what_is_gained_less_what_is_spent(gain):
    one = action(gain=gain, incentive=2.0, rebate=0.2)
    rng = np.random.default_rng(2)
    faces = facing(one, rng.random(50), np.ones(50), rng.random(50) * 0.5, rng.gamma(2, 50, 50), rng.gamma(2, 50, 50))
    effect = 0.05 if gain is Gain.BOUGHT else 0.2
    gained = faces.chance * effect * faces.worth
    assert np.allclose(profit(one, effect, faces), gained - spending(one, effect, faces))


def test_nothing_is_known_of_whom_nothing_is_foretold():
    nan = np.array([np.nan])
    assert np.isnan(profit(action(), 0.1, facing(action(), nan, np.ones(1), nan, np.array([10.0]), nan)))
    bought = action(gain=Gain.BOUGHT)
    assert np.isnan(profit(bought, 0.1, facing(bought, np.array([0.1]), np.ones(1), nan, nan, np.array([10.0]))))


def test_doing_nothing_brings_and_costs_nothing():
    nothing = EVERY["do_nothing"]
    faces = facing(nothing, np.array([0.9]), np.ones(1), np.array([0.9]), np.array([1e6]), np.array([1e6]))
    assert profit(nothing, 0.0, faces).tolist() == [0.0]
    assert spending(nothing, 0.0, faces).tolist() == [0.0]


@pytest.mark.parametrize("name", EVERY)
def test_each_says_what_who_for_whom_and_on_whose_word(name):
    one = EVERY[name]
    assert one.said.endswith(".")
    assert one.why
    assert len(one.effect.source) > 10
    assert one.team in ("marketing", "sales", "service", "executives")
    assert one.gain is Gain.NOTHING or one.effect.low < one.effect.high, "an effect without doubt is not known"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"cost": -1.0}, "less than nothing"),
        ({"cost": float("nan")}, "less than nothing"),
        ({"rebate": 1.0}, "gives away"),
        ({"capacity": -1}, "capacity of -1"),
        ({"eligible": _.ordrs > 0}, "cannot be told"),
        ({"eligible": _.orders + 1}, "no condition"),
    ],
)
def test_what_cannot_be_an_action_is_refused(more, why):
    with pytest.raises(CatalogueError, match=why):
        action(**more)


@pytest.mark.parametrize("limits", [(0.2, 0.1, 0.3), (0.0, 0.1, 1.2), (0.1, 0.05, 0.2)])
def test_what_cannot_be_an_effect_is_refused(limits):
    low, mean, high = limits
    with pytest.raises(CatalogueError, match="no share"):
        dataclasses.replace(EFFECT, low=low, mean=mean, high=high)
