"""Goals: what there is, what should be, and nothing where nothing can be told."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import small
from regulars.app.forecasting import forecast
from regulars.app.goals import goals
from regulars.app.pace import pace
from regulars.app.put_together import How, together
from regulars.app.standing import Asked, Chance
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import UnknownName
from regulars.core.estimate import Interval
from regulars.core.goal_settings import GoalSettings
from regulars.core.settings import Company, Settings
from regulars.stats.intervals import wilson_limits
from regulars.views.goaled import sentence, verdict
from small import START, on, refund, sale


def _days(day: date) -> int:
    return (day - START).days


def _sold(year: int, month: int, amount: float, customers: int = 20) -> list[dict]:
    """Each of so many customers buys on the 5th of a month, for amounts around one."""
    day = _days(date(year, month, 5))
    return [sale(f"C{number}", day, amount + number % 3) for number in range(customers)]


#: Twice as much in the second half of each year; a tenth more in 2025, whose records end in September.
ORDERS = [
    one
    for year, months, level in ((2023, range(1, 13), 10), (2024, range(1, 13), 10), (2025, range(1, 10), 11))
    for month in months
    for one in _sold(year, month, level * (1 if month <= 6 else 2))
]


@pytest.fixture(scope="module")
def records():
    return small.company(date(2025, 10, 1), orders=ORDERS, since=date(2023, 1, 1))


#: Goals of which something is told.
SAID = {
    "year": {},
    "change": {"target": "+10 %"},
    "ratio": {"kpi": "average_order_value", "target": 16},
    "listed": {"target": [100, 200, 300], "period": "2025-Q3"},
    "listed_ratio": {"kpi": "average_order_value", "target": [10, 20, 30], "period": "2025-Q3"},
    "moving": {"target": "mean of the last 12 months", "period": "2025-10"},
    "reached": {"period": "2024", "target": 3000},
    "missed": {"period": "2024", "target": 9000},
    "ahead": {"period": "2026"},
    "rolling": {"period": "12 months", "target": "-20 %"},
    "too_early": {"period": "2021"},
    "partly": {"period": "2022-07..2023-06"},
    "no_base": {"period": "2023", "target": "+10 %"},
    "nowhere": {"where": "markt = 'NL'"},
    "few_months": {"period": "2023-02", "target": "mean of the last 12 months"},
}


def company(records, on=None, names=(), chances=False, **said):
    goals_said = {name: GoalSettings(**{**USUAL, **one}) for name, one in said.items()}
    settings = Settings(company=Company(name="Small", currency="EUR", time_zone="UTC"), goals=goals_said)
    found = goals(Workspace(Path("."), settings), Opened(None, records, None), on=on, names=names, chances=chances)
    return {one.name: one for one in found}


USUAL = {"kpi": "net_revenue", "target": 5000, "period": "2025"}


@pytest.fixture(scope="module")
def found(records):
    return company(records, **SAID)


def _sum(start: date, end: date) -> float:
    return float(sum(one["amount"] for one in ORDERS if start <= one["ordered_at"].date() < end))


def test_months_of_revenue_add_up_and_pace_is_that_of_earlier_years(found):
    year = found["year"]
    assert year.together.how is How.SUM
    assert year.now.interval.value == pytest.approx(_sum(date(2025, 1, 1), date(2026, 1, 1)))
    share = _sum(date(2024, 1, 1), date(2024, 10, 1)) / _sum(date(2024, 1, 1), date(2025, 1, 1))
    assert year.pace.due.interval.value == pytest.approx(5000 * share)
    assert "2 earlier years" in year.pace.how
    # Even steps would ask for 273 of 365 days.
    assert share < 273 / 365 - 0.05


def test_a_change_is_one_on_the_year_before(found):
    target = found["change"].target.interval
    assert target.value == pytest.approx(1.1 * _sum(date(2024, 1, 1), date(2025, 1, 1)))
    assert target.low < target.value < target.high
    assert "+10 % on 2024-01-01..2025-01-01" in found["change"].target_said


def test_a_ratio_is_that_of_the_period_and_not_a_mean_of_months(found):
    amounts = [one["amount"] for one in ORDERS if one["ordered_at"].year == 2025]
    assert found["ratio"].now.interval.value == pytest.approx(sum(amounts) / len(amounts))


def test_a_list_by_month_adds_up_or_is_of_the_newest_month(found):
    assert found["listed"].target.interval.value == 600
    value = found["listed_ratio"]
    assert (value.period.start, value.target.interval.value) == (date(2025, 9, 1), 30)


def test_a_mean_of_months_moves_with_them(found):
    assert found["moving"].target.interval.value == pytest.approx(_sum(date(2024, 10, 1), date(2025, 10, 1)) / 12)


def test_what_is_over_is_reached_or_missed(found):
    assert verdict(found["reached"]) == "reached"
    assert verdict(found["missed"]) == "missed"
    assert found["missed"].chance.probability.interval.why_not == "the period is over"


def test_what_has_not_begun_has_no_value_and_no_chance(found):
    ahead = found["ahead"]
    assert ahead.state == "not begun"
    assert ahead.now.interval.why_not == "it begins on 2026-01-01"
    assert ahead.chance.probability.interval.value is None


def test_a_rolling_goal_counts_back_from_today(found):
    rolling = found["rolling"]
    assert (rolling.period.start, rolling.period.end) == (date(2024, 10, 1), date(2025, 10, 1))
    assert rolling.pace is None
    assert verdict(rolling) == "reached now"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("too_early", "is over before there are records"),
        ("partly", "begins before there are records"),
        ("no_base", "change on the year before"),
        ("nowhere", "`markt` in `where`"),
        ("few_months", "Name fewer months"),
    ],
)
def test_what_cannot_be_told_says_what_to_write(found, name, why):
    assert found[name].state == "wrong"
    assert why in found[name].problem


def test_a_loss_has_no_percent():
    orders = [one for day in range(60) for one in (sale("a", day, 5), refund("a", day, 10 if day < 31 else 1))]
    records = small.company(60, orders=orders, since=on(0))
    said = {"kpi": "net_revenue", "target": "+10 % on the period before", "period": f"{on(31):%Y-%m}"}
    (goal,) = company(records, profit=said).values()
    assert "which was not above 0" in goal.problem


def test_a_pace_by_a_forecast_is_as_unsure_as_that():
    orders = [one for one in ORDERS if one["ordered_at"].year == 2024]
    records = small.company(date(2024, 10, 1), orders=orders, since=date(2024, 1, 1))
    one = company(records, first={"period": "2024"})["first"]
    assert "even steps" in one.pace.how
    whole = Interval(value=4000, low=3200, high=5000, level=0.95, method="", n=9)
    foretold = replace(one, chance=Chance(probability=one.now, expected=replace(one.now, interval=whole)))
    workspace = Workspace(Path("."), Settings(company=Company(name="Small", currency="EUR", time_zone="UTC")))
    asked = Asked(kpi=one.kpi, where="", opened=Opened(None, records, None), workspace=workspace)
    due, now = pace(foretold, asked).due.interval, one.now.interval.value
    assert (due.value, due.low, due.high) == pytest.approx((5000 * now / 4000, now, 5000 * now / 3200))


def test_a_goal_is_told_as_it_was_known(records):
    half = company(records, on=date(2024, 7, 1), goal={"period": "2024"})["goal"]
    assert half.state == "running"
    assert half.now.interval.value == pytest.approx(_sum(date(2024, 1, 1), date(2024, 7, 1)))
    assert half.now.as_of.date() == date(2024, 7, 1)
    assert "1 earlier year" in half.pace.how


def test_teams_see_their_goals_with_those_above_and_below():
    one = {"kpi": "net_revenue", "target": 1, "period": "2025"}
    settings = Settings(
        company=Company(name="Small", currency="EUR", time_zone="UTC"),
        goals={
            "company": GoalSettings(**one, team="executives"),
            "shop": GoalSettings(**one, team="sales", under="company"),
            "mail": GoalSettings(**one, team="marketing", under="company"),
            "basket": GoalSettings(**one, team="service", under="shop"),
        },
    )
    workspace, records = Workspace(Path("."), settings), small.company(40, orders=[sale("a", 1)], since=on(0))
    found = goals(workspace, Opened(None, records, None), team="sales", chances=False)
    assert [(goal.name, goal.depth) for goal in found] == [("company", 0), ("shop", 1), ("basket", 2)]
    with pytest.raises(UnknownName, match="Did you mean `shop`"):
        goals(workspace, Opened(None, records, None), names=("shopp",), chances=False)


def test_a_sentence_says_now_target_pace_and_why_there_is_no_probability(found):
    said = sentence(found["year"], "EUR")
    assert "target EUR 5,000" in said
    assert "By then it should be at EUR" in said
    assert "No probability, because it was not asked for." in said


CHANCES = {
    "easy": {"target": 3200},
    "hopeless": {"target": 50_000},
    "ratio": {"kpi": "average_order_value", "target": 16},
    "own": {"kpi": "return_rate", "target": 0.05},
    "there": {"target": 100},
    "rolling": {"period": "12 months", "target": 100},
}


@pytest.fixture(scope="module")
def chanced(records):
    return company(records, chances=True, **CHANCES)


def test_a_chance_is_never_none_or_all_and_stands_beside_its_score(chanced):
    easy, hopeless = (chanced[name].chance for name in ("easy", "hopeless"))
    assert 0.5 < easy.probability.interval.value < 1
    assert 0 < hopeless.probability.interval.value < 0.5
    for one in (easy, hopeless):
        assert one.probability.interval.low < one.probability.interval.value < one.probability.interval.high
        assert one.scored is not None
        assert "past day" in one.scored.tried
    # The errors that it rests on set how near to 0 it may come.
    assert hopeless.probability.interval.value == pytest.approx(1 / (hopeless.probability.interval.n + 1))


def test_forecasts_that_overlap_count_as_the_independent_ones_that_they_are_worth(chanced, records):
    workspace = Workspace(Path("."), Settings(company=Company(name="Small", currency="EUR", time_zone="UTC")))
    (found,) = forecast(["net_revenue"], workspace, Opened(None, records, None), grain="month", ahead=3)
    known = [(one.windows, one.worth) for one in found.ahead.bounds]
    windows, worth = (min(one) for one in zip(*known, strict=True))
    told = chanced["easy"].chance.probability.interval
    assert worth < told.n == windows
    limits = wilson_limits(told.value * worth, worth, level=told.level)
    assert [told.low, told.high] == pytest.approx([float(one) for one in limits])


def test_the_rest_of_a_ratio_is_weighed_and_not_added(chanced):
    ratio = chanced["ratio"]
    assert ratio.together.how is How.MEAN
    assert 10 < ratio.chance.expected.interval.value < 25


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("own", "does not make up that of a longer period"),
        ("there", "it is reached already"),
        ("rolling", "it counts back from today"),
    ],
)
def test_without_a_forecast_there_is_no_chance_and_it_says_why(chanced, name, why):
    chance = chanced[name].chance
    assert chance.probability.interval.value is None
    assert why in chance.probability.interval.why_not
    assert chance.scored is None


def _interval(value: float, n: int = 10) -> Interval:
    return Interval(value=value, low=value - 1, high=value + 1, level=0.95, method="", n=n)


@pytest.mark.parametrize(
    ("months", "whole", "how"),
    [
        ((1, 2, 3), 6, How.SUM),
        ((1, 2, 3), 3, How.CLOSING),
        ((1, 2, 3), 2, How.MEAN),
        ((1, 2, 3), 4, How.OWN),
        ((0, 0, 0), 0, How.OWN),
    ],
)
def test_how_months_make_up_a_quarter_shows_in_numbers(months, whole, how):
    assert together([([_interval(one) for one in months], _interval(whole))]).how is how
