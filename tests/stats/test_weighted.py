import numpy as np
import pytest

from regulars.stats import intervals, nps, weighted, weighting
from regulars.stats.moments import Sums

RNG = np.random.default_rng(4)
SPEND = RNG.lognormal(3, 1, 80)
ANSWERS = RNG.choice([-1.0, 0, 1], 80)


def same(found, other):
    assert (found.value, found.low, found.high) == (
        pytest.approx(other.value),
        pytest.approx(other.low),
        pytest.approx(other.high),
    )


def test_weights_of_1_change_nothing():
    plain = weighting.equal(80)
    same(weighted.mean(SPEND, plain), intervals.mean(Sums.of(SPEND)))
    same(weighted.share(ANSWERS == 1, plain), intervals.wilson(int((ANSWERS == 1).sum()), 80))
    counts = (int((side == ANSWERS).sum()) for side in (1, 0, -1))
    same(weighted.net_score(ANSWERS, plain), nps.nps(*counts))


def weights(cells, **population):
    return weighting.post_stratified(cells, population, least=5)


def test_order_and_scale_do_not_matter():
    cells = np.array(["a", "b"] * 40)
    order = RNG.permutation(80)
    there = weighted.mean(SPEND, weights(cells, a=300, b=100))
    same(weighted.mean(SPEND[order], weights(cells[order], a=300, b=100)), there)
    same(weighted.mean(SPEND, weights(cells, a=3, b=1)), there)


def test_what_the_population_tells_is_no_doubt():
    """Answers that are all alike within cells are known of everybody: a weighted sample has no error left."""
    cells = np.repeat(["a", "b"], [30, 10])
    assert weighted.standard_error(np.repeat([1.0, 5.0], [30, 10]), weights(cells, a=50, b=50)) == pytest.approx(0)
    assert weighted.standard_error(np.repeat([1.0, 5.0], [30, 10]), weighting.equal(40)) > 0.2


def test_answers_all_alike_are_not_certain():
    cells = np.repeat(["a", "b"], [10, 30])
    uneven = weights(cells, a=50, b=50)
    few = weighted.net_score(np.ones(40), uneven)
    assert few.value == 1
    assert few.low == pytest.approx(nps.nps(uneven.effective_n, 0, 0).low)
    assert few.low < nps.nps(40, 0, 0).low
    share = weighted.share(np.zeros(40), uneven)
    assert (share.value, share.low) == (0, 0)
    assert share.high == pytest.approx(intervals.wilson_limits(0, uneven.effective_n)[1])
    assert weighted.share(np.ones(40), uneven).high == 1


def test_nobody_and_too_few():
    nobody = weighting.equal(0)
    assert weighted.share([], nobody).why_not
    assert weighted.net_score([], nobody).why_not
    assert "more respondents" in weighted.mean([1.0], weighting.equal(1)).why_not


@pytest.mark.parametrize(
    ("people", "rate", "likely"),
    [((1000, 1000, 2000), (0.1, 0.05, 0.015), (0.2, 0.5, 0.8)), ((400, 300, 300), (0.06, 0.08, 0.1), (0.9, 0.6, 0.2))],
)
@pytest.mark.parametrize("kind", ["share", "net"])
def test_nineteen_times_in_twenty_where_who_answers_goes_with_what_they_answer(people, rate, likely, kind):
    rng = np.random.default_rng(8)
    population = dict(zip("abc", people, strict=True))
    held = plain = 0
    for _ in range(400):
        n = rng.binomial(people, rate)
        cells, chance = np.repeat(list("abc"), n), np.repeat(likely, n)
        pleased, sorry = rng.random(len(cells)) < chance, rng.random(len(cells)) < 0.4
        y = np.where(pleased, 1.0, 0.0 if kind == "share" else np.where(sorry, -1.0, 0.0))
        truth = np.dot(people, likely) / sum(people)
        truth = truth if kind == "share" else truth - 0.4 * (1 - truth)
        estimate = weighted.share if kind == "share" else weighted.net_score
        found = estimate(y, weighting.post_stratified(cells, population, least=5))
        naive = estimate(y, weighting.equal(len(y)))
        held += found.low <= truth <= found.high
        plain += naive.low <= truth <= naive.high
    assert 0.92 <= held / 400 <= 0.985
    assert plain / 400 < 0.9


def test_uneven_weights_that_tell_nothing_widen_by_their_design_effect():
    """Where answers have nothing to do with cells, the effective n is Kish's."""
    rng = np.random.default_rng(2)
    cells = np.repeat(["a", "b"], [2000, 200])
    uneven = weights(cells, a=50, b=50)
    units = weighted.effective_answers((rng.random(2200) < 0.3).astype(float), uneven)
    assert units == pytest.approx(uneven.effective_n, rel=0.1)
