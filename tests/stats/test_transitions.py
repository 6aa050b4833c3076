import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from regulars.stats.transitions import jeffreys


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_limits_are_quantiles_of_the_posterior_and_hold_the_share(case):
    count, n = case
    found = jeffreys(count, n, level=0.9)
    posterior = stats.beta(count + 0.5, n - count + 0.5)
    assert found.low <= found.value <= found.high
    assert found.low == (0 if count == 0 else pytest.approx(posterior.ppf(0.05)))
    assert found.high == (1 if count == n else pytest.approx(posterior.ppf(0.95)))


def test_nobody():
    assert jeffreys(0, 0).why_not
