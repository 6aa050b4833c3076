import math

import numpy as np
import pytest

from regulars.stats.intervals import z
from regulars.stats.predictive_totals import MOST, fewer, half_width


def test_it_is_that_of_a_sum_whose_parameters_were_drawn_too():
    # Of 50 customers who each bring Poisson(3): chance 150. A doubt of 0.2 about the 3 moves the sum by 10.
    found = half_width(150.0, moved=[10.0], chance=150.0, level=0.9)
    assert found == pytest.approx(z(0.9) * math.sqrt(100 + 150))


def test_past_error_grows_with_the_total_and_chance_does_not():
    assert half_width(-200.0, moved=[], past_error=0.1) == pytest.approx(z(0.95) * 20)
    assert half_width(400.0, moved=[], past_error=0.1) == pytest.approx(2 * half_width(200.0, moved=[], past_error=0.1))
    assert half_width(400.0, moved=[], chance=9.0) == half_width(200.0, moved=[], chance=9.0) > 0


def test_directions_of_doubt_do_not_offset_each_other():
    assert half_width(0.0, moved=[3.0, -4.0]) == pytest.approx(z(0.95) * 5)


def test_directions_may_be_fewer_and_say_the_same_of_sums():
    """Thirty directions that are mixtures of eight: any sum is as much in doubt as before."""
    rng = np.random.default_rng(4)
    doubts = rng.normal(size=(30, 8)) @ rng.normal(size=(8, 500))
    found = fewer(doubts)
    assert len(found) == MOST
    for weights in (np.ones(500), rng.random(500), np.arange(500) == 7, rng.random(500) < 0.1):
        assert np.square(found @ weights).sum() == pytest.approx(np.square(doubts @ weights).sum())
    few = rng.normal(size=(3, 500))
    assert fewer(few) is few


def test_directions_that_cannot_be_fewer_are_never_less():
    rng = np.random.default_rng(5)
    doubts = rng.normal(size=(30, 500))
    found = fewer(doubts)
    assert np.square(found).sum(axis=0) == pytest.approx(np.square(doubts).sum(axis=0))
    weights = rng.random(500)
    assert np.square(found @ weights).sum() >= np.square(doubts @ weights).sum()
