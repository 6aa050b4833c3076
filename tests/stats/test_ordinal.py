import numpy as np
import pytest

from regulars.stats import ordinal
from regulars.stats.likelihood import NotFitted

RNG = np.random.default_rng(7)
X = RNG.normal(size=(500, 2))
ANSWERS = np.digitize(X @ [0.8, -0.4] + RNG.logistic(size=500), [-1, 0, 1.5])
COLUMNS = {"speed": X[:, 0], "price": X[:, 1]}


def test_gradient_and_hessian_are_the_differences():
    curve = ordinal._Ordinal(ANSWERS, X, RNG.uniform(0.5, 2, 500)).curve
    theta = np.array([-0.9, 0.2, 1.1, 0.3, -0.6])
    steps = 1e-5 * np.eye(5)
    slope = [(curve(theta + h).value - curve(theta - h).value) / 2e-5 for h in steps]
    bend = [(curve(theta + h).gradient - curve(theta - h).gradient) / 2e-5 for h in steps]
    assert curve(theta).gradient == pytest.approx(np.array(slope), abs=1e-5)
    assert curve(theta).hessian == pytest.approx(np.array(bend), abs=1e-5)


def test_rows_in_any_order_and_counted_rows_are_the_same():
    fit = ordinal.proportional_odds(ANSWERS, COLUMNS)
    order, times = RNG.permutation(500), 1 + np.arange(500) % 3
    turned = ordinal.proportional_odds(ANSWERS[order], {name: x[order] for name, x in COLUMNS.items()})
    assert turned["speed"].value.value == pytest.approx(fit["speed"].value.value)
    rows = np.repeat(np.arange(500), times)
    counted = ordinal.proportional_odds(ANSWERS, COLUMNS, weights=times)
    long = ordinal.proportional_odds(ANSWERS[rows], {name: x[rows] for name, x in COLUMNS.items()})
    assert counted["price"].value.low == pytest.approx(long["price"].value.low)
    assert (counted.deviance, counted.n) == (pytest.approx(long.deviance), long.n)


def test_turned_scale_turns_the_sign_and_no_column_leaves_the_shares():
    fit = ordinal.proportional_odds(ANSWERS, COLUMNS)
    back = ordinal.proportional_odds(-ANSWERS, COLUMNS)
    assert back["speed"].value.value == pytest.approx(-fit["speed"].value.value, abs=1e-6)
    plain = ordinal.proportional_odds(ANSWERS, {})
    share = np.array([np.mean(cut >= ANSWERS) for cut in range(3)])
    assert 1 / (1 + np.exp(-np.array(plain.thresholds))) == pytest.approx(share)


def test_units_do_not_matter_and_a_category_nobody_chose_is_not_there():
    fit = ordinal.proportional_odds(ANSWERS, COLUMNS)
    other = ordinal.proportional_odds(
        np.where(ANSWERS == 3, 10, ANSWERS), {"speed": 1e6 * X[:, 0] + 1e6, "price": X[:, 1]}
    )
    assert other.categories == (0, 1, 2, 10)
    assert 1e6 * other["speed"].value.high == pytest.approx(fit["speed"].value.high, rel=1e-4)
    assert other["price"].value.value == pytest.approx(fit["price"].value.value, rel=1e-4)


def test_columns_that_tell_nothing_are_named():
    fit = ordinal.proportional_odds(ANSWERS, COLUMNS | {"same": np.ones(500), "both": X.sum(axis=1)})
    assert fit.dropped == {"same": "is the same everywhere", "both": "follows from speed, price"}
    with pytest.raises(KeyError):
        fit["both"]


@pytest.mark.parametrize("rare", [1, 30])
def test_a_column_that_parts_the_answers_is_named(rare):
    there = np.arange(500) < rare
    with pytest.raises(NotFitted, match="no smooth maximum: the odds ratio of vip"):
        ordinal.proportional_odds(np.where(there, 3, ANSWERS), COLUMNS | {"vip": there})
    with pytest.raises(NotFitted, match="of speed"):
        ordinal.proportional_odds(np.digitize(X[:, 0], [-1, 1]), COLUMNS)


def test_nothing_to_fit():
    with pytest.raises(NotFitted, match="alike"):
        ordinal.proportional_odds(np.ones(500), COLUMNS)
    with pytest.raises(NotFitted, match="4 answers are too few for 5 parameters"):
        ordinal.proportional_odds([0, 1, 2, 3], {name: x[:4] for name, x in COLUMNS.items()})
    with pytest.raises(NotFitted, match="three categories"):
        ordinal.proportionality(ANSWERS > 1, COLUMNS)
    with pytest.raises(ValueError, match="speed"):
        ordinal.proportional_odds(ANSWERS, {"speed": np.full(500, np.nan)})


def test_many_answers_begin_with_a_sample_of_them():
    rng = np.random.default_rng(1)
    x = rng.normal(size=70_000)
    y = np.digitize(0.5 * x + rng.logistic(size=70_000), [-2, 0, 2])
    assert ordinal.proportional_odds(y, {"x": x})["x"].value.value == pytest.approx(0.5, abs=0.03)


def test_proportionality_is_called_where_it_fails_and_rarely_where_it_holds():
    rng, called = np.random.default_rng(3), 0
    for _ in range(200):
        x = rng.normal(size=(300, 2))
        y = np.digitize(x @ [0.5, -0.3] + rng.logistic(size=300), [-1, 0, 1])
        called += ordinal.proportionality(y, {"a": x[:, 0], "b": x[:, 1]}).p_value < 0.05
    assert called / 200 <= 0.1
    x = rng.normal(size=2000)
    uneven = (rng.logistic(size=2000) < x).astype(int) * (1 + (rng.random(2000) < 0.5))  # sets off 0 from the rest only
    found = ordinal.proportionality(uneven, {"x": x})
    assert (found.df, found.p_value < 1e-6) == (1, True)


def test_nineteen_times_in_twenty():
    rng, held = np.random.default_rng(2), 0
    for _ in range(300):
        x = rng.normal(size=120)
        y = np.digitize(0.7 * x + rng.logistic(size=120), [-1, 0, 1])
        found = ordinal.proportional_odds(y, {"x": x})["x"]
        held += found.value.low <= 0.7 <= found.value.high
        assert found.odds_ratio.low == pytest.approx(np.exp(found.value.low))
    assert 0.92 <= held / 300 <= 0.98
