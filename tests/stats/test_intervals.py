import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stats import intervals, nps
from regulars.stats.moments import PairSums, Sums, exact

amounts = st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=30)
counted = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
pairs = st.lists(st.tuples(st.integers(-(10**5), 10**5), st.integers(1, 50)), min_size=2, max_size=20)
trinomial = st.tuples(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200)).filter(any)


def holds(interval):
    slack = 1e-9 * max(1.0, abs(interval.value))
    return interval.low - slack <= interval.value <= interval.high + slack


@given(counted)
def test_share_lies_in_its_interval_and_mirrors(pair):
    successes, n = pair
    for method in (intervals.wilson, intervals.clopper_pearson):
        found, mirrored = method(successes, n), method(n - successes, n)
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert mirrored.low == pytest.approx(1 - found.high, abs=1e-9)
        assert mirrored.high == pytest.approx(1 - found.low, abs=1e-9)


@given(counted, st.integers(2, 50))
def test_more_customers_shorten_the_interval(pair, times):
    few, many = intervals.wilson(*pair), intervals.wilson(pair[0] * times, pair[1] * times)
    assert many.high - many.low < few.high - few.low


@given(counted)
def test_higher_level_widens(pair):
    narrow, wide = (intervals.wilson(*pair, level=level) for level in (0.8, 0.99))
    assert wide.low <= narrow.low <= narrow.high <= wide.high


@given(st.lists(counted, min_size=1), st.sampled_from([0.8, 0.95]))
def test_shares_of_many_at_once_have_the_limits_of_each(pairs_of, level):
    low, high = intervals.wilson_limits(*zip(*pairs_of, strict=True), level=level)
    each = [intervals.wilson(*pair, level=level) for pair in pairs_of]
    assert [*zip(low, high, strict=True)] == [(one.low, one.high) for one in each]


def test_wilson_limits_of_a_share_by_hand():
    # z = 2: (10 + 2 -/+ 2 sqrt(40 * 0.25 * 0.75 + 1)) / 44
    low, high = intervals.wilson_limits(10, 40, level=math.erf(math.sqrt(2)))
    assert (low, high) == pytest.approx(((12 - 2 * math.sqrt(8.5)) / 44, (12 + 2 * math.sqrt(8.5)) / 44))


@given(st.integers(0, 10**6))
def test_counts_lie_in_their_interval(count):
    found = intervals.poisson_exact(count)
    assert 0 <= found.low <= count < found.high


@given(amounts)
def test_mean_lies_in_its_interval_and_total_too(values):
    assert holds(intervals.mean(Sums.of(values)))
    assert holds(intervals.total(Sums.of(values)))


@given(amounts, amounts)
def test_sums_of_parts_are_the_sums_of_the_whole(some, others):
    assert Sums.of(some) + Sums.of(others) == Sums.of(some + others)


@given(pairs, pairs)
def test_pair_sums_of_parts_are_those_of_the_whole(some, others):
    assert PairSums.of(some) + PairSums.of(others) == PairSums.of(some + others)


def test_sums_without_cubes_merge_to_none():
    plain = Sums(n=2, total=3, squares=5)
    assert (plain + Sums.of([1, 2])).cubes is None
    plain_pairs = PairSums(n=2, a=3, b=2, aa=5, ab=3, bb=2)
    assert not (plain_pairs + PairSums.of([(1, 1), (2, 1)])).cubed


@given(amounts, st.integers(2, 10**4))
def test_pence_and_pounds_give_the_same_interval(values, scale):
    pence, pounds = Sums.of(values), Sums.of([Fraction(value, scale) for value in values])
    for method in (intervals.mean, intervals.total):
        small, large = method(pounds), method(pence)
        for one, other in ((small.low, large.low), (small.value, large.value), (small.high, large.high)):
            assert one * scale == pytest.approx(other, rel=1e-9, abs=1e-6)


@given(amounts)
def test_refunds_mirror_sales(values):
    up, down = intervals.mean(Sums.of(values)), intervals.mean(Sums.of([-value for value in values]))
    assert down.low == pytest.approx(-up.high, rel=1e-12, abs=1e-9)
    assert down.high == pytest.approx(-up.low, rel=1e-12, abs=1e-9)


@given(pairs)
def test_ratio_lies_in_its_interval_and_the_mean_is_a_ratio(values):
    found = intervals.ratio(PairSums.of(values))
    assert holds(found)
    alone = intervals.mean(Sums.of([a for a, _ in values]))
    per_unit = intervals.ratio(PairSums.of([(a, 1) for a, _ in values]))
    assert (per_unit.low, per_unit.high) == (pytest.approx(alone.low), pytest.approx(alone.high))


@given(pairs, st.integers(2, 1000))
def test_ratio_has_no_unit(values, scale):
    plain = intervals.ratio(PairSums.of(values))
    scaled = intervals.ratio(PairSums.of([(a * scale, b * scale) for a, b in values]))
    assert (plain.low, plain.value, plain.high) == pytest.approx((scaled.low, scaled.value, scaled.high), rel=1e-9)


@given(pairs)
def test_ratio_does_not_mind_the_sign_of_both(values):
    plain = intervals.ratio(PairSums.of(values))
    turned = intervals.ratio(PairSums.of([(-a, -b) for a, b in values]))
    assert (plain.low, plain.value, plain.high) == pytest.approx((turned.low, turned.value, turned.high), rel=1e-9)


@given(trinomial)
def test_nps_lies_in_its_interval_and_mirrors(counts):
    for method in (nps.nps, nps.nps_adjusted_wald, nps.nps_goodman):
        found, mirrored = method(*counts), method(*reversed(counts))
        assert holds(found)
        assert mirrored.low == pytest.approx(-found.high, abs=1e-9)
    score = nps.nps(*counts)
    assert -1 <= score.low < score.high <= 1


def test_variance_survives_a_large_mean():
    """The naive formula in floats gives 0 or less here."""
    far = [10**15 + step for step in (0, 1, 2)]
    assert Sums.of(far).variance == 1
    assert Sums.of([Decimal(10**15) + Decimal(step) / 10 for step in range(3)]).variance == pytest.approx(0.01)


def test_numpy_whole_numbers_do_not_overflow():
    big = np.int64(4 * 10**18)
    assert exact(big) * 4 == 16 * 10**18
    assert Sums(n=2, total=big, squares=10**38).variance > 0


def test_skewness_as_scipy_has_it():
    from scipy import stats

    values = [1, 1, 2, 3, 50]
    assert Sums.of(values).skewness == pytest.approx(stats.skew(values))


def test_plain_t_interval_where_there_are_no_cubes():
    from scipy import stats

    values = [3, 5, 8, 9, 1]
    found = intervals.mean(Sums(n=5, total=26, squares=180))
    low, high = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    assert (found.low, found.high, found.method) == (pytest.approx(low), pytest.approx(high), "t")


def test_skewed_spend_leans_to_the_high_side():
    found = intervals.mean(Sums.of([1] * 30 + [100]))
    assert found.high - found.value > found.value - found.low


@given(st.floats(-0.9, 0.9), st.floats(0.5, 4))
def test_skew_limits_undo_halls_transformation(skew, quantile):
    low, high = intervals.skew_limits(0.0, 1.0, skew, quantile)

    def transformed(w):  # Hall 1992: g(w) = w + k w²/3 + k² w³/27 + k/6
        return w + skew * w**2 / 3 + skew**2 * w**3 / 27 + skew / 6

    assert transformed(-low) == pytest.approx(quantile, abs=1e-5)
    assert transformed(-high) == pytest.approx(-quantile, abs=1e-5)


def test_doubt_about_the_variance_is_that_of_a_gamma():
    """Exponential units: skewness 2, kurtosis 9, so 2n/(9 - 1) degrees of freedom."""
    assert intervals.t_skewed(0.95, 200, 2.0) == intervals.t(0.95, 50)
    assert intervals.t_skewed(0.95, 200, 0.0) == intervals.t(0.95, 199)


def test_no_value_is_never_zero():
    nothing = Sums(n=0, total=0, squares=0, cubes=0)
    refused = [
        intervals.wilson(0, 0),
        intervals.clopper_pearson(0, 0),
        intervals.mean(nothing),
        intervals.mean(Sums.of([7])),
        intervals.total(nothing),
        intervals.ratio(PairSums.of([(5, 2)])),
        intervals.ratio(PairSums.of([(5, 0), (3, 0)])),
        intervals.quantile([1, 2, 3]),
        nps.nps(0, 0, 0),
        nps.nps_wald(0, 0, 0),
        nps.nps_adjusted_wald(0, 0, 0),
    ]
    for found in refused:
        assert found.value is None
        assert found.why_not


@given(st.integers(6, 400), st.sampled_from([0.1, 0.5, 0.9]), st.sampled_from([0.8, 0.95]))
def test_ranks_cover_at_least_as_often_as_they_say(n, p, level):
    from scipy import stats

    ranks = intervals.quantile_ranks(n, p, level=level)
    if ranks is None:
        assert min(p, 1 - p) ** n > 0  # some tail is too heavy for so few values
        assert stats.binom.pmf(0, n, p) > (1 - level) / 2 or stats.binom.pmf(n, n, p) > (1 - level) / 2
        return
    low, high = ranks
    below = stats.binom(n, p)
    assert below.cdf(high - 1) - below.cdf(low - 1) >= level - 1e-12
    assert below.cdf(low - 1) <= (1 - level) / 2 < below.cdf(low)  # the next rank would be one too many


def test_median_of_ties():
    found = intervals.quantile([5] * 40)
    assert (found.low, found.value, found.high) == (5, 5, 5)


def test_goodman_is_wider_than_wald():
    plain, simultaneous = nps.nps_wald(50, 30, 20), nps.nps_goodman(50, 30, 20)
    stretch = (simultaneous.high - simultaneous.value) / (plain.high - plain.value)
    assert stretch == pytest.approx(math.sqrt(5.991464547) / 1.959963985)


def test_fieller_limits_are_the_ratios_that_cannot_be_told_from():
    pairs = PairSums.of([(5, 0), (0, 3), (2, 2), (9, 1), (0, 4), (7, 0), (3, 3), (0, 2)])
    found = intervals.fieller(pairs)
    assert found.value == pytest.approx(26 / 15)
    for limit in (found.low, found.high):
        rest = pairs.minus(limit)
        assert abs(float(rest.total)) == pytest.approx(intervals.t(0.95, 7) * math.sqrt(8 * rest.variance))
    assert found.high - found.value > found.value - found.low


def test_fieller_has_no_limits_where_the_denominator_may_be_nothing():
    pairs = PairSums.of([(5, 0), (0, 3), (2, 0), (9, 0)])
    assert intervals.fieller(pairs).why_not == "what it is divided by cannot be told from 0"
    assert intervals.fieller(PairSums.of([(1, 1)])).why_not
