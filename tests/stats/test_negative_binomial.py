"""Negative binomial counts: least and most counts of a plain summation, and as often right as they say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from summed import quantile

from regulars.stats import negative_binomial
from regulars.stats.negative_binomial import excess_of, gamma_poisson, log_ratio


@given(
    events=st.floats(0.01, 60),
    exposure=st.floats(1, 400),
    ahead=st.floats(1, 100),
    level=st.sampled_from([0.5, 0.8, 0.95]),
)
def test_limits_are_those_of_a_plain_summation(events, exposure, ahead, level):
    low, high = gamma_poisson([events], exposure, ahead, level=level)
    tail = (1 - level) / 2
    for found, p in ((low[0], tail), (high[0], 1 - tail)):
        # Where the probability is met to the last digits, either count is right.
        near = {quantile(p * (1 + step), events, exposure, ahead) for step in (-1e-9, 0, 1e-9)}
        assert found in near


def test_nothing_at_rate_0_and_nothing_for_hardly_any():
    low, high = gamma_poisson([0.0, 1e-300], 30, 90)
    assert (low.tolist(), high.tolist()) == ([0, 0], [0, 0])


def test_many_events_are_normal():
    low, high = gamma_poisson([10_000], 100, 100)
    assert low[0] == pytest.approx(10_000 - 1.96 * math.sqrt(20_000), abs=10)
    assert high[0] == pytest.approx(10_000 + 1.96 * math.sqrt(20_000), abs=10)


def test_it_covers_what_comes_where_rates_are_as_the_prior_says():
    rng = np.random.default_rng(5)
    rates = rng.gamma(1.4, 1 / 30, 20_000)
    seen, came = rng.poisson(rates * 60), rng.poisson(rates * 90)
    low, high = gamma_poisson(seen + 1.4, 60 + 30, 90, level=0.8)
    assert 0.8 <= np.mean((low <= came) & (came <= high)) <= 0.92  # counts are whole: somewhat too often


def test_summation_and_search_agree_from_poisson_to_very_uneven():
    rng = np.random.default_rng(6)
    mean, excess = rng.uniform(5, 60, 3000), 10.0 ** rng.uniform(-12, 0.8, 3000)
    p = rng.choice([0.025, 0.3, 0.975], 3000)
    nothing = np.exp(-mean * log_ratio(excess))
    p = np.where(nothing < p, p, 0.975)
    added = negative_binomial._added_up(p, mean, excess, nothing)
    assert np.array_equal(added, negative_binomial._searched(p, mean, excess))


def test_search_finds_the_least_count_also_of_millions():
    rng = np.random.default_rng(7)
    mean, excess = 10 ** rng.uniform(2, 7, 2000), 10.0 ** rng.uniform(-12, 5, 2000)
    p = rng.choice([0.025, 0.975], 2000)
    found = negative_binomial._searched(p, mean, excess)
    assert (negative_binomial._cumulative(found, mean, excess) >= p).all()
    assert ((found == 0) | (negative_binomial._cumulative(found - 1, mean, excess) < p)).all()


def test_excess_is_what_its_zeros_say():
    excess = 10.0 ** np.linspace(-6, 6, 200)
    assert excess_of(np.log1p(excess) / excess) == pytest.approx(excess, rel=1e-8)
