import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.errors import QueryError
from regulars.stats import always_valid, arms, effects
from regulars.stats.intervals import z
from regulars.stats.moments import Sums

_FIRST, _LOOKS, _RUNS = 100, 2000, 600


@pytest.fixture(scope="module")
def peeks():
    """Differences of two arms without an effect and their estimated variances after each pair from the 100th on.

    The arms are skewed (gamma) and of unequal size, as spend in an experiment with few held out.
    """
    rng = np.random.default_rng(11)
    n = np.arange(_FIRST, _LOOKS + 1)
    gaps, variances = 0.0, 0.0
    for each in (1, 4):
        x = rng.gamma(2.0, 1.0, (_RUNS, _LOOKS, each))
        size = n * each
        total, squares = (x**k for k in (1, 2))
        mean = total.sum(axis=2).cumsum(axis=1)[:, _FIRST - 1 :] / size
        spread = squares.sum(axis=2).cumsum(axis=1)[:, _FIRST - 1 :] / size - mean**2
        gaps, variances = mean - gaps, variances + spread / (size - 1)
    return gaps, variances


def ever(gaps, halves):
    return float((np.abs(gaps) > halves).any(axis=1).mean())


def test_looking_all_the_time_errs_one_time_in_twenty_at_most(peeks):
    gaps, variances = peeks
    tau2 = always_valid.tuned(float(variances[:, -1].mean()))
    assert 0.01 <= ever(gaps, always_valid.half_width(variances, tau2)) <= 0.05


def test_looking_all_the_time_with_plain_intervals_errs_far_more_often(peeks):
    gaps, variances = peeks
    assert ever(gaps, z(0.95) * np.sqrt(variances)) > 0.25
    assert ever(gaps[:, [-1]], z(0.95) * np.sqrt(variances[:, [-1]])) <= 0.075


def test_p_values_fall_below_alpha_when_the_interval_first_leaves_out_0(peeks):
    gaps, variances = peeks
    for gap, v in zip(gaps[:50] + 0.1, variances[:50], strict=True):
        p, out = always_valid.p_values(gap, v, 0.01), np.abs(gap) > always_valid.half_width(v, 0.01)
        assert np.array_equal(p < 0.05, np.maximum.accumulate(out))
        assert (np.diff(p) <= 0).all()
        assert p.max() <= 1


@given(st.floats(1e-6, 1e6), st.sampled_from([0.8, 0.95, 0.999]))
def test_tuned_is_where_the_interval_is_shortest(variance, level):
    best = always_valid.tuned(variance, level=level)
    width = always_valid.half_width(variance, best, level=level)
    assert float(width) == pytest.approx(math.sqrt(variance + best))
    for factor in (0.5, 0.9, 1.1, 2.0):
        assert always_valid.half_width(variance, best * factor, level=level) > width


def test_tuned_to_an_effect_is_nearly_tuned_to_the_size_that_shows_it():
    effect = 0.3
    variance = (effect / (z(0.95) + 0.8416212)) ** 2
    assert always_valid.tuned(variance) / always_valid.tuned_to_effect(effect) == pytest.approx(1.05, abs=0.01)
    assert always_valid.tuned_to_effect(-effect) == effect**2


def test_the_interval_of_a_difference():
    sides = arms.mean(Sums.of([3, 4, 8])), arms.mean(Sums.of([1, 2, 3]))
    effect = effects.difference(*sides)
    found = always_valid.interval(effect, 4.0, level=0.9)
    assert found.value == 3
    assert found.high - 3 == pytest.approx(3 - found.low)
    assert found.high - 3 == pytest.approx(float(always_valid.half_width(effect.error**2, 4.0, level=0.9)))
    assert (found.n, found.level) == (6, 0.9)
    nobody = effects.difference(sides[0], arms.mean(Sums.of([])))
    assert "nobody" in always_valid.interval(nobody, 4.0).why_not


def test_arguments_that_are_none_are_refused_by_name():
    for variance in (0.0, -1.0, math.nan, math.inf, [1.0, math.nan]):
        with pytest.raises(QueryError, match="`variance`"):
            always_valid.half_width(variance, 1.0)
    for tau2 in (0.0, math.nan, math.inf):
        with pytest.raises(QueryError, match="`tau2`"):
            always_valid.half_width(1.0, tau2)
    with pytest.raises(QueryError, match="`level`"):
        always_valid.half_width(1.0, 1.0, level=1.0)
    with pytest.raises(QueryError, match="`differences`"):
        always_valid.p_values([math.nan], [1.0], 1.0)
    for effect in (0, math.nan):
        with pytest.raises(QueryError, match="effect"):
            always_valid.tuned_to_effect(effect)


def test_huge_effects_and_tiny_variances():
    assert always_valid.p_values([1e9], [1e-12], 1.0).tolist() == [0.0]
    assert np.isfinite(always_valid.half_width([1e-300, 1e300], 1.0)).all()
