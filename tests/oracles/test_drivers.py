"""What goes with a score, against R's relaimpo and polr and statsmodels."""

import csv
import json

import numpy as np
import pytest

from regulars.core.randomness import stream
from regulars.stats import impact, importance, ordinal, regression

SCORES = (10, 9, 9, 10, 8, 7, 6, 3, 2, 5, 9, 10, 8, 1, 9, 7)
DELIVERY = (0, 0, 0, 0, 1, 0, 1, 1, 1, 0, 1, 0, 0, 1, 0, 0)
PRICE = (0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1)
SUPPORT = (0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0)


def near(value, tolerance=1e-9):
    return pytest.approx(value, rel=0, abs=tolerance)


def net(scores):
    return np.where(np.array(scores) >= 9, 1, np.where(np.array(scores) <= 6, -1, 0))


def test_delivery_as_in_statsmodels():
    """Points of delivery, raw and with the other themes held (OLS, HC3)."""
    themes = {"delivery": DELIVERY, "price": PRICE, "support": SUPPORT}
    raw, held = impact.leave_out(net(SCORES), DELIVERY), impact.adjusted(net(SCORES), themes)[0]
    assert 100 * raw.value.value == near(-37.5, 1e-8)
    assert 100 * held.value.value == near(-38.23099415204679, 1e-8)
    fit = regression.least_squares(net(SCORES), themes)
    assert 100 * fit["delivery"].error == near(42.206570702161656, 1e-8)


@pytest.mark.shared_data
def test_points_that_themes_cost(shared):
    oracle = json.loads((shared / "oracles/topic_impact.json").read_text())
    inputs, tolerance = dict(oracle["inputs"]), oracle["tolerance"]
    answers = net(inputs.pop("score"))
    assert 100 * answers.mean() == near(oracle["expected"]["nps"], tolerance)
    fit = regression.least_squares(answers, inputs)
    for held in impact.adjusted(answers, inputs):
        expected, raw = oracle["expected"]["themes"][held.name], impact.leave_out(answers, inputs[held.name])
        assert raw.share.value == near(expected["share"], tolerance)
        assert 100 * raw.score_with.value == near(expected["nps_with"], tolerance)
        assert 100 * raw.score_without.value == near(expected["nps_without"], tolerance)
        assert 100 * raw.value.value == near(expected["impact_points"], tolerance)
        assert 100 * held.coefficient.value == near(expected["beta"], tolerance)
        assert 100 * held.value.value == near(expected["adjusted_points"], tolerance)
        assert 100 * fit[held.name].error == near(expected["se_HC3"], tolerance)


def read(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_two_drivers_by_hand():
    """Correlations .6 and .5 with the outcome, .5 with each other: R² .4133, shared as (r² + rest)/2."""
    c = np.array([[1, 0.5, 0.6], [0.5, 1, 0.5], [0.6, 0.5, 1]])
    # Rows whose covariance is exactly c.
    basis = np.linalg.qr(np.column_stack([np.ones(8), np.eye(8)[:, :3]]))[0][:, 1:]
    rows = np.tile(basis @ np.linalg.cholesky(c).T, (10, 1))
    found = importance.shapley(rows[:, 2], {"a": rows[:, 0], "b": rows[:, 1]}, rng=stream(1, "x"), draws=10)
    whole = (0.36 + 0.25 - 2 * 0.6 * 0.5 * 0.5) / 0.75
    assert found.r_squared.value == near(whole)
    assert found.drivers[0].share.value == near((0.36 + whole - 0.25) / 2)


@pytest.mark.shared_data
def test_swiss_fertility(shared):
    oracle = json.loads((shared / "oracles/lmg_swiss.json").read_text())
    rows, expected = read(shared / "oracles/swiss.csv"), oracle["expected"]
    columns = {name: [float(row[name]) for row in rows] for name in rows[0]}
    found = importance.shapley(columns.pop("Fertility"), columns, rng=stream(1, "swiss"), draws=50)
    assert found.r_squared.value == near(expected["R2"])
    for one in found.drivers:
        assert one.share.value == near(expected["lmg"][one.name])
        assert one.alone == near(expected["first"][one.name])
        assert one.last == near(expected["last"][one.name])
        assert one.pratt == near(expected["pratt"][one.name])


def test_odds_of_a_two_by_two_table():
    """Two categories are logistic regression: the log odds ratio of 30/10 against 15/25, Woolf's error."""
    fit = ordinal.proportional_odds([1, 0, 1, 0], {"x": [1, 1, 0, 0]}, weights=[30, 10, 15, 25])
    assert fit["x"].odds_ratio.value == near(30 * 25 / (10 * 15), 1e-7)
    woolf = (1 / 30 + 1 / 10 + 1 / 15 + 1 / 25) ** 0.5
    assert (fit["x"].value.high - fit["x"].value.value) / 1.959963984540054 == near(woolf, 1e-4)


@pytest.mark.shared_data
def test_satisfaction_in_copenhagen(shared):
    oracle = json.loads((shared / "oracles/polr_housing.json").read_text())
    rows, expected = read(shared / "oracles/housing.csv"), oracle["expected"]
    coded = {
        f"{field}{value}": [row[field] == value for row in rows]
        for field, values in (
            ("Infl", ("Medium", "High")),
            ("Type", ("Apartment", "Atrium", "Terrace")),
            ("Cont", ("High",)),
        )
        for value in values
    }
    answers = [("Low", "Medium", "High").index(row["Sat"]) for row in rows]
    fit = ordinal.proportional_odds(answers, coded, weights=[float(row["Freq"]) for row in rows])
    assert fit.deviance == near(expected["deviance"], 1e-6)
    errors = np.sqrt(np.diag(fit.covariance))
    for one, error in zip(fit.odds, errors, strict=False):
        assert one.value.value == near(expected["coef"][one.name], 1e-5)
        assert error == near(expected["se"][one.name], 1e-5)
    assert fit.thresholds == tuple(near(value, 1e-5) for value in expected["zeta"].values())
    assert errors[-2:].tolist() == [near(expected["se"][cut], 1e-5) for cut in expected["zeta"]]
