import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stats import intervals, shrinkage

segments = st.lists(st.tuples(st.floats(-1, 1), st.floats(0.001, 0.1)), min_size=5, max_size=30)


@given(segments)
def test_every_segment_moves_towards_the_mean(rows):
    values, variances = zip(*rows, strict=True)
    for method in (shrinkage.dersimonian_laird, shrinkage.reml):
        found = shrinkage.shrink(values, variances, [9] * len(rows), heterogeneity=method)
        assert found.between >= 0
        for raw, segment in zip(values, found.segments, strict=True):
            low, high = sorted((raw, found.pooled.value))
            assert low - 1e-9 <= segment.value <= high + 1e-9


@given(segments)
def test_order_of_segments_does_not_matter(rows):
    values, variances = zip(*rows, strict=True)
    there = shrinkage.shrink(values, variances, [9] * len(rows))
    back = shrinkage.shrink(values[::-1], variances[::-1], [9] * len(rows))
    assert there.between == pytest.approx(back.between, abs=1e-9)
    assert there.segments[0].low == pytest.approx(back.segments[-1].low, abs=1e-9)


def test_morris_interval_by_hand():
    """Nine segments, v = 1, sample variance 3, so tau² = 2, B = 1/3 and (k - 3)/(k - 1) B = 1/4."""
    values = [-math.sqrt(12), math.sqrt(12)] + [0.0] * 7
    found = shrinkage.shrink(values, [1.0] * 9, [9] * 9)
    variance = (1 - 1 / 4) + (1 / 4) ** 2 * 3 / 9 + 2 / 6 * (1 / 4) ** 2 * 12
    assert found.between == pytest.approx(2)
    assert found.segments[1].value == pytest.approx(math.sqrt(12) * 2 / 3)
    half = found.segments[1].high - found.segments[1].value
    assert half == pytest.approx(intervals.z(0.95) * math.sqrt(variance))


def test_segments_that_do_not_differ_are_one():
    found = shrinkage.shrink([0.3] * 6, [0.02] * 6, [50] * 6)
    assert found.between == 0
    assert found.pooled.method == "inverse-variance mean"
    assert {segment.value for segment in found.segments} == {found.pooled.value}


def test_a_variance_of_nothing_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        shrinkage.shrink([0.1] * 5, [0.0] * 5, [9] * 5)


def test_no_segments():
    assert shrinkage.shrink([], [], []).pooled.why_not == "no segments"
