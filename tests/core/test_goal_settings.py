"""Goals are read from words, and whatever is wrong with them is told at once."""

from datetime import date

import pytest

from regulars.app.workspace import Workspace
from regulars.core import goal_settings
from regulars.core.errors import SettingsError
from regulars.core.goal_settings import GoalSettings, Span, Target
from regulars.core.periods import Period
from workspaces import HEAD


@pytest.mark.parametrize(
    ("text", "start", "end", "months"),
    [
        ("2026", date(2026, 1, 1), date(2027, 1, 1), 12),
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1), 3),
        ("2026-11", date(2026, 11, 1), date(2026, 12, 1), 1),
        ("2025-10..2026-09", date(2025, 10, 1), date(2026, 10, 1), 12),
    ],
)
def test_periods_are_read(text, start, end, months):
    assert goal_settings.span(text) == Span(period=Period(start, end), months=months)


def test_a_rolling_period_has_no_first_day():
    assert goal_settings.span("12 months") == Span(period=None, months=12)


@pytest.mark.parametrize(
    "text", ["2026-Q5", "2026-13", "0 months", "99 months", "26", "2026-09..2025-10", "1500", "next"]
)
def test_what_is_no_period_says_what_to_write(text):
    with pytest.raises(ValueError, match="2026-Q4"):
        goal_settings.span(text)


@pytest.mark.parametrize(
    ("said", "target"),
    [
        (1_000_000, Target(value=1_000_000.0)),
        ("40 %", Target(value=0.4, percent=True)),
        ("+10 %", Target(by=0.1, unit="share")),
        ("-2.5 points", Target(by=-2.5, unit="points")),
        ("+10 % on the period before", Target(by=0.1, unit="share", against="period")),
        ("at least the mean of the last 12 months", Target(mean_of=12)),
        ((1.0, 2.0), Target(months=(1.0, 2.0))),
    ],
)
def test_targets_are_read(said, target):
    assert goal_settings.target(said) == target


@pytest.mark.parametrize("said", ["10,5 %", "-100 %", "more", "+10", "mean of the last 99 months"])
def test_what_is_no_target_says_what_to_write(said):
    with pytest.raises(ValueError, match="mean of the last 12 months"):
        goal_settings.target(said)


WRONG = """
[goals.a]
kpi = "net_revenu"
target = "10,5 %"
period = "2024-Q5"
under = "b"
[goals.b]
kpi = "repeat_purchase_rate"
target = 40
period = "2024"
under = "a"
[goals.c]
kpi = "nps"
target = "+10 %"
period = "2024"
under = "zz"
[goals.d]
kpi = "net_revenue"
target = [1, 2]
period = "2024-Q1"
team = "salez"
[goals.e]
kpi = "net_revenue"
target = "+2 points"
period = 2024
[goals.f]
kpi = "ces_mean"
target = 3
period = 2024
[goals.g]
kpi = "net_revenue"
target = "40 %"
period = 2024
[goals.h]
kpi = "new_customers"
target = -3
period = 2024
[goals.i]
kpi = "nps"
target = 400
period = 2024
"""


def test_all_that_is_wrong_with_goals_is_told_at_once(tmp_path):
    (tmp_path / "regulars.toml").write_text(HEAD + WRONG, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        Workspace.at(tmp_path)
    said = "\n".join(refused.value.problems)
    for part in (
        "Did you mean `net_revenue`?",
        "`10,5 %` is no target",
        "`2024-Q5` is no period",
        "in a circle: `a` under `b` under `a`",
        'write 0.4 or "40 %"',
        "write a change in points",
        "is under `zz`, which is no goal",
        "lists 2 amounts, and `2024-Q1` has 3 months",
        "`team` cannot be `salez`",
        "is not told in points (money)",
        'add `at = "least"` or `at = "most"`',
        "is no share (money)",
        "is never below 0",
        "lies from -100 to 100",
    ):
        assert part in said
    assert len(refused.value.problems) == 14


def test_goals_come_as_a_tree():
    one = GoalSettings(kpi="x", target=1, period="2024")
    goals = {
        "leaf": one.model_copy(update={"under": "top"}),
        "top": one,
        "twig": one.model_copy(update={"under": "leaf"}),
    }
    assert goal_settings.ordered(goals) == (("top", 0), ("leaf", 1), ("twig", 2))
