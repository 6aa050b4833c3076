"""The share changed is told in the terms in which it was assumed, and its error is as large as it is wrong."""

import numpy as np
import pytest

from regulars.decisions.action import Gain
from regulars.decisions.changed import LEAST, WEIGHT, Foretold, changed


def arms(treated, control):
    """Return who did it and who is held out, of (how many did, how many there are) in each arm."""
    did = np.concatenate([np.arange(n) < count for count, n in (treated, control)])
    return did, np.repeat([False, True], [treated[1], control[1]])


def told(gain, treated, control, foretold=None, still=1.0, parts=None):
    did, held = arms(treated, control)
    names = np.full(len(did), "", dtype=object) if parts is None else parts
    known = None if foretold is None else Foretold(leaves=foretold, still=still)
    return changed(gain, did, held, names, experiment="spring", foretold=known)


def test_what_sells_is_the_difference_of_who_ordered():
    found = told(Gain.BOUGHT, (60, 200), (20, 100))
    assert found.value == pytest.approx(0.1)
    variances = [(61 / 202) * (141 / 202) / 202, (21 / 102) * (81 / 102) / 102]
    assert found.error == pytest.approx(sum(variances) ** 0.5)


def test_what_keeps_is_the_share_of_leavers_who_stayed():
    # A fifth left, held out, and a tenth treated: half of who would have left stayed.
    assert told(Gain.KEPT, (20, 200), (20, 100)).value == pytest.approx(0.5)
    # As 30 more of whom a quarter left: (20 + 7.5) / 130 would have left.
    assert told(Gain.KEPT, (20, 200), (20, 100), 0.25).value == pytest.approx(0.1 / ((20 + WEIGHT * 0.25) / 130))
    # Where half of the leavers had left before, twice the share of the others stayed.
    some = told(Gain.KEPT, (20, 200), (20, 100), 0.25, 0.5)
    assert some.value == pytest.approx(0.2 / ((20 + WEIGHT * 0.25) / 130))


def test_where_nobody_left_only_what_was_foretold_tells():
    assert told(Gain.KEPT, (2, 100), (0, 40)) is None
    found = told(Gain.KEPT, (2, 100), (0, 40), 0.2)
    assert found.value < 0
    assert found.error > 0.2


@pytest.mark.parametrize(
    ("gain", "treated", "control", "base", "effect"),
    [
        (Gain.BOUGHT, 64, 28, 0.1, 0.06),
        (Gain.BOUGHT, 300, 120, 0.35, 0.08),
        (Gain.KEPT, 64, 28, 0.15, 0.25),
        (Gain.KEPT, 120, 50, 0.4, 0.25),
        (Gain.KEPT, 2_000, 800, 0.15, 0.2),
    ],
)
def test_limits_hold_the_truth_as_often_as_they_say(gain, treated, control, base, effect):
    rng, draws, held = np.random.default_rng(8), 1_500, 0
    after = base + effect if gain is Gain.BOUGHT else base * (1 - effect)
    for _draw in range(draws):
        counts = (rng.binomial(treated, after), treated), (rng.binomial(control, base), control)
        found = told(gain, *counts, base if gain is Gain.KEPT else None)
        held += abs(found.value - effect) <= 1.96 * found.error
    assert 0.93 <= held / draws <= 0.97


def test_segments_are_told_where_they_are_large_enough():
    did, held = arms((60, 200), (40, 120))
    parts = np.where(np.arange(320) % 2, "large", "large too").astype(object)
    parts[: LEAST - 1] = "few"
    found = changed(Gain.BOUGHT, did, held, parts, experiment="spring")
    assert set(found.parts) == {"large", "large too"}
    assert sum(one.n for one in found.parts.values()) == 320 - (LEAST - 1)
    mine = parts == "large"
    expected = did[mine & ~held].mean() - did[mine & held].mean()
    assert found.parts["large"].value == pytest.approx(expected)
