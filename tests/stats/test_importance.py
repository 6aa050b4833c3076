from itertools import permutations

import numpy as np
import pytest

from regulars.core.randomness import stream
from regulars.stats import importance

RNG = np.random.default_rng(3)
X = RNG.normal(size=(150, 4)) + RNG.normal(size=(150, 1))
Y = X @ [1.0, 0.5, 0, 0.2] + RNG.normal(size=150) * 2
DRIVERS = dict(zip("abcd", X.T, strict=True))


def shapley(outcome, drivers, *, draws=20, seed=1, **more):
    return importance.shapley(outcome, drivers, rng=stream(seed, "importance"), draws=draws, **more)


def shares(found):
    return [one.share.value for one in found.drivers]


def r_squared(columns):
    z = np.column_stack([np.ones(len(Y)), *columns])
    rest = Y - z @ np.linalg.lstsq(z, Y, rcond=None)[0]
    return 1 - rest @ rest / ((Y - Y.mean()) @ (Y - Y.mean()))


def test_shares_are_gains_averaged_over_orders_and_add_up():
    expected = dict.fromkeys("abcd", 0.0)
    for order in permutations("abcd"):
        before = 0.0
        for k in range(4):
            now = r_squared([DRIVERS[name] for name in order[: k + 1]])
            expected[order[k]] += (now - before) / 24
            before = now
    found = shapley(Y, DRIVERS)
    assert shares(found) == pytest.approx(list(expected.values()), abs=1e-12)
    assert sum(shares(found)) == pytest.approx(found.r_squared.value, abs=1e-12)
    assert sum(one.pratt for one in found.drivers) == pytest.approx(found.r_squared.value, abs=1e-9)


def test_scale_and_order_of_rows_and_drivers_do_not_matter():
    found = shapley(Y, DRIVERS)
    order = RNG.permutation(150)
    turned = shapley(9 - 3 * Y[order], {name: 5 - 2 * DRIVERS[name][order] for name in "dcba"})
    assert shares(turned)[::-1] == pytest.approx(shares(found))


def test_weights_of_1_are_none_and_a_weight_of_2_is_two_rows_of_one_unit():
    assert shares(shapley(Y, DRIVERS, weights=np.full(150, 3.0))) == pytest.approx(shares(shapley(Y, DRIVERS)))
    times = 1 + np.arange(150) % 2
    rows = np.repeat(np.arange(150), times)
    heavy = shapley(Y, DRIVERS, weights=times)
    long = shapley(Y[rows], {name: x[rows] for name, x in DRIVERS.items()}, clusters=rows)
    assert shares(heavy) == pytest.approx(shares(long))
    assert [one.share.low for one in heavy.drivers] == pytest.approx([one.share.low for one in long.drivers])


def test_dummies_of_one_fact_are_one_driver_however_they_are_coded():
    place = RNG.integers(0, 3, 150)
    dummies = (place[:, None] == np.arange(3)).astype(float)
    some = shapley(Y, {"a": X[:, 0], "place": dummies[:, 1:]})
    whole = shapley(Y, {"a": X[:, 0], "place": dummies})  # they add up to the constant
    assert shares(some) == pytest.approx(shares(whole), abs=1e-9)
    assert len(some.drivers) == 2


def test_twins_share_and_what_never_varies_tells_nothing():
    found = shapley(Y, {"a": X[:, 0], "twin": X[:, 0], "same": np.ones(150)})
    assert found.drivers[0].share.value == pytest.approx(found.drivers[1].share.value)
    assert (found.drivers[0].last, found.drivers[2].share.value) == (pytest.approx(0), pytest.approx(0))


def test_same_stream_same_bytes_and_rows_of_a_customer_belong_together():
    assert shapley(Y, DRIVERS) == shapley(Y, DRIVERS)
    rows = np.tile(np.arange(150), 4)
    apart = shapley(Y[rows], {"a": X[rows, 0]}, draws=200).r_squared
    together = shapley(Y[rows], {"a": X[rows, 0]}, draws=200, clusters=rows).r_squared
    assert together.high - together.low > 1.5 * (apart.high - apart.low)
    assert together.n == 150


def test_no_value_because():
    assert "too few for 4 columns" in shapley(Y[:6], {name: x[:6] for name, x in DRIVERS.items()}).r_squared.why_not
    assert "same everywhere" in shapley(np.ones(150), DRIVERS).drivers[0].share.why_not
    with pytest.raises(ValueError, match="from 1 to 12"):
        shapley(Y, {str(k): Y for k in range(13)})
    with pytest.raises(ValueError, match="finite"):
        shapley(Y, {"a": np.full(150, np.inf)})


def test_intervals_hold_what_the_population_has():
    """Correlation 0.5 between three drivers; R² and shares from their covariance."""
    beta, between = np.array([0.6, 0.3, 0.1]), np.full((3, 3), 0.5) + np.eye(3) / 2
    root, along = np.linalg.cholesky(between), between @ beta
    whole = np.block([[between, along[:, None]], [along[None], np.array([[beta @ along + 1]])]])
    table = importance._all_subsets(whole[None], [1, 1, 1])
    truth = [*importance._shared_out(table)[0], table[0, -1]]
    rng, held = np.random.default_rng(5), np.zeros(4)
    for k in range(150):
        x = rng.normal(size=(200, 3)) @ root.T
        drivers = dict(zip("abc", x.T, strict=True))
        found = shapley(x @ beta + rng.normal(size=200), drivers, draws=200, seed=k)
        intervals = [*(one.share for one in found.drivers), found.r_squared]
        held += [one.low <= value <= one.high for one, value in zip(intervals, truth, strict=True)]
    assert (held / 150 >= 0.89).all()
    assert (held / 150).mean() <= 0.98


def test_one_impression_is_warned_of():
    mood = RNG.normal(size=400)
    ratings = {str(k): mood + RNG.normal(size=400) * 0.6 for k in range(5)}
    found = importance.halo(mood + RNG.normal(size=400), ratings)
    assert found.correlation == pytest.approx(1 / 1.36, abs=0.05)
    assert found.shared > 0.9
    assert "one impression" in found.warning
    apart = importance.halo(Y, {str(k): RNG.normal(size=150) + Y * (k == 0) * 0.3 for k in range(4)})
    assert not apart.warning
    parts = RNG.normal(size=(150, 3))
    assert "of the whole" in importance.halo(parts.sum(axis=1), dict(zip("abc", parts.T, strict=True))).warning
    assert importance.halo(np.ones(150), ratings={"a": Y, "b": X[:, 0]}) is None
    assert importance.halo(Y, {"a": X[:, 0], "same": np.ones(150)}) is None
