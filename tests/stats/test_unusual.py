"""What is unusual is found soon, what is not is left alone, and nothing is judged by what came after it."""

import numpy as np
import pytest

from regulars.stats import one_step
from regulars.stats.unusual import ALPHA, LEARNS, LEAST, cooled, fires, judged

WEEK = np.array([1, 1.05, 0.95, 1, 1.2, 0.8, 0.6])


def days(seed, n=330, *, noise=0.05, follows=0.3, swing=0.15):
    """Daily sales: a week, a year, noise that follows itself."""
    rng, at = np.random.default_rng(seed), np.arange(n)
    shocks = rng.normal(size=n) * noise * np.sqrt(1 - follows**2)
    for place in range(1, n):
        shocks[place] += follows * shocks[place - 1]
    return 1000 * WEEK[at % 7] * (1 + swing * np.sin(2 * np.pi * (at - 80) / 365.25)) * np.exp(shocks)


@pytest.fixture(scope="module")
def quiet():
    return np.stack([days(seed) for seed in range(30)])


@pytest.fixture(scope="module")
def told(quiet):
    return judged(quiet)


def test_fewer_than_one_in_a_hundred_periods_is_told_falsely(told):
    could = np.isfinite(told.p).sum()
    assert could == 30 * (330 - LEARNS - LEAST)
    assert cooled(told.p <= ALPHA, 7).sum() / could <= 0.01


def test_a_level_that_falls_by_a_fifth_is_found_within_three_days(quiet):
    low = quiet[:, :303].copy()
    low[:, 300:] *= 0.8
    found = (judged(low).p <= ALPHA)[:, 300:].any(axis=1)
    assert found.mean() >= 0.9


def test_limits_hold_as_often_as_they_say(quiet, told):
    sure = np.isfinite(told.low)
    assert 0.93 <= ((quiet >= told.low) & (quiet <= told.high))[sure].mean() <= 0.97


def test_nothing_is_judged_by_what_comes_after_it():
    whole = days(3, 260)
    early, late = judged(whole[:200]), judged(whole)
    for name in ("expected", "low", "high", "p", "run", "came", "foretold", "counted"):
        np.testing.assert_array_equal(getattr(early, name)[0], getattr(late, name)[0, :200], err_msg=name)


def test_series_are_judged_alike_alone_and_together():
    both = np.stack([days(1, 150), days(2, 150)])
    np.testing.assert_array_equal(judged(both).p[1], judged(both[1]).p[0])


def test_a_change_of_scale_changes_nothing():
    one = days(4, 150)
    np.testing.assert_allclose(judged(one * 1000).p, judged(one).p, rtol=1e-9)


def test_one_bad_day_is_told_as_one():
    one = days(5, 200)
    one[150] *= 0.4
    found = judged(one)
    assert found.p[0, 150] <= 0.001
    assert found.run[0, 150] == 1
    assert found.came[0, 150] == one[150]
    assert found.foretold[0, 150] == pytest.approx(one[150] / 0.4, rel=0.2)


@pytest.mark.parametrize("rate", [0.1, 0.2])
def test_events_that_are_rare_are_not_odd_each_time(rate):
    found = judged(np.random.default_rng(0).poisson(rate, (30, 330)).astype(np.float64)).p
    could = np.isfinite(found).sum()
    assert (found <= ALPHA).sum() / could <= 0.05
    assert cooled(found <= ALPHA, 7).sum() / could <= 0.025


def test_a_run_over_very_different_days_is_told_by_the_mean_of_their_values():
    week = 5000 * np.array([1, 1, 1, 1, 1, 0.2, 0.1])
    rng, at = np.random.default_rng(1), np.arange(400)
    usual = week[at % 7]
    values = usual * np.exp(rng.normal(0, 0.04, 400)) * np.where(at >= 390, 0.9, 1)
    found = judged(values)
    monday = 393
    assert (at[monday] % 7, found.run[0, monday]) == (1, 3)
    assert found.foretold[0, monday] == pytest.approx(usual[391:394].mean(), rel=0.02)
    assert found.came[0, monday] < found.foretold_low[0, monday] < found.foretold[0, monday]


def test_days_that_are_explained_are_neither_judged_nor_learned_from():
    one, known = days(6, 200), np.zeros(200, np.bool_)
    one[150:153], known[150:153] = 0, True
    found = judged(one, known=known)
    assert np.isnan(found.p[0, 150:153]).all()
    assert found.expected[0, 160] == pytest.approx(judged(days(6, 200)).expected[0, 160], rel=0.05)


def test_values_of_nothing_and_below_are_judged_too():
    one = np.random.default_rng(7).normal(0, 10, 200)
    one[150] = -90
    assert judged(one).p[0, 150] <= ALPHA


def test_a_series_that_never_changes_tells_when_it_does():
    one = np.full(150, 5.0)
    one[140] = 6
    found = judged(one)
    assert found.p[0, 139] > ALPHA
    assert found.p[0, 140] == 0


@pytest.mark.parametrize("n", [0, 1, 2, LEARNS, LEARNS + LEAST])
def test_too_short_a_series_tells_nothing(n):
    assert np.isnan(judged(np.ones(n)).p).all()


def test_a_yearly_rush_is_no_news_the_second_time():
    at = np.arange(3 * 364)
    rush = 1 + 0.8 * np.exp(-(((at % 364) - 330) ** 2) / 200)
    one = 1000 * rush * np.exp(np.random.default_rng(8).normal(0, 0.05, len(at)))
    found = cooled(judged(one).p <= ALPHA, 7)[0]
    assert found[364 + 290 : 364 + 364].sum() + found[728 + 290 : 728 + 364].sum() <= found[290:364].sum()
    assert found[728 + 290 : 728 + 364].sum() <= 1


def test_false_discoveries_are_held_over_all_series_of_a_day():
    p = np.full((50, 1), 0.5)
    p[0] = 0.009
    assert not fires(p).any()
    assert fires(p[:5])[0, 0]
    p[1:] = np.nan
    assert fires(p)[0, 0]


def test_what_is_told_is_not_told_again_while_it_cools_down():
    assert np.flatnonzero(cooled([True, True, False, True, True], 2)[0]).tolist() == [0, 3]


def test_a_fall_is_told_though_a_rise_was():
    assert np.flatnonzero(cooled([True, True, True], 2, [1.0, -1.0, -2.0])[0]).tolist() == [0, 1]


def test_forecasts_know_nothing_of_their_own_period():
    one = days(9, 120)[None]
    other = one.copy()
    other[0, 100:] *= 3
    first, second = (one_step.ahead(x, season=7, year=364, learns=28, steps=3) for x in (one, other))
    np.testing.assert_array_equal(first[:, :, :101], second[:, :, :101])
