import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.estimate import unknown
from regulars.stats import contrasts, intervals, nps, survival
from regulars.stats.moments import Sums

shares = st.integers(5, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=40)


def test_newcombes_table():
    """Newcombe 1998, table II: 56/70 - 48/80, method 10."""
    found = contrasts.difference(intervals.wilson(56, 70), intervals.wilson(48, 80))
    assert (found.value, found.low, found.high) == (
        pytest.approx(0.2),
        pytest.approx(0.0524, abs=5e-5),
        pytest.approx(0.3339, abs=5e-5),
    )


@given(shares, shares)
def test_turning_the_question_round_turns_the_answer_round(one, other):
    there = contrasts.difference(intervals.wilson(*one), intervals.wilson(*other))
    back = contrasts.difference(intervals.wilson(*other), intervals.wilson(*one))
    assert (there.low, there.high) == (pytest.approx(-back.high), pytest.approx(-back.low))
    assert there.low <= there.value <= there.high


@given(shares, shares)
def test_p_value_and_interval_never_disagree(one, other):
    gap = contrasts.difference(intervals.wilson(*one), intervals.wilson(*other))
    if min(abs(gap.low), abs(gap.high)) > 1e-9:
        assert (contrasts.p_value(gap) < 0.05) == (gap.low > 0 or gap.high < 0)


def test_panel_members_on_both_sides_sharpen_the_change():
    after, before = nps.nps(50, 30, 20), nps.nps(45, 30, 25)
    apart, together = contrasts.difference(after, before), contrasts.difference(after, before, correlation=0.6)
    assert together.high - together.low < apart.high - apart.low


def test_no_value_on_one_side_is_no_difference():
    missing = unknown("no customers", level=0.95)
    for found in (
        contrasts.difference(missing, intervals.wilson(3, 9)),
        contrasts.relative_change(intervals.wilson(3, 9), missing),
    ):
        assert found.why_not == "no customers"
        assert contrasts.p_value(found) == 1
        assert contrasts.detectable(found) == math.inf


def test_an_open_end_stays_open():
    stay = survival.survival_quantile(survival.kaplan_meier([5, 9], [3, 3], [0, 4]))
    known = intervals.quantile(list(range(1, 31)))
    gap = contrasts.difference(stay, known)
    assert (gap.high, contrasts.detectable(gap)) == (math.inf, math.inf)
    assert math.isfinite(gap.low)
    assert contrasts.difference(known, stay).low == -math.inf
    assert "open" in contrasts.relative_change(stay, known).why_not
    assert 0 < contrasts.p_value(gap) <= 1


def test_detectable_is_what_would_be_seen_with_80_percent_power():
    error, rng = 2.0, np.random.default_rng(3)
    contrast = intervals.Interval(value=0, low=-1.959964 * error, high=1.959964 * error, level=0.95, method="", n=9)
    truth = contrasts.detectable(contrast, power=0.8)
    seen = np.abs(rng.normal(truth, error, 100_000)) > 1.959964 * error
    assert seen.mean() == pytest.approx(0.8, abs=0.005)


def test_relative_change_of_precise_estimates_is_the_plain_one():
    after = intervals.mean(Sums(n=10**6, total=120 * 10**6, squares=(120**2 + 1) * 10**6))
    before = intervals.mean(Sums(n=10**6, total=100 * 10**6, squares=(100**2 + 1) * 10**6))
    found = contrasts.relative_change(after, before)
    error = math.sqrt(1 / 100**2 + 120**2 / 100**4) / 1000  # delta method
    assert found.value == pytest.approx(0.2)
    assert found.high - found.value == pytest.approx(1.96 * error, rel=1e-3)


@given(st.integers(1, 60), st.integers(20, 60))
def test_relative_change_holds_its_value(successes, base):
    found = contrasts.relative_change(intervals.wilson(successes, 60), intervals.wilson(base, 60))
    assert -1 <= found.low <= found.value <= found.high


def test_no_relative_change_against_what_may_be_zero():
    loss = intervals.mean(Sums.of([-5, 5, 1, -2]))
    assert "not clearly above 0" in contrasts.relative_change(intervals.wilson(3, 9), loss).why_not


@given(p_values)
def test_adjusted_p_values(p):
    q, h = contrasts.benjamini_hochberg(p), contrasts.holm(p)
    assert np.all(np.asarray(p) <= q + 1e-12)
    assert np.all(q <= h + 1e-12)
    assert np.all(h <= 1)
    order = np.argsort(p, kind="stable")
    assert np.all(np.diff(q[order]) >= -1e-15)


def test_false_discoveries_stay_within_q():
    rng, false = np.random.default_rng(5), []
    for _ in range(400):
        z = rng.normal(size=40) + np.r_[np.full(10, 3.0), np.zeros(30)]
        p = np.array([math.erfc(abs(one) / math.sqrt(2)) for one in z])
        called = contrasts.benjamini_hochberg(p) <= 0.1
        false.append(called[10:].sum() / max(called.sum(), 1))
    assert np.mean(false) <= 0.1


def test_no_trend_where_nothing_varies():
    assert contrasts.cochran_armitage([0, 0], [5, 5]) is None
    assert contrasts.cochran_armitage([5, 5], [5, 5]) is None
    assert contrasts.cochran_armitage([], []) is None
