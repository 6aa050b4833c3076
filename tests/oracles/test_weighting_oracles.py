"""Weighted survey estimates against R's survey."""

import csv
import json

import numpy as np
import pytest

from regulars.stats import weighted, weighting


def near(value, tolerance=1e-6):
    return pytest.approx(value, rel=0, abs=tolerance)


def test_kish_by_hand():
    """Two respondents who stand for 1, one who stands for 3: 25/11."""
    weights = weighting.post_stratified(["a", "a", "b"], {"a": 2, "b": 3}, least=1)
    assert weights.effective_n == near(25 / 11, 1e-12)


def test_post_stratified_mean_by_hand():
    """Cells a (1, 3; 60 % of people) and b (5, 9, 10; 40 %): 0.6 * 2 + 0.4 * 8; errors 1.2²/2 * .5 ... by residual."""
    weights = weighting.post_stratified(list("aabbb"), {"a": 60, "b": 40}, least=1)
    values = np.array([1.0, 3, 5, 9, 10])
    assert weighted.mean(values, weights).value == near(0.6 * 2 + 0.4 * 8, 1e-12)
    added = np.array([-1, 1, -3, 1, 2]) * np.array([0.3, 0.3, 0.4 / 3, 0.4 / 3, 0.4 / 3])
    assert weighted.standard_error(values, weights) == near((5 / 4 * added @ added) ** 0.5, 1e-12)


@pytest.mark.shared_data
def test_schools(shared):
    oracle = json.loads((shared / "oracles/poststrat_srs.json").read_text())["expected"]
    with (shared / "oracles/poststrat_apisrs.csv").open() as file:
        rows = list(csv.DictReader(file))
    score = np.array([float(row["api00"]) for row in rows])
    fields = {field: [row[field] for row in rows] for field in ("stype", "sch.wide")}
    people = {field: {row[field]: row["Freq"] for row in oracle["population"][field]} for field in fields}
    ways = {
        "raw": weighting.equal(len(rows)),
        "poststrat": weighting.post_stratified(fields["stype"], people["stype"]),
        "rake": weighting.raked(fields, people),
    }
    for name, weights in ways.items():
        assert not weights.notes
        assert weighted.mean(score, weights).value == near(oracle[name]["mean"])
        assert weighted.standard_error(score, weights) == near(oracle[name]["se"])
        assert weighted.share(score >= 700, weights).value == near(oracle[name]["prop700"])
        assert weighted.standard_error(score >= 700, weights) == near(oracle[name]["prop700_se"])
    assert ways["rake"].effective_n == near(oracle["kish_neff_rake"])
    for row, weight in zip(rows, ways["poststrat"].values, strict=True):
        assert weight == near(oracle["weights_by_stype"][row["stype"]])
    cells = {(cell["Var1"], cell["Var2"]): cell["w"] for cell in oracle["rake_cell_weights"]}
    for row, weight in zip(rows, ways["rake"].values, strict=True):
        assert weight == near(cells[row["stype"], row["sch.wide"]])
