"""How large an experiment must be, and what to hold out."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.errors import QueryError
from regulars.stats import experiment_size, holdout

treated = st.floats(0.05, 0.95)


@given(st.floats(0.01, 10), st.floats(0.1, 100), treated)
def test_customers_and_detectable_mean_are_inverse(effect, variance, share):
    n = experiment_size.customers_for_mean(effect, variance, treated=share)
    assert experiment_size.detectable_mean(n, variance, treated=share) <= effect * (1 + 1e-9)
    if n > 1:
        assert experiment_size.detectable_mean(n - 1, variance, treated=share) >= effect * (1 - 1e-9)


@given(st.floats(0.01, 0.9), st.floats(0.01, 0.09), treated)
def test_customers_and_detectable_share_are_inverse(base, change, share):
    n = experiment_size.customers_for_share(base, change, treated=share)
    assert experiment_size.detectable_share(n, base, treated=share) <= change + 1e-9
    down = experiment_size.customers_for_share(base + change, -change, treated=share)
    fall = experiment_size.detectable_share(down, base + change, treated=share, falls=True)
    assert fall <= change + 1e-9


def test_the_promised_power_is_had():
    rng, share, base, change = np.random.default_rng(8), 0.8, 0.1, 0.03
    n = experiment_size.customers_for_share(base, change, treated=share)
    n1, n0 = round(n * share), n - round(n * share)
    x1, x0 = rng.binomial(n1, base + change, 40_000), rng.binomial(n0, base, 40_000)
    pooled = (x1 + x0) / n
    seen = np.abs(x1 / n1 - x0 / n0) > 1.959964 * np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    assert seen.mean() == pytest.approx(0.8, abs=0.02)


def test_equal_arms_see_most():
    seen = [experiment_size.detectable_mean(1000, 1.0, treated=share) for share in (0.5, 0.6, 0.9, 0.99)]
    assert seen == sorted(seen)


def test_what_nobody_or_too_few_can_show_is_infinite():
    assert experiment_size.detectable_mean(0, 1.0) == math.inf
    assert experiment_size.detectable_share(0, 0.5) == math.inf
    assert experiment_size.detectable_share(4, 0.5) == math.inf
    assert experiment_size.detectable_share(10**6, 1.0) == math.inf
    assert experiment_size.detectable_share(10**6, 0.0, falls=True) == math.inf
    assert experiment_size.weeks(10, 0) == experiment_size.weeks(math.inf, 10) == math.inf
    assert experiment_size.weeks(0, 10) == 0


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: experiment_size.detectable_mean(math.nan, 1.0), "`customers` is nan"),
        (lambda: experiment_size.detectable_mean(10, 0.0), "`variance` is 0"),
        (lambda: experiment_size.detectable_mean(10, 1.0, treated=1.0), "`treated` is 1"),
        (lambda: experiment_size.detectable_mean(10, 1.0, power=1.0), "`power` is 1"),
        (lambda: experiment_size.detectable_share(10, 1.2), "`base` is 1.2"),
        (lambda: experiment_size.customers_for_mean(0.0, 1.0), "`effect` is 0"),
        (lambda: experiment_size.customers_for_share(0.9, 0.2), "`change` leads from 0.9 to 1.1"),
        (lambda: experiment_size.customers_for_share(0.9, 0.0), "`effect` is 0"),
        (lambda: experiment_size.weeks(10, -1), "`weekly` is -1"),
        (lambda: holdout.smallest_holdout(10, 1.0, math.nan), "`variance` is nan"),
        (lambda: holdout.best_holdout(10, 1.0, expected=math.nan, doubt=1, later=1), "`expected` is nan"),
        (lambda: holdout.best_holdout(10, 1.0, expected=0, doubt=0, later=1), "`doubt` is 0"),
    ],
)
def test_plans_that_are_none_are_refused_by_name(ask, said):
    with pytest.raises(QueryError, match=said):
        ask()


@given(st.integers(100, 10**6), st.floats(0.02, 5), st.floats(0.1, 10))
def test_the_smallest_holdout_is_just_enough(customers, effect, variance):
    found = holdout.smallest_holdout(customers, effect, variance)
    if found.share is None:
        assert experiment_size.detectable_mean(customers, variance) > effect
        return
    assert found.share <= 0.5 + 1 / customers
    if found.customers < customers / 2:
        assert experiment_size.detectable_mean(customers, variance, treated=1 - found.share) <= effect * (1 + 1e-9)
    if found.customers > 1:
        less = 1 - (found.customers - 1) / customers
        assert experiment_size.detectable_mean(customers, variance, treated=less) >= effect * (1 - 1e-9)


def test_nobody_can_be_held_out_of_nobody():
    assert "no effect below inf" in holdout.smallest_holdout(0, 1.0, 1.0).why_not
    assert holdout.best_holdout(1, 1.0, expected=0, doubt=1, later=1).why_not


def test_what_the_best_holdout_is_worth_is_what_a_simulation_earns():
    rng, n, later, expected, doubt, variance = np.random.default_rng(9), 2000, 20_000, 0.2, 0.5, 100.0
    found = holdout.best_holdout(n, variance, expected=expected, doubt=doubt, later=later)

    def earned(held):
        truth = rng.normal(expected, doubt, 400_000)
        v = variance * (1 / held + 1 / (n - held))
        seen = truth + rng.normal(size=len(truth)) * math.sqrt(v)
        known = (expected / doubt**2 + seen / v) / (1 / doubt**2 + 1 / v)
        return float(np.mean((n - held) * truth + later * truth * (known > 0)))

    assert earned(found.customers) - expected * (n + later) == pytest.approx(found.worth, abs=60)
    for held in (found.customers // 4, min(3 * found.customers, n - 1)):
        assert earned(held) < earned(found.customers)


def test_the_more_depends_on_it_the_more_is_held_out():
    plan = {"expected": 0.1, "doubt": 0.5}
    shares = [holdout.best_holdout(10_000, 100.0, **plan, later=later).share for later in (10**4, 10**5, 10**6)]
    assert shares == sorted(set(shares))
    assert shares[-1] < 0.5


def test_where_nothing_is_to_be_learned_all_are_treated_or_nobody():
    sure = {"doubt": 0.01, "later": 1000}
    assert holdout.best_holdout(1000, 100.0, expected=1.0, **sure).share == 0
    assert holdout.best_holdout(1000, 100.0, expected=-1.0, **sure).customers == 1000
