"""Scenarios against closed forms that were computed independently: retention, and multiples by convention of timing."""

import json

import pytest

from regulars.stats.discounting import multiple, multiple_from_now, rate_per_period, retention_per_period
from regulars.stats.scenario import Change, gain

POINTS, PERCENT = Change(amount=0.05, points=True), Change(amount=0.05, points=False)


def oracle(shared, name):
    found = json.loads((shared / "oracles" / f"{name}.json").read_text())

    def near(value):
        return pytest.approx(value, rel=0, abs=found["tolerance"])

    return found["expected"], near


@pytest.mark.shared_data
def test_five_points_and_five_percent(shared):
    expected, near = oracle(shared, "retention_plus5")
    base = 100 * multiple_from_now(0.8, 0.12)
    assert base == near(expected["base"])
    assert base * (1 + gain(0.8, 0.12, POINTS)) == near(expected["plus5pts"])
    assert gain(0.8, 0.12, POINTS) == near(expected["pct_gain_pts"])
    assert base * (1 + gain(0.8, 0.12, PERCENT)) == near(expected["plus5pct_rel"])
    assert gain(0.8, 0.12, PERCENT) == near(expected["pct_gain_rel"])
    assert 100 * multiple_from_now(0.9, 0.12) == near(expected["r=.9 base"])
    assert 100 * multiple_from_now(POINTS.of(0.9), 0.12) == near(expected["r=.9 plus5pts"])
    assert gain(0.9, 0.12, POINTS) == near(expected["gain .9->.95"])
    assert gain(0.8, 0.12, Change(amount=0.01, points=False)) == near(expected["elasticity_r/(1+i-r)_1pct_effect"])
    # d log value / d log r of (1+i)/(1+i-r) is r/(1+i-r).
    assert multiple(0.8, 0.12) == near(expected["elasticity_at_.8"])


@pytest.mark.shared_data
def test_multiples_of_a_margin(shared):
    expected, near = oracle(shared, "margin_multiple")
    for retention, row in expected["margin_multiple_r/(1+i-r)"].items():
        for rate, value in row.items():
            assert multiple(float(retention), float(rate)) == near(value)
    growth = expected["margin_multiple_growth"]["r=.8,i=.12,g=.08"]
    assert multiple(0.8, 0.12, growth=0.08) == near(growth)
    said = expected["conventions"]
    end, start = 100 * multiple(0.8, 0.12), 100 * multiple_from_now(0.8, 0.12)
    assert end == near(said["CLV_end_of_period_m*r/(1+i-r)"])
    assert start == near(said["CLV_incl_immediate_margin_m*(1+i)/(1+i-r)"])
    assert start / 1.12**0.5 == near(said["mid_period_approx"])
    assert start - end == near(said["identity_diff"])
    assert 100 * multiple_from_now(0.8, 0.12, periods=5) == near(said["5yr_truncated_immediate"])
    assert rate_per_period(0.12, 12) == near(said["monthly_rate_from_12pct_annual"])
    assert retention_per_period(0.8, 12) == near(said["monthly_retention_from_80pct_annual"])
