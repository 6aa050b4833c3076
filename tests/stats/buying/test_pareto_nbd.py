"""The Pareto/NBD against published numbers, 50-digit arithmetic, its own derivatives and planted customers."""

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import mpmath
import numpy as np
import pytest
from numpy.typing import ArrayLike

from regulars.stats.buying.histories import Histories
from regulars.stats.buying.pareto_nbd import ParetoNbd, _Likelihood, fit
from regulars.stats.likelihood import Floats, NotFitted

#: Rounded as published for the sample of CDNOW (Fader, Hardie & Lee 2005), in weeks.
PUBLISHED = ParetoNbd(r=0.553, alpha=10.578, s=0.606, beta=11.669)

#: (r, alpha, s, beta): usual ones, alpha above and below beta by orders of magnitude, nearly everyone gone, hardly any.
PARAMETERS = [
    (0.553, 10.578, 0.606, 11.669),
    (0.93, 33.6, 0.5, 244.0),
    (0.5, 200.0, 0.6, 2.0),
    (0.3, 1.0, 0.2, 500.0),
    (2.0, 0.01, 0.4, 30.0),
    (0.55, 10.0, 3.0, 1000.0),
    (10.465, 0.00798565, 3.0516, 2.82),
    (0.05, 30.0, 0.02, 30.0),
]
#: (frequency, recency, age): from 1 day to 30 years, up to 10,000 transactions.
CUSTOMERS = [
    (0, 0, 0.01),
    (0, 0, 1),
    (0, 0, 38.86),
    (0, 0, 10950),
    (1, 1, 1),
    (1, 1, 10950),
    (2, 30.43, 38.86),
    (3, 5000, 10950),
    (5, 0.01, 100),
    (7, 29.43, 38.86),
    (26, 30.86, 31),
    (100, 300, 700),
    (300, 10, 730),
    (300, 729, 730),
    (1000, 3600, 3650),
    (10000, 1, 10950),
    (10000, 100, 3650),
    (10000, 10900, 10950),
    (10000, 10949, 10950),
]


def histories(rows: ArrayLike, weights: Floats | None = None) -> Histories:
    """Return customers from rows of frequency, recency and age."""
    frequency, recency, age = np.asarray(rows, dtype=np.float64).T
    return Histories(frequency=frequency, recency=recency, age=age, weights=weights)


def simulated(n: int, model: ParetoNbd, seed: int, longest: float = 700.0) -> Histories:
    """Return n customers of that model whose ages spread evenly up to `longest`."""
    rng = np.random.default_rng(seed)
    buying = rng.gamma(model.r, 1 / np.broadcast_to(model.alpha, n))
    leaving = rng.gamma(model.s, 1 / np.broadcast_to(model.beta, n))
    age = np.ceil(rng.uniform(0, longest, n))
    stay = np.minimum(rng.exponential(1, n) / leaving, age)
    frequency = rng.poisson(buying * stay).astype(np.float64)
    last = stay * rng.random(n) ** (1 / np.maximum(frequency, 1))
    return Histories(frequency=frequency, recency=np.where(frequency > 0, last, 0.0), age=age)


def merged(customer: ArrayLike, day: ArrayLike, split: str) -> tuple[Histories, Floats]:
    """Return what was known at the end of the day `split`, in days, and the transactions of each customer after it."""
    dates = [f"{value[:4]}-{value[4:6]}-{value[6:]}" for value in np.asarray(day).astype(np.int64).astype(str)]
    days = np.array(dates, dtype="datetime64[D]").astype(np.int64)
    ids, who = np.unique(np.asarray(customer), return_inverse=True)
    who, days = np.unique(np.stack([who, days]), axis=1)  # several orders of a day are one
    end, before = np.datetime64(split).astype(np.int64), days <= np.datetime64(split).astype(np.int64)
    counts = np.bincount(who[before], minlength=len(ids))
    last = np.cumsum(counts) - 1
    first = last - counts + 1
    seen = days[before]
    rows = np.stack([counts - 1, seen[last] - seen[first], end - seen[first]], axis=1)
    return histories(rows), np.bincount(who[~before], minlength=len(ids)).astype(np.float64)


@cache
def cdnow() -> tuple[Histories, Floats]:
    """Return the 2,357 customers of the published sample, in weeks, and their transactions in the 39 weeks after."""
    package = find_spec("lifetimes")  # found, not imported: only its data are wanted
    assert package is not None
    assert package.origin is not None
    table = np.loadtxt(Path(package.origin).parent / "datasets" / "CDNOW_sample.txt")
    days, after = merged(table[:, 1], table[:, 2], "1997-09-30")
    return Histories(frequency=days.frequency, recency=days.recency / 7, age=days.age / 7), after


@cache
def fitted() -> ParetoNbd:
    return ParetoNbd.at(fit(cdnow()[0]).theta)


def by_mpmath(parameters: tuple[float, ...], customer: tuple[float, ...]) -> tuple[mpmath.mpf, mpmath.mpf]:
    """Return log-likelihood and P(alive), integrating over the time of leaving with 50 digits."""
    with mpmath.workdps(50):
        r, alpha, s, beta = (mpmath.mpf(value) for value in parameters)
        x, recency, age = (mpmath.mpf(value) for value in customer)
        unit = min(alpha, beta)

        def silent(u: mpmath.mpf, leaves: int) -> mpmath.mpf:
            bought = ((alpha + recency) / (alpha + u)) ** (r + x)
            return bought * ((beta + recency) / (beta + u)) ** (s + leaves)

        def at(y: mpmath.mpf) -> mpmath.mpf:
            u = (unit + recency) * mpmath.exp(y) - unit
            return silent(u, 1) * (unit + u)

        # Panels that double from where the integrand changes fastest.
        reach, places = mpmath.log((unit + age) / (unit + recency)), [mpmath.mpf(0)]
        while places[-1] < reach:
            places.append(min(reach, 2 * places[-1] + 1 / (r + x + s + 1)))
        left = s / (beta + recency) * mpmath.quad(at, places) if reach else mpmath.mpf(0)
        kept = silent(age, 0)
        log = mpmath.loggamma(r + x) - mpmath.loggamma(r) + r * mpmath.log(alpha) + s * mpmath.log(beta)
        log += mpmath.log(kept + left) - (r + x) * mpmath.log(alpha + recency) - s * mpmath.log(beta + recency)
        return log, kept / (kept + left)


def assert_agrees_with_mpmath(parameters: tuple[float, ...], customers: list[tuple[float, ...]]) -> None:
    model, h = ParetoNbd(**dict(zip(("r", "alpha", "s", "beta"), parameters, strict=True))), histories(customers)
    exact = [by_mpmath(parameters, customer) for customer in customers]
    assert np.abs(model.log_likelihood(h) - [float(log) for log, _ in exact]).max() < 1e-9
    assert np.abs(model.alive(h) - [float(alive) for _, alive in exact]).max() < 1e-10


def test_sample_of_cdnow_gives_the_published_fit() -> None:
    """Fader, Hardie & Lee (2005): .553, 10.578, .606, 11.669, LL -9595.0; standard errors as CLVTools prints them."""
    found = fit(cdnow()[0])
    estimates = np.exp(found.theta)
    assert estimates == pytest.approx([0.553276, 10.577663, 0.606239, 11.668718], rel=1e-5)
    assert found.value == pytest.approx(-9594.97618, abs=1e-5)
    errors = estimates * np.sqrt(np.diag(found.covariance))
    assert errors == pytest.approx([0.0476264, 0.8427222, 0.1872594, 6.2105448], rel=2e-4)
    assert not found.held
    assert fitted().log_likelihood(cdnow()[0]).sum() == pytest.approx(found.value, abs=1e-8)


def test_a_frequent_customer_is_alive_and_expected_as_published() -> None:
    """BTYD vignette: customer 26, 30.86, 31."""
    customer = histories([(26, 30.86, 31)])
    assert PUBLISHED.alive(customer)[0] == pytest.approx(0.9979, abs=5e-5)
    assert fitted().expected(customer, [52])[0, 0] == pytest.approx(25.4563, abs=5e-4)


def test_a_new_customer_is_expected_to_buy_as_published() -> None:
    """BTYD manual, at the parameters that its own search ends with."""
    manual = ParetoNbd(r=0.5533971, alpha=10.5801985, s=0.6060625, beta=11.6562237)
    assert manual.expected_new([52])[0] == pytest.approx(1.473113, abs=1e-6)


def test_the_holdout_of_cdnow_is_met_as_published() -> None:
    """Fader, Hardie & Lee (2005): correlation .630; 1,882 transactions came where 1,665.5 were expected."""
    h, after = cdnow()
    expected = fitted().expected(h, [39])[0]
    assert after.sum() == 1882
    assert expected.sum() == pytest.approx(1665.5, abs=0.3)
    assert np.corrcoef(expected, after)[0, 1] == pytest.approx(0.6302, abs=1e-4)


def test_the_histogram_of_cdnow_is_as_published() -> None:
    """BTYD: customers expected with 0 to 6, and with 7 or more repeat transactions."""
    counts = np.zeros(7)
    for age, customers in zip(*np.unique(cdnow()[0].age, return_counts=True), strict=True):
        counts += customers * fitted().pmf(6, age)
    published = [1434.28, 396.82, 193.45, 111.78, 69.97, 45.84, 30.92, 73.95]
    assert [*counts, 2357 - counts.sum()] == pytest.approx(published, rel=1e-3)


def test_discounted_residual_transactions_are_as_published() -> None:
    """BTYD at the rounded parameters; 7 transactions until week 40 are worth about as much as 1 (the iso-value)."""
    customers = histories([(0, 0, 77.86), (1, 40, 77.86), (4, 60, 77.86), (7, 40, 77.86)])
    published = [0.181516, 1.906564, 7.323390, 1.940081]
    assert PUBLISHED.dert(customers, 0.0027) == pytest.approx(published, abs=1e-6)


def test_totals_of_cdnow_are_those_of_clvtools() -> None:
    """CLVTools 0.12.1, whose search ends a little beside the maximum."""
    h, model = cdnow()[0], fitted()
    first = histories([(2, 30 + 3 / 7, 38 + 6 / 7)])
    assert model.alive(first)[0] == pytest.approx(0.869165, abs=5e-5)
    assert model.expected(first, [39])[0, 0] == pytest.approx(1.455321, rel=2e-4)
    assert model.expected(h, [39]).sum() == pytest.approx(1665.688, rel=2e-4)
    assert model.dert(h, 0.0027).sum() == pytest.approx(7188.25, rel=5e-4)


@pytest.mark.shared_data
def test_all_of_cdnow_in_days_gives_what_three_packages_find(shared: Path) -> None:
    """lifetimes and CLVTools agree on these to 4 or 5 digits (23,570 customers until 1997-09-30)."""
    import duckdb

    table = duckdb.read_parquet(str(shared / "data" / "cdnow" / "cdnow_master.parquet")).fetchnumpy()
    h, _ = merged(table["customer_id"], table["date"], "1997-09-30")
    found = fit(h)
    assert len(h) == 23570
    assert np.exp(found.theta) == pytest.approx([0.59742, 81.0996, 0.52219, 61.7943], rel=1e-4)
    assert found.value == pytest.approx(-142772.7339, abs=1e-3)


def test_likelihood_and_alive_agree_with_mpmath() -> None:
    for index, parameters in enumerate(PARAMETERS):
        assert_agrees_with_mpmath(parameters, CUSTOMERS[index % 5 :: 5])


@pytest.mark.long
@pytest.mark.parametrize("parameters", PARAMETERS)
def test_likelihood_and_alive_agree_with_mpmath_everywhere(parameters: tuple[float, ...]) -> None:
    assert_agrees_with_mpmath(parameters, CUSTOMERS)


@pytest.mark.long
def test_likelihood_and_alive_agree_with_mpmath_at_random() -> None:
    rng = np.random.default_rng(20260101)
    for _ in range(100):
        parameters = tuple(np.exp(rng.uniform((-4, -6, -4, -6), (6, 9, 6, 9))))
        age, x = np.exp(rng.uniform(0, 9.3)), rng.integers(0, 2) * np.floor(np.exp(rng.uniform(0, 9.2)))
        assert_agrees_with_mpmath(parameters, [(x, age * rng.random() ** 0.3 if x else 0.0, age)])


@pytest.mark.parametrize("start", [(0.5, 0.2, 0.5, 0.3), (0.5, 0.9, 1.4, 0.3)], ids=["alpha less", "beta less"])
@pytest.mark.parametrize("covariates", [{}, {1: 2}, {3: 1}, {1: 2, 3: 1}], ids=str)
def test_gradient_and_hessian_are_those_of_the_likelihood(
    start: tuple[float, ...], covariates: Mapping[int, int]
) -> None:
    rng = np.random.default_rng(3)
    rows = simulated(300, ParetoNbd(r=0.7, alpha=0.2, s=0.5, beta=0.5), seed=4, longest=3)
    h = Histories(frequency=rows.frequency, recency=rows.recency, age=rows.age, weights=rng.uniform(0.5, 2, 300))
    designs = {parameter: rng.normal(size=(300, columns)) for parameter, columns in covariates.items()}
    likelihood = _Likelihood.of(h, designs)
    theta = np.concatenate([np.log(start), rng.normal(size=sum(covariates.values())) * 0.3])
    here = likelihood.curve(theta)
    assert here.value == pytest.approx(h.weights @ ParetoNbd.at(theta, designs).log_likelihood(h), rel=1e-13)
    scale = np.abs(here.hessian).max()
    for index, step in enumerate(np.eye(len(theta)) * 1e-5):
        after, before = likelihood.curve(theta + step), likelihood.curve(theta - step)
        assert here.gradient[index] == pytest.approx((after.value - before.value) / 2e-5, abs=1e-8 * scale)
        assert here.hessian[index] == pytest.approx((after.gradient - before.gradient) / 2e-5, abs=1e-8 * scale)


def test_derivatives_hold_for_extreme_customers() -> None:
    likelihood = _Likelihood.of(histories([(0, 0, 0), (4, 3, 3), *CUSTOMERS]), {})
    for parameters in PARAMETERS:
        theta = np.log(parameters)
        here = likelihood.curve(theta)
        for index, step in enumerate(np.eye(4) * 1e-4):
            after, before = likelihood.curve(theta + step), likelihood.curve(theta - step)
            change = (after.gradient - before.gradient) / 2e-4
            assert here.hessian[index] == pytest.approx(change, abs=1e-6 * np.abs(here.hessian).max())
            assert here.gradient[index] == pytest.approx(
                (after.value - before.value) / 2e-4, abs=1e-6 * np.abs(here.gradient).max()
            )


def test_silence_ahead_is_the_ratio_of_likelihoods() -> None:
    h = histories(CUSTOMERS)
    for parameters, ahead in product(PARAMETERS, (0.0, 1e-3, 30.0, 3650.0)):
        model = ParetoNbd(**dict(zip(("r", "alpha", "s", "beta"), parameters, strict=True)))
        later = Histories(frequency=h.frequency, recency=h.recency, age=h.age + ahead)
        none = model.none_ahead(h, ahead)
        assert none == pytest.approx(np.exp(model.log_likelihood(later) - model.log_likelihood(h)), abs=1e-9)
        assert none.min() >= 0
        assert none.max() <= 1
        assert (none >= 1 - model.alive(h) - 1e-15).all()  # who has left will not buy


def test_expectations_hold_at_and_near_s_of_one() -> None:
    for excess in (0.0, 3e-16, 1e-12, -1e-9, 1e-6, -1e-3):
        model = ParetoNbd(r=0.5, alpha=10.0, s=1 + excess, beta=12.0)
        with mpmath.workdps(50):
            power, q = mpmath.mpf(model.s) - 1, mpmath.mpf(12) / 64
            stay = 12 * (1 - q**power) / power if power else -12 * mpmath.log(q)
            exact = float(stay / 20)
        assert model.expected_new([52])[0] == pytest.approx(exact, rel=1e-14)


def test_a_customer_just_seen_is_alive_and_one_of_age_zero_is_new() -> None:
    model, now = ParetoNbd(r=0.6, alpha=8.0, s=0.4, beta=20.0), histories([(0, 0, 0), (5, 30, 30), (10000, 400, 400)])
    assert model.alive(now).tolist() == [1, 1, 1]
    assert model.log_likelihood(now)[0] == 0
    assert model.expected(now, [10, 50])[:, 0] == pytest.approx(model.expected_new([10, 50]), rel=1e-15)
    assert model.none_ahead(now, 50.0)[0] == pytest.approx(model.pmf(0, 50.0)[0], rel=1e-12)


def test_pmf_sums_to_one_and_has_the_expected_mean() -> None:
    for parameters, age in product([*PARAMETERS[:3], PARAMETERS[5]], (0.0, 1.0, 100.0)):
        model = ParetoNbd(**dict(zip(("r", "alpha", "s", "beta"), parameters, strict=True)))
        share = model.pmf(3000, age)
        assert share.sum() == pytest.approx(1, abs=1e-11)
        assert share @ np.arange(3001) == pytest.approx(model.expected_new([age])[0], abs=1e-9)


def test_expected_grows_with_the_horizon_and_discounting_sums_it() -> None:
    h = histories([(0, 0, 300), (3, 200, 300), (40, 290, 300)])
    for s in (0.4, 1.0, 2.5):
        model = ParetoNbd(r=0.9, alpha=30.0, s=s, beta=200.0)
        ends = np.concatenate([[0], np.geomspace(1e-3, 20_000, 4000)])
        expected = model.expected(h, list(ends))
        assert (np.diff(expected, axis=0) > 0).all()
        discounted = np.exp(-0.002 * (ends[1:] + ends[:-1]) / 2) @ np.diff(expected, axis=0)
        assert model.dert(h, 0.002) == pytest.approx(discounted, rel=1e-5)


def test_a_discount_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        PUBLISHED.dert(histories([(1, 1, 2)]), 0.0)


def test_planted_parameters_come_back() -> None:
    planted = ParetoNbd(r=0.9, alpha=30.0, s=0.7, beta=200.0)
    found = fit(simulated(20_000, planted, seed=8))
    away = (found.theta - np.log([0.9, 30.0, 0.7, 200.0])) / np.sqrt(np.diag(found.covariance))
    assert np.abs(away).max() < 3
    assert np.sqrt(np.diag(found.covariance)).max() < 0.2


def test_planted_effects_of_covariates_come_back() -> None:
    rng = np.random.default_rng(9)
    z, w = rng.normal(size=(20_000, 2)), rng.integers(0, 2, size=(20_000, 1)).astype(np.float64)
    theta = np.array([*np.log([0.9, 30.0, 0.7, 200.0]), 0.4, -0.3, 0.8])
    found = fit(simulated(20_000, ParetoNbd.at(theta, {1: z, 3: w}), seed=10), {1: z, 3: w})
    assert np.abs((found.theta - theta) / np.sqrt(np.diag(found.covariance))).max() < 3.5
    assert found.covariance.shape == (7, 7)


def test_the_unit_of_time_does_not_matter() -> None:
    h = cdnow()[0]
    weeks, days = fit(h), fit(Histories(frequency=h.frequency, recency=7 * h.recency, age=7 * h.age))
    assert days.theta - weeks.theta == pytest.approx([0, np.log(7), 0, np.log(7)], abs=1e-7)
    assert days.value == pytest.approx(weeks.value - h.frequency.sum() * np.log(7), abs=1e-7)


def test_weights_count_rows_and_customers_of_age_zero_say_nothing() -> None:
    h = simulated(2000, ParetoNbd(r=0.9, alpha=30.0, s=0.7, beta=200.0), seed=12)
    rows = np.stack([h.frequency, h.recency, h.age], axis=1)
    weights = np.where(np.arange(2000) < 500, 2.0, 1.0)
    twice = fit(histories(np.concatenate([rows[:500], rows, np.zeros((50, 3))])))
    weighted = fit(histories(rows, weights))
    assert weighted.theta == pytest.approx(twice.theta, abs=1e-7)
    assert weighted.value == pytest.approx(twice.value, abs=1e-7)
    assert weighted.covariance == pytest.approx(twice.covariance, rel=1e-3)  # as of before the last, small step


def test_the_same_customers_give_the_same_bytes() -> None:
    h = simulated(3000, ParetoNbd(r=0.9, alpha=30.0, s=0.7, beta=200.0), seed=13)
    assert fit(h).theta.tobytes() == fit(h).theta.tobytes()


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([(0, 0, 0), (0, 0, 0)], "all customers were first seen on the day of the snapshot"),
        (np.empty((0, 3)), "all customers were first seen on the day of the snapshot"),
        ([(0, 0, 9), (0, 0, 5), (3, 2, 8)], "fewer than two customers have bought again"),
    ],
)
def test_where_there_is_nothing_to_learn_the_fit_says_so(rows: ArrayLike, reason: str) -> None:
    with pytest.raises(NotFitted, match=reason):
        fit(histories(rows))


def test_customers_of_every_size_are_fitted_together() -> None:
    planted = simulated(2000, ParetoNbd(r=0.9, alpha=30.0, s=0.7, beta=200.0), seed=14)
    rows = np.stack([planted.frequency, planted.recency, planted.age], axis=1)
    found = fit(histories(np.concatenate([rows, CUSTOMERS])))
    assert np.isfinite(found.theta).all()
    assert np.linalg.eigvalsh(found.covariance).min() > 0


def test_customers_who_never_leave_are_all_expected_to_stay() -> None:
    """beta runs away and is held; what is told of buying is told."""
    rng = np.random.default_rng(15)
    age = np.full(3000, 400.0)
    frequency = rng.poisson(rng.gamma(2.0, 1 / 20, 3000) * age).astype(np.float64)
    last = np.where(frequency > 0, age * rng.random(3000) ** (1 / np.maximum(frequency, 1)), 0.0)
    h = Histories(frequency=frequency, recency=last, age=age)
    found = fit(h)
    model = ParetoNbd.at(found.theta)
    assert found.held
    assert (model.r, model.alpha) == (pytest.approx(2.0, rel=0.1), pytest.approx(20.0, rel=0.1))
    assert model.alive(h)[frequency > 0].mean() > 0.99


def test_covariates_of_another_parameter_are_refused() -> None:
    with pytest.raises(ValueError, match=r"alpha.*beta"):
        fit(histories([(1, 1, 2), (2, 1, 2)]), {0: np.ones((2, 1))})
