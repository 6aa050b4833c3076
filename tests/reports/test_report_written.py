"""What a number's record says: the words of `views/words.py`, whatever the number is of."""

import math
from dataclasses import replace

import pytest
from reported import KPIS, UNITS, ask, estimate, page, record

from regulars.core.estimate import Interval
from regulars.kpis.answer import Change
from regulars.kpis.kpi import Shows
from regulars.reports import written
from regulars.reports.written import Number
from regulars.views import shown, words
from regulars.views.blocks import Text


def number(value=None, low=None, high=None, *, unit="share", n=12, why="", **rest) -> Number:
    plain = {"value": value, "low": low, "high": high, "level": 0.95, "method": "Wilson score", "n": n, "why_not": why}
    return {**plain, "unit": unit, "period": "2024-01-01..2024-02-01", "as_of": "2025-01-01", "version": "1", **rest}


@pytest.mark.parametrize("place", range(8))
def test_every_unit_is_written_as_everywhere_else(place):
    found = record(UNITS)["blocks"][0]["rows"][place]["value"]
    shows = list(Shows)[[str(one) for one in Shows].index("money" if found["unit"] == "EUR" else found["unit"])]
    own = UNITS.rows[place][1].estimate.interval
    assert written.value(found) == words.value(own.value, shows, "EUR")
    assert written.interval(found) == words.interval(own, shows, "EUR")
    assert written.n(found) == "n 1,000"


def test_units_read_as_people_write_them():
    told = [written.value(row["value"]) for row in record(UNITS)["blocks"][0]["rows"]]
    assert told == ["12.3 %", "-12.5", "EUR 1,234", "12", "0.046", "7.25 d", "90.0 min", "8.50"]


def test_differences_have_their_sign_and_shares_differ_in_points():
    gap = number(-0.035, -0.08, 0.015)
    assert written.said(gap, change=True) == "-3.5 points (-8.0 points to +1.5 points; n 12)"
    assert written.value(number(5.0, 1.0, 9.0, unit="EUR"), change=True) == "+EUR 5"


def test_a_limit_without_a_number_is_unbounded():
    assert written.interval(number(7.0, 5.0, None, unit="days")) == "5 d to unbounded"
    assert written.interval(number(7.0, None, None, unit="days"), change=True) == "unbounded to unbounded"
    assert written.interval_of(number(7.0, None, 9.0)).low == -math.inf


def test_no_value_has_its_reason_and_no_interval():
    none = number(n=0, why="nobody was asked")
    assert written.value(none) == "no value"
    assert written.interval(none) == ""
    assert written.said(none) == "no value, because nobody was asked (n 0)"
    assert written.reason(number(0.0, 0.0, 0.5)) == ""
    assert written.reason(number(n=0)) == "no value, because it is not known"


def test_flags_are_told_in_words():
    assert written.flags({"flags": ["small_n", "days_without_records"]}) == (
        "too few customers to trust the value",
        "days without records",
    )


def changed(kpi, value, low, high):
    found = Interval(value=value, low=low, high=high, level=0.95, method="MOVER", n=40)
    before = Interval(value=10.0, low=9.0, high=11.0, level=0.95, method="t", n=20)
    (card,) = ask().cards(kpi).cards
    row = next(row for row in card.course if row.estimate.interval.value is not None)
    moved = replace(row, change=Change(difference=found, detectable=3.0, before=before))
    return shown.record(moved, "EUR"), words.verdict(KPIS[kpi], moved.change, "EUR")


@pytest.mark.parametrize(
    ("value", "low", "high", "tone"), [(5.0, 1.0, 9.0, "better"), (-5.0, -9.0, -1.0, "worse"), (1.0, -1.0, 3.0, "")]
)
def test_a_change_has_a_tone_where_chance_does_not_explain_it(value, low, high, tone):
    found, verdict = changed("net_revenue", value, low, high)
    assert written.verdict(found) == verdict
    assert written.tone(found) == tone


def test_where_no_direction_is_good_a_change_is_one_all_the_same():
    found, _verdict = changed("net_revenue", 5.0, 1.0, 9.0)
    found["change"]["verdict"] = "up EUR 5 (EUR 1 to EUR 9)"
    assert written.tone(found) == "moved"


def test_a_group_is_told_from_the_others_or_is_like_them():
    contrast = {"value": 0.05, "q": 0.012, "differs": True}
    assert written.against({"unit": "share", "against_others": contrast}) == "+5.0 points (q 0.012)"
    assert written.against({"unit": "share", "against_others": {**contrast, "differs": False}}) == "like the others"
    assert written.against({"unit": "share"}) == ""


def test_scores_read_as_in_the_terminal():
    auc = {"value": 0.8, "low": 0.7, "high": 0.9, "level": 0.95, "method": "DeLong", "n": 90, "why_not": ""}
    score = {"outcome": "lapse", "model": "silence 1", "score": {"auc": auc}, "verdict": "better", "tried": "2024"}
    assert written.scores({"scores": [score]}) == ("lapse by silence 1: better; AUC 0.800 (0.700 to 0.900); 2024",)


def test_periods_and_instants():
    assert written.period("2024-01-01..2025-01-01") == "2024"
    assert written.period("") == ""
    assert written.instant("2025-01-01T01:00:00+01:00") == "2025-01-01 00:00 UTC"


def test_a_page_without_numbers_has_no_day():
    assert page(Text(text="x")).record()["as_of"] is None
    assert estimate(0.5, 0.4, 0.6).as_of.year == 2025
