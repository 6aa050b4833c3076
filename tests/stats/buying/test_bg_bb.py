"""Buying at given occasions: the donors of the paper, plain sums in mpmath, derivatives, simulated customers."""

import warnings

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stats.buying.bg_bb import BgBb, Occasions, _distinct, _Sample, fit
from regulars.stats.likelihood import NotFitted

DONORS = BgBb(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)


@pytest.fixture(scope="module")
def donations():
    """Return the 11,104 donors of 1995 and their six years after."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = pytest.importorskip("lifetimes.datasets").load_donations()
    whole = {name: rows[name].to_numpy(np.int64) for name in ("frequency", "recency")}
    return Occasions(**whole, opportunities=rows["periods"].to_numpy(np.int64), weights=rows["weights"].to_numpy(float))


def seen(*rows):
    x, tx, n = np.array(rows, np.int64).T
    return Occasions(frequency=x, recency=tx, opportunities=n)


def drawn(n, most, seed, alpha, beta, gamma, delta):
    rng = np.random.default_rng(seed)
    chance, leaving = rng.beta(alpha, beta, n), rng.beta(gamma, delta, n)
    opportunities = rng.integers(1, most + 1, n)
    there = np.minimum(rng.geometric(np.maximum(leaving, 1e-9)) - 1, opportunities)
    frequency, recency = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for occasion in range(1, most + 1):
        bought = (occasion <= there) & (rng.random(n) < chance)
        frequency += bought
        recency[bought] = occasion
    return Occasions(frequency=frequency, recency=recency, opportunities=opportunities)


def test_donors_have_the_published_parameters(donations):
    found = fit(donations)
    model = BgBb.at(found.theta)
    assert found.value == pytest.approx(-33225.5813, abs=1e-3)
    # Fader, Hardie & Shang (2010), table 3.
    assert (model.alpha, model.beta, model.gamma, model.delta) == pytest.approx((1.204, 0.75, 0.657, 2.783), abs=1e-3)
    assert found.held == ()
    assert model.log_likelihood(donations) @ donations.weights == pytest.approx(found.value, rel=1e-12)


def test_donors_have_the_published_expectations(donations):
    model = BgBb.at(fit(donations).theta)
    cells = seen((6, 6, 6), (4, 5, 6), (3, 4, 6), (0, 0, 6), (2, 4, 6))
    next_year = [0.93043, 0.69680, 0.43960, 0.10815, 0.58966]
    assert model.alive_next(cells).tolist() == pytest.approx(next_year, abs=5e-5)
    assert model.expected(cells, [5])[0, :4].tolist() == pytest.approx([3.75251, 2.03002, 1.03458, 0.07287], abs=5e-5)
    assert model.dert(cells, 0.1)[:4].tolist() == pytest.approx([5.90981, 3.19706, 1.62935, 0.11477], abs=1e-4)
    assert model.expected(donations, [5])[0] @ donations.weights == pytest.approx(12884.2, abs=0.1)
    in_sample = model.pmf(6, 6) * donations.weights.sum()
    assert in_sample[[0, 6]].tolist() == pytest.approx([3454.8, 1253.0], abs=0.2)
    assert model.expected_new([6]).tolist() == pytest.approx([2.220167], abs=1e-5)


def by_hand(model, x, tx, n):
    """Return the log-likelihood as the paper has it (eq. 7 is this finite sum) and P(there at n)."""
    a, b, g, d = (mpmath.mpf(value) for value in (model.alpha, model.beta, model.gamma, model.delta))
    both = mpmath.beta(a, b) * mpmath.beta(g, d)
    there = mpmath.beta(a + x, b + n - x) * mpmath.beta(g, d + n) / both
    left = [mpmath.beta(a + x, b + tx - x + i) * mpmath.beta(g + 1, d + tx + i) / both for i in range(n - tx)]
    return mpmath.log(there + sum(left)), there / (there + sum(left))


@pytest.mark.parametrize(
    "model",
    [
        DONORS,
        BgBb(alpha=0.01, beta=3.0, gamma=1.0, delta=0.02),
        BgBb(alpha=500.0, beta=0.3, gamma=4000.0, delta=3.0),
        BgBb(alpha=2.0, beta=9.0, gamma=1e-5, delta=1e5),
    ],
)
def test_likelihood_and_alive_agree_with_mpmath(model):
    mpmath.mp.dps = 50
    rows = [(0, 0, 0), (0, 0, 1), (1, 1, 1), (3, 5, 40), (17, 40, 40), (0, 0, 400), (90, 120, 400), (400, 400, 400)]
    cells = seen(*rows)
    logs, alive = model.log_likelihood(cells), model.alive(cells)
    for place, row in enumerate(rows):
        log, there = by_hand(model, *row)
        assert logs[place] == pytest.approx(float(log), rel=1e-11, abs=1e-11)
        assert alive[place] == pytest.approx(float(there), rel=1e-9)


def test_ten_thousand_occasions_are_no_trouble():
    cells = seen((10_000, 10_000, 10_000), (0, 0, 10_000), (40, 200, 10_000))
    for model in (DONORS, BgBb(alpha=0.5, beta=2e4, gamma=9e3, delta=0.1)):
        for found in (model.log_likelihood(cells), model.alive(cells), *model.expected(cells, [1, 30])):
            assert np.isfinite(found).all()
        assert ((model.none_ahead(cells, 9) >= 0) & (model.none_ahead(cells, 9) <= 1)).all()
        assert (model.dert(cells, 0.001) >= 0).all()


def test_histories_have_probability_one_in_all():
    # C(tx - 1, x - 1) orders of buying have the same x and tx.
    n = 7
    rows = [(0, 0, n)] + [(x, tx, n) for tx in range(1, n + 1) for x in range(1, tx + 1)]
    ways = [1] + [float(mpmath.binomial(tx - 1, x - 1)) for x, tx, _ in rows[1:]]
    chance = np.exp(DONORS.log_likelihood(seen(*rows))) * ways
    assert chance.sum() == pytest.approx(1, rel=1e-13)
    counts = np.bincount([x for x, _, _ in rows], chance)
    assert DONORS.pmf(9, n).tolist() == pytest.approx([*counts, 0, 0], abs=1e-13)
    assert counts @ np.arange(n + 1) == pytest.approx(DONORS.expected_new([n])[0], rel=1e-12)


def test_what_is_expected_is_what_longer_histories_say():
    # All that can happen at the next occasions, weighed by their likelihoods.
    for x, tx, n in ((0, 0, 3), (2, 3, 5), (4, 4, 4)):
        now = float(np.exp(DONORS.log_likelihood(seen((x, tx, n))))[0])
        one = np.exp(DONORS.log_likelihood(seen((x + 1, n + 1, n + 1))))[0] / now
        assert DONORS.expected(seen((x, tx, n)), [1])[0, 0] == pytest.approx(one, rel=1e-12)
        assert DONORS.none_ahead(seen((x, tx, n)), 1)[0] == pytest.approx(1 - one, rel=1e-12)
        rows = [((x + 1, n + 1, n + 2), 1), ((x + 1, n + 2, n + 2), 1), ((x + 2, n + 2, n + 2), 2)]
        two = sum(np.exp(DONORS.log_likelihood(seen(row)))[0] / now * times for row, times in rows)
        assert DONORS.expected(seen((x, tx, n)), [2])[0, 0] == pytest.approx(two, rel=1e-12)


def test_expectations_grow_to_the_undiscounted_sum():
    cells = seen((1, 2, 6), (6, 6, 6))
    aheads = [0, 1, 2, 5, 60]
    found = DONORS.expected(cells, aheads)
    assert (found[0] == 0).all()
    assert (np.diff(found, axis=0) > 0).all()
    running = DONORS.expected(cells, range(400))
    discounted = np.diff(running, axis=0).T @ 1.1 ** -np.arange(1.0, 400)
    assert DONORS.dert(cells, 0.1) == pytest.approx(discounted, rel=1e-9)


@given(st.lists(st.floats(-3, 3), min_size=4, max_size=4))
def test_slopes_and_bends_are_those_of_the_likelihood(theta):
    cells, _ = _distinct(drawn(60, 12, 2, 0.8, 2.0, 0.6, 4.0))
    sample = _Sample(cells, np.linspace(0.5, 2, len(cells)))
    place, step = np.array(theta), 1e-5
    here = sample.curve(place)
    scale = 1 + np.abs(here.hessian).max()
    for j, along in enumerate(np.eye(4) * step):
        ahead, behind = sample.curve(place + along), sample.curve(place - along)
        assert (ahead.value - behind.value) / (2 * step) == pytest.approx(here.gradient[j], abs=1e-5 * scale)
        slopes = (ahead.gradient - behind.gradient) / (2 * step)
        assert slopes == pytest.approx(here.hessian[j], abs=1e-5 * scale)


def test_planted_parameters_come_back_within_their_errors():
    found = fit(drawn(60_000, 30, 3, 0.8, 3.0, 0.6, 12.0))
    errors = np.sqrt(np.diag(found.covariance))
    assert (np.abs(found.theta - np.log([0.8, 3, 0.6, 12])) < 3.5 * errors).all()
    assert errors.max() < 0.15


def test_weights_count_rows():
    rows = drawn(2000, 8, 4, 0.8, 2.0, 0.6, 4.0)
    cells, place = _distinct(rows)
    counted = Occasions(
        frequency=cells.frequency,
        recency=cells.recency,
        opportunities=cells.opportunities,
        weights=np.bincount(place).astype(float),
    )
    assert fit(counted).theta.tolist() == fit(rows).theta.tolist()
    assert DONORS.alive(rows).tolist() == DONORS.alive(cells)[place].tolist()


def test_any_few_customers_are_fitted_unless_they_are_too_few():
    refused = []
    for seed in range(30):
        rows = drawn(5 + 3 * seed, 3 + seed % 9, seed, 0.8, 2.0, 0.6, 3.0)
        try:
            found = fit(rows)
        except NotFitted as refusal:
            refused.append(str(refusal))
            continue
        model = BgBb.at(found.theta)
        for values in (model.alive(rows), model.expected(rows, [1, 5]), model.none_ahead(rows, 3)):
            assert np.isfinite(values).all()
    assert len(refused) < 8
    assert all("occasions" in said or "fewer than two" in said for said in refused)


def test_it_says_why_there_is_nothing_to_learn():
    with pytest.raises(NotFitted, match="three occasions"):
        fit(seen((1, 1, 2), (0, 0, 2), (2, 2, 2)))
    with pytest.raises(NotFitted, match="fewer than two"):
        fit(seen((1, 1, 5), (0, 0, 5), (0, 0, 4)))
    with pytest.raises(NotFitted, match="three occasions"):
        fit(Occasions(frequency=np.zeros(0, int), recency=np.zeros(0, int), opportunities=np.zeros(0, int)))
