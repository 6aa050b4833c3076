"""Uplift by score, doubly robust scores, and what is made of them, by hand and by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stats import aipw, heterogeneity, qini, uplift_curves
from regulars.stats.policy import policy_value
from regulars.stats.uplift_at import uplift_at, weighted_average_uplift

ROWS = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0]), st.integers(-3, 3)), min_size=4)


def data(rng, n=4_000, *, tells=0.0, propensity=0.5):
    """Return what came, who was treated and a score; the effect on a customer is 0.1 + `tells` times the score."""
    score = rng.uniform(-1, 1, n)
    treated = (rng.random(n) < propensity).astype(float)
    came = rng.random(n) < 0.3 + treated * (0.1 + tells * score)
    return came.astype(float), treated, score


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    one, other = (tuple(np.array(column, float) for column in zip(*these, strict=True)) for these in (rows, shuffled))
    for curve in (uplift_curves.qini_curve, uplift_curves.uplift_curve):
        assert curve(*one).gained == pytest.approx(curve(*other).gained)
    assert uplift_at(*one, 0.5).value == pytest.approx(uplift_at(*other, 0.5).value, nan_ok=True)


@given(ROWS)
def test_only_the_order_of_scores_matters(rows):
    outcome, treated, score = (np.array(column, float) for column in zip(*rows, strict=True))
    value = uplift_curves.qini(outcome, treated, score)
    assert uplift_curves.qini(outcome, treated, np.exp(score)) == pytest.approx(value, nan_ok=True)
    if np.isfinite(value):
        assert uplift_curves.qini(outcome, treated, np.zeros(len(rows))) == 0
        assert uplift_curves.qini(outcome, treated, uplift_curves.perfect(outcome, treated)) == pytest.approx(1)


def test_conventions_are_of_outcomes_that_are_0_or_1():
    amounts, treated, score = np.array([0.0, 2.5, 1.0, 0.0]), np.array([1.0, 1.0, 0.0, 0.0]), np.arange(4.0)
    assert np.isfinite(uplift_curves.qini(amounts, treated, score))
    with pytest.raises(ValueError, match="0 or 1"):
        uplift_curves.qini(amounts, treated, score, negative_effects=False)
    with pytest.raises(ValueError, match="0 or 1"):
        uplift_curves.area_under_uplift(amounts, treated, score)
    harmful = np.array([0.0, 0.0, 1.0, 1.0])
    assert np.isnan(uplift_curves.qini(harmful, treated, score, negative_effects=False))


def test_uplift_needs_both_arms():
    outcome, treated = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0]), np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    score = np.arange(6.0, 0.0, -1.0)
    assert uplift_at(outcome, treated, score, 0.5).why_not
    assert weighted_average_uplift(outcome, treated, score, 2).why_not
    assert uplift_at(outcome, treated, score, 1.0).value == pytest.approx(2 / 3 - 1 / 3)
    assert uplift_at(outcome, treated, score, 0.7, by_group=True).value == pytest.approx(1 / 2 - 0)


def test_the_bootstrap_of_the_qini_is_as_wide_as_it_varies():
    values, widths = [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        outcome, treated, score = data(rng, 3_000, tells=0.1)
        values.append(uplift_curves.qini(outcome, treated, score))
        if seed < 8:
            found = qini.interval(outcome, treated, score, rng=rng, draws=200)
            widths.append((found.high - found.low) / (2 * 1.96))
    assert np.mean(widths) == pytest.approx(np.std(values), rel=0.15)


def test_fewer_points_in_the_bootstrap_change_next_to_nothing(monkeypatch):
    outcome, treated, score = data(np.random.default_rng(1), 3_000, tells=0.1)
    few, many = (_drawn(outcome, treated, score, points, monkeypatch) for points in (500, 100_000))
    assert np.abs(few - many).max() < 0.05 * many.std()


def _drawn(outcome, treated, score, points, monkeypatch):
    monkeypatch.setattr(qini, "_POINTS", points)
    return qini.drawn(outcome, treated, [score], rng=np.random.default_rng(2), draws=50)[:, 0]


def test_limits_that_hold_for_several_orders_at_once_are_wider():
    rng = np.random.default_rng(3)
    outcome, treated, score = data(rng, 2_000, tells=0.1)
    orders = [score, rng.random(2_000), np.zeros(2_000)]
    values = np.array([uplift_curves.qini(outcome, treated, order) for order in orders])
    draws = qini.drawn(outcome, treated, orders, rng=rng, draws=200)
    first, second, none = qini.simultaneous(values, draws, n=2_000)
    assert none.why_not == qini.NO_ORDER
    for at, one in enumerate((first, second)):
        alone = qini.between(values[at], draws[:, at], n=2_000, level=0.95)
        assert one.high - one.low > alone.high - alone.low
    assert second.low < 0 < second.high
    (nothing,) = qini.simultaneous(values[2:], draws[:, 2:], n=2_000)
    assert nothing.why_not


def test_scores_are_right_however_outcomes_are_foretold():
    rng = np.random.default_rng(4)
    outcome, treated, score = data(rng, 40_000, tells=0.2, propensity=0.2)
    wrong = aipw.scores(outcome, treated, 0.2, np.full(40_000, 0.9), score)
    right = aipw.scores(outcome, treated, np.full(40_000, 0.2), 0.4 + 0.2 * score, np.full(40_000, 0.3))
    for found in (aipw.average_effect(wrong), aipw.average_effect(right)):
        assert found.low < 0.1 < found.high
    assert right.var() < wrong.var()


def test_what_is_foretold_is_set_against_what_came():
    rng = np.random.default_rng(5)
    outcome, treated, score = data(rng, 20_000, tells=0.15)
    scores = aipw.scores(outcome, treated, 0.5, np.full(20_000, 0.4), np.full(20_000, 0.3))
    fold = np.arange(20_000, dtype=np.int32) % 3
    # That a fold's model is off in level says nothing about who differs.
    found = heterogeneity.best_linear_predictor(scores, 0.15 * score + fold, fold)
    assert found.slope.low < 1 < found.slope.high
    assert found.average.low < 0.1 < found.average.high
    assert found.p_value < 0.001
    groups = heterogeneity.group_effects(scores, 0.15 * score + fold, fold)
    for one, middle in zip(groups, (-0.8, -0.4, 0, 0.4, 0.8), strict=True):
        assert one.low < 0.1 + 0.15 * middle < one.high
    assert groups[0].high < groups[4].low
    assert sum(one.n for one in groups) == 20_000
    assert sum(one.value for one in groups) / 5 == pytest.approx(scores.mean(), abs=1e-4)


def test_an_effect_foretold_the_same_of_all_has_no_slope():
    scores = np.random.default_rng(6).normal(size=90)
    fold = np.repeat(np.arange(3, dtype=np.int32), 30)
    found = heterogeneity.best_linear_predictor(scores, np.array([0.1, 0.3, 0.7])[fold], fold)
    assert (found.slope.why_not, found.p_value) == (heterogeneity.ALIKE, 1.0)
    assert found.average.value == pytest.approx(scores.mean())
    assert heterogeneity.best_linear_predictor(np.ones(90), scores, fold).slope.why_not
    means = [one.value for one in heterogeneity.group_effects(scores, np.zeros(90))]
    assert means == pytest.approx([scores.mean()] * 5)
    assert [one.n for one in heterogeneity.group_effects(scores[:88], np.zeros(88))] == [18, 17, 18, 17, 18]
    assert heterogeneity.group_effects(scores[:1], scores[:1])[0].why_not


def test_a_policy_is_worth_what_it_gains():
    profits, chosen = np.array([3.0, -1.0, 2.0, -2.0]), np.array([True, False, True, False])
    found = policy_value(profits, chosen)
    assert (found.share, found.against_none.value, found.against_all.value) == (0.5, 1.25, 0.75)
    everybody = policy_value(profits, np.ones(4, dtype=bool))
    assert (everybody.against_all.low, everybody.against_all.high) == (0, 0)
