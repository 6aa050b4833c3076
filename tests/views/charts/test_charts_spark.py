"""Sparklines and bars in cells."""

import math

import pytest
from chart_records import SVG, estimate, numbers, of_class, parsed, points, size

from regulars.views.charts.cellbar import cellbar
from regulars.views.charts.spark import spark


def course(*values, unfinished=(), limits=0.05):
    return [
        {
            **estimate(value, *(() if value is None else (value - limits, value + limits))),
            "unit": "share",
            "period": f"2024-{place + 1:02d}-01..2024-{place + 2:02d}-01",
            "flags": ["small_n", "unfinished"] if place in unfinished else [],
        }
        for place, value in enumerate(values)
    ]


def test_a_sparkline_says_where_it_begins_and_ends():
    svg = parsed(spark(course(0.2, 0.3, 0.25)))
    assert (svg.get("width"), svg.get("height"), svg.get("viewBox")) == ("120", "28", "0 0 120 28")
    assert svg.find(SVG + "title").text == "Jan 2024: 20.0 %; Mar 2024: 25.0 %"
    assert svg.get("role") == "img"


@pytest.mark.parametrize("given", [[], course(None, None)])
def test_a_course_without_values_is_an_empty_sparkline_that_says_so(given):
    svg = parsed(spark(given))
    assert svg.find(SVG + "title").text == "No values"
    assert len(svg) == 1


def test_the_last_finished_point_is_marked_and_what_is_not_finished_is_dashed():
    svg = parsed(spark(course(0.2, 0.3, 0.25, 0.1, unfinished=(3,))))
    filled, hollow = of_class(svg, "dot")
    closed, dashed = of_class(svg, "line")
    assert "hollow" in hollow.get("class")
    assert (float(filled.get("cx")), float(filled.get("cy"))) == points(closed.get("d"))[-1]
    assert dashed.get("stroke-dasharray")
    assert not closed.get("stroke-dasharray")


def test_a_gap_parts_the_line():
    (line,) = of_class(parsed(spark(course(0.2, 0.3, None, 0.2, 0.1))), "line")
    assert line.get("d").count("M") == 2


def test_the_interval_of_an_unfinished_period_does_not_flatten_the_others():
    given = course(0.2, 0.3, 0.25, unfinished=(2,))
    before = of_class(parsed(spark(given)), "line")[0].get("d")
    given[2] |= {"low": 0.0, "high": 1.0}
    assert of_class(parsed(spark(given)), "line")[0].get("d") == before


def test_a_value_of_an_unfinished_period_is_never_moved_to_the_edge():
    line = of_class(parsed(spark(course(0.2, 0.3, 0.6, 0.9, unfinished=(2, 3)))), "open")[0]
    heights = [y for _x, y in points(line.get("d"))]
    assert heights[2] < heights[1] < heights[0]


@pytest.mark.parametrize("values", [(0.2,), (0.2, 0.2, 0.2), (0.0,), (-5.0, 1e300), (5e-324, 0.0)], ids=str)
def test_everything_is_inside(values):
    svg = parsed(spark(course(*values), width=80, height=20))
    for line in of_class(svg, "line"):
        assert all(0 <= x <= 80 and 0 <= y <= 20 for x, y in points(line.get("d")))
    for dot in of_class(svg, "dot"):
        assert 0 < float(dot.get("cy")) < 20


def test_hostile_periods_stay_text():
    (record,) = course(0.2)
    svg = parsed(spark([{**record, "period": '"><script>\x00'}]))
    assert svg.find(SVG + "title").text == '"><script>: 20.0 %'


def test_a_cell_bar_is_as_long_as_its_share():
    half, whole = (of_class(parsed(cellbar(share)), "bar")[0] for share in (0.5, 1.0))
    assert float(whole.get("width")) == 2 * float(half.get("width")) == 62
    assert size(parsed(cellbar(0.5, width=100, height=12))) == (100, 12)


def test_a_cell_bar_is_hidden_from_those_who_hear_the_cell():
    assert parsed(cellbar(0.5)).get("aria-hidden") == "true"


@pytest.mark.parametrize("share", [-1.0, 2.0, math.inf, -math.inf])
def test_a_share_beyond_what_it_can_be_lands_on_the_edge(share):
    bar = of_class(parsed(cellbar(share)), "bar")[0]
    assert float(bar.get("width")) == (62 if share > 0 else 0)


def test_no_share_is_no_bar():
    with pytest.raises(ValueError, match="not a number"):
        cellbar(math.nan)


def test_a_cell_bar_has_a_whisker_where_limits_are_known():
    assert of_class(parsed(cellbar(0.5)), "whisker") == []
    (both,) = of_class(parsed(cellbar(0.5, 0.25, 0.75)), "whisker")
    assert numbers(both.get("d"))[:3] == [16.5, 5, 47.5]
    (low,) = of_class(parsed(cellbar(0.5, 0.25)), "whisker")
    assert numbers(low.get("d"))[2] == 63
    assert low.get("d").count("v6") == 1
    (high,) = of_class(parsed(cellbar(0.5, None, 0.75)), "whisker")
    assert numbers(high.get("d"))[0] == 1
    assert high.get("d").count("v6") == 1
