"""Groups borrow from each other as the model with two levels says, and limits hold as often as they say."""

import numpy as np
import pytest
from scipy import stats

from regulars.stats.pooling import pooled


def by_brute_force(values, variances, mean, variance, spread):
    """Return moments of (mean of all, values of groups): the joint normal law, averaged over a fine grid of spreads."""
    k, taus = len(values), np.linspace(0, 8 * spread, 6_001)
    first, second, total = np.zeros(k + 1), np.zeros((k + 1, k + 1)), 0.0
    for tau in taus:
        prior = np.full((k + 1, k + 1), variance)
        prior[1:, 1:] += tau**2 * np.eye(k)
        seen = prior[1:, 1:] + np.diag(variances)
        gain = prior[:, 1:] @ np.linalg.inv(seen)
        middle = mean + gain @ (values - mean)
        left = prior - gain @ prior[1:, :]
        weight = stats.multivariate_normal(np.full(k, mean), seen).pdf(values) * np.exp(-((tau / spread) ** 2) / 2)
        first, second, total = (
            first + weight * middle,
            second + weight * (left + np.outer(middle, middle)),
            total + weight,
        )
    first, second = first / total, second / total
    return first, second - np.outer(first, first)


def test_it_is_the_joint_law_averaged_over_the_spread():
    values, variances = np.array([0.02, 0.09, 0.05, -0.01]), np.array([1.0, 4.0, 0.5, 2.0]) * 1e-4
    found = pooled(values, variances, mean=0.05, variance=0.03**2, spread=0.03)
    first, second = by_brute_force(values, variances, 0.05, 0.03**2, 0.03)
    assert found.mean == pytest.approx(first[0], rel=2e-3)
    assert found.means == pytest.approx(first[1:], rel=4e-3)
    assert found.variance == pytest.approx(second[0, 0], rel=2e-2)
    assert found.variances == pytest.approx(np.diag(second)[1:], rel=2e-2)
    assert found.shared == pytest.approx(second[0, 1:], rel=2e-2)


def test_where_groups_cannot_differ_they_are_one():
    found = pooled(np.array([0.1, 0.3]), np.array([0.01, 0.01]), mean=0.0, variance=0.02, spread=0.0)
    assert found.means == pytest.approx([found.mean] * 2)
    # Precisions 50, 100 and 100 around 0, .1 and .3.
    assert found.mean == pytest.approx(0.16)
    assert found.variances == pytest.approx([1 / 250] * 2)
    assert found.apart == 0


def test_limits_of_groups_hold_as_often_as_they_say():
    rng, held, seen = np.random.default_rng(5), 0, 0
    for _world in range(600):
        tau = abs(0.02 * rng.standard_normal())
        truth = 0.05 + 0.03 * rng.standard_normal() + tau * rng.standard_normal(4)
        errors = np.array([0.01, 0.02, 0.04, 0.08])
        found = pooled(truth + errors * rng.standard_normal(4), errors**2, mean=0.05, variance=0.03**2, spread=0.02)
        held += int((np.abs(found.means - truth) <= 1.96 * np.sqrt(found.variances)).sum())
        seen += 4
    assert 0.935 <= held / seen <= 0.965


@pytest.mark.parametrize(("variances", "variance"), [([0.0], 1.0), ([1.0], 0.0)])
def test_what_is_certain_is_refused(variances, variance):
    with pytest.raises(ValueError, match="above 0"):
        pooled(np.array([0.1]), np.array(variances), mean=0.0, variance=variance, spread=0.1)
