import numpy as np
import pytest

from regulars.stats import intervals, resampling
from regulars.stats.moments import PairSums, Sums


def data(seed, n=400):
    rng = np.random.default_rng(seed)
    orders = 1 + rng.poisson(2, n)
    return orders, np.rint(rng.gamma(3 * orders, 100)).astype(int)


def test_same_stream_same_draws_whatever_the_chunks(monkeypatch):
    _, spend = data(1)
    runs = []
    for cells in (2_000_000, 1_000):
        monkeypatch.setattr(resampling, "_CELLS", cells)
        rng = np.random.default_rng(2)
        runs.append(resampling.poisson_bootstrap(lambda w: w @ spend, len(spend), rng=rng, draws=50))
    assert runs[0].tolist() == runs[1].tolist()


def test_closed_forms_have_the_errors_of_the_bootstrap():
    orders, spend = data(3)
    n, rng = len(spend), np.random.default_rng(4)
    total = resampling.poisson_bootstrap(lambda w: w @ spend, n, rng=rng)
    ratio = resampling.poisson_bootstrap(lambda w: (w @ spend) / (w @ orders), n, rng=rng)
    assert np.sqrt(np.sum(spend.astype(float) ** 2)) == pytest.approx(total.std(), rel=0.06)
    pairs = PairSums.of(zip(spend.tolist(), orders.tolist(), strict=True))
    assert np.sqrt(intervals.ratio_variance(pairs)) == pytest.approx(ratio.std(), rel=0.06)


def test_intervals_of_the_bootstrap_lie_on_the_closed_form():
    _, spend = data(5)

    def mean(weights):
        return (weights @ spend) / weights.sum(axis=1)

    draws = resampling.poisson_bootstrap(mean, len(spend), rng=np.random.default_rng(6), draws=4000)
    closed = intervals.mean(Sums.of(spend.tolist()))
    half = closed.high - closed.value
    for found in (
        resampling.percentile(spend.mean(), draws, n=len(spend)),
        resampling.bca(spend.mean(), draws, resampling.jackknife(mean, len(spend)), n=len(spend)),
    ):
        assert found.low == pytest.approx(closed.low, abs=0.15 * half)
        assert found.high == pytest.approx(closed.high, abs=0.15 * half)


def test_jackknife_leaves_out_one_each(monkeypatch):
    monkeypatch.setattr(resampling, "_CELLS", 5)
    x = np.array([1.0, 2.0, 4.0])
    assert resampling.jackknife(lambda w: w @ x, 3).tolist() == [6, 5, 3]


def test_resamples_without_a_value_are_no_interval():
    assert "too few" in resampling.percentile(1.0, np.array([1.0, np.nan]), n=2).why_not
