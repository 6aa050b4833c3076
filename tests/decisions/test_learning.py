"""What is measured here replaces what was assumed, as far as it goes."""

import numpy as np
import pytest

from regulars.core.errors import QueryError
from regulars.decisions.action import Effect
from regulars.decisions.holdout import held_out
from regulars.decisions.learning import Result, between, learned

ASSUMED = Effect(mean=0.05, low=-0.05, high=0.15, source="Assumed")


def result(value, error, name="spring"):
    return Result(value=value, error=error, experiment=name)


def test_without_experiments_it_is_what_was_assumed():
    assert learned(ASSUMED, []) is ASSUMED


def test_one_experiment_is_weighed_by_how_sure_both_are():
    error = ASSUMED.deviation
    found = learned(ASSUMED, [result(0.15, error)])
    assert found.mean == pytest.approx(0.10)
    assert found.deviation == pytest.approx(error / np.sqrt(2))
    assert "spring" in found.source


def test_experiments_that_disagree_leave_more_doubt():
    sure = [result(0.1, 0.01), result(0.1, 0.01)]
    torn = [result(0.0, 0.01), result(0.2, 0.01)]
    assert learned(ASSUMED, torn).deviation > 3 * learned(ASSUMED, sure).deviation
    # By hand: beyond chance (2 * .1²/.01² - 1)/(2/.01² - 1/.01²) = .0199.
    assert between(np.array([0.0, 0.2]), np.array([1e-4, 1e-4])) == pytest.approx(0.0199)


@pytest.mark.parametrize("error", [0.0, float("nan"), float("inf")])
def test_an_experiment_without_error_teaches_nothing(error):
    with pytest.raises(QueryError, match="teaches nothing"):
        learned(ASSUMED, [result(0.1, error)])


@pytest.mark.parametrize("rounds", [1, 3])
def test_after_rounds_intervals_hold_the_truth_as_often_as_they_say(rounds):
    rng, held, worlds = np.random.default_rng(11), 0, 1_500
    for _world in range(worlds):
        truth = ASSUMED.mean + ASSUMED.deviation * rng.standard_normal()
        found = [result(truth + 0.03 * rng.standard_normal(), 0.03, str(n)) for n in range(rounds)]
        effect = learned(ASSUMED, found)
        held += effect.low <= truth <= effect.high
    assert 0.93 <= held / worlds <= 0.975


def test_arms_are_drawn_alike_again_and_independently_of_other_experiments():
    ids = [f"C{n}" for n in range(20_000)]
    spring = held_out("spring", ids, 0.2)
    assert (held_out("spring", ids[::-1], 0.2)[::-1] == spring).all()
    assert spring.mean() == pytest.approx(0.2, abs=0.01)
    autumn = held_out("autumn", ids, 0.2)
    assert (spring & autumn).mean() == pytest.approx(0.04, abs=0.005)
    assert (held_out("spring", ids, 0.1) <= spring).all()


@pytest.mark.parametrize("share", [0.0, 0.005, 0.51, 1.0, -0.1, float("nan")])
def test_a_holdout_of_nobody_or_of_most_is_refused(share):
    with pytest.raises(QueryError, match="left alone"):
        held_out("spring", ["C1"], share)
