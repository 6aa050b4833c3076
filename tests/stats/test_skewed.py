import numpy as np
import pytest

from regulars.stats import arms, effects, skewed
from regulars.stats.contrasts import p_value
from regulars.stats.moments import Sums, summed


def spent(rng, n):
    """What n customers spend, of whom four in five nothing."""
    x = np.where(rng.random(n) < 0.2, rng.lognormal(3, 1, n), 0.0)
    return summed(x, np.zeros(n)).minus(0)


def test_a_small_holdout_of_skewed_values_is_covered():
    held = {"plain": 0, "corrected": 0}
    rng, rounds = np.random.default_rng(5), 600
    for _ in range(rounds):
        treated, control = spent(rng, 270), spent(rng, 30)
        plain = effects.difference(arms.mean(treated), arms.mean(control)).interval
        corrected = skewed.difference(treated, control).interval
        for name, one in (("plain", plain), ("corrected", corrected)):
            held[name] += one.low <= 0 <= one.high
    assert held["plain"] / rounds < 0.92
    assert 0.93 <= held["corrected"] / rounds <= 0.99


def test_p_value_and_interval_are_one():
    treated, control = Sums.of([3, 4, 8, 3, 9]), Sums.of([1, 2, 3, 1])
    found = skewed.difference(treated, control)
    assert found.p_value == pytest.approx(p_value(found.interval))
    assert (found.p_value < 0.05) == (found.interval.low > 0)


def test_without_cubes_it_is_welchs():
    treated, control = (Sums(n=9, total=t, squares=40) for t in (12, 6))
    assert skewed.difference(treated, control) == effects.difference(arms.mean(treated), arms.mean(control))


def test_what_has_no_error_has_no_interval():
    assert skewed.difference(Sums.of([1, 1]), Sums.of([2, 2])).interval.why_not
    assert "two customers" in skewed.difference(Sums.of([1]), Sums.of([2, 3])).interval.why_not
