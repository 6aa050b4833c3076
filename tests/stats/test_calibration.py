import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from regulars.stats import calibration


def drawn(n, bend, seed=0):
    """Log odds are `bend` times what they should be."""
    rng = np.random.default_rng(seed)
    z = rng.normal(-1, 1.3, n)
    return special.expit(bend * z), (rng.random(n) < special.expit(z)).astype(float)


def test_the_line_is_the_maximum_of_platts_likelihood():
    p, came = drawn(300, 2.0)
    odds, corrected = calibration._line(p, came)
    slope = (corrected[1] - corrected[0]) / (odds[1] - odds[0])
    x, m = special.logit(p), came.sum()
    target = np.where(came == 1, (m + 1) / (m + 2), 1 / (len(came) - m + 2))
    rest = target - special.expit(corrected[0] + slope * (x - odds[0]))
    assert abs(rest.sum()) < 1e-5
    assert abs(rest @ x) < 1e-5


@pytest.mark.parametrize(("n", "kind"), [(400, "Platt"), (4000, "isotonic")])
def test_wrong_odds_are_mended_for_others(n, kind):
    p, came = drawn(n, 2.5)
    found = calibration.calibrated(p, came)
    assert found.kind == kind
    assert found.brier_calibrated < found.brier
    fresh, after = drawn(20_000, 2.5, seed=1)
    right = special.expit(special.logit(fresh) / 2.5)
    assert np.mean((found.applied(fresh) - right) ** 2) < 0.15 * np.mean((fresh - right) ** 2)
    assert np.mean((found.applied(fresh) - after) ** 2) < np.mean((fresh - after) ** 2)


@pytest.mark.parametrize("n", [400, 4000])
def test_what_is_right_stays_as_it_is(n):
    p, came = drawn(n, 1.0)
    found = calibration.calibrated(p, came)
    assert found.kind == "identity"
    assert "would not lower" in found.said
    assert np.array_equal(found.applied(p), p)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([40, 300, 2000]), st.sampled_from([-1.0, 0.0, 0.4, 3.0]))
def test_the_order_is_kept_and_nothing_is_certain(seed, n, bend):
    p, came = drawn(n, bend, seed)
    p[:2], grid = (0.0, 1.0), np.concatenate([[0.0, 1e-12], np.linspace(0.001, 0.999, 200), [1.0]])
    found = calibration.calibrated(p, came).applied(grid)
    assert np.all(np.diff(found) >= 0)
    assert np.all((found >= 0) & (found <= 1))


def test_stairs_are_the_isotonic_regression():
    from sklearn.isotonic import IsotonicRegression

    p, came = drawn(3000, 2.0)
    p = np.round(p, 2)
    odds, corrected = calibration._stairs(p, came)
    theirs = IsotonicRegression().fit(p, calibration._targets(came)).predict(p)
    assert special.expit(np.interp(calibration._log_odds(p), odds, corrected)) == pytest.approx(theirs, abs=1e-9)


def test_scores_that_mislead_become_the_base_rate():
    p, came = drawn(400, -1.0)
    found = calibration.calibrated(p, came)
    assert found.kind == "Platt"
    assert found.applied(np.array([0.1, 0.9])) == pytest.approx(np.full(2, came.mean()), abs=0.03)


def test_too_few_teach_nothing():
    for came in (np.zeros(50), np.ones(50), np.repeat([0.0, 1.0], [45, 5]), np.zeros(0)):
        found = calibration.calibrated(np.full(len(came), 0.3), came)
        assert (found.kind, found.brier_calibrated) == ("identity", None)
        assert "too few" in found.said


def test_order_of_rows_does_not_matter_and_json_brings_it_back():
    p, came = drawn(3000, 2.0)
    p = np.round(p, 2)
    found = calibration.calibrated(p, came)
    mixed = np.random.default_rng(5).permutation(len(p))
    again = calibration.calibrated(p[mixed], came[mixed])
    assert again.corrected == pytest.approx(found.corrected, abs=1e-12)
    back = calibration.Calibration(**json.loads(json.dumps(dataclasses.asdict(found))))
    assert np.array_equal(back.applied(p), found.applied(p))
