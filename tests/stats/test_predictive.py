"""Limits of what is to come: as often right as they say, also of customers who leave."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from summed import quantile

from regulars.stats.predictive import Counts, Sums, ordered_pairs


@given(
    alive=st.floats(0.05, 1),
    size=st.floats(0.05, 30),
    own=st.floats(0.01, 20),
    level=st.sampled_from([0.5, 0.8, 0.95]),
)
def test_a_zero_inflated_negative_binomial_is_met_exactly(alive, size, own, level):
    share = size / (size + own)
    none = 1 - alive + alive * share**size
    low, high = Counts.of([alive * own], [none], [alive]).limits(level)
    for found, p in ((low[0], (1 - level) / 2), (high[0], (1 + level) / 2)):
        near = set()
        for step in (-1e-7, 0, 1e-7):  # where the probability is met to the last digits, either count is right
            inner = (p * (1 + step) - (1 - alive)) / alive
            near.add(0 if inner <= 0 else quantile(inner, size, 1.0, own / size))
        assert found in near


def test_fewer_zeros_than_poisson_are_taken_as_poisson():
    low, high = Counts.of([3.0], [0.001], [1.0]).limits(0.95)
    assert (low[0], high[0]) == (0, 7)  # Poisson(3): P(0) = .0498, P(at most 6) = .9665, P(at most 7) = .988


def test_limits_of_customers_of_whom_hardly_anything_or_all_is_known():
    mean, none, alive = [0, 1e-9, 1e-18, 5, 2e4, 3e-4], [1, 1 - 1e-9, 1, 0, 0, 0.9999], [0, 0.5, 0.5, 1, 1, 1e-4]
    counts = Counts.of(mean, none, alive)
    sums = Sums.of(counts, value=5.0, shape=3.0, rate=10.0)
    (low, high), (least, most) = counts.limits(0.95), sums.limits(0.95)
    for limits in (low, high, least, most):
        assert np.isfinite(limits).all()
    assert (high[:3] == 0).all()
    assert (most[:3] == 0).all()
    assert (low <= high).all()
    assert (least <= most).all()
    for spread in (counts.variance, sums.variance):
        assert np.isfinite(spread).all()
        assert (spread >= 0).all()


def test_pairs_tell_the_spread_that_zeros_of_heavy_buyers_cannot():
    size, mean = 300.0, 1000.0
    none = (1 + mean / size) ** -size  # 1e-191
    pairs = ordered_pairs(mean, mean / 2, mean, size)
    counts = Counts.of([mean], [none], [1.0], pairs)
    low, high = counts.limits(0.95)
    assert (low[0], high[0]) == (quantile(0.025, size, 1, mean / size), quantile(0.975, size, 1, mean / size))
    wide_low, wide_high = Counts.of([mean], [none], [1.0]).limits(0.95)
    assert wide_low[0] < low[0]  # without them, too wide rather than too narrow
    assert wide_high[0] > high[0]
    assert counts.variance == pytest.approx(mean + mean**2 / size)


def bg_nbd(rng, n, alive, size, steady, a, b):
    """Return counts in half the time and in all of it: gamma rates, leaving after each with a beta probability."""
    rate, last = rng.gamma(size, steady / size, n), rng.geometric(np.maximum(rng.beta(a, b, n), 1e-12))
    half = rng.poisson(rate / 2)
    whole = half + rng.poisson(rate / 2)
    there = rng.random(n) < alive
    return np.minimum(half, last) * there, np.minimum(whole, last) * there


def pareto_nbd(rng, n, alive, size, steady, s, beta):
    """Return the same: gamma rates, leaving at an exponential time of a gamma rate."""
    rate = rng.gamma(size, steady / size, n)
    stay = np.minimum(rng.exponential(1, n) / np.maximum(rng.gamma(s, 1 / beta, n), 1e-12), 1)
    half = rng.poisson(rate * np.minimum(stay, 0.5))
    whole = half + rng.poisson(rate * (np.maximum(stay, 0.5) - 0.5))
    there = rng.random(n) < alive
    return half * there, whole * there


SETTINGS = [
    (draw, alive, size, steady, *leaving)
    for draw, ways in ((bg_nbd, ((0.5, 8.0), (0.8, 2.4))), (pareto_nbd, ((0.6, 1.0), (2.0, 20.0))))
    for alive in (0.3, 0.95)
    for size in (0.7, 5.0)
    for steady in (0.3, 3.0, 12.0, 60.0)
    for leaving in ways
]


def held(rng, draw, alive, size, steady, *leaving, with_pairs):
    """Return how many of fresh customers lie within 95 % limits of counts, and of what they spend."""
    half, whole = draw(rng, 60_000, alive, size, steady, *leaving)
    mean, none = whole.mean(), (whole == 0).mean()
    counts = Counts.of([mean], none, alive, ordered_pairs(mean, half.mean(), steady, size) if with_pairs else np.nan)
    count = draw(rng, 30_000, alive, size, steady, *leaving)[1]
    spent = np.where(count, rng.gamma(6.0 * np.maximum(count, 1)) / rng.gamma(8.0, 1 / 10.0, len(count)), 0)
    low, high = counts.limits(0.95)
    least, most = Sums.of(counts, value=6.0, shape=8.0, rate=10.0).limits(0.95)
    return np.mean((low <= count) & (count <= high)), np.mean((least <= spent) & (spent <= most))


def test_limits_hold_what_they_say_of_customers_who_come_at_random_and_leave():
    rng = np.random.default_rng(8)
    found = np.array([held(rng, *setting, with_pairs=True) for setting in SETTINGS])
    # Lowest for the busiest who may be gone, or leave early, or stay and buy 60 times: no negative binomial is that.
    assert found[:, 0].min() > 0.9
    assert found[:, 1].min() > 0.935
    assert np.mean(found < 0.94) < 0.03
    assert 0.97 < np.median(found[:, 0]) < 0.99  # counts are whole: somewhat too often
    assert 0.955 < np.median(found[:, 1]) < 0.985


def test_without_pairs_they_hold_for_up_to_a_few_transactions():
    rng = np.random.default_rng(9)
    few = [setting for setting in SETTINGS if setting[3] <= 3]
    found = np.array([held(rng, *setting, with_pairs=False) for setting in few])
    assert found.min() > 0.94


def test_a_sum_is_spread_as_simulation_has_it():
    rng = np.random.default_rng(10)
    alive, size, own, value, shape, rate = 0.7, 2.0, 4.0, 6.0, 9.0, 50.0
    count = rng.poisson(rng.gamma(size, own / size, 400_000)) * (rng.random(400_000) < alive)
    spent = np.where(count, rng.gamma(value * np.maximum(count, 1)) / rng.gamma(shape, 1 / rate, len(count)), 0)
    none = 1 - alive + alive * (1 + own / size) ** -size
    counts = Counts.of([alive * own], none, alive)
    sums = Sums.of(counts, value=value, shape=shape, rate=rate)
    low, high = sums.limits(0.8)
    assert low == 0
    assert high == pytest.approx(np.quantile(spent, 0.9), rel=0.03)
    assert counts.variance == pytest.approx(count.var(), rel=0.02)
    assert sums.variance == pytest.approx(spent.var(), rel=0.05)


def test_variance_of_a_count_is_that_of_its_pairs():
    """Customers who may leave at any time: simulated, beside E[N(N - 1)] + E[N] - E[N]²."""
    rng = np.random.default_rng(4)
    rate, stay = rng.gamma(3.0, 1.0, 400_000), np.minimum(rng.exponential(2.0, 400_000), 1.0)
    alive = rng.random(400_000) < 0.7
    counts = rng.poisson(rate * stay * alive)
    half = (rate * np.minimum(stay, 0.5) * alive).mean()
    pairs = ordered_pairs(counts.mean(), half, 3.0, 3.0)
    found = Counts.of(counts.mean(), (counts == 0).mean(), 0.7, pairs).variance
    assert float(found) == pytest.approx(counts.var(), rel=0.02)


def test_what_is_loosened_or_joined_keeps_its_means():
    one = Counts.of([2.0, 0.3], [0.3, 0.8], [0.9, 0.5], [5.0, 0.4])
    loose = one.loosened(3.0)
    assert loose.variance == pytest.approx(3 * one.variance)
    assert (loose.mean == one.mean).all()
    assert loose.limits(0.95)[1][0] > one.limits(0.95)[1][0]
    few, many = (Sums.of(one, value=value, shape=4.0, rate=rate) for value, rate in ((2.0, 10.0), (6.0, 30.0)))
    both = Sums.joined([few, many])
    assert both.mean == pytest.approx(np.concatenate([few.mean, many.mean]))
    assert both.variance == pytest.approx(np.concatenate([few.variance, many.variance]))
    assert both.limits(0.9)[1] == pytest.approx(np.concatenate([few.limits(0.9)[1], many.limits(0.9)[1]]))


@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_a_rate_that_is_so_many_times_as_high_gives_the_counts_of_it(factor):
    rng = np.random.default_rng(12)
    size, own, alive = 2.0, 3.0, 0.7
    count = rng.poisson(rng.gamma(size, factor * own / size, 400_000)) * (rng.random(400_000) < alive)
    none, pairs = 1 - alive + alive * (1 + own / size) ** -size, alive * own**2 * (1 + 1 / size)
    found = Counts.of([alive * own], none, alive, pairs).scaled(np.array([factor]))
    assert found.mean[0] == pytest.approx(count.mean(), rel=0.01)
    assert found.none[0] == pytest.approx((count == 0).mean(), abs=0.003)
    assert found.variance[0] == pytest.approx(count.var(), rel=0.02)
    low, high = found.limits(0.95)
    assert (low[0], high[0]) == tuple(np.quantile(count, (0.025, 0.975), method="inverted_cdf"))


def test_of_whom_too_little_is_expected_more_may_be_there_still():
    known = Counts.of([0.001, 2.0], [0.9995, 0.3], [0.0005, 0.9], [0.002, 5.0])
    found = known.raised(0.1)
    assert found.mean.tolist() == [pytest.approx(0.1), 2.0]
    assert found.alive.tolist() == [pytest.approx(0.05), 0.9]
    assert found.none.tolist() == pytest.approx([1 - 0.0005 * 100, 0.3])
    assert known.raised(3.0).alive[0] == 1  # nobody is more than there
