"""Contracts: published tables, closed forms against plain sums, and late entry."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stats.buying.shifted_beta_geometric import ShiftedBetaGeometric, Tenures, _Sample, fit
from regulars.stats.likelihood import NotFitted

# Fader & Hardie (2007), table 1: percent of customers who survive 0, 1, .. 12 years.
HIGH_END = [100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4]
REGULAR = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3]


def seven_years(percents):
    """Return 1,000 customers followed for seven years."""
    there = 10 * np.array(percents[:8])
    return Tenures(lost=-np.diff(there), kept=np.append(np.zeros(7), there[-1]))


def model(alpha=0.668, beta=3.806):
    return ShiftedBetaGeometric(alpha=alpha, beta=beta)


def test_fit_and_projection_are_the_published_ones():
    found = fit(seven_years(HIGH_END))
    high_end = ShiftedBetaGeometric.at(found.theta)
    assert (high_end.alpha, high_end.beta) == pytest.approx((0.66809, 3.80610), abs=1e-4)
    assert found.value == pytest.approx(-1611.158147, abs=1e-5)
    assert found.held == ()
    expected = [0.46044, 0.43578, 0.41417, 0.39506, 0.37800]
    assert high_end.survival(range(8, 13)).tolist() == pytest.approx(expected, abs=1e-5)
    assert np.abs(high_end.survival(range(13)) * 100 - HIGH_END).max() < 1.9
    assert high_end.retention([1, 2, 12]).tolist() == pytest.approx([0.85068, 0.87796, 0.95683], abs=1e-5)
    regular = ShiftedBetaGeometric.at(fit(seven_years(REGULAR)).theta)
    assert (regular.alpha, regular.beta) == pytest.approx((0.704, 1.182), abs=1e-3)
    assert np.abs(regular.survival(range(13)) * 100 - REGULAR).max() < 1.2


def test_residual_lifetimes_are_the_published_ones():
    high_end = ShiftedBetaGeometric.at(fit(seven_years(HIGH_END)).theta)
    expected = [5.4145, 5.9014, 6.2939, 6.6199, 6.8967]
    assert high_end.expected_remaining(range(5), 0.1).tolist() == pytest.approx(expected, abs=5e-5)
    assert high_end.expected_lifetime(0.1) == pytest.approx(5.922253607670363, abs=1e-5)


def test_log_likelihood_is_that_of_beta_functions():
    alpha, beta = mpmath.mpf("0.668"), mpmath.mpf("3.806")
    lost, kept, entered = [5.0, 4.0, 2.0], [3.0, 2.0, 1.0, 6.0], [0.0, 1.0, 2.0, 0.0]

    def stays(t):
        return mpmath.beta(alpha, beta + t) / mpmath.beta(alpha, beta)

    expected = sum(n * mpmath.log(stays(t) - stays(t + 1)) for t, n in enumerate(lost))
    expected += sum((n - late) * mpmath.log(stays(t)) for t, (n, late) in enumerate(zip(kept, entered, strict=True)))
    tenures = Tenures(lost=np.array(lost), kept=np.array(kept), entered=np.array(entered))
    assert model().log_likelihood(tenures) == pytest.approx(float(expected), rel=1e-12)
    assert tenures.at_risk.tolist() == [17.0, 11.0, 8.0]


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_slopes_and_bends_are_those_of_the_likelihood(a, b):
    sample, theta, step = _Sample(seven_years(HIGH_END)), np.array([a, b]), 1e-5
    here = sample.curve(theta)
    for j, along in enumerate(np.eye(2) * step):
        ahead, behind = sample.curve(theta + along), sample.curve(theta - along)
        scale = 1 + abs(here.value)
        assert (ahead.value - behind.value) / (2 * step) == pytest.approx(here.gradient[j], abs=1e-5 * scale)
        slopes = (ahead.gradient - behind.gradient) / (2 * step)
        assert slopes == pytest.approx(here.hessian[j], abs=1e-5 * scale)


def test_cohorts_of_different_ages_add_up_and_planted_parameters_come_back():
    rng = np.random.default_rng(1)
    lives = rng.geometric(rng.beta(0.8, 3, 200_000))
    ages, late = rng.integers(1, 15, len(lives)), np.where(rng.random(len(lives)) < 0.4, 3, 0)
    lives, ages, late = (part[(lives > late) & (ages >= late)] for part in (lives, ages, late))
    ended = lives <= ages
    tenures = Tenures(
        lost=np.bincount(lives[ended] - 1, minlength=14).astype(float),
        kept=np.bincount(ages[~ended], minlength=15).astype(float),
        entered=np.where(np.arange(15) == 0, 0, np.bincount(late, minlength=15)).astype(float),
    )
    found = fit(tenures)
    errors = np.sqrt(np.diag(found.covariance))
    assert (np.abs(found.theta - np.log([0.8, 3])) < 3.5 * errors).all()
    naive = fit(Tenures(lost=tenures.lost, kept=tenures.kept))
    assert naive.theta[0] - naive.theta[1] < found.theta[0] - found.theta[1] - 0.05  # late entry ignored flatters


def test_customers_who_are_all_alike_leave_at_one_rate():
    there = 1e5 * 0.8 ** np.arange(9)
    found = fit(Tenures(lost=-np.diff(there), kept=np.append(np.zeros(8), there[-1])))
    assert len(found.held) == 1
    assert ShiftedBetaGeometric.at(found.theta).retention([1, 30]) == pytest.approx([0.8, 0.8], abs=2e-3)


@given(
    alpha=st.floats(0.01, 1e4),
    beta=st.floats(0.01, 1e4),
    lived=st.integers(0, 500),
    discount=st.sampled_from([0.0095, 0.1, 0.5]),
)
def test_residual_lifetime_is_a_plain_sum(alpha, beta, lived, discount):
    ahead = np.arange(int(45 / math.log1p(discount)))
    logs = np.cumsum(-np.log1p(alpha / (beta + lived + ahead))) - ahead * math.log1p(discount)
    expected = math.fsum(np.exp(logs))
    assert float(model(alpha, beta).expected_remaining(lived, discount)) == pytest.approx(expected, rel=1e-10)


def test_residual_lifetime_by_the_day_agrees_with_mpmath():
    for alpha, lived in ((0.668, 0), (1.0, 1000), (2.5, 30)):
        b = mpmath.mpf("3.806") + lived
        z = 1 / (1 + mpmath.mpf("0.0003"))
        expected = b / (alpha + b) * mpmath.hyp2f1(1, b + 1, alpha + b + 1, z)
        assert float(model(alpha).expected_remaining(lived, 0.0003)) == pytest.approx(float(expected), rel=1e-11)


def test_without_discount_the_mean_has_a_limit_only_above_alpha_1():
    assert model(alpha=3.0, beta=4.0).expected_remaining([0, 2], 0.0).tolist() == [2.0, 3.0]
    assert model(alpha=1.0).expected_remaining(5, 0.0) == math.inf
    assert model().expected_lifetime(0.0) == math.inf
    assert float(model(3.0, 4.0).expected_remaining(0, 1e-7)) == pytest.approx(2.0, rel=1e-5)


def test_chance_to_end_is_what_survival_loses():
    one, lived = model(), np.array([0, 3, 10])
    expected = 1 - one.survival(lived + 4) / one.survival(lived)
    assert one.end_within(lived, 4) == pytest.approx(expected, rel=1e-12)
    assert one.end_within(lived, 0).tolist() == [0, 0, 0]
    rare = model(alpha=1e-9, beta=1e5).end_within(10_000, 1)
    assert float(rare) == pytest.approx(1e-9 / (1e5 + 1e4), rel=1e-9)


@pytest.mark.parametrize(
    ("lost", "kept", "said"),
    [
        ([0.0, 0.0], [0.0, 2.0, 5.0], "nobody has ended"),
        ([5.0, 0.0], [0.0, 0.0, 0.0], "nobody has ever renewed"),
        ([5.0], [0.0, 5.0], "one period only"),
        ([5.0, 0.0], [0.0, 5.0, 0.0], "one period only"),
        ([0.0], [0.0, 0.0], "nobody has ended"),
    ],
)
def test_it_says_why_there_is_nothing_to_learn(lost, kept, said):
    with pytest.raises(NotFitted, match=said):
        fit(Tenures(lost=np.array(lost), kept=np.array(kept)))


@pytest.mark.parametrize(
    ("lost", "kept", "entered", "said"),
    [
        ([1.0], [1.0], None, "one place more"),
        ([1.0], [1.0, -1.0], None, "negative"),
        ([1.0], [0.0, 0.0], [0.0, 5.0], "more customers ended"),
    ],
)
def test_impossible_counts_are_refused(lost, kept, entered, said):
    with pytest.raises(ValueError, match=said):
        Tenures(lost=np.array(lost), kept=np.array(kept), entered=None if entered is None else np.array(entered))
