import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from regulars.stats import ranking, resampling

few = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1)), min_size=4, max_size=30).filter(
    lambda rows: 2 <= sum(came for _, came in rows) <= len(rows) - 2
)


def columns(rows):
    return tuple(np.array(column, float) for column in zip(*rows, strict=True))


def churn(n, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(-1, 1.3, n)
    return np.round(z, 1), np.round(z + rng.normal(0, 1, n), 1), (rng.random(n) < special.expit(z)).astype(float)


def spend(n, seed=0):
    rng = np.random.default_rng(seed)
    often = rng.gamma(0.5, 2, n)
    return np.round(often, 1), rng.poisson(often) * rng.lognormal(3, 0.6, n)


@given(few)
def test_auc_counts_pairs(rows):
    scores, came = columns(rows)
    pairs = np.sign(scores[came == 1][:, None] - scores[came == 0][None, :])
    found = ranking.auc(scores, came)
    assert found.value == pytest.approx((pairs.mean() + 1) / 2)
    assert found.value == pytest.approx(ranking.concordance(scores, came))
    assert 0 <= found.low <= found.value <= found.high <= 1
    turned = ranking.auc(-scores, came)
    assert (turned.low, turned.value, turned.high) == pytest.approx((1 - found.high, 1 - found.value, 1 - found.low))


def test_doubt_of_auc_is_delongs():
    """Written from the covariances of placements over all pairs."""
    scores, others, came = churn(200)

    def placed(x):
        pairs = (np.sign(x[came == 1][:, None] - x[came == 0][None, :]) + 1) / 2
        return pairs.mean(axis=1), pairs.mean(axis=0)

    (a1, a0), (b1, b0) = placed(scores), placed(others)
    covariance = np.cov(a1, b1) / len(a1) + np.cov(a0, b0) / len(a0)
    found = ranking.auc(scores, came)
    value, reach = found.value, 1.959963984540054
    half = special.logit(found.high) - special.logit(value)
    assert half * value * (1 - value) == pytest.approx(reach * np.sqrt(covariance[0, 0]))
    gain = ranking.auc_gain(scores, others, came)
    error = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    assert gain.value == pytest.approx(a1.mean() - b1.mean())
    assert (gain.high - gain.low) / 2 == pytest.approx(reach * error)


def test_nothing_is_gained_over_oneself_and_perfect_order_is_not_certain():
    scores, _, came = churn(200)
    gain = ranking.auc_gain(scores, scores, came)
    assert (gain.low, gain.value, gain.high) == (0, 0, 0)
    perfect = ranking.auc(came, came)
    assert perfect.value == perfect.high == 1
    assert 0.9 < perfect.low < 1
    assert ranking.average_precision(came, came).low < 1


@given(few)
def test_average_precision_is_scikit_learns(rows):
    from sklearn import metrics

    scores, came = columns(rows)
    found = ranking.average_precision(scores, came)
    assert found.value == pytest.approx(metrics.average_precision_score(came, scores))
    assert found.low <= found.value <= found.high


def test_spearman_is_scipys_and_1_is_not_certain():
    predicted, came = spend(200)
    found = ranking.spearman(predicted, came)
    assert found.value == pytest.approx(stats.spearmanr(predicted, came).statistic)
    assert found.low < found.value < found.high
    right = ranking.spearman(np.arange(10.0), np.arange(10.0))
    assert right.value == pytest.approx(1)
    assert right.high <= 1
    assert right.low < 0.98


def test_normalised_gini_from_its_definition():
    predicted, came = spend(60)
    predicted = predicted + np.arange(60) * 1e-6  # no ties

    def area(order):
        held = np.cumsum(came[np.argsort(order)]) / came.sum()
        return np.mean(np.arange(1, 61) / 60 - held)

    found = ranking.normalised_gini(predicted, came)
    assert found.value == pytest.approx(area(predicted) / area(came))
    assert ranking.normalised_gini(came, came).value == pytest.approx(1)
    assert ranking.normalised_gini(-came, came).value == pytest.approx(-1)
    assert ranking.normalised_gini(np.zeros(60), came).value == pytest.approx(0)


def test_normalised_gini_of_two_kinds_is_twice_the_auc():
    scores, _, came = churn(300)
    assert ranking.normalised_gini(scores, came).value == pytest.approx(2 * ranking.concordance(scores, came) - 1)


def test_doubt_of_normalised_gini_is_the_bootstraps():
    predicted, came = spend(400, seed=2)
    found = ranking.normalised_gini(predicted, came, level=0.6826894921370859)

    def drawn(weights):
        counts = weights.astype(int)
        return np.array([ranking.normalised_gini(np.repeat(predicted, w), np.repeat(came, w)).value for w in counts])

    draws = resampling.poisson_bootstrap(drawn, 400, rng=np.random.default_rng(1), draws=300)
    assert (found.high - found.low) / 2 == pytest.approx(draws.std(), rel=0.12)


def test_lift_and_hits_share_out_ties():
    scores, came = np.array([3.0, 2, 2, 2, 2, 1, 1, 1, 1, 1]), np.array([1.0, 1, 0, 0, 0, 1, 0, 0, 0, 0])
    assert ranking.lift(scores, came, 0.3).value == pytest.approx((1 + 2 / 4) / 0.3 / 3)
    hits = ranking.hit_rate(scores, came, 3)
    assert hits.value == pytest.approx(0.5)
    assert hits.low <= hits.value <= hits.high
    assert ranking.hit_rate(scores, came, 10).value == pytest.approx(0.3)
    assert ranking.lift(scores, came, 1.0).value == pytest.approx(1)


@pytest.mark.parametrize("draw", [lambda n, seed: churn(n, seed)[::2], spend])
def test_doubt_of_lift_is_the_bootstraps(draw):
    scores, came = draw(2000, 3)
    found = ranking.lift(scores, came, level=0.6826894921370859)

    def drawn(weights):
        counts = weights.astype(int)
        return np.array([ranking.lift(np.repeat(scores, w), np.repeat(came, w)).value for w in counts])

    draws = resampling.poisson_bootstrap(drawn, 2000, rng=np.random.default_rng(1), draws=200)
    assert (found.high - found.low) / 2 == pytest.approx(draws.std(), rel=0.2)


def test_nobody_and_everybody_have_reasons():
    ones, none = np.ones(9), np.zeros(0)
    found = [
        ranking.auc(ones, ones),
        ranking.auc_gain(ones, ones, ones),
        ranking.average_precision(none, none),
        ranking.spearman(ones, np.arange(9.0)),
        ranking.normalised_gini(ones, ones),
        ranking.normalised_gini(np.arange(20.0), np.full(20, 2.0)),
        ranking.normalised_gini(none, none),
        ranking.lift(ones, np.zeros(9)),
        ranking.lift(none, none),
        ranking.hit_rate(ones, ones, 10),
        ranking.hit_rate(ones, ones, 0),
    ]
    assert all(one.value is None and one.why_not for one in found)
    assert np.isnan(ranking.concordance(ones, ones))
