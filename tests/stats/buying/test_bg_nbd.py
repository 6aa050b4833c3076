"""The BG/NBD and the MBG/CNBD-k against published numbers, 50-digit arithmetic and integrals over all customers."""

import math
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
from bg_histories import CASES, KINDS, PARAMETERS, PUBLISHED, histories
from scipy import special, stats

from regulars.stats.buying.bg_nbd import BgNbd, fit


def by_the_day(customers, days, end):
    """Return the histories until the day `end`, by customer, and their transactions after it."""
    pairs = np.unique(np.stack([customers, days], axis=1), axis=0)
    before = pairs[pairs[:, 1] <= end]
    names, starts, counts = np.unique(before[:, 0], return_index=True, return_counts=True)
    first, last = before[starts, 1], before[starts + counts - 1, 1]
    later = np.bincount(np.searchsorted(names, pairs[pairs[:, 1] > end, 0]), minlength=len(names))
    return histories(np.stack([counts - 1, last - first, end - first], axis=1)), later


def day_numbers(dates):
    """Return days since 1970 of dates such as 19970930."""
    months = np.datetime64("1970-01") + (dates // 10_000 - 1970) * 12 + dates // 100 % 100 - 1
    return months.astype("datetime64[D]").astype(int) + dates % 100 - 1


CDNOW_END = day_numbers(np.array([19970930]))[0]


@pytest.fixture(scope="module")
def cdnow():
    """The published sample: 2,357 customers in the first 39 weeks, and their transactions in the 39 weeks after."""
    folder = Path(find_spec("lifetimes").submodule_search_locations[0]) / "datasets"
    customers, dates = np.loadtxt(folder / "CDNOW_sample.txt")[:, 1:3].astype(int).T
    h, later = by_the_day(customers, day_numbers(dates), CDNOW_END)
    return replace(h, recency=h.recency / 7, age=h.age / 7), later


@pytest.fixture(scope="module")
def fitted(cdnow):
    found = fit(cdnow[0])
    return found, BgNbd.at(found.theta)


def test_published_parameters_of_cdnow(fitted):
    found, model = fitted
    assert [model.r, model.alpha, model.a, model.b] == pytest.approx([0.242595, 4.413602, 0.792922, 2.425907], rel=1e-5)
    assert found.value == pytest.approx(-9582.4292, abs=1e-4)
    assert found.held == ()


def test_published_expectations_of_cdnow(fitted):
    one = histories([(2, 30.43, 38.86)])
    assert PUBLISHED.expected(one, [39.0])[0, 0] == pytest.approx(1.226028, abs=1e-6)
    ages = [0.1429, 1, 3, 31.8571, 32, 78]
    expected = fitted[1].expected_new(ages)
    assert expected[:5] == pytest.approx([0.0078, 0.0532, 0.1506, 1.0405, 1.0437], abs=6e-5)
    # The sheet adds up too few terms for the last one; eq. 9 itself tells ours.
    assert expected[5] == pytest.approx(1.8576, abs=5e-4)
    r, alpha, a, b = fitted[1].r, fitted[1].alpha, fitted[1].a, fitted[1].b
    series = [float(mp.hyp2f1(r, b, a + b - 1, age / (alpha + age))) for age in ages]
    eq_9 = (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + np.array(ages))) ** r * np.array(series))
    assert expected == pytest.approx(eq_9, rel=1e-10)


def test_published_forecast_of_cdnow(cdnow):
    h, later = cdnow
    expected = PUBLISHED.expected(h, [39.0])[0]
    assert later.sum() == 1882
    assert expected.sum() == pytest.approx(1653.9, abs=0.1)
    assert np.corrcoef(expected, later)[0, 1] == pytest.approx(0.6256, abs=1e-4)
    by_frequency = [expected[np.minimum(h.frequency, 7) == x].mean() for x in range(8)]
    published = [0.2255, 0.5232, 1.0442, 1.5203, 2.1639, 2.6538, 3.5040, 6.1571]
    assert by_frequency == pytest.approx(published, abs=1e-4)


def test_published_histogram_of_cdnow(cdnow):
    ages, customers = np.unique(cdnow[0].age, return_counts=True)
    first = sum(n * PUBLISHED.pmf(6, age) for age, n in zip(ages, customers, strict=True))
    published = [1406.50, 460.81, 192.71, 101.31, 59.94, 38.18, 25.59, 71.97]
    assert [*first, customers.sum() - first.sum()] == pytest.approx(published, abs=0.01)


@pytest.mark.shared_data
def test_all_of_cdnow_by_the_day(shared):
    """What two other programs find of all 23,570 customers."""
    import pyarrow.parquet

    table = pyarrow.parquet.ParquetFile(shared / "data" / "cdnow" / "cdnow_master.parquet").read()
    customers, dates = (table[name].to_numpy().astype(int) for name in ("customer_id", "date"))
    h, _ = by_the_day(customers, day_numbers(dates), CDNOW_END)
    found = fit(h)
    assert len(h) == 23_570
    assert np.exp(found.theta) == pytest.approx([0.25162, 33.5226, 0.72343, 2.16109], rel=2e-5)
    assert found.value == pytest.approx(-142_726.0592, abs=1e-3)


GAPS = 1.5  # mean logarithm of gaps, for k > 1


def exact(model, x, recency, age):
    """Return the two ways to a history, and E[(1 - (1 + p span)^-(r+x))/p] of those still there, for k = 1."""
    r, alpha, a, b = (mp.mpf(float(value)) for value in (model.r, model.alpha, model.a, model.b))
    x, recency, age, k = mp.mpf(x), mp.mpf(recency), mp.mpf(age), model.k
    shape, stays = r + k * x, x + model.leaves_at_first
    same = mp.loggamma(shape) - mp.loggamma(r) + r * mp.log(alpha) + (k - 1) * GAPS * x - x * mp.loggamma(k)
    same += mp.loggamma(a + b) + mp.loggamma(b + stays) - mp.loggamma(b) - mp.loggamma(a + b + stays)
    here = sum(mp.rf(shape, j) / mp.factorial(j) * (age - recency) ** j * (alpha + age) ** -j for j in range(k))
    here *= mp.exp(-shape * mp.log(alpha + age))
    gone = a / (b + stays - 1) * mp.exp(-shape * mp.log(alpha + recency)) if stays else mp.mpf(0)
    return mp.exp(same) * here, mp.exp(same) * gone


@KINDS
def test_likelihood_and_p_alive_agree_with_mpmath(leaves_at_first, k):
    h = histories(CASES, log_gaps=GAPS * np.array(CASES)[:, 0])
    with mp.workdps(50):
        for parameters in PARAMETERS:
            model = BgNbd(
                **dict(zip("r alpha a b".split(), parameters, strict=True)), leaves_at_first=leaves_at_first, k=k
            )
            ways = [exact(model, *case) for case in CASES]
            assert model.log_likelihood(h) == pytest.approx(
                [float(mp.log(here + gone)) for here, gone in ways], rel=1e-12, abs=1e-9
            )
            assert model.alive(h) == pytest.approx(
                [float(here / (here + gone)) for here, gone in ways], rel=1e-9, abs=1e-250
            )


@KINDS
def test_silence_ahead_is_the_ratio_of_two_likelihoods(leaves_at_first, k):
    h = histories(CASES, log_gaps=GAPS * np.array(CASES)[:, 0])
    with mp.workdps(50):
        for parameters in PARAMETERS:
            model = BgNbd(
                **dict(zip("r alpha a b".split(), parameters, strict=True)), leaves_at_first=leaves_at_first, k=k
            )
            for ahead in (1.0, 3650.0):
                ratios = [
                    float(sum(exact(model, x, recency, age + ahead)) / sum(exact(model, x, recency, age)))
                    for x, recency, age in CASES
                ]
                found = model.none_ahead(h, ahead)
                assert found == pytest.approx(ratios, rel=1e-9, abs=1e-250)
                assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize("k", [1, 2])
def test_mbg_agrees_with_integrals_over_rate_and_chance(k):
    """Likelihood, P(alive) and none ahead by adding up over all rates and chances what each customer would do."""
    model = BgNbd(r=1.3, alpha=6.0, a=1.4, b=2.2, leaves_at_first=True, k=k)
    # The trapezium rule over the logarithm of the rate, and Gauss's for the beta distribution: both all but exact.
    logs, step = np.linspace(-25, 3, 400, retstep=True)
    rates = np.exp(logs)
    nodes, masses = special.roots_jacobi(20, model.b - 1, model.a - 1)
    chances = (1 + nodes) / 2
    densities = step * stats.gamma.pdf(rates, model.r, scale=1 / model.alpha)[:, None] * rates[:, None]
    densities = densities * masses / masses.sum()
    for x, recency, age in ((0, 0.0, 8.0), (2, 5.0, 9.0)):
        log_gaps = x * math.log(max(recency, 1.0) / max(x, 1))

        def here(rate, chance, until, x=x, log_gaps=log_gaps, recency=recency):
            waits = sum((rate * (until - recency)) ** j / math.factorial(j) for j in range(k))
            bought = rate ** (k * x) * math.exp((k - 1) * log_gaps) / math.factorial(k - 1) ** x
            return bought * math.exp(-rate * until) * (1 - chance) ** (x + 1) * waits

        def gone(rate, chance, x=x, log_gaps=log_gaps, recency=recency):
            bought = rate ** (k * x) * math.exp((k - 1) * log_gaps) / math.factorial(k - 1) ** x
            return bought * math.exp(-rate * recency) * (1 - chance) ** x * chance

        def over_all(likelihood):
            return (densities * np.vectorize(likelihood)(rates[:, None], chances)).sum()

        h = histories([(x, recency, age)], log_gaps=np.array([log_gaps]))
        now, later, left = (over_all(way) for way in (partial(here, until=age), partial(here, until=age + 4), gone))
        assert model.log_likelihood(h)[0] == pytest.approx(math.log(now + left), abs=1e-7)
        assert model.alive(h)[0] == pytest.approx(now / (now + left), rel=1e-7)
        assert model.none_ahead(h, 4.0)[0] == pytest.approx((later + left) / (now + left), rel=1e-7)


@KINDS
def test_new_customers_are_those_of_the_histogram(leaves_at_first, k):
    model = BgNbd(r=0.8, alpha=15.0, a=0.6, b=2.0, leaves_at_first=leaves_at_first, k=k)
    chances = model.pmf(3_000, 60.0)
    assert (chances >= -1e-15).all()
    assert chances.sum() == pytest.approx(1.0, abs=1e-9)
    assert chances @ np.arange(3_001) == pytest.approx(model.expected_new([60.0])[0], rel=1e-8)


@KINDS
def test_more_is_expected_the_longer_the_horizon(leaves_at_first, k):
    model = BgNbd(r=0.8, alpha=15.0, a=0.6, b=2.0, leaves_at_first=leaves_at_first, k=k)
    h = histories(CASES)
    found = model.expected(h, [0.0, 1.0, 30.0, 365.0, 3650.0])
    assert (found[0] == 0).all()
    assert (np.diff(found, axis=0)[:, model.alive(h) > 1e-200] > 0).all()
    silent = np.array([model.none_ahead(h, ahead) for ahead in (0.0, 1.0, 30.0, 365.0, 3650.0)])
    assert silent[0] == pytest.approx(np.ones(len(h)))
    assert (1 - silent <= found + 1e-12).all()


def test_no_horizon_gives_no_rows():
    assert PUBLISHED.expected(histories(CASES), []).shape == (0, len(CASES))
    assert PUBLISHED.expected(histories(CASES).taken(slice(0, 0)), [1.0, 2.0]).shape == (2, 0)
