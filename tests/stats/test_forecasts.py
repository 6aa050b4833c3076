"""Forecasts of a course: models as they are published, limits that hold, nothing known that comes later."""

from dataclasses import replace

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.forecasting.theta import ThetaModel

from regulars.core.errors import QueryError
from regulars.stats import forecasts
from regulars.stats.forecasting.calendars import Exposure, SpecialDays
from regulars.stats.forecasting.choosing import candidates
from regulars.stats.forecasting.conformal import bound, bounds, worth
from regulars.stats.forecasting.damped import damped, followed, weights
from regulars.stats.forecasting.naive import naive
from regulars.stats.forecasting.rolling import origins_of
from regulars.stats.forecasting.theta import theta
from regulars.stats.forecasts import Course, foretold, paths, running, short


def months(seed=0, n=60, size=0.05):
    rng = np.random.default_rng(seed)
    season = np.exp(0.25 * np.sin(2 * np.pi * np.arange(n) / 12))
    return 1000 * np.exp(0.004 * np.arange(n)) * season * np.exp(rng.normal(0, size, n))


@pytest.mark.parametrize("values", [months(), months() - 1200], ids=["positive", "of either sign"])
def test_theta_is_that_of_statsmodels(values):
    (found,) = theta(values, np.array([60]), 15, 12)
    assert found == pytest.approx(np.asarray(ThetaModel(values, period=12).fit().forecast(15)), rel=1e-4)


@pytest.mark.parametrize(("values", "season"), [(months(), 12), (months() - 1200, 12), (months(), 1)])
def test_damped_smoothing_is_that_of_statsmodels(values, season):
    found = weights(values, season)
    more = {"seasonal": "mul" if values.min() > 0 else "add", "seasonal_periods": 12} if season > 1 else {}
    model = ETSModel(values, error="add", trend="add", damped_trend=True, initialization_method="heuristic", **more)
    fitted = model.fit(disp=False, maxiter=200)
    assert followed(values, found, np.array([60]), 15)[0] == pytest.approx(np.asarray(fitted.forecast(15)), rel=1e-9)


def test_the_simple_rule_repeats_the_last_season():
    found = naive(np.arange(20.0), np.array([12, 20]), 6, 4)
    assert found.tolist() == [[8, 9, 10, 11, 8, 9], [16, 17, 18, 19, 16, 17]]


@pytest.mark.parametrize("model", [theta, damped])
@pytest.mark.parametrize("season", [1, 12])
def test_models_know_nothing_of_what_comes_later(model, season):
    values, origins = months(), np.array([40, 44, 48])
    changed = np.concatenate([values[:48], values[48:] * 7])
    assert model(values, origins, 6, season) == pytest.approx(model(changed, origins, 6, season))


def test_adjustments_know_nothing_of_what_comes_later():
    values, special = np.random.default_rng(1).uniform(50, 90, 100), np.zeros(128, dtype=bool)
    special[[20, 41, 62, 80, 95, 110]] = True
    origins, rows = np.array([70, 90]), np.ones((2, 14))
    calendar = SpecialDays(special)
    changed = np.concatenate([values[:90], values[90:] * 5])
    assert calendar.put_on(rows, origins, values) == pytest.approx(calendar.put_on(rows, origins, changed))
    assert calendar.without(values)[:90] == pytest.approx(calendar.without(changed)[:90])


def test_the_best_model_is_taken_and_the_rule_where_none_is_better():
    found = foretold(Course(values=months(), season=12), 6, 0.95)
    assert found.model in ("seasonal Theta", "seasonal damped exponential smoothing")
    assert found.tried.against(found.naive) < 0.9
    same = np.tile(months(size=0)[:12], 4)
    assert foretold(Course(values=same, season=12), 6, 0.95).model == "seasonal naive"
    assert foretold(Course(values=np.full(30, 4.0), season=12), 3, 0.95).values.tolist() == [4, 4, 4]


def test_a_shift_of_the_level_does_not_ruin_what_follows():
    rng = np.random.default_rng(2)
    season = 20 * np.sin(2 * np.pi * np.arange(96) / 7)
    values = 100 + season + rng.normal(0, 3, 96) + np.where(np.arange(96) >= 50, 150, 0)
    found = foretold(Course(values=values[:90], season=7), 6, 0.95)
    assert [abs(one.at - 50) <= 1 for one in found.breaks] == [True]
    assert np.all((found.low <= values[90:]) & (values[90:] <= found.high))
    assert np.abs(found.values - values[90:]).mean() < 10


def test_limits_stay_in_the_domain_and_widen():
    shares = np.clip(np.random.default_rng(4).normal(0.97, 0.03, 60), 0, 1)
    found = foretold(Course(values=shares, season=12, low=0, high=1), 6, 0.95)
    assert found.low.min() >= 0
    assert found.high.max() <= 1
    widths = [one.width for one in found.bounds]
    assert widths == sorted(widths)


def test_gaps_are_no_zeros():
    values = months()
    values[[20, 33, 50]] = np.nan
    found = foretold(Course(values=values, season=12), 6, 0.95)
    assert np.all(found.values > 500)
    assert np.isfinite(paths(found, 20, np.random.default_rng(1))).all()


def test_what_is_too_short_says_why():
    assert short(np.ones(7)) == "7 finished periods have a value; at least 8 must"
    assert short(np.array([1.0])) == "1 finished period has a value; at least 8 must"
    assert short(np.concatenate([np.ones(10), np.full(10, np.nan)])) == "only 10 of 20 finished periods have a value"
    assert short(np.ones(8)) == ""


def test_few_windows_say_what_they_hold_and_are_widened():
    errors = np.array([1.0, -2.0, 3.0, -4.0])
    found = bound(errors, 0.95)
    assert found.held == pytest.approx(4 / 5)
    assert found.width > 4
    many = np.random.default_rng(1).normal(0, 1, 19)
    assert bound(many, 0.95).width == pytest.approx(np.abs(many).max())
    assert bound(many, 0.95).held == 0.95
    assert bound(many, 0.5).width == pytest.approx(np.sort(np.abs(many))[9])
    assert bounds(np.full((3, 2), 1.0), np.arange(3), 0.95) == [None, None]


def test_errors_that_go_together_are_worth_less():
    rng = np.random.default_rng(1)
    alone, sums = rng.normal(0, 1, 400), np.convolve(rng.normal(0, 1, 405), np.ones(6), "valid")
    assert worth(alone, 0) == 400
    assert worth(alone, 5) > 250
    assert 40 < worth(sums, 6) < 130


def test_origins_meet_each_place_of_the_season():
    origins = origins_of(100, 400, 7, 60)
    assert len(origins) <= 60
    assert origins[-1] == 399
    assert set(origins % 7) == set(range(7))


def test_joint_paths_have_the_limits_of_each_step():
    found = foretold(Course(values=months(3), season=12), 6, 0.95)
    drawn = paths(found, 20_000, np.random.default_rng(1))
    assert drawn.shape == (20_000, 6)
    within = np.mean((found.low <= drawn) & (drawn <= found.high), axis=0)
    assert within == pytest.approx(np.full(6, 0.95), abs=0.01)
    assert np.array_equal(drawn, paths(found, 20_000, np.random.default_rng(1)))
    with pytest.raises(QueryError, match="No past forecast reaches so far"):
        paths(replace(found, bounds=[None] * 6), 5, np.random.default_rng(1))


def test_totals_are_adjusted_for_open_days_where_that_is_better():
    rng = np.random.default_rng(6)
    days = rng.integers(18, 24, 66).astype(float)
    values = days * rng.normal(50, 1, 66)
    found = foretold(Course(values=values[:60], calendars=(Exposure("open days", days),)), 6, 0.95)
    assert found.model.endswith("adjusted for open days")
    assert np.abs(found.values - values[60:]).max() < 120
    useless = Exposure("open days", rng.integers(18, 24, 66).astype(float))
    assert "adjusted" not in foretold(Course(values=values[:60], calendars=(useless,)), 6, 0.95).model


def test_holidays_are_foretold_as_the_share_that_they_were():
    rng = np.random.default_rng(6)
    special = np.zeros(200, dtype=bool)
    special[[30, 55, 79, 90, 103, 121, 130, 148, 160, 171, 182, 195]] = True
    values = rng.normal(100, 4, 200) * np.where(special, 0.2, 1)
    found = foretold(Course(values=values[:190], season=7, calendars=(SpecialDays(special),)), 10, 0.95)
    assert found.model.endswith("adjusted for holidays")
    assert found.values[5] == pytest.approx(20, abs=6)
    assert found.values[6] == pytest.approx(100, abs=8)


def test_a_running_period_is_completed():
    values = months(5)
    whole, parts = values[:59], values * np.random.default_rng(1).normal(0.5, 0.005, 60)
    found = foretold(Course(values=whole, season=12), 3, 0.95)
    told = running(found, parts, 0.5)
    assert told.way != "the forecast alone"
    assert told.values[0] == pytest.approx(values[59], rel=0.03)
    assert told.high[0] - told.low[0] < (found.high[0] - found.low[0]) / 2
    assert told.low[0] <= values[59] <= told.high[0]
    useless = running(found, np.full(60, np.nan), 0.5)
    assert useless.way == "the forecast alone"
    assert useless.values == pytest.approx(found.values)


def test_the_score_is_in_units_of_the_rule():
    errors = np.array([[1.0, 3.0], [2.0, 2.0], [4.0, np.nan], [1.0, 1.0]])
    found = forecasts.mase(errors, np.arange(4), 2.0, 0.95)
    assert found.value == pytest.approx((2 + 2 + 4 + 1) / 4 / 2)
    assert found.low < found.value < found.high
    assert forecasts.mase(errors, np.arange(4), 0.0, 0.95).why_not == "the course never changes"
    assert forecasts.mase(errors[:1], np.arange(1), 1.0, 0.95).why_not == "one past day is too few"


def test_candidates_are_those_that_values_allow():
    assert [one.name for one in candidates(12, 12)] == ["naive", "Theta", "damped exponential smoothing"]
    assert next(one.name for one in candidates(24, 12)) == "seasonal naive"
    assert len(list(candidates(60, 12))) == 6


def test_limits_hold_what_they_say():
    held = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        values = rng.poisson(rng.uniform(10, 80) * np.exp(np.cumsum(rng.normal(0, 0.02, 44)))).astype(float)
        found = foretold(Course(values=values[:40], low=0), 4, 0.95)
        held.append(np.mean((found.low <= values[40:]) & (values[40:] <= found.high)))
    assert 0.91 <= np.mean(held) <= 0.99


def test_a_step_is_foretold_alike_whatever_else_is_asked_for():
    rng = np.random.default_rng(7)
    course = Course(values=100 + np.cumsum(rng.normal(0, 3, 90)), season=12)
    one, six, many = (foretold(course, ahead, 0.95, compared=6) for ahead in (1, 6, 20))
    assert (len(one.values), len(six.values), len(many.values)) == (1, 6, 20)
    for found in (one, many):
        assert found.model == six.model
        for name in ("values", "low", "high"):
            np.testing.assert_array_equal(getattr(found, name)[:6], getattr(six, name)[: len(found.values)])
        drawn = paths(found, 50, np.random.default_rng(1))
        assert drawn.shape == (50, len(found.values))


def test_the_score_is_that_of_choices_made_by_what_had_come_before():
    """Of models that are all as good as noise the best one looks better than the rule; choosing in time does not."""
    rng = np.random.default_rng(3)
    best, in_time = [], []
    for _ in range(30):
        found = foretold(Course(values=100 + rng.normal(0, 5, 60).cumsum(), season=12), 3, 0.95)
        whole = np.nansum(np.abs(found.naive.errors))
        in_time.append(np.nansum(np.abs(found.in_time)) / whole)
        best.append(found.tried.against(found.naive))
    assert np.mean(best) <= 1
    assert np.mean(in_time) > np.mean(best)
    assert found.in_time.shape == found.naive.errors.shape
    # Before enough had come to compare, the rule was taken.
    np.testing.assert_array_equal(found.in_time[:3], found.naive.errors[:3])
