import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stats import power


@given(st.floats(0.1, 10), st.floats(0.01, 1))
def test_size_and_detectable_change_are_inverse(variance, change):
    size = power.sample_size_change(variance, variance, change)
    assert power.minimum_detectable(variance / size, variance / size) <= change * (1 + 1e-9)
    if size > 1:
        assert power.minimum_detectable(variance / (size - 1), variance / (size - 1)) >= change * (1 - 1e-9)


def test_halving_the_margin_takes_four_times_as_many():
    assert power.sample_size(1, 0.005) == pytest.approx(4 * power.sample_size(1, 0.01), abs=4)
