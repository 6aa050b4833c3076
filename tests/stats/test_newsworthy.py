"""News is what is off the usual beyond what periods do and beyond chance; most noise is none."""

import math

import numpy as np
import pytest

from regulars.core.randomness import stream
from regulars.stats.newsworthy import error, settled, surprise


def _course(rng, weeks=40, level=100.0, sd=5.0):
    return rng.normal(level, sd, weeks), np.full(weeks, sd)


def test_a_drop_is_news_and_says_what_is_usual():
    values, errors = _course(stream(1, "news"))
    values[-1] = 60.0
    found = surprise(values, errors, level=0.95, ratio=False)
    assert found.p < 1e-4
    assert not found.up
    assert found.low < 100 < found.high
    assert found.usual == pytest.approx(100, abs=5)


def test_by_ratio_a_value_half_as_large_is_as_far_off_as_one_twice_as_large():
    values, errors = _course(stream(2, "news"), sd=1.0)
    down, up = values.copy(), values.copy()
    centre = surprise(values, errors, level=0.95, ratio=True).usual
    down[-1], up[-1] = centre / 2, centre * 2
    one, other = (surprise(each, errors, level=0.95, ratio=True) for each in (down, up))
    assert one.p_usual == pytest.approx(other.p_usual, rel=1e-6)
    assert (one.up, other.up) == (False, True)


def test_noise_is_seldom_news():
    rng = stream(3, "news")
    p = [surprise(*_course(rng), level=0.95, ratio=False).p for _ in range(400)]
    assert np.mean(np.array(p) < 0.05) < 0.07


def test_what_some_past_weeks_did_too_is_no_rarer_than_its_rank():
    values, errors = _course(stream(4, "news"), sd=1.0)
    values[[15, 25, 35]] += 30
    values[-1] = 128.0
    found = surprise(values, errors, level=0.95, ratio=False)
    assert found.p_usual >= 3 / (found.periods + 1)


def test_chance_of_few_customers_is_no_news():
    values, _ = _course(stream(5, "news"), sd=1.0)
    values[-1] = 110.0
    wide = surprise(values, np.full(40, 20.0), level=0.95, ratio=False)
    assert wide.p_usual < 0.01
    assert wide.p > 0.3


def test_too_short_a_course_has_no_usual():
    values, errors = _course(stream(6, "news"), weeks=12)
    assert surprise(values, errors, level=0.95, ratio=False) is None
    assert surprise([0.0] * 40, [1.0] * 40, level=0.95, ratio=False) is None


def test_weeks_in_which_records_begin_do_not_count():
    assert settled([1000, 600, 400, 200, *([10, 11] * 20)]) == 4
    assert settled([10, 11] * 20) == 0


def test_an_interval_stands_for_its_standard_error():
    assert error(-1.959964, 1.959964, 0.95) == pytest.approx(1, abs=1e-6)
    assert math.isinf(error(-math.inf, 1, 0.95))
