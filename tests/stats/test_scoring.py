import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from regulars.stats import scoring

few = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1)), min_size=4, max_size=40)


def churn(n, bend=1.0, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(-1, 1.3, n)
    return np.round(special.expit(bend * z), 3), (rng.random(n) < special.expit(z)).astype(float)


def spend(n, seed=0):
    rng = np.random.default_rng(seed)
    often = rng.gamma(2, 2, n)
    return often * 20, rng.poisson(often) * rng.lognormal(2.8, 0.6, n)


def inside(found):
    return found.low <= found.value <= found.high


def test_probabilities_are_scored_as_scikit_learn_does():
    from sklearn import metrics

    p, came = churn(2000)
    assert scoring.brier(p, came).value == pytest.approx(metrics.brier_score_loss(came, p))
    assert scoring.log_loss(p, came).value == pytest.approx(metrics.log_loss(came, p))
    skill = scoring.brier_skill(p, came)
    assert skill.value == pytest.approx(1 - metrics.brier_score_loss(came, p) / came.var())
    assert inside(skill)
    assert scoring.brier_skill(np.full(2000, came.mean()), came).value == pytest.approx(0)


def test_a_wrong_certainty_costs_much_but_not_endlessly():
    found = scoring.log_loss(np.array([0.0, 1.0, 1.0]), np.array([1.0, 1.0, 0.0]))
    assert found.value == pytest.approx(-np.log(1e-15) * 2 / 3, rel=1e-3)


def test_reliability_parts_ties_and_loses_nobody():
    p = np.array([0.1] * 6 + [0.5] * 4 + [0.9] * 2)
    came = np.array([0, 0, 0, 0, 1, 1, 1, 0, 1, 0, 1, 1.0])
    found = scoring.reliability(p, came, bins=2)
    assert [(one.n, one.predicted, one.came) for one in found] == [
        (6, pytest.approx(0.1), pytest.approx(1 / 3)),
        (6, pytest.approx(3.8 / 6), pytest.approx(4 / 6)),
    ]
    thirds = scoring.reliability(p, came, bins=3)  # the six who tie at 0.1 fill the first third and half of the second
    assert thirds[1].came == pytest.approx((2 * 2 / 6 + 2 * 2 / 4) / 4)
    assert scoring.reliability(np.zeros(0), np.zeros(0)) == ()


@given(few, st.integers(1, 12), st.randoms())
def test_bins_do_not_depend_on_the_order_of_rows(rows, bins, mixer):
    mixed = list(rows)
    mixer.shuffle(mixed)
    for some in (rows, mixed):
        p, came = (np.array(column, float) for column in zip(*some, strict=True))
        found = scoring.reliability(p, came, bins)
        assert sum(one.n for one in found) == pytest.approx(len(rows))
        assert sum(one.n * one.came for one in found) == pytest.approx(came.sum())
        if some is rows:
            first = found
    assert [one.came for one in found] == pytest.approx([one.came for one in first])


@given(few, st.integers(1, 12))
def test_shares_of_rows_give_the_same_bins(rows, bins):
    p, came = (np.array(column, float) for column in zip(*rows, strict=True))
    shares = scoring.shares_by_bin(p, bins)
    sizes, said, did = scoring._binned(p, came, bins)
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(p)))
    assert shares.sum(axis=0) == pytest.approx(sizes)
    assert p @ shares == pytest.approx(said)
    assert came @ shares == pytest.approx(did)


def test_calibration_error_is_the_mean_gap_and_knows_chance():
    right, wrong = churn(4000), churn(4000, 2.0)
    for p, came in (right, wrong):
        found = scoring.calibration_error(p, came, rng=np.random.default_rng(1))
        gaps = [abs(one.predicted - one.came) for one in scoring.reliability(p, came)]
        assert found.value == pytest.approx(np.mean(gaps))
        assert inside(found)
    assert scoring.calibration_error(*right, rng=np.random.default_rng(1)).low == 0
    assert scoring.calibration_error(*wrong, rng=np.random.default_rng(1)).low > 0.04


def test_bootstraps_are_seeded_and_narrow_with_customers_beyond_the_sample(monkeypatch):
    p, came = churn(4000, 2.0)
    one, same = (scoring.calibration_error(p, came, rng=np.random.default_rng(3)) for _ in range(2))
    assert one == same
    monkeypatch.setattr(scoring, "_SAMPLE", 1000)
    sampled = scoring.calibration_error(p, came, rng=np.random.default_rng(3))
    assert sampled.value == one.value
    assert sampled.high - sampled.low == pytest.approx(one.high - one.low, rel=0.3)


def test_decile_error_by_hand():
    predicted = np.repeat(np.arange(1.0, 11), 30)
    came = np.random.default_rng(0).permuted(np.tile([0.0, 1.0, 2.0], (10, 10)), axis=1) * np.arange(1, 11)[:, None]
    found = scoring.decile_error(1.2 * predicted, came.ravel(), rng=np.random.default_rng(2))
    assert found.value == pytest.approx(0.2)
    assert inside(found)
    nothing = scoring.decile_error(predicted, np.where(predicted < 2, 0, 1.0), rng=np.random.default_rng(2))
    assert nothing.why_not == "nothing came of one of the tenths"


def test_amounts_are_scored_by_hand():
    predicted, came = np.array([1.0, 2, 3, 4]), np.array([2.0, 2, 1, 3])
    assert scoring.total_bias(predicted, came).value == 10 / 8
    assert scoring.mean_absolute_error(predicted, came).value == 1
    assert scoring.root_mean_squared_error(predicted, came).value == pytest.approx(np.sqrt(6 / 4))
    assert scoring.within(predicted - 1, predicted, came).value == 0.5


def test_intervals_of_amounts_hold_their_value_and_nothing_is_below_0():
    predicted, came = spend(300)
    errors = (scoring.mean_absolute_error, scoring.root_mean_squared_error, scoring.total_bias)
    for found in (each(predicted, came) for each in errors):
        assert inside(found)
        assert found.low > 0
    right = scoring.mean_absolute_error(came, came)
    assert (right.low, right.value, right.high) == (0, 0, 0)


def all_profits(p, came, acceptance, worth=200.0, offer=10.0, contact=1.0):
    """Profit per customer of contacting everyone above each threshold."""
    each = came * (acceptance * (worth - offer) - contact) - (1 - came) * (offer + contact)
    return [each[p >= cut].sum() / len(p) for cut in np.append(np.unique(p), np.inf)]


@pytest.mark.parametrize("acceptance", [0.05, 0.1, 0.3, 0.9])
def test_maximum_profit_is_that_of_the_best_threshold(acceptance):
    p, came = churn(300)
    found, contacted = scoring.maximum_profit(p, came, acceptance=acceptance)
    assert found.value == pytest.approx(max(all_profits(p, came, acceptance)), abs=1e-12)
    assert 0 <= contacted <= 1


def test_expected_profit_is_the_mean_of_maximum_profits():
    from scipy import stats

    p, came = churn(300)
    chances = stats.beta(6, 14).ppf((np.arange(300) + 0.5) / 300)
    slow = np.mean([max(all_profits(p, came, chance)) for chance in chances])
    found, _ = scoring.expected_profit(p, came)
    assert found.value == pytest.approx(slow, abs=0.01)
    assert inside(found)


def test_expected_profit_where_all_or_none_churn():
    found, contacted = scoring.expected_profit(np.full(50, 0.2), np.zeros(50))
    assert (found.value, contacted) == (0, 0)
    found, contacted = scoring.expected_profit(np.full(50, 0.2), np.ones(50))
    assert found.value == pytest.approx(0.3 * 190 - 1, abs=1e-6)
    assert contacted == pytest.approx(1, abs=1e-6)
    with pytest.raises(ValueError, match="worth more"):
        scoring.expected_profit(np.full(5, 0.2), np.ones(5), worth=5.0)
    with pytest.raises(ValueError, match="nobody"):
        scoring.expected_profit(np.zeros(0), np.zeros(0))


def test_nobody_and_everybody_have_reasons():
    none, rng = np.zeros(0), np.random.default_rng(0)
    found = [
        scoring.brier(none, none),
        scoring.log_loss(none, none),
        scoring.brier_skill(np.full(9, 0.5), np.ones(9)),
        scoring.calibration_error(none, none, rng=rng),
        scoring.total_bias(np.ones(9), np.zeros(9)),
        scoring.decile_error(none, none, rng=rng),
        scoring.within(none, none, none),
    ]
    assert all(one.value is None and one.why_not for one in found)
