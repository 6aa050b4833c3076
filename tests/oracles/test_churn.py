"""Churn against independently computed metrics, and on IBM's Telco customers (7,043, a fictional company)."""

import csv
import json

import numpy as np
import pytest
from pyarrow import parquet
from scipy import special

from regulars.stats import additive, calibration, leakage, ranking, scoring
from regulars.stats.intervals import z

pytestmark = pytest.mark.shared_data


def near(value, tolerance=1e-8):
    return pytest.approx(value, rel=0, abs=tolerance)


def test_metrics_of_other_packages(shared):
    expected = json.loads((shared / "oracles/classifier_metrics.json").read_text())["expected"]
    with (shared / "oracles/classifier_scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    came, scores = (np.array([float(row[name]) for row in rows]) for name in ("y", "score_a"))
    assert (len(came), came.mean()) == (expected["n"], near(expected["base"]))

    found = ranking.auc(scores, came)
    assert found.value == near(expected["auc"])
    # Theirs is not on the logit scale: the errors are the same.
    error = (special.logit(found.high) - special.logit(found.value)) * found.value * (1 - found.value) / z(0.95)
    assert error * z(0.95) == near(expected["auc_ci_delong"][2] - expected["auc"])
    assert ranking.average_precision(scores, came).value == near(expected["average_precision"])
    assert ranking.lift(scores, came).value == near(expected["lift10"])
    assert scoring.brier(scores, came).value == near(expected["brier"])
    assert scoring.log_loss(scores, came).value == near(expected["logloss"])

    profits = expected["EMP_default"]
    profit, contacted = scoring.expected_profit(scores, came)
    assert (profit.value, contacted) == (near(profits["EMP"]), near(profits["EMPfrac"]))
    profit, contacted = scoring.maximum_profit(scores, came)
    assert (profit.value, contacted) == (near(profits["MP"]), near(profits["MPfrac"]))


def test_platts_line_of_other_packages(shared, monkeypatch):
    expected = json.loads((shared / "oracles/classifier_metrics.json").read_text())["expected"]["platt"]["coef"]
    with (shared / "oracles/classifier_scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    came, scores = (np.array([float(row[name]) for row in rows]) for name in ("y", "score_a"))
    monkeypatch.setattr(calibration, "_targets", lambda labels: labels)  # theirs are plain 0 and 1
    odds, corrected = calibration._line(scores, came)
    slope = (corrected[1] - corrected[0]) / (odds[1] - odds[0])
    assert [corrected[0] - slope * odds[0], slope] == near(expected, 1e-6)


@pytest.fixture(scope="module")
def telco(shared):
    """Columns as numbers, texts as places in their alphabet, and who left."""
    table = parquet.read_table(shared / "data/telco/telco.parquet").to_pydict()
    came = np.array([float(value == "Yes") for value in table.pop("Churn")])
    del table["customerID"]
    columns = {}
    for name, values in table.items():
        if name in ("tenure", "MonthlyCharges", "TotalCharges", "SeniorCitizen"):
            columns[name] = np.array([float(value) if value.strip() else np.nan for value in values])
        else:
            columns[name] = np.unique(values, return_inverse=True)[1].astype(np.float64)
    return columns, came


def taken(columns, rows):
    return {name: x[rows] for name, x in columns.items()}


def out_of_fold(columns, came, *, bags=4, folds=5):
    """What each customer was foretold by the model of the others."""
    rng = np.random.default_rng(20)
    fold, found = rng.permutation(len(came)) % folds, np.empty(len(came))
    for held in range(folds):
        own, others = fold == held, fold != held
        model = additive.fit(taken(columns, others), came[others], kind="probability", bags=bags, rng=rng)
        found[own] = model.predicted(taken(columns, own))
    return found


def test_who_leaves_is_foretold_as_well_as_published(telco):
    columns, came = telco
    said = out_of_fold(columns, came)
    assert 0.843 <= ranking.auc(said, came).value <= 0.856  # published .852 ± .006; above .88 it would leak
    mended = calibration.calibrated(said, came).applied(said)
    for probabilities in (said, mended):
        error = scoring.calibration_error(probabilities, came, rng=np.random.default_rng(1))
        assert error.value <= 0.025
    assert scoring.brier(mended, came).value <= 0.1345
    assert ranking.lift(mended, came).value >= 2.8


def test_planted_leaks_are_named_and_honest_columns_are_not(telco):
    columns, came = telco
    rng = np.random.default_rng(3)
    assert leakage.tells_alone(columns, came) == ()
    planted = {
        "closing_code": np.where(rng.random(len(came)) < 0.02, 1 - came, came),
        "next_bill": np.where(came == 1, np.nan, rng.gamma(2, 30, len(came))),
    }
    found = leakage.tells_alone(columns | planted, came)
    assert [one.column for one in found] == ["closing_code", "next_bill"]
    gone = {name: np.full(len(came), np.nan) for name in planted}
    faded = leakage.fades(columns | planted, columns | gone, came)
    assert [one.column for one in faded] == ["closing_code", "next_bill"]
    half = rng.random(len(came)) < 0.5
    ids = {"account": np.where(half, 0.0, 10_000.0) + rng.permutation(len(came))}
    apart = leakage.tells_days_apart(taken(columns | ids, half), taken(columns | ids, ~half))
    assert [one.column for one in apart] == ["account"]


def test_shuffled_labels_cannot_be_foretold(telco):
    columns, came = telco

    def trial(labels):
        return out_of_fold(columns, labels, bags=1, folds=2)

    assert leakage.learns_from_noise(trial, came, rng=np.random.default_rng(5)) == ()
