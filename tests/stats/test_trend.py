import numpy as np
import pytest

from regulars.stats import trend


def test_slope_by_hand():
    """Equal variances: ordinary least squares of 1, 2, 2, 4 on 0 .. 3, which chance explains."""
    found = trend.slope([1, 2, 2, 4], [1.0] * 4, [10] * 4)
    assert found.value.value == pytest.approx(0.9)
    assert found.value.high - 0.9 == pytest.approx(1.959964 / 5**0.5, abs=1e-6)
    assert (found.scatter, found.value.n) == (0, 40)


def test_periods_that_scatter_make_the_slope_less_sure():
    rng = np.random.default_rng(2)
    values = 0.5 * np.arange(8) + rng.normal(0, 3, 8)
    found = trend.slope(values, [0.01] * 8, [50] * 8)
    assert found.scatter == pytest.approx(3, rel=0.5)
    assert found.value.method.endswith("scatter")
    assert found.p_value > 0.001
    assert trend.slope(values, [9.0] * 8, [50] * 8).scatter < 3


def test_order_origin_and_unit_of_time():
    values, variances, places = [3, 1, 4, 1, 5.0], [1, 2, 1, 3, 1.0], [0, 1, 2, 4, 7]
    there = trend.slope(values, variances, [9] * 5, places=places)
    back = trend.slope(values[::-1], variances[::-1], [9] * 5, places=[-place for place in reversed(places)])
    assert (back.value.low, back.p_value) == (pytest.approx(-there.value.high), pytest.approx(there.p_value))
    wide = trend.slope(values, variances, [9] * 5, places=[10 * place + 3 for place in places])
    assert wide.value.high == pytest.approx(there.value.high / 10)


def test_a_slope_needs_periods_and_variances():
    assert "4 periods" in trend.slope([1, 2, 3], [1, 1, 1], [5, 5, 5]).value.why_not
    assert "4 periods" in trend.slope([1] * 5, [1] * 5, [5] * 5, places=[0, 0, 1, 1, 2]).value.why_not
    with pytest.raises(ValueError, match="above 0"):
        trend.slope([1, 2, 3, 4], [1, 0, 1, 1], [5] * 4)


@pytest.mark.parametrize("scatter", [0.0, 1.0])
def test_nineteen_times_in_twenty(scatter):
    rng, held = np.random.default_rng(4), 0
    for _ in range(600):
        variances = rng.uniform(0.25, 4, 6)
        values = 0.3 * np.arange(6) + rng.normal(0, np.sqrt(variances + scatter))
        found = trend.slope(values, variances, [100] * 6).value
        held += found.low <= 0.3 <= found.high
    assert 0.92 <= held / 600 <= 0.985


def test_mann_kendall_as_in_pymannkendall():
    """Its original_test of these: S 23, variance with ties 123, z 1.98367, slope 0.5."""
    series = [3, 1, 4, 4, 5, 9, 2, 6, 5, 8]
    found = trend.mann_kendall(series)
    assert (found.s, found.slope) == (23, 0.5)
    assert found.p_uncorrected == pytest.approx(0.0472923, abs=1e-6)
    assert found.p_value >= found.p_uncorrected


def test_mann_kendall_knows_no_scale_and_turns_round():
    rng = np.random.default_rng(1)
    series = np.cumsum(rng.normal(size=30)) + 0.2 * np.arange(30)
    there, bent, back = (trend.mann_kendall(one) for one in (series, 5 + 3 * series, -series))
    assert bent.p_value == pytest.approx(there.p_value)
    assert bent.slope == pytest.approx(3 * there.slope)
    assert (back.s, back.slope) == (-there.s, pytest.approx(-there.slope))
    assert -1 <= there.tau <= 1
    assert trend.mann_kendall(np.arange(12.0)).tau == 1


def test_a_short_or_level_series_has_no_test():
    assert trend.mann_kendall(range(9)) is None
    assert trend.mann_kendall([5] * 20) is None
    assert trend.mann_kendall([1, 2] * 10).correction == 1


@pytest.mark.parametrize(("along", "most"), [(0.0, 0.07), (0.4, 0.1), (0.7, 0.14)])
def test_waves_are_seldom_called_a_trend(along, most):
    rng, called, plain = np.random.default_rng(3), 0, 0
    for _ in range(400):
        noise = rng.normal(size=66)
        for k in range(1, 66):
            noise[k] += along * noise[k - 1]
        found = trend.mann_kendall(noise[30:])
        called += found.p_value < 0.05
        plain += found.p_uncorrected < 0.05
    assert called / 400 <= most
    assert along == 0 or plain / 400 > most


def test_a_steady_rise_is_found_through_noise():
    rng = np.random.default_rng(3)
    found = trend.mann_kendall(0.1 * np.arange(36) + rng.normal(size=36))
    assert found.p_value < 0.01
    assert found.slope == pytest.approx(0.1, abs=0.05)
