import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stats import concentration, resampling

spend = st.lists(st.integers(0, 10**6), min_size=3, max_size=60).filter(any)


def gini(values, **options):
    return concentration.gini(concentration.gini_sums(values), **options)


def weighted_gini(x):
    """Gini for each row of weights, from its definition over all pairs."""
    gaps = np.abs(x[:, None] - x[None, :])
    return lambda weights: (
        np.einsum("ri,ij,rj->r", weights, gaps, weights, optimize=True) / (2 * weights.sum(axis=1) * (weights @ x))
    )


@given(spend)
def test_gini_is_half_the_mean_gap_over_the_mean(values):
    x = np.asarray(values, float)
    n, gaps = len(x), np.abs(x[:, None] - x[None, :]).sum()
    found = gini(values)
    assert found.value == pytest.approx(gaps / (2 * n * (n - 1) * x.mean()), abs=1e-9)
    assert -1e-9 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1


@given(spend, st.integers(2, 1000))
def test_gini_knows_no_currency_and_no_order(values, scale):
    plain, scaled = gini(values), gini([value * scale for value in reversed(values)])
    assert (plain.low, plain.value, plain.high) == pytest.approx((scaled.low, scaled.value, scaled.high), abs=1e-7)


def test_equal_customers_are_not_concentrated():
    assert gini([7] * 50).value == 0
    assert concentration.top_share(*concentration.top_share_sums([7] * 200)).value == pytest.approx(0.1)


def test_linearised_error_is_that_of_the_jackknife_and_bootstrap():
    x = np.random.default_rng(8).gamma(2, 50, 300)
    statistic = weighted_gini(x)
    found = gini(x)
    error = (found.high - found.low) / 2 / 1.968
    left_out = resampling.jackknife(statistic, len(x))
    draws = resampling.poisson_bootstrap(statistic, len(x), rng=np.random.default_rng(9), draws=600)
    jackknife_error = np.sqrt((len(x) - 1) * left_out.var())
    assert error == pytest.approx(jackknife_error, rel=0.05)
    assert error == pytest.approx(draws.std(), rel=0.1)


def test_top_share_is_one_minus_lorenz():
    x = np.random.default_rng(10).lognormal(3, 1, 400)
    _, held = concentration.lorenz(x)
    found = concentration.top_share(*concentration.top_share_sums(x, 0.25), 0.25)
    assert found.value == pytest.approx(1 - held[300])
    assert found.low < found.value < found.high


@pytest.mark.parametrize(
    ("values", "least", "why"), [([5], 5, "two customers"), ([0, 0], 0, "total is 0"), ([9, -2], -2, "whale curve")]
)
def test_what_has_no_lorenz_curve_is_refused(values, least, why):
    assert why in gini(values, least=least).why_not
    assert why in concentration.top_share(*concentration.top_share_sums(values), least=least).why_not


def test_a_handful_at_the_top_says_nothing():
    assert "fewer than 20" in concentration.top_share(*concentration.top_share_sums(range(1, 100))).why_not


def test_one_holds_all():
    found = gini([0] * 9 + [5])
    assert found.value == 1
    assert found.high == 1


def test_whale_curve_peaks_above_all_where_some_lose_money():
    assert concentration.whale_curve_peak([-10, 60, -5, 50, 5]) == (pytest.approx(1.15), 3)
