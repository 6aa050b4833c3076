from functools import partial

import numpy as np
import pytest

from regulars.stats import arms, effects, simultaneous, two_shares
from regulars.stats.arms import Arm
from regulars.stats.moments import Sums


def readings(truths, rng, n=10**6):
    sides = [(Arm(value=float(x), variance=0.5, n=n), Arm(value=0.0, variance=0.5, n=n)) for x in rng.normal(truths)]
    return {str(i): partial(effects.difference, *pair) for i, pair in enumerate(sides)}


def misses(found, truths):
    return [
        not one.effect.interval.low <= truth <= one.effect.interval.high
        for one, truth in zip(found, truths, strict=True)
    ]


def test_all_intervals_hold_at_once():
    rng, truths = np.random.default_rng(1), np.array([0.0] * 6 + [3.0] * 4)
    once = [any(misses(simultaneous.familywise(readings(truths, rng)), truths)) for _ in range(800)]
    assert np.mean(once) == pytest.approx(0.05, abs=0.02)


def test_of_those_called_few_intervals_miss():
    rng, truths, shares, plain = np.random.default_rng(2), np.array([0.0] * 15 + [2.5] * 5), [], []
    for _ in range(500):
        asked = readings(truths, rng)
        found = simultaneous.false_coverage(asked)
        called = np.array([one.called for one in found])
        shares.append(np.array(misses(found, truths))[called].mean() if called.any() else 0.0)
        alone = [asked[one.name](level=0.95).interval for one in found]
        missed = np.array([not a.low <= t <= a.high for a, t in zip(alone, truths, strict=True)])
        plain.append(missed[called].mean() if called.any() else 0.0)
    assert np.mean(shares) <= 0.06  # 0.05 and twice the error of 500 draws
    assert np.mean(plain) > 0.08  # what the wider intervals are for


@pytest.mark.parametrize("way", [simultaneous.familywise, simultaneous.false_coverage])
def test_what_an_interval_tells_from_0_is_called(way):
    rng = np.random.default_rng(3)
    for _ in range(50):
        for one in way(readings(rng.normal(0, 2, 8), rng)):
            apart = one.effect.interval.low > 0 or one.effect.interval.high < 0
            assert one.called >= apart
            assert one.called == (one.adjusted <= 0.05)
            if way is simultaneous.false_coverage:
                assert one.called == apart


def test_one_metric_is_not_widened_and_none_is_none():
    only = {"visits": partial(two_shares.newcombe, (56, 70), (48, 80))}
    for way in (simultaneous.familywise, simultaneous.false_coverage):
        assert way(only)[0].effect.interval == two_shares.newcombe((56, 70), (48, 80)).interval
        assert way({}) == ()


def test_metrics_without_a_value_count_and_are_not_called():
    nobody = partial(effects.difference, arms.mean(Sums.of([])), arms.mean(Sums.of([1, 2])))
    found = simultaneous.familywise({"a": partial(two_shares.newcombe, (56, 70), (48, 80)), "b": nobody})
    assert "nobody" in found[1].effect.interval.why_not
    assert (found[1].called, found[1].adjusted) == (False, 1)
    assert found[0].effect.interval.level == pytest.approx(0.975)
