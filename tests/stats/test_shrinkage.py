import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stats import intervals, shrinkage

segments = st.lists(st.tuples(st.floats(-1, 1), st.floats(0.001, 0.1)), min_size=5, max_size=30)


@given(segments)
def test_no_segment_is_drawn_beyond_the_others(rows):
    values, variances = zip(*rows, strict=True)
    for segment in shrinkage.shrink(values, variances, [9] * len(rows)):
        assert min(values) - 1e-9 <= segment.value <= max(values) + 1e-9


@given(segments)
def test_order_of_segments_does_not_matter(rows):
    values, variances = zip(*rows, strict=True)
    there = shrinkage.shrink(values, variances, [9] * len(rows))
    back = shrinkage.shrink(values[::-1], variances[::-1], [9] * len(rows))
    assert there[0].value == pytest.approx(back[-1].value, abs=1e-9)
    assert there[0].low == pytest.approx(back[-1].low, abs=1e-9)


def test_segments_that_differ_by_chance_only_are_not_made_one():
    """Their moment estimate of tau² is 0: all eight would get the very same value."""
    found = shrinkage.shrink([1.1, 0.9, 1.0, 1.05, 0.95, 1.2, 0.8, 1.0], [1, 2, 3, 4, 0.5, 0.1, 1, 9], [9] * 8)
    assert len({segment.value for segment in found}) == 8
    assert found[5].value > found[6].value


def test_the_pull_falls_steadily_with_what_is_known():
    """One segment among twelve, its variance falling as n grows: from the others to its own value without a step."""
    drawn = []
    for n in range(2, 60):
        variances = [0.04] * 11 + [4 / n]
        drawn.append(shrinkage.shrink([0.1 * k for k in range(11)] + [2.0], variances, [50] * 11 + [n])[-1].value)
    steps = np.diff(drawn)
    assert np.all(steps > 0)
    assert steps.max() < 0.12


def test_a_segment_of_which_nothing_is_known_is_as_wide_as_segments_differ():
    """Its own limits are -2,000 to 2,000; the others say that it lies among them."""
    found = shrinkage.shrink([9, 10, 11, 10, 9.5, 10.5, 10, 500], [0.25] * 7 + [1e6], [50] * 7 + [2])[-1]
    assert 9 < found.value < 12
    assert found.high - found.low < 10


def test_eight_schools():
    """Gelman et al. (2013), ch. 5.5: effects of coaching. Their posterior means by simulation, of 200 draws."""
    effects, errors = (28, 8, -3, 7, -1, 1, 18, 12), (15, 10, 16, 11, 9, 11, 10, 18)
    found = shrinkage.shrink(effects, [error**2 for error in errors], [1] * 8)
    want = (11.4, 7.9, 6.2, 7.7, 5.1, 6.1, 10.6, 8.5)
    assert [segment.value for segment in found] == [pytest.approx(value, abs=0.35) for value in want]


def test_two_alike_do_not_outweigh_all_others():
    """Two units who happen to be equal have a variance of 0; twenty with a spread of 3 have 9/20."""
    one, other = shrinkage.moderated([0.0, 9 / 20], [2, 20])
    assert one > other
    assert other == pytest.approx(9 / 20, rel=0.05)


@given(st.integers(2, 5_000), st.floats(0.01, 100))
def test_like_segments_keep_their_variance(n, variance):
    assert shrinkage.moderated([variance] * 3, [n] * 3) == [pytest.approx(variance)] * 3


def test_a_variance_of_nothing_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        shrinkage.shrink([0.1] * 5, [0.0] * 5, [9] * 5)


def test_nothing_is_drawn_with_few_segments():
    assert shrinkage.shrink([], [], []) == ()
    for segment in shrinkage.shrink([0.1, 0.2, 0.9], [0.01] * 3, [9] * 3):
        assert (segment.value, segment.n) == (None, 9)
        assert "fewer than 5" in segment.why_not


@pytest.mark.shared_data
def test_best_linear_predictions_are_metafors(shared):
    oracle = json.loads((shared / "oracles/eb_segments.json").read_text())
    values, variances = (np.array([row[name] for row in oracle["inputs"]]) for name in ("nps", "v"))
    for name in ("DL", "REML"):
        expected, tolerance = oracle["expected"][name], oracle["tolerance"][name]
        drawn, errors = shrinkage.best_linear(values, variances, expected["tau2"])
        assert drawn.tolist() == [pytest.approx(value, abs=tolerance) for value in expected["blup"]]
        assert errors.tolist() == [pytest.approx(error, abs=tolerance) for error in expected["blup_se"]]
    for segment, error in zip(shrinkage.shrink(values, variances, [9] * len(values)), errors, strict=True):
        assert segment.high - segment.value >= 0.9 * intervals.z(0.95) * error
