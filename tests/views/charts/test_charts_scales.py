"""Ticks, places, days and the widths of text."""

import math
from datetime import date
from itertools import pairwise

import pytest
from chart_records import chart, mark, series
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.periods import day_number
from regulars.kpis.kpi import Shows
from regulars.views.charts.lettering import NORMAL, shortened, spread, thinned, width
from regulars.views.charts.measure import Measure, measure
from regulars.views.charts.pen import clean, number
from regulars.views.charts.picture import Spot, read
from regulars.views.charts.places import places
from regulars.views.charts.scale import Scale
from regulars.views.charts.ticks import extent, ticks
from regulars.views.charts.when import FIRST, LAST, brief, calendar

finite = st.floats(min_value=-1e12, max_value=1e12)
#: Widths of DejaVu Sans at 100 pixels, read from the font.
MEASURED = {"Netherlands": 609.6, "EUR 1,200,000": 746.6, "12.3 %": 349.5, "Illinois": 317.3, "WWW": 296.7}


@given(low=finite, length=st.floats(min_value=1e-6, max_value=1e12), shows=st.sampled_from(Shows))
def test_ticks_are_few_rise_evenly_and_hold_all(low, length, shows):
    high = low + max(length, abs(low) * 1e-6)
    found = ticks(low, high, Measure(shows=shows, currency="EUR"))
    # Of 0 to 1 customers nothing lies between.
    assert (2 if shows is Shows.COUNT else 3) <= len(found.places) == len(found.texts) <= 5
    gaps = [second - first for first, second in pairwise(found.places)]
    assert all(gap == pytest.approx(gaps[0], rel=1e-3) for gap in gaps)
    edge = 1e-6 * gaps[0] + 1e-9 * max(abs(low), abs(high))
    assert found.low <= low + edge
    assert found.high >= high - edge
    assert len(set(found.texts)) == len(found.texts)


@pytest.mark.parametrize(
    ("unit", "low", "high", "expected"),
    [
        ("share", 0.0, 1.0, "0 %|25 %|50 %|75 %|100 %"),
        ("share", 0.001, 0.004, "0.1 %|0.2 %|0.3 %|0.4 %"),
        ("EUR", 0, 1.1e6, "EUR 0|EUR 0.5M|EUR 1.0M|EUR 1.5M"),
        ("EUR", -7e3, 15e3, "EUR -10k|EUR 0|EUR 10k|EUR 20k"),
        ("count", 0, 2, "0|1|2"),
        ("count", 100, 900, "0|250|500|750|1,000"),
        ("days", 3, 30, "0 d|10 d|20 d|30 d"),
        ("seconds", 0, 7000, "0 min|50 min|100 min|150 min"),
        ("seconds", 0, 4 * 86_400, "0 d|1 d|2 d|3 d|4 d"),
        ("points", -40, 60, "-50|0|50|100"),
        ("number", 0.3, 0.7, "0.3|0.4|0.5|0.6|0.7"),
        ("number", 0, 4e10, "0|10bn|20bn|30bn|40bn"),
    ],
)
def test_ticks_are_round_and_have_their_unit(unit, low, high, expected):
    assert "|".join(ticks(low, high, measure(unit)).texts) == expected


def test_an_axis_holds_values_limits_and_what_else_it_must():
    spots = [Spot(value=3.0, low=2.0, high=7.0), Spot(value=4.0, low=1.0, high=5.0)]
    assert extent(spots, measure("number")) == (1.0, 7.0)
    assert extent(spots, measure("number"), -1.0) == (-1.0, 7.0)


def test_an_axis_goes_on_where_a_limit_is_unbounded():
    low, high = extent([Spot(value=3.0, low=-math.inf, high=4.0)], measure("number"), 2.0)
    assert low < 2.0 or low == 0.0
    assert high == 4.0
    assert extent([Spot(value=3.0, low=2.0, high=math.inf)], measure("number"))[1] > 3.0


def test_an_axis_of_shares_stays_between_nothing_and_all():
    assert extent([Spot(value=1.0, low=0.9, high=math.inf)], measure("share")) == (0.9, 1.0)
    low, high = extent([Spot(value=0.0, low=0.0, high=0.0)], measure("share"))
    assert low == 0.0 < high < 1.0


def test_a_scale_puts_what_is_beyond_on_its_edge():
    scale = Scale(low=0, high=10, start=200, end=100)
    assert [scale(value) for value in (-math.inf, -1, 0, 5, 10, math.inf)] == [200, 200, 200, 150, 100, 100]


@pytest.mark.parametrize(("text", "real"), MEASURED.items())
def test_text_is_never_wider_than_estimated(text, real):
    assert real <= width(text, 100) <= 1.35 * real


@given(text=st.text(max_size=60), room=st.floats(min_value=0, max_value=400))
def test_shortened_text_fits_and_says_that_it_is_shortened(text, room):
    found = shortened(text, room, NORMAL)
    assert width(found, NORMAL) <= room + 0.02
    assert found == text or found.endswith("…") or found == ""


@given(text=st.text(max_size=60))
def test_text_that_fits_is_whole(text):
    assert shortened(text, width(text, NORMAL), NORMAL) == text


@given(wanted=st.lists(st.floats(min_value=0, max_value=300), max_size=30), label=st.sampled_from(["a", "Jan 2024"]))
def test_labels_that_are_kept_stand_apart_and_inside(wanted, label):
    kept = thinned([(middle, label) for middle in sorted(wanted)], 0, 300)
    half = width(label) / 2
    assert bool(kept) == bool(wanted)
    assert all(half - 0.01 <= middle <= 300 - half + 0.01 for middle, _text in kept)
    assert all(other - one >= 2 * half + 7.9 for (one, _), (other, _) in pairwise(kept))


def test_labels_at_even_places_are_kept_evenly():
    kept = [text for _x, text in thinned([(20 + 50 * place, f"{place}0 to {place}9") for place in range(12)], 0, 590)]
    steps = [int(other[:-6] or 0) - int(one[:-6] or 0) for one, other in pairwise(kept)]
    assert kept[-1] == "110 to 119"
    assert len(set(steps)) == 1 < len(kept)


def test_one_long_label_does_not_cost_all_others():
    wanted = [(10.0 + 20 * place, "W" * 40 if place == 4 else "a") for place in range(16)]
    assert len(thinned(wanted, 0, 320)) > 5


@given(wanted=st.lists(st.floats(min_value=0, max_value=160), min_size=1, max_size=4))
def test_names_are_spread_inside_and_in_order(wanted):
    found = spread(wanted, 0, 160, 15)
    assert all(-0.01 <= y <= 160.01 for y in found)
    ordered = sorted(found)
    assert all(other - one >= 14.9 for one, other in pairwise(ordered))
    assert [place for _y, place in sorted(zip(found, range(len(found)), strict=True))] == sorted(
        range(len(wanted)), key=lambda place: wanted[place]
    )


def of(*labels):
    return read(chart("line", *(series(*(mark(label, count=1) for label in some)) for some in labels))).lines


def test_places_by_label_hold_the_order_of_all_series():
    found = places(of("ad", "abd", "bcd"))
    assert [label for _place, label in found.labels] == ["a", "b", "c", "d"]
    assert found.of == ((0, 3), (0, 1, 3), (1, 2, 3))


def test_periods_are_in_the_order_of_time_whoever_comes_first():
    found = places(of(["2024-03", "2024-04", "2024-05"], ["2024-01", "2024-02"]))
    assert [label for _place, label in found.labels] == ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05"]


def test_a_label_that_comes_again_is_another_place():
    assert places(of("aab")).of == ((0, 1, 2),)


@given(first=st.integers(FIRST, LAST), length=st.integers(1, 200_000), room=st.floats(min_value=60, max_value=700))
def test_ticks_of_the_calendar_are_some_and_not_many(first, length, room):
    last = min(first + length, LAST)
    first = min(first, last - 1)
    found = calendar(first, last, room)
    assert 2 <= len(found) <= room / 20
    days = [day for day, _text in found]
    assert days == sorted(days)
    assert first <= days[0]
    assert days[-1] <= last
    places = [(day - first) / (last - first) * room for day in days]
    halves = [width(text) / 2 for _day, text in found]
    if len(found) > 2:
        assert all(b - q - (a + p) >= 8 for (a, p), (b, q) in pairwise(zip(places, halves, strict=True)))


def test_a_month_begins_on_its_first_day():
    found = calendar(day_number(date(2024, 1, 1)), day_number(date(2024, 6, 1)), 400)
    assert found[0] == (day_number(date(2024, 1, 1)), "Jan 2024")
    assert found[-1] == (day_number(date(2024, 6, 1)), "Jun")


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2024-01-01..2025-01-01", "2024"),
        ("2024-04-01..2024-07-01", "Q2 2024"),
        ("2024-12-01..2025-01-01", "Dec 2024"),
        ("2024-12-02..2024-12-09", "2 Dec 2024"),
        ("2024-12-09..2024-12-02", "2024-12-09..2024-12-02"),
        ("2024-13-09..2024-12-02", "2024-13-09..2024-12-02"),
        ("9999-12-01..9999-12-31", "9999-12-01..9999-12-31"),
        ("", ""),
        ("0000-00-00..0000-00-00", "0000-00-00..0000-00-00"),
    ],
)
def test_periods_are_briefly_named(period, expected):
    assert brief(period) == expected


def test_weeks_begin_on_mondays():
    found = calendar(day_number(date(2024, 1, 1)), day_number(date(2024, 2, 25)), 500)
    assert [text for _day, text in found][:3] == ["1 Jan 2024", "8 Jan", "15 Jan"]


def test_a_number_never_fills_a_line():
    assert len(measure("EUR").text(1e300)) < 25
    assert measure("EUR").text(1234.5) == "EUR 1,234"


@given(size=st.floats(min_value=-1e6, max_value=1e6))
def test_lengths_are_written_to_a_tenth(size):
    text = number(size)
    assert float(text) == pytest.approx(size, abs=0.0501)
    assert "e" not in text
    assert text not in ("-0", "-0.0")


@given(text=st.text(max_size=40))
def test_cleaned_text_is_one_line_that_xml_allows(text):
    found = clean(text)
    assert clean(found) == found
    assert not set(found) & {chr(code) for code in [*range(32), 0x7F, 0x202E, 0xFFFF]}
    found.encode()
