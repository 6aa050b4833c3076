import math

import numpy as np
import pytest

from regulars.core.errors import DataError
from regulars.stats import arms, covariate, effects, regression
from regulars.stats.moments import PairSums, summed


def drawn(n, treated, *, rho=0.8, effect=0.5, seed=1):
    """Outcome, arm and covariate of n customers."""
    rng = np.random.default_rng(seed)
    x = rng.normal(10, 2, n)
    arm = (rng.random(n) < treated).astype(float)
    y = rho * (x - 10) / 2 + math.sqrt(1 - rho**2) * rng.normal(size=n) + effect * arm
    return y, arm, x


def sides(y, arm, x):
    return (summed(y[arm == side], x[arm == side]) for side in (1, 0))


def test_the_cut_is_the_square_of_the_correlation():
    found = covariate.cuped(*sides(*drawn(20_000, 0.3, effect=0.0)))
    assert found.rho == pytest.approx(0.8, abs=0.01)
    assert found.cut == pytest.approx(found.rho**2, abs=0.01)
    assert found.theta == pytest.approx(0.4, abs=0.01)


def test_cuped_and_lin_hold_the_truth_and_agree():
    held, lins = [], []
    for seed in range(400):
        y, arm, x = drawn(200, 0.4, seed=seed)
        found, other = covariate.cuped(*sides(y, arm, x)).effect, covariate.lin(y, arm, {"x": x})
        held.append(found.interval.low <= 0.5 <= found.interval.high)
        lins.append(other.interval.low <= 0.5 <= other.interval.high)
        assert found.interval.value == pytest.approx(other.interval.value, abs=3 * other.error)
    assert 0.92 <= np.mean(held) <= 0.98
    assert 0.92 <= np.mean(lins) <= 0.98


def test_other_arms_help_to_tell_theta():
    treated, control = sides(*drawn(300, 0.5))
    third = PairSums.of([(1, 5), (2, 9), (7, 3)])
    alone, helped = covariate.cuped(treated, control), covariate.cuped(treated, control, third)
    assert alone.theta != helped.theta
    assert alone.effect.interval.n == helped.effect.interval.n == 300


def test_without_covariates_lin_is_the_plain_difference():
    y, arm, _ = drawn(500, 0.3)
    found, plain = (
        covariate.lin(y, arm, {}),
        effects.difference(arms.mean(next(sides(y, arm, y)).minus(0)), arms.mean(list(sides(y, arm, y))[1].minus(0))),
    )
    assert found.interval.value == pytest.approx(plain.interval.value)
    assert found.error == pytest.approx(plain.error, rel=0.01)


def test_hc1_lies_below_hc3():
    y, arm, x = drawn(120, 0.3)
    found = covariate.lin(y, arm, {"x": x})
    centred = x - x.mean()
    fit = regression.least_squares(y, {"arm": arm, "x": centred, "own": arm * centred})
    assert found.interval.value == pytest.approx(fit["arm"].value.value)
    assert found.error < fit["arm"].error < 1.1 * found.error


def test_what_follows_from_another_covariate_changes_nothing():
    y, arm, x = drawn(120, 0.3)
    one, two = covariate.lin(y, arm, {"x": x}), covariate.lin(y, arm, {"x": x, "twice": 2 * x, "same": x * 0 + 3})
    assert (one.interval.value, one.error) == (pytest.approx(two.interval.value), pytest.approx(two.error))


def test_a_covariate_that_does_not_vary_takes_nothing_out():
    pairs = [PairSums.of([(1, 4), (3, 4), (5, 4)]), PairSums.of([(0, 4), (3, 4)])]
    found = covariate.cuped(*pairs)
    assert (found.theta, found.rho, found.cut) == (None, None, None)
    assert "same for everybody" in found.effect.interval.why_not
    assert found.plain.interval.value == 1.5


def test_arms_without_customers_or_spread():
    some, nobody, alike = PairSums.of([(1, 2), (3, 4)]), PairSums.of([]), PairSums.of([(1, 2), (1, 4)])
    assert "nobody" in covariate.cuped(some, nobody).effect.interval.why_not
    assert "alike" in covariate.cuped(alike, alike).effect.interval.why_not
    assert "fewer than 3" in covariate.lin([1, 2, 3], [1, 1, 0], {"x": [1, 2, 3]}).interval.why_not
    assert "fewer" in covariate.lin([], [], {}).interval.why_not
    assert "alike" in covariate.lin(np.full(20, 0.1), [0, 1] * 10, {}).interval.why_not


def test_an_outcome_that_the_covariate_tells_wholly():
    pairs = [PairSums.of([(2, 1), (4, 2), (6, 3)]), PairSums.of([(8, 4), (2, 1), (10, 5)])]
    found = covariate.cuped(*pairs)
    assert found.rho == pytest.approx(1)
    assert "alike" in found.effect.interval.why_not
    assert found.cut is None


@pytest.mark.parametrize(
    ("outcome", "treated", "x", "said"),
    [
        ([math.nan, 1, 2], [0, 1, 1], [1, 2, 3], "the outcome"),
        ([1, 1, 2], [0, 1, 1], [1, math.nan, 3], "covariate `x`"),
        ([1, 1, 2], [0, 1, 1], [1, 3], "covariate `x`"),
        ([1, 1, 2], [0, 1, math.nan], [1, 2, 3], "treated"),
        ([1, 1, 2], [0, 1, 2], [1, 2, 3], "`treated`"),
    ],
)
def test_customers_without_a_value_are_refused_by_name(outcome, treated, x, said):
    with pytest.raises(DataError, match=said):
        covariate.lin(outcome, treated, {"x": x})


def test_sums_that_are_no_numbers_are_refused_by_name():
    good = PairSums.of([(1, 2), (3, 4)])
    with pytest.raises(DataError, match="`bb` is nan"):
        covariate.cuped(good, PairSums(n=2, a=1, b=1, aa=1, ab=1, bb=math.nan))
