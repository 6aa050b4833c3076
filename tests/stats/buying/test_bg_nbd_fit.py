"""Fitting the BG/NBD and the MBG/CNBD-k: planted parameters, slopes, covariates, weights, and what cannot be told."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from bg_histories import CASES, KINDS, PUBLISHED, histories, simulated

from regulars.stats.buying.bg_curve import BgLikelihood
from regulars.stats.buying.bg_nbd import BgNbd, chosen_k, fit
from regulars.stats.buying.histories import Histories
from regulars.stats.likelihood import NotFitted


def likelihood_of(leaves_at_first, k, designs, weights):
    h, _ = simulated(150, 3, BgNbd(r=0.8, alpha=15.0 * k, a=0.6, b=2.0, leaves_at_first=leaves_at_first, k=k))
    h = replace(h, recency=h.recency / 100, age=h.age / 100, weights=weights)
    return BgLikelihood.of(h, designs, leaves_at_first, k)


@KINDS
@pytest.mark.parametrize("places", [(), (1,), (2, 3), (1, 2, 3)])
def test_gradient_and_hessian_are_the_slopes_of_value_and_gradient(leaves_at_first, k, places):
    rng = np.random.default_rng(4)
    designs = {place: rng.normal(size=(150, 1 + (place == 1))) for place in places}
    weights = rng.uniform(0.5, 2, 150) if places != (1,) else None
    likelihood = likelihood_of(leaves_at_first, k, designs, weights)
    theta = np.concatenate([[-0.3, 0.2, -0.4, 0.6], rng.normal(size=sum(d.shape[1] for d in designs.values())) / 4])

    def slope(of):
        steps = 1e-5 * np.eye(len(theta))
        return np.array([(of(theta + step) - of(theta - step)) / 2e-5 for step in steps])

    here = likelihood.curve(theta)
    assert here.gradient == pytest.approx(slope(lambda at: likelihood.curve(at).value), rel=1e-6, abs=1e-5)
    assert here.hessian == pytest.approx(slope(lambda at: likelihood.curve(at).gradient), rel=1e-6, abs=1e-5)
    h = likelihood.whole
    each = BgNbd.at(theta, designs, leaves_at_first=leaves_at_first, k=k).log_likelihood(h)
    constant = (k - 1) * h.log_gaps - math.lgamma(k) * h.frequency
    assert here.value == pytest.approx(((each - constant) * (1.0 if weights is None else weights)).sum(), rel=1e-12)


@KINDS
def test_planted_parameters_are_found_and_the_future_is_forecast(leaves_at_first, k):
    truth = BgNbd(r=1.2, alpha=20.0 * k, a=0.9, b=3.0, leaves_at_first=leaves_at_first, k=k)
    h, later = simulated(20_000, 5, truth, ahead=120.0)
    found = fit(h, leaves_at_first=leaves_at_first, k=k)
    planted = np.log([truth.r, truth.alpha, truth.a, truth.b])
    off = found.theta - planted
    # Chi-square with 4 degrees of freedom: 23.5 is exceeded once in 10,000 seeds.
    assert off @ np.linalg.solve(found.covariance, off) < 23.5
    assert found.value == pytest.approx(truth.log_likelihood(h).sum(), abs=12)
    assert found.value >= truth.log_likelihood(h).sum()
    model = BgNbd.at(found.theta, leaves_at_first=leaves_at_first, k=k)
    assert model.log_likelihood(h).sum() == pytest.approx(found.value, rel=1e-11)
    expected, silent = truth.expected(h, [120.0])[0], truth.none_ahead(h, 120.0)
    for forecast, actual in ((expected, later), (silent, (later == 0).astype(float))):
        assert forecast.sum() == pytest.approx(actual.sum(), abs=4 * np.std(actual - forecast) * math.sqrt(len(h)))
        seldom = h.frequency <= 1
        spread = 4 * np.std((actual - forecast)[seldom]) * math.sqrt(seldom.sum())
        assert forecast[seldom].sum() == pytest.approx(actual[seldom].sum(), abs=spread)


def test_covariates_scale_parameters_of_their_rows():
    """Half of the customers buy three times as often; coefficients act on log alpha, of a and b alike."""
    often = np.repeat([0.0, 1.0], 8_000)
    slow, _ = simulated(8_000, 6, BgNbd(r=1.2, alpha=30.0, a=0.9, b=3.0))
    fast, _ = simulated(8_000, 7, BgNbd(r=1.2, alpha=10.0, a=0.9, b=6.0))
    both = Histories(
        **{
            each.name: np.concatenate([getattr(slow, each.name), getattr(fast, each.name)])
            for each in fields(Histories)
            if each.name != "weights"
        }
    )
    designs = {1: often[:, None], 3: often[:, None]}
    found = fit(both, designs)
    planted = np.array([*np.log([1.2, 30.0, 0.9, 3.0]), -math.log(3), math.log(2)])
    off = found.theta - planted
    assert off @ np.linalg.solve(found.covariance, off) < 27.9  # chi-square, 6 degrees of freedom, 1e-4
    model = BgNbd.at(found.theta, designs)
    assert model.log_likelihood(both).sum() == pytest.approx(found.value, rel=1e-11)
    # Rows whose parameters stand in arrays score as under numbers.
    numbers = BgNbd(r=model.r, alpha=model.alpha[-1], a=model.a, b=model.b[-1])
    few = slice(-50, None)
    arrays = replace(model, alpha=model.alpha[few], b=model.b[few])
    assert arrays.expected(both.taken(few), [30.0, 365.0]) == pytest.approx(
        numbers.expected(both.taken(few), [30.0, 365.0])
    )
    assert arrays.alive(both.taken(few)) == pytest.approx(numbers.alive(both.taken(few)))


@KINDS
def test_a_weight_of_two_is_the_row_twice(leaves_at_first, k):
    h, _ = simulated(600, 8, BgNbd(r=0.8, alpha=15.0 * k, a=0.6, b=2.0, leaves_at_first=leaves_at_first, k=k))
    twice = h.taken(np.concatenate([np.arange(600), np.arange(200)]))
    weighted = replace(h, weights=np.repeat([2.0, 1.0], [200, 400]))
    one, other = (fit(rows, leaves_at_first=leaves_at_first, k=k) for rows in (twice, weighted))
    assert other.theta == pytest.approx(one.theta, abs=1e-6)
    assert other.value == pytest.approx(one.value, rel=1e-12)
    assert other.covariance == pytest.approx(one.covariance, rel=1e-4)


def test_customers_of_the_last_day_tell_nothing():
    h, _ = simulated(500, 9, PUBLISHED)
    new = histories([(0, 0, 0)] * 100)
    both = Histories(
        **{name: np.concatenate([getattr(h, name), getattr(new, name)]) for name in ("frequency", "recency", "age")}
    )
    one, other = fit(replace(h, log_gaps=None)), fit(both)
    assert other.theta == pytest.approx(one.theta, abs=1e-4)
    assert other.value == pytest.approx(one.value, rel=1e-9)
    assert (PUBLISHED.log_likelihood(new) == 0).all()


def test_unit_of_time_changes_nothing_but_alpha():
    h, _ = simulated(500, 10, BgNbd(r=0.8, alpha=15.0, a=0.6, b=2.0))
    days, weeks = fit(h), fit(replace(h, recency=h.recency / 7, age=h.age / 7))
    assert np.exp(days.theta[1] - weeks.theta[1]) == pytest.approx(7)
    assert days.theta[[0, 2, 3]] == pytest.approx(weeks.theta[[0, 2, 3]])
    assert weeks.value == pytest.approx(days.value + h.frequency.sum() * math.log(7))


def test_many_rows_fit_as_few_with_weights():
    """Beyond 60,000 rows a sample is fitted first; here they are 800 customers, many times over."""
    h, _ = simulated(800, 11, BgNbd(r=0.8, alpha=15.0, a=0.6, b=2.0))
    many, few = fit(h.taken(np.tile(np.arange(800), 100))), fit(replace(h, weights=np.full(800, 100.0)))
    assert many.theta == pytest.approx(few.theta, abs=1e-6)
    assert many.value == pytest.approx(few.value, rel=1e-11)


def test_where_nobody_leaves_the_chance_to_leave_is_held():
    h, _ = simulated(2_000, 12, BgNbd(r=2.0, alpha=30.0, a=1e-9, b=1.0))
    found = fit(h)
    model = BgNbd.at(found.theta)
    assert set(found.held) & {2, 3}
    assert np.exp(found.theta[:2]) == pytest.approx([2.0, 30.0], rel=0.15)
    assert model.alive(h).min() > 0.98
    assert np.isfinite(model.expected(h, [30.0, 365.0])).all()


def test_where_all_buy_alike_the_mean_rate_is_told():
    """Poisson buyers: r and alpha run up a ridge on which only their ratio counts."""
    h, _ = simulated(2_000, 13, BgNbd(r=1e9, alpha=2e10, a=0.5, b=3.0))
    found = fit(h)
    assert set(found.held) & {0, 1}
    assert np.exp(found.theta[0] - found.theta[1]) == pytest.approx(1 / 20, rel=0.05)
    assert np.isfinite(BgNbd.at(found.theta).expected(h, [30.0, 365.0])).all()


def test_where_all_leave_alike_the_mean_chance_is_told():
    h, _ = simulated(4_000, 14, BgNbd(r=2.0, alpha=20.0, a=3e8, b=7e8))
    found = fit(h)
    model = BgNbd.at(found.theta)
    assert set(found.held) & {2, 3}
    assert model.a / (model.a + model.b) == pytest.approx(0.3, rel=0.1)
    assert np.isfinite(model.expected(h, [30.0, 365.0])).all()


def test_extreme_customers_do_not_break_the_fit():
    h, _ = simulated(500, 15, BgNbd(r=0.8, alpha=15.0, a=0.6, b=2.0))
    extreme = histories(CASES)
    both = Histories(
        **{name: np.concatenate([getattr(h, name), getattr(extreme, name)]) for name in ("frequency", "recency", "age")}
    )
    model = BgNbd.at(fit(both).theta)
    for found in (model.log_likelihood(both), model.alive(both), model.expected(both, [1.0, 3650.0])):
        assert np.isfinite(found).all()


def test_what_cannot_be_fitted_says_why():
    with pytest.raises(NotFitted, match="day of the snapshot"):
        fit(histories([(0, 0, 0)] * 5))
    with pytest.raises(NotFitted, match="fewer than two customers"):
        fit(histories([(0, 0, 90)] * 50 + [(3, 20, 90)]))
    with pytest.raises(NotFitted, match="fewer than two customers"):
        fit(histories([(0, 0, 90)] * 50 + [(3, 20, 90)] * 3, weights=np.array([1.0] * 50 + [0.5] * 3)))
    with pytest.raises(NotFitted):
        fit(histories([(0, 0, 90)]).taken(slice(0, 0)))
    with pytest.raises(ValueError, match="covariates act on"):
        fit(histories([(3, 20, 90)] * 9), {0: np.zeros((9, 1))})
    with pytest.raises(ValueError, match="log_gaps"):
        fit(histories([(0, 0, 90)] * 50 + [(3, 20, 90)] * 9), k=2)


@pytest.mark.parametrize("k", [1, 3])
def test_regularity_is_chosen_by_likelihood(k):
    h, _ = simulated(3_000, 16, BgNbd(r=1.2, alpha=15.0 * k, a=0.6, b=2.0, leaves_at_first=True, k=k))
    assert chosen_k(h, leaves_at_first=True) == k
    assert chosen_k(h, leaves_at_first=True, most=2) == min(k, 2)


def test_same_histories_give_the_same_bytes():
    h, _ = simulated(500, 17, BgNbd(r=0.8, alpha=15.0, a=0.6, b=2.0))
    one, other = fit(h), fit(h)
    assert one.theta.tobytes() == other.theta.tobytes()
    model = BgNbd.at(one.theta)
    assert model.expected(h, [30.0]).tobytes() == model.expected(h, [30.0]).tobytes()
