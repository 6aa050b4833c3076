import math
from dataclasses import fields, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
from scipy import special, stats

from regulars.stats.buying import bg_ahead
from regulars.stats.buying.bg_ahead import repeats, repeats_in_phases
from regulars.stats.buying.bg_curve import BgLikelihood
from regulars.stats.buying.bg_nbd import BgNbd, chosen_k, fit
from regulars.stats.buying.histories import Histories
from regulars.stats.likelihood import NotFitted

#: Fader, Hardie & Lee (2005), table 2, in weeks.
PUBLISHED = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)

KINDS = pytest.mark.parametrize(("leaves_at_first", "k"), [(first, k) for first in (False, True) for k in (1, 2, 3)])


def histories(rows, **more):
    x, recency, age = np.array(rows, dtype=float).T
    return Histories(frequency=x, recency=recency, age=age, **more)


def simulated(n, seed, model, ahead=0.0):
    """Return histories of customers of that model, first seen over a year, and their transactions in `ahead`."""
    rng = np.random.default_rng(seed)
    rate, chance = rng.gamma(model.r, 1 / model.alpha, n), rng.beta(model.a, model.b, n)
    age = rng.uniform(30, 395, n)
    x, recency, log_gaps, later = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    now, here = np.zeros(n), np.arange(n)
    if model.leaves_at_first:
        here = here[rng.random(n) >= chance]
    while len(here):
        gap = rng.gamma(model.k, 1 / rate[here])
        now[here] += gap
        seen, soon = now[here] <= age[here], now[here] <= age[here] + ahead
        x[here[seen]] += 1
        recency[here[seen]] = now[here[seen]]
        log_gaps[here[seen]] += np.log(gap[seen])
        later[here[soon & ~seen]] += 1
        here = here[soon & (rng.random(len(here)) >= chance[here])]
    return Histories(frequency=x, recency=recency, age=age, log_gaps=log_gaps), later


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


# Of CDNOW in weeks and in days, with tiny a and b, a at 1 and next to it, b below 1, a + b = 1, a tiny alpha, and with
# rates or chances that hardly differ.
PARAMETERS = [
    (0.243, 4.414, 0.793, 2.426),
    (0.25, 33.5, 0.72, 2.16),
    (0.5458, 13.409, 0.000999, 0.03899),
    (2.0, 50.0, 1.0, 3.0),
    (2.0, 50.0, 1.0 + 1e-7, 3.0),
    (0.5, 10.0, 1.5, 0.2),
    (0.1, 50.16, 0.4, 0.6),
    (1.5, 0.02, 3.0, 40.0),
    (300.0, 5000.0, 0.7, 2.0),
    (0.7, 20.0, 400.0, 6000.0),
]
CASES = [
    (0, 0, 1),
    (0, 0, 10_950),
    (0, 0, 0),
    (1, 1, 1),
    (2, 30, 39),
    (300, 10, 730),
    (300, 729, 730),
    (10_000, 10_949, 10_950),
    (10_000, 10_950, 10_950),
]
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


def ahead_by_hypergeometric(shape, a, b, span):
    """Fader, Hardie & Lee (2005), eq. 10, after Euler; a little beside what the formula divides by."""
    shape, a, b, span = (mp.mpf(float(value)) for value in (shape, a, b, span))
    a += mp.mpf(10) ** -25 * (a == 1)
    b += mp.mpf(10) ** -25 * (a + b == 1)
    z = span / (1 + span)
    inside = mp.hyp2f1(a - 1, a + b - 1 - shape, a + b - 1, z, maxterms=10**6)
    return (a + b - 1) / (a - 1) * (1 - (1 - z) ** (a - 1) * inside)


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


def test_expectations_of_random_timing_agree_with_mpmath():
    """The grid of two parameters' extremes; errors below 2e-8 of the value were measured on 2,000 random cases."""
    with mp.workdps(40):
        for r, alpha, a, b in PARAMETERS[:-1]:  # of the last one mpmath takes minutes; see below for large a
            for x in (0, 1, 20, 10_000):
                for age in (1, 10_950):
                    spans = [ahead / (alpha + age) for ahead in (0.1, 90.0, 3650.0)]
                    found = repeats(np.array([r + x]), a, np.array([b + x]), [np.array([span]) for span in spans])[:, 0]
                    exactly = [float(ahead_by_hypergeometric(r + x, a, b + x, span)) for span in spans]
                    assert found == pytest.approx(exactly, rel=1e-7)


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("a", [0.3, 1.0, 1.0 + 1e-6, 400.0])
def test_expectations_agree_with_the_sum_over_transactions(k, a):
    """The chance to stay for each transaction times that to be fast enough for it, by the incomplete beta function."""
    x, silence, b = 3, 0.4, 2.5
    shape = 0.7 + k * x
    phases = [special.poch(shape, j) / math.factorial(j) * silence**j for j in range(k)]
    for span in (0.01, 1.0, 30.0, 1000.0):
        m = np.arange(1.0, max(25 * (1 + shape) * span / k, 300))
        stays = np.exp(special.betaln(a, b + m - 1) - special.betaln(a, b))
        by_phase = [
            (stays * special.betainc(np.maximum(k * m - j, 1e-300), shape + j, span / (1 + span))).sum()
            for j in range(k)
        ]
        arrays = [np.array([phase]) for phase in phases]
        found = repeats_in_phases(arrays, np.array([shape]), a, np.array([b]), [np.array([span])])[0, 0]
        expected = pytest.approx(np.average(by_phase, weights=phases), rel=2e-6 if span > 100 else 1e-9)
        assert found == expected
        if k == 1:
            assert repeats(np.array([shape]), a, np.array([b]), [np.array([span])])[0, 0] == expected


def test_both_ways_to_an_expectation_agree():
    h, _ = simulated(2_000, 1, BgNbd(r=0.7, alpha=20.0, a=0.4, b=3.0))
    for model in (BgNbd(r=0.7, alpha=20.0, a=0.4, b=3.0), BgNbd(r=0.7, alpha=20.0, a=1.7, b=1.1, leaves_at_first=True)):
        shape, b = model.r + h.frequency, model.b + h.frequency + model.leaves_at_first
        spans = [ahead / (model.alpha + h.age) for ahead in (30.0, 365.0)]
        counted = repeats_in_phases([np.ones(len(h))], shape, model.a, b, spans)
        assert model.expected(h, [30.0, 365.0]) == pytest.approx(model.alive(h) * counted, rel=1e-9)


def test_what_is_too_much_to_count_is_integrated(monkeypatch):
    shape, b, span = np.array([0.6, 40.0, 3.0]), np.array([2.5, 1.0, 300.0]), np.array([500.0, 30.0, 200.0])
    phases = [np.ones(3), np.array([0.5, 2.0, 0.0])]
    counted = repeats_in_phases(phases, shape, 0.6, b, [span])
    monkeypatch.setattr(bg_ahead, "_ONE_BY_ONE", 400)
    assert repeats_in_phases(phases, shape, 0.6, b, [span]) == pytest.approx(counted, rel=1e-5)


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
    with pytest.raises(NotFitted, match="fewer than 2 customers"):
        fit(histories([(0, 0, 90)] * 50 + [(3, 20, 90)]))
    with pytest.raises(NotFitted, match="fewer than 2 customers"):
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
