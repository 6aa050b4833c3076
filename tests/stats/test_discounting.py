"""Multiples of a margin: Gupta & Lehmann's table, and both conventions of timing."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stats.discounting import (
    force,
    multiple,
    multiple_from_now,
    rate_per_period,
    retention_per_period,
)

# Gupta & Lehmann (2003), table 2: retention by discount rates of 10, 12, 14 and 16 %.
TABLE = {
    0.6: (1.20, 1.15, 1.11, 1.07),
    0.7: (1.75, 1.67, 1.59, 1.52),
    0.8: (2.67, 2.50, 2.35, 2.22),
    0.9: (4.50, 4.09, 3.75, 3.46),
}


def test_multiples_are_those_of_the_published_table():
    for retention, row in TABLE.items():
        for rate, value in zip((0.1, 0.12, 0.14, 0.16), row, strict=True):
            assert multiple(retention, rate) == pytest.approx(value, abs=0.005)


def test_growth_raises_the_multiple_as_published():
    assert multiple(0.8, 0.12, growth=0.08) == pytest.approx(3.125, abs=1e-9)


def test_conventions_of_timing():
    assert 100 * multiple(0.8, 0.12) == pytest.approx(250, abs=1e-9)
    assert 100 * multiple_from_now(0.8, 0.12) == pytest.approx(350, abs=1e-9)
    assert 100 * multiple_from_now(0.8, 0.12, periods=5) == pytest.approx(284.9229487713453, abs=1e-9)
    assert rate_per_period(0.12, 12) == pytest.approx(0.009488792934583046, abs=1e-12)
    assert retention_per_period(0.8, 12) == pytest.approx(0.9815765298737517, abs=1e-12)


def test_five_points_of_retention_are_not_five_percent():
    base = multiple_from_now(0.8, 0.12)
    assert multiple_from_now(0.85, 0.12) / base - 1 == pytest.approx(0.18518518518518468, abs=1e-9)
    assert multiple_from_now(0.84, 0.12) / base - 1 == pytest.approx(0.14285714285714235, abs=1e-9)
    assert multiple_from_now(0.808, 0.12) / base - 1 == pytest.approx(0.02564102564102555, abs=1e-9)
    base = multiple_from_now(0.9, 0.12)
    assert multiple_from_now(0.95, 0.12) / base - 1 == pytest.approx(0.29411764705882293, abs=1e-9)


@given(retention=st.floats(0, 0.99), rate=st.floats(0.001, 1))
def test_the_margin_of_now_is_all_between_the_conventions(retention, rate):
    assert multiple_from_now(retention, rate) == pytest.approx(1 + multiple(retention, rate), rel=1e-9)


@given(retention=st.floats(0.1, 1), rate=st.floats(0, 1), growth=st.floats(-0.2, 1))
def test_a_few_periods_add_up(retention, rate, growth):
    kept = retention * (1 + growth) / (1 + rate)
    added = 1 + kept + kept**2
    assert multiple_from_now(retention, rate, growth=growth, periods=3) == pytest.approx(added)


def test_what_outgrows_the_discount_has_no_limit():
    assert multiple(1.0, 0.05, growth=0.05) == math.inf
    assert multiple_from_now(0.99, 0.0, growth=0.1) == math.inf
    assert multiple(0.0, 0.1) == 0


def test_a_force_compounds_to_the_yearly_rate():
    assert math.exp(force(0.15) * 365.25) == pytest.approx(1.15)
