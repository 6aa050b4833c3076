"""Forecasts and shifts of a level against results that others published or computed."""

import json

import numpy as np
import pytest

from regulars.stats.change_points import dated, partitions
from regulars.stats.forecasting.theta import theta


def oracle(shared, name):
    found = json.loads((shared / "oracles" / f"{name}.json").read_text())
    return np.array(found["inputs"], dtype=float), found["expected"]


@pytest.mark.shared_data
def test_theta_foretells_airline_passengers(shared):
    values, expected = oracle(shared, "theta_airpassengers")
    found = theta(values, np.array([len(values)]), 12, 12)[0]
    assert found == pytest.approx(expected, rel=1e-4)


@pytest.mark.shared_data
def test_the_level_of_the_nile_shifted_once(shared):
    values, expected = oracle(shared, "nile_changepoint")
    found = partitions(values)
    rss, bic = (row for row in expected["nile_summary"])
    for count, one in enumerate(found):
        assert one.rss == pytest.approx(rss[str(count)], rel=1e-9)
        assert one.bic == pytest.approx(bic[str(count)], rel=1e-9)
    best = min(found, key=lambda one: one.bic)
    assert best.ends == (expected["nile_break_index"],) == (28,)
    before, after = values[:28], values[28:]
    earlier, later = dated(after.mean() - before.mean(), before.var(), after.var(), 0.95)
    assert [28 - earlier, 28, 28 + later] == expected["nile_ci"][0] == [25, 28, 32]
