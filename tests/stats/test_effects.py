"""Arms, differences, lifts and shares of randomised experiments."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from regulars.core.errors import DataError
from regulars.stats import arms, effects, lift, two_shares
from regulars.stats.moments import PairSums, Sums, summed

METHODS = (two_shares.newcombe, two_shares.miettinen_nurminen, two_shares.agresti_caffo)
shares = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
values = st.lists(st.integers(-50, 50), min_size=2, max_size=30)


@given(values, values)
def test_means_as_in_scipy(one, other):
    found = effects.difference(arms.mean(Sums.of(one)), arms.mean(Sums.of(other)))
    if len(set(one)) == len(set(other)) == 1:
        assert "alike" in found.interval.why_not
    if len(set(one)) == 1 or len(set(other)) == 1:  # scipy warns
        return
    test = stats.ttest_ind(one, other, equal_var=False)
    limits = test.confidence_interval()
    assert (found.df, found.p_value) == (pytest.approx(test.df), pytest.approx(test.pvalue, abs=1e-12))
    assert (found.interval.low, found.interval.high) == (pytest.approx(limits.low), pytest.approx(limits.high))


def test_nobody_or_one_customer_is_no_effect():
    some = arms.mean(Sums.of([1, 2, 3]))
    for few, said in (([], "nobody is in it"), ([4], "two customers")):
        arm = arms.mean(Sums.of(few))
        assert said in effects.difference(some, arm).interval.why_not
        assert "the control arm" in lift.lift(some, arm).interval.why_not
        assert "the treated arm" in effects.difference(arm, some).interval.why_not
    assert effects.difference(some, arm).p_value == 1


def test_customers_who_are_all_alike_tell_no_doubt():
    alike = arms.mean(Sums(n=10, total=math.fsum([0.1] * 10), squares=sum([0.1**2] * 10)))
    assert alike.variance == 0
    assert "alike" in effects.difference(alike, alike).interval.why_not
    assert "alike" in lift.lift(alike, alike).interval.why_not
    one_sided = effects.difference(arms.mean(Sums.of([1, 2, 6])), alike)
    assert one_sided.df == 2


@pytest.mark.parametrize(
    ("sums", "said"),
    [
        (Sums(n=3, total=math.nan, squares=1.0), "`total` is nan"),
        (Sums(n=3, total=1.0, squares=math.inf), "`squares` is inf"),
        (Sums(n=3, total=Decimal("NaN"), squares=1.0), "`total` is NaN"),
        (Sums(n=-1, total=1.0, squares=1.0), "`n` is -1"),
        (Sums(n=3, total=9, squares=3), "so small a sum of squares"),
        (Sums(n=3, total=1, squares=Fraction(10**700)), "larger unit"),
    ],
)
def test_sums_that_no_values_have_are_refused_by_name(sums, said):
    with pytest.raises(DataError, match=said):
        arms.mean(sums)


def test_pairs_that_are_none_are_refused_by_name():
    good = {"n": 3, "a": 1.0, "b": 2.0, "aa": 3.0, "ab": 2.0, "bb": 4.0}
    for name in ("a", "b", "aa", "ab", "bb"):
        with pytest.raises(DataError, match=f"`{name}` is nan"):
            arms.ratio(PairSums(**good | {name: math.nan}))


def test_a_ratio_needs_a_denominator():
    assert arms.ratio(PairSums.of([(1, 0), (2, 0)])).why_not == "the denominator is 0"
    assert arms.ratio(PairSums.of([])).why_not == "nobody is in it"


def test_huge_values_are_reckoned_with():
    big = arms.mean(Sums.of([1e150, 2e150, 4e150]))
    found = effects.difference(big, arms.mean(Sums.of([1e-3, 2e-3])))
    assert found.interval.value == pytest.approx(7e150 / 3)
    assert found.df == pytest.approx(2)


def test_ratios_hold_the_truth():
    """Spend per visit of 1,000 customers, nine in ten treated to no effect."""
    rng, held = np.random.default_rng(4), []
    for _ in range(800):
        sides = []
        for n in (900, 100):
            visits = rng.poisson(2.0, n).astype(float)
            spend = visits * rng.gamma(2.0, 5.0, n)
            sides.append(arms.ratio(summed(spend, visits)))
        found = effects.difference(*sides).interval
        held.append(found.low <= 0 <= found.high)
    assert 0.92 <= np.mean(held) <= 0.98


def test_a_lift_needs_a_base_above_0():
    up, nothing = arms.mean(Sums.of([1, 2, 3])), arms.mean(Sums.of([0, 0, 0]))
    assert "not clearly above 0" in lift.lift(up, nothing).interval.why_not
    assert "not clearly above 0" in lift.lift(up, arms.mean(Sums.of([-1, 0, 2]))).interval.why_not
    assert "not clearly above 0" in lift.lift(up, arms.mean(Sums.of([-3, -2, -4]))).interval.why_not
    assert "see the difference" in lift.lift(nothing, arms.mean(Sums.of([5, 6, 7]))).interval.why_not


def test_a_lift_turned_round_is_its_inverse():
    one, other = arms.share(60, 1000), arms.share(50, 1100)
    there, back = lift.lift(one, other), lift.lift(other, one)
    assert (1 + there.interval.low) * (1 + back.interval.high) == pytest.approx(1)
    assert there.p_value == pytest.approx(back.p_value)


@pytest.mark.parametrize(
    ("treated", "control", "method", "low", "high"),
    [
        ((56, 70), (48, 80), two_shares.newcombe, 0.0524, 0.3339),
        ((9, 10), (3, 10), two_shares.newcombe, 0.1705, 0.8090),
        ((10, 10), (0, 20), two_shares.newcombe, 0.6791, 1.0),
        ((56, 70), (48, 80), two_shares.miettinen_nurminen, 0.0528, 0.3382),
        ((9, 10), (3, 10), two_shares.miettinen_nurminen, 0.1700, 0.8406),
        ((6, 7), (2, 7), two_shares.miettinen_nurminen, 0.0342, 0.8534),
        ((5, 56), (0, 29), two_shares.miettinen_nurminen, -0.0326, 0.1933),
        ((10, 10), (0, 20), two_shares.miettinen_nurminen, 0.7156, 1.0),
    ],
)
def test_newcombes_table(treated, control, method, low, high):
    """Newcombe 1998, table II, methods 10 and 6."""
    found = method(treated, control).interval
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(shares, shares, st.sampled_from(METHODS))
def test_intervals_of_shares_stay_in_order_and_agree_with_their_p_values(treated, control, method):
    found, back = method(treated, control), method(control, treated)
    assert -1 <= found.interval.low <= found.interval.value <= found.interval.high <= 1
    assert found.interval.low == pytest.approx(-back.interval.high, abs=1e-9)
    if min(abs(found.interval.low), abs(found.interval.high)) > 1e-6:
        assert (found.p_value < 0.05) == (found.interval.low > 0 or found.interval.high < 0)


@pytest.mark.parametrize("method", METHODS)
def test_all_or_none_leave_doubt(method):
    for treated, control in (((10, 10), (10, 10)), ((0, 10), (0, 10))):
        found = method(treated, control)
        assert found.interval.low < -0.2 < 0.2 < found.interval.high
        assert found.p_value == 1
    assert two_shares.pooled_test((10, 10), (10, 10)) is None
    assert "alike" in two_shares.wald((10, 10), (0, 10)).interval.why_not


@pytest.mark.parametrize("method", [*METHODS, two_shares.wald])
def test_arms_without_customers_and_counts_that_are_none(method):
    assert method((0, 0), (3, 9)).interval.why_not == "the treated arm: nobody is in it"
    assert method((3, 9), (0, 0)).interval.why_not == "the control arm: nobody is in it"
    for bad in ((5, 4), (-1, 4), (math.nan, 4), (1, math.nan), (1, math.inf)):
        with pytest.raises(DataError, match="control arm"):
            method((1, 2), bad)
    assert two_shares.pooled_test((0, 0), (1, 2)) is None
    assert arms.share(0, 0).why_not == "nobody is in it"
    with pytest.raises(DataError, match="`successes` is 5"):
        arms.share(5, 4)


def test_one_customer_in_each_arm():
    for method in METHODS:
        found = method((1, 1), (0, 1)).interval
        assert found.low < 0 < found.high <= 1


def test_shares_of_a_trillion():
    n = 10**12
    found = two_shares.miettinen_nurminen((n // 5, n), (n // 5 - 10**6, n))
    assert found.interval.value == pytest.approx(1e-6)
    assert (found.interval.high - found.interval.low) / (2 * 1.959964 * found.error) == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("method", [two_shares.newcombe, two_shares.miettinen_nurminen])
def test_score_intervals_cover_where_few_convert(method):
    rng = np.random.default_rng(6)
    truth, held = (0.06, 0.03), []
    for _ in range(600):
        found = method((int(rng.binomial(150, truth[0])), 150), (int(rng.binomial(40, truth[1])), 40)).interval
        held.append(found.low <= truth[0] - truth[1] <= found.high)
    assert np.mean(held) >= 0.935
