"""Step curves: a value holds until the next one."""

import re

import pytest
from chart_records import chart, drawn, mark, numbers, of_class, series, texts

SURVIVAL = series(mark("0", 0, 1.0, 1.0, 1.0), mark("10", 10, 0.8, 0.7, 0.9), mark("30", 30, 0.5, 0.4, 0.6))


def test_a_step_goes_along_before_it_falls():
    (line,) = of_class(drawn(chart("steps", SURVIVAL)), "line")
    assert re.sub(r"[\d. ]+", "", line.get("d")) == "MHVHV"
    left, top, first, middle, last, low = numbers(line.get("d"))
    assert left < first < last
    assert top < middle < low
    assert (first - left) / (last - left) == pytest.approx(1 / 3, abs=0.01)


def test_the_band_holds_as_long_as_its_value():
    svg = drawn(chart("steps", SURVIVAL))
    line, band = of_class(svg, "line")[0].get("d"), of_class(svg, "band")[0].get("d")
    above, below = re.fullmatch(r"(M.*?V.*?V[\d.]+)(V.*)Z", band).groups()
    x = [numbers(line)[place] for place in (0, 2, 4)]
    assert [numbers(above)[place] for place in (0, 2, 4)] == x
    assert numbers(below)[2::2] == [x[1], x[0]]
    heights = [numbers(line)[place] for place in (1, 3, 5)]
    upper = [numbers(above)[place] for place in (1, 3, 5)]
    lower = [numbers(below)[place] for place in (3, 1, 0)]
    assert all(high <= value <= low for high, value, low in zip(upper, heights, lower, strict=True))
    assert upper[1:] < heights[1:] < lower[1:]


def test_places_along_the_axis_are_round_numbers():
    line = series(*(mark(f"after {x} days", x, 1 - x / 1000, 0.1, 1.0) for x in range(0, 731, 73)))
    found = texts(drawn(chart("steps", line, axis="days since the first order")))
    assert found[-9:-1] == ["0", "100", "200", "300", "400", "500", "600", "700"]
    assert found[-1] == "days since the first order"


def test_without_places_the_labels_stand_along_the_axis():
    line = series(mark("spring", None, 0.5, 0.4, 0.6), mark("summer", None, 0.4, 0.3, 0.5))
    assert texts(drawn(chart("steps", line)))[-2:] == ["spring", "summer"]


def test_a_gap_parts_the_curve():
    line = series(
        *(mark(str(x), x, 0.9 - x / 100, 0.1, 0.95) for x in (0, 1)),
        mark("2", 2, why_not="too few left"),
        *(mark(str(x), x, 0.9 - x / 100, 0.1, 0.95) for x in (3, 4)),
    )
    svg = drawn(chart("steps", line))
    assert of_class(svg, "line")[0].get("d").count("M") == 2
    assert of_class(svg, "band")[0].get("d").count("Z") == 2


def test_an_open_step_is_dashed():
    line = series(mark("0", 0, 1.0, 1.0, 1.0), mark("1", 1, 0.8, 0.7, 0.9, is_open=True))
    svg = drawn(chart("steps", line))
    (dashed,) = of_class(svg, "line")
    assert "open" in dashed.get("class")
    assert dashed.get("stroke-dasharray")
    assert len(of_class(svg, "hollow")) == 1
