"""Limits by what customers did of whom as much was foretold."""

import numpy as np
import pytest

from regulars.models.alike import alike

RNG = np.random.default_rng(5)
MEAN = RNG.gamma(1.0, 3.0, 20_000)
#: More spread than chance, and many zeros: nothing that a law knows.
CAME = np.where(RNG.random(20_000) < 0.4, 0.0, RNG.gamma(0.5, MEAN / 0.5 / 0.6))


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_limits_hold_as_many_of_new_customers_as_they_say(level):
    groups = alike(MEAN[::2], CAME[::2])
    low, high = groups.limits(MEAN[1::2], level)
    inside = ((low <= CAME[1::2]) & (CAME[1::2] <= high)).mean()
    # Of many zeros all lie on the lower limit.
    assert inside > level - 0.02
    below, above = (CAME[1::2] < low).mean(), (CAME[1::2] > high).mean()
    assert above == pytest.approx((1 - level) / 2, abs=0.015)
    assert below <= (1 - level) / 2 + 0.01


def test_the_variance_is_that_around_the_mean():
    groups = alike(MEAN[::2], CAME[::2])
    most = MEAN[1::2] < 8  # of the few who are foretold most the variance is anybody's guess
    whole = np.square(CAME[1::2] - MEAN[1::2])[most].sum()
    assert groups.variance(MEAN[1::2])[most].sum() == pytest.approx(whole, rel=0.1)


def test_beyond_the_highest_group_limits_grow_in_proportion():
    groups = alike(MEAN, CAME)
    top = groups.means[-1]
    (_, high), (_, higher) = (groups.limits(np.array([mean]), 0.9) for mean in (top, 10 * top))
    assert higher == pytest.approx(10 * high)
    assert groups.variance(np.array([10 * top])) == pytest.approx(100 * groups.variance(np.array([top])))


def test_few_customers_are_one_group():
    groups = alike(np.arange(1.0, 8.0), np.arange(7.0))
    assert groups.edges == ()
    low, high = groups.limits(np.array([0.5, 3.0, 100.0]), 0.95)
    assert (low <= [0.5, 3.0, 100.0]).all()
    assert (high >= [0.5, 3.0, 100.0]).all()


def test_where_nothing_came_limits_hold_the_mean():
    groups = alike(np.full(200, 0.1), np.zeros(200))
    low, high = groups.limits(np.array([0.1, 5.0]), 0.95)
    assert low.tolist() == [0.0, 0.0]
    assert high.tolist() == [0.1, 5.0]
