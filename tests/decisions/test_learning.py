"""What is measured here replaces what was assumed, as far as it goes."""

import numpy as np
import pytest

from regulars.core.errors import QueryError
from regulars.decisions.action import OTHER, Effect
from regulars.decisions.holdout import held_out
from regulars.decisions.learning import PartResult, Result, learned

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
    # By hand: beyond chance (2 * .1²/.01² - 1)/(2/.01² - 1/.01²) = .0199, so each weighs 1/.02.
    assert learned(ASSUMED, torn).deviation == pytest.approx((1 / ASSUMED.deviation**2 + 2 / 0.02) ** -0.5)


def by_part(values, error=0.02, n=400):
    parts = {name: PartResult(value=value, error=error, n=n) for name, value in values.items()}
    return Result(value=float(np.mean(list(values.values()))), error=error / 2, experiment="spring", parts=parts)


def test_segments_that_gained_more_are_believed_to_gain_more_and_others_to_gain_as_all():
    found = learned(ASSUMED, [by_part({"few": 0.0, "many": 0.2, "some": 0.1})])
    assert 0 < found.of("few").mean < found.of("some").mean < found.of("many").mean < 0.2
    assert found.of("never seen").mean == pytest.approx(found.of(OTHER).mean)
    assert found.of("never seen").deviation > found.of("some").deviation
    assert found.of("many").n == 400
    assert found.means(np.array(["many", "few", "who?"], dtype=object)).tolist() == [
        found.of(name).mean for name in ("many", "few", OTHER)
    ]


def test_one_segment_tells_nothing_of_how_segments_differ():
    found = learned(ASSUMED, [by_part({"only": 0.1})])
    assert found.parts == {}
    assert found.of("only").mean == found.mean
    assert found.of("only").deviation == pytest.approx(found.deviation)


def test_after_rounds_intervals_of_segments_hold_the_truth_as_often_as_they_say():
    rng, held, worlds, names = np.random.default_rng(12), 0, 500, ("a", "b", "c")
    for _world in range(worlds):
        apart = abs(ASSUMED.deviation * rng.standard_normal())
        truth = ASSUMED.mean + ASSUMED.deviation * rng.standard_normal() + apart * rng.standard_normal(3)
        rounds = [by_part(dict(zip(names, truth + 0.03 * rng.standard_normal(3), strict=True)), 0.03) for _ in range(3)]
        effect = learned(ASSUMED, rounds)
        for name, true in zip(names, truth, strict=True):
            held += abs(effect.of(name).mean - true) <= 1.96 * effect.of(name).deviation
    assert 0.93 <= held / (3 * worlds) <= 0.975


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
