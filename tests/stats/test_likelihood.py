import numpy as np
import pytest

from regulars.stats import likelihood
from regulars.stats.likelihood import Curve, NotFitted, assembled, maximise, own_parameters


class Rows:
    """A log-likelihood of rows by a function of (theta, rows) that returns a curve."""

    def __init__(self, rows, curve):
        self.rows, self._curve, self.seen = rows, curve, []

    def __len__(self):
        return len(self.rows)

    def sampled(self, rows):
        return Rows(self.rows[:: max(len(self) // rows, 1)], self._curve)

    def curve(self, theta):
        self.seen.append(theta.copy())
        return self._curve(theta, self.rows)


def one(curve):
    return Rows(np.zeros(1), lambda theta, _: curve(theta))


def quadratic(information, top, value=0.0):
    def curve(theta):
        off = theta - top
        return Curve(float(value - off @ information @ off / 2), -information @ off, -information)

    return one(curve)


def poisson(theta, counts):
    rate = np.exp(theta[0])
    total = np.array([[-len(counts) * rate]])
    return Curve(float(counts.sum() * theta[0] - len(counts) * rate), np.array([counts.sum()]) + total[0], total)


def test_top_of_a_quadratic_is_found_and_its_covariance_is_the_inverse_information():
    information = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.2], [0.5, -0.2, 0.5]])
    top = np.array([1.0, -2.0, 5.0])
    found = maximise(quadratic(information, top, 7.0), np.zeros(3))
    assert found.theta == pytest.approx(top, abs=1e-9)
    assert found.value == pytest.approx(7.0, abs=1e-12)
    assert found.covariance == pytest.approx(np.linalg.inv(information))
    assert found.held == ()


def test_far_top_of_a_steep_valley_is_found():
    """Rosenbrock's valley, upside down, lifted by nothing: its top is 0 at (1, 1)."""

    def curve(theta):
        x, y = theta
        gap = y - x * x
        gradient = np.array([-400 * x * gap - 2 * (1 - x), 200 * gap])
        hessian = np.array([[1200 * x * x - 400 * y + 2, -400 * x], [-400 * x, 200]])
        return Curve(float(-100 * gap**2 - (1 - x) ** 2), -gradient, -hessian)

    found = maximise(one(curve), np.array([-1.2, 1.0]))
    assert found.theta == pytest.approx([1.0, 1.0], abs=1e-5)


@pytest.mark.parametrize("level", [0.0, -1e6])
def test_on_a_ridge_one_parameter_is_held_and_the_other_told(level):
    """Only the sum of two parameters is told, and a third."""
    across = np.array([[2.0, 2.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 1.0]])
    found = maximise(quadratic(across, np.array([1.0, 1.0, 3.0]), level), np.zeros(3))
    assert len(found.held) == 1
    assert found.held[0] in (0, 1)
    assert found.theta[:2].sum() == pytest.approx(2.0)
    assert found.theta[2] == pytest.approx(3.0)
    held, told = found.held[0], 1 - found.held[0]
    assert (found.covariance[held] == 0).all()
    assert found.covariance[told, told] == pytest.approx(0.5)


def test_parameter_that_runs_away_is_held_where_nothing_changes_any_more():
    """A logistic rises for ever: its maximum is at infinity."""

    def curve(theta):
        x, y = theta
        p = 1 / (1 + np.exp(-x))
        return Curve(float(np.log(p) - (y - 1) ** 2), np.array([1 - p, -2 * (y - 1)]), np.diag([-p * (1 - p), -2.0]))

    found = maximise(one(curve), np.zeros(2))
    assert found.held == (0,)
    assert 8 < found.theta[0] <= 14
    assert found.theta[1] == pytest.approx(1.0)


def test_where_nothing_is_told_nothing_is_fitted():
    flat = one(lambda theta: Curve(-5.0, np.zeros(2), np.zeros((2, 2))))
    with pytest.raises(NotFitted, match="tell none"):
        maximise(flat, np.zeros(2))


def test_a_search_that_cannot_begin_says_so():
    with pytest.raises(NotFitted, match="not finite"):
        maximise(one(lambda theta: Curve(np.nan, np.zeros(1), -np.eye(1))), np.zeros(1))


def test_a_kink_stalls_the_search():
    """The slope of -|x - 1| never vanishes, whatever its curvature says."""
    kink = one(lambda t: Curve(float(-abs(t[0] - 1) * 1e3), -1e3 * np.sign(t - 1 + 1e-300), -np.eye(1)))
    with pytest.raises(NotFitted, match="stalls"):
        maximise(kink, np.zeros(1))


def test_warm_start_ends_where_the_cold_one_does(monkeypatch):
    counts = np.random.default_rng(1).poisson(3.0, 1_000).astype(float)
    cold = maximise(Rows(counts, poisson), np.zeros(1))
    monkeypatch.setattr(likelihood, "_WARM", 100)
    warm = maximise(Rows(counts, poisson), np.zeros(1))
    assert warm.theta == pytest.approx(cold.theta, abs=1e-7)
    assert warm.theta[0] == pytest.approx(np.log(counts.mean()), abs=1e-7)
    assert warm.value == pytest.approx(cold.value, rel=1e-8)  # of many rows the last step goes unseen
    assert warm.covariance == pytest.approx(cold.covariance, rel=1e-3)
    assert warm.evaluations < cold.evaluations


def test_a_sample_that_tells_nothing_is_no_place_to_begin(monkeypatch):
    """Every tenth count is 0, so that the sample of those runs away to a rate of 0."""
    counts = np.tile(np.concatenate([[0.0], np.full(9, 4.0)]), 100)
    cold = maximise(Rows(counts, poisson), np.zeros(1))
    monkeypatch.setattr(likelihood, "_WARM", 100)
    warm = maximise(Rows(counts, poisson), np.zeros(1))
    assert warm.theta == pytest.approx(cold.theta, abs=1e-6)
    assert warm.theta[0] == pytest.approx(np.log(3.6), abs=1e-6)


def test_curve_over_covariates_is_that_of_the_chain_rule():
    """Rows of value sum of w (sin of u times exp of v) with u, v linear in covariates, against finite differences."""
    rng = np.random.default_rng(2)
    designs = {0: rng.normal(size=(7, 2)), 1: rng.normal(size=(7, 1))}
    weights, theta = rng.uniform(1, 3, 7), rng.normal(size=5) / 2

    def curve(at):
        u, v = own_parameters(at, 2, designs)
        sine, cosine, power = np.sin(u), np.cos(u), np.exp(v)
        return assembled(
            float((weights * sine * power).sum()),
            [cosine * power, sine * power],
            {(0, 0): -sine * power, (0, 1): cosine * power, (1, 1): sine * power},
            weights,
            designs,
        )

    def slope(of):
        steps = 1e-5 * np.eye(5)
        return np.array([(of(theta + step) - of(theta - step)) / 2e-5 for step in steps])

    here = curve(theta)
    assert here.gradient == pytest.approx(slope(lambda at: curve(at).value), rel=1e-7, abs=1e-8)
    assert here.hessian == pytest.approx(slope(lambda at: curve(at).gradient), rel=1e-7, abs=1e-8)
    assert here.hessian == pytest.approx(here.hessian.T, rel=1e-12)


def test_own_parameters_are_numbers_without_covariates():
    theta = np.array([1.0, 2.0, 0.5])
    first, second = own_parameters(theta, 2, {1: np.array([[1.0], [-1.0]])})
    assert first == 1.0
    assert list(second) == [2.5, 1.5]


def test_derivatives_that_are_numbers_count_once_for_every_row():
    curve = assembled(3.0, [2.0], {(0, 0): -1.0}, np.array([1.0, 4.0]), {})
    assert (curve.gradient, curve.hessian) == (pytest.approx([10.0]), pytest.approx(np.array([[-5.0]])))
