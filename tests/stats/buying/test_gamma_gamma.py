"""What transactions are worth: published results, mpmath, derivatives, and records that tell less than usual."""

import math
import warnings

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stats.buying.gamma_gamma import GammaGamma, Spend, _Sample, fit, independence
from regulars.stats.likelihood import NotFitted


@pytest.fixture(scope="module")
def cdnow():
    """Return the tenth of CDNOW's customers that the literature uses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        datasets = pytest.importorskip("lifetimes.datasets")
        rows = datasets.load_cdnow_summary_data_with_monetary_value()
    return Spend(frequency=rows["frequency"].to_numpy(float), mean=rows["monetary_value"].to_numpy(float))


def drawn(n, seed, p=6.25, q=3.74, gamma=15.44):
    rng = np.random.default_rng(seed)
    x = 1.0 + rng.negative_binomial(0.6, 0.1, n)
    return Spend(frequency=x, mean=rng.gamma(p * x) / rng.gamma(q, 1 / gamma, n) / x)


def test_cdnow_has_the_published_parameters(cdnow):
    found = fit(cdnow)
    model = GammaGamma.at(found.theta)
    # Fader & Hardie (2013), section 5: 6.25, 3.74, 15.44; to six digits as two other codes have it.
    assert (model.p, model.q, model.gamma) == pytest.approx((6.248803, 3.744588, 15.447748), rel=1e-6)
    assert found.value == pytest.approx(-4055.9232, abs=1e-3)
    assert found.value == pytest.approx(model.log_likelihood(cdnow).sum(), rel=1e-12)
    assert model.population == pytest.approx(35.17, abs=0.005)
    assert found.held == ()


def test_cdnow_has_the_published_expectations(cdnow):
    model = GammaGamma.at(fit(cdnow).theta)
    expected = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert model.expected(cdnow.frequency, cdnow.mean)[:10].tolist() == pytest.approx(expected, abs=0.01)


def test_cdnow_spend_hardly_goes_with_frequency(cdnow):
    found = independence(cdnow)
    assert found.linear.value == pytest.approx(0.1139, abs=5e-5)
    assert (found.linear.low, found.linear.high) == pytest.approx((0.0505, 0.1763), abs=1e-4)
    assert found.ranks.value == pytest.approx(0.2064, abs=1e-4)
    assert found.ranks.n == 946


@pytest.mark.shared_data
def test_all_of_cdnow_has_the_parameters_that_other_codes_find(shared):
    duckdb = pytest.importorskip("duckdb")
    rows = duckdb.sql(f"""
        with days as (
            select customer_id, date, sum(dollar_value) as value from '{shared}/data/cdnow/cdnow_master.parquet'
            where date <= 19970930 group by all
        )
        select count(*) - 1, (sum(value) - arg_min(value, date)) / (count(*) - 1) from days group by customer_id
        having count(*) > 1 order by customer_id
    """).fetchnumpy()
    frequency, mean = (np.asarray(part, float) for part in rows.values())
    found = fit(Spend(frequency=frequency, mean=mean))
    model = GammaGamma.at(found.theta)
    assert (mean > 0).sum() == 9450
    assert (model.p, model.q, model.gamma) == pytest.approx((6.27536, 3.62445, 14.98369), rel=1e-5)
    assert found.value == pytest.approx(-40763.4763, abs=1e-3)


def test_likelihood_and_expectation_agree_with_mpmath():
    mpmath.mp.dps = 50
    for p, q, gamma in ((6.25, 3.74, 15.44), (0.2, 1.05, 400.0), (900.0, 30.0, 0.02)):
        model = GammaGamma(p=p, q=q, gamma=gamma)
        for x, mean in ((1.0, 30.0), (3.0, 0.01), (10_000.0, 12_345.0)):
            a, s = mpmath.mpf(p) * x, mpmath.mpf(x) * mean
            expected = mpmath.loggamma(a + q) - mpmath.loggamma(a) - mpmath.loggamma(q) + q * mpmath.log(gamma)
            expected += (a - 1) * mpmath.log(mean) + a * mpmath.log(x) - (a + q) * mpmath.log(gamma + s)
            spend = Spend(frequency=np.array([x]), mean=np.array([mean]))
            assert model.log_likelihood(spend)[0] == pytest.approx(float(expected), rel=1e-9)
            value = model.expected(spend.frequency, spend.mean)[0]
            assert value == pytest.approx(float(p * (gamma + s) / (a + q - 1)), rel=1e-13)


@given(st.floats(-2, 4), st.floats(-2, 4), st.floats(-3, 4))
def test_slopes_and_bends_are_those_of_the_likelihood(p, q, gamma):
    spend = drawn(40, 1)
    sample = _Sample.of(spend.frequency, 1 / (spend.frequency * spend.mean), np.linspace(0.5, 2, 40))
    theta, step = np.array([p, q, gamma]), 1e-5
    here = sample.curve(theta)
    scale = 1 + np.abs(here.hessian).max()
    for j, along in enumerate(np.eye(3) * step):
        ahead, behind = sample.curve(theta + along), sample.curve(theta - along)
        assert (ahead.value - behind.value) / (2 * step) == pytest.approx(here.gradient[j], abs=1e-5 * scale)
        slopes = (ahead.gradient - behind.gradient) / (2 * step)
        assert slopes == pytest.approx(here.hessian[j], abs=1e-5 * scale)


def test_planted_parameters_come_back_within_their_errors():
    found = fit(drawn(100_000, 2))
    errors = np.sqrt(np.diag(found.covariance))
    assert (np.abs(found.theta - np.log([6.25, 3.74, 15.44])) < 3.5 * errors).all()
    assert errors.max() < 0.05


def test_a_weight_counts_a_row_that_often():
    spend = drawn(300, 3)
    weights = np.arange(300) % 3.0
    twice = np.repeat(np.arange(300), weights.astype(int))
    weighted = fit(Spend(frequency=spend.frequency, mean=spend.mean, weights=weights))
    repeated = fit(Spend(frequency=spend.frequency[twice], mean=spend.mean[twice]))
    assert weighted.theta == pytest.approx(repeated.theta, abs=1e-6)
    assert weighted.value == pytest.approx(repeated.value, rel=1e-10)
    assert weighted.covariance == pytest.approx(repeated.covariance, rel=1e-5)


@pytest.mark.parametrize("unit", [1e-6, 100.0, 1e9])
def test_the_unit_of_money_scales_gamma_alone(unit):
    spend = drawn(2000, 4)
    plain, scaled = fit(spend), fit(Spend(frequency=spend.frequency, mean=unit * spend.mean))
    assert scaled.theta == pytest.approx(plain.theta + np.array([0, 0, math.log(unit)]), abs=1e-6)
    assert scaled.value == pytest.approx(plain.value - 2000 * math.log(unit), rel=1e-9)


def test_customers_without_a_paid_transaction_tell_nothing():
    spend = drawn(500, 5)
    more = Spend(frequency=np.append(spend.frequency, [0, 2, 3]), mean=np.append(spend.mean, [0, 0, -5]))
    assert fit(more).theta.tolist() == fit(spend).theta.tolist()
    model = GammaGamma.at(fit(spend).theta)
    assert model.log_likelihood(more)[-3:].tolist() == [0, 0, 0]
    assert model.expected(np.array([0.0]), np.array([0.0]))[0] == pytest.approx(model.population)
    assert (model.expected(more.frequency, more.mean) > 0).all()


def test_expectation_goes_from_the_population_to_the_own_mean():
    model, times = GammaGamma(p=6.25, q=3.74, gamma=15.44), np.array([0.0, 1, 3, 30, 10_000])
    values = model.expected(times, np.full(5, 100.0))
    assert (np.diff(values) > 0).all()
    assert values[-1] == pytest.approx(100, rel=1e-3)
    shape, rate = model.posterior(times, np.full(5, 100.0))
    assert values == pytest.approx(6.25 * rate / (shape - 1))


def test_without_a_mean_the_population_is_infinite():
    model = GammaGamma(p=2.0, q=0.9, gamma=1.0)
    assert model.population == math.inf
    values = model.expected(np.array([0.0, 1.0]), np.array([0.0, 3.0]))
    assert values[0] == math.inf
    assert values[1] == pytest.approx(2 * 4 / 1.9)


def test_values_that_vary_only_between_customers_or_only_within_are_fitted_all_the_same():
    rng = np.random.default_rng(6)
    x = 1.0 + rng.poisson(2, 3000)
    own_price = fit(Spend(frequency=x, mean=1 / rng.gamma(4, 1 / 60, 3000)))
    assert own_price.held == (0,)
    assert math.exp(own_price.theta[1]) == pytest.approx(4, rel=0.1)
    alike = fit(Spend(frequency=x, mean=3 * rng.gamma(5 * x) / x))
    assert alike.held == (1,)
    assert math.exp(alike.theta[0]) == pytest.approx(5, rel=0.1)
    assert GammaGamma.at(alike.theta).population == pytest.approx(15, rel=0.03)


def test_any_few_customers_are_fitted_unless_their_spend_has_no_mean():
    refused = []
    rng = np.random.default_rng(7)
    for _ in range(40):
        n = rng.integers(2, 12)
        x = 1.0 + rng.poisson(rng.choice([0.2, 3]), n)
        spend = Spend(frequency=x, mean=np.round(rng.lognormal(3, rng.choice([0.01, 1, 3]), n), 2) + 0.01)
        try:
            found = fit(spend)
        except NotFitted as refusal:
            refused.append(str(refusal))
            continue
        assert np.isfinite(found.theta).all()
        assert np.isfinite(GammaGamma.at(found.theta).expected(spend.frequency, spend.mean)).all()
    assert len(refused) < 20
    assert all("spend is so uneven" in said for said in refused)


@pytest.mark.parametrize(
    ("frequency", "mean", "said"),
    [
        ([], [], "nobody"),
        ([0.0, 2.0], [0.0, 0.0], "nobody"),
        ([1.0, 0.0], [5.0, 0.0], "fewer than two"),
        ([1.0, 4.0, 2.0], [5.0, 5.0, 5.0], "exactly the same"),
    ],
)
def test_it_says_why_there_is_nothing_to_learn(frequency, mean, said):
    with pytest.raises(NotFitted, match=said):
        fit(Spend(frequency=np.array(frequency), mean=np.array(mean)))


def test_spend_without_a_mean_is_refused():
    rng = np.random.default_rng(8)
    x = 1.0 + rng.poisson(3, 4000)
    with pytest.raises(NotFitted, match="so uneven that it has no mean"):
        fit(Spend(frequency=x, mean=rng.gamma(3 * x) / x / rng.gamma(0.7, 1, 4000)))


def test_independence_covers_0_where_there_is_none_and_counts_weights():
    inside = [found.low <= 0 <= found.high for seed in range(100) for found in [independence(drawn(400, seed)).linear]]
    assert np.mean(inside) > 0.88
    spend = drawn(60, 1)
    weights = 1.0 + np.arange(60) % 3
    rows = np.repeat(np.arange(60), weights.astype(int))
    weighted = independence(Spend(frequency=spend.frequency, mean=spend.mean, weights=weights))
    repeated = independence(Spend(frequency=spend.frequency[rows], mean=spend.mean[rows]))
    for one, other in ((weighted.linear, repeated.linear), (weighted.ranks, repeated.ranks)):
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))
        assert one.n == other.n


def test_ranks_are_those_of_scipy():
    from scipy import stats

    spend = drawn(200, 9)
    mean = np.round(spend.mean / 20)
    found = independence(Spend(frequency=spend.frequency, mean=mean + 1))
    assert found.ranks.value == pytest.approx(stats.spearmanr(spend.frequency, mean).statistic)
    assert found.linear.value == pytest.approx(stats.pearsonr(spend.frequency, mean).statistic)


def test_independence_needs_customers_who_differ():
    few = independence(Spend(frequency=np.array([1.0, 2, 3]), mean=np.array([1.0, 5, 2])))
    assert "four customers" in few.linear.why_not
    same = independence(Spend(frequency=np.ones(9), mean=np.arange(1.0, 10)))
    assert "same frequency" in same.ranks.why_not
    line = independence(Spend(frequency=np.arange(1.0, 10), mean=np.arange(1.0, 10)))
    assert line.linear.value == pytest.approx(1)
    assert line.linear.low > 0.99
