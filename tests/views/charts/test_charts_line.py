"""Lines: bands are the limits, gaps are gaps, what is open is dashed."""

import re

import pytest
from chart_records import WIDTHS, boxes, chart, drawn, mark, numbers, of_class, points, series, texts, wavy

ARROW = re.compile(r"M([-\d.]+) ([-\d.]+)l([-\d.]+) ([-\d.]+)l")


def months(*values, is_open=(), limits=0.1):
    return series(
        *(
            mark(f"m{place}", None, value, value - limits, value + limits, is_open=place in is_open)
            if value is not None
            else mark(f"m{place}", why_not="nobody was asked")
            for place, value in enumerate(values)
        )
    )


def path(svg, *names):
    return [one.get("d") for one in of_class(svg, *names, tag="path")]


def height_of(svg, value):
    """Where a value is, by two ticks of shares."""
    ticks = [(float(box.text.rstrip(" %")) / 100, box.bottom - 0.24 * 11 - 4) for box in boxes(svg) if "%" in box.text]
    (low, y_low), (high, y_high) = ticks[0], ticks[-1]
    return y_low + (value - low) / (high - low) * (y_high - y_low)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_band_is_the_limits_and_the_line_the_values(width):
    svg = drawn(chart("line", months(0.3, 0.5, 0.4)), width)
    (band,), (line,) = path(svg, "band"), path(svg, "line")
    corners, places = points(band), points(line)
    for (x, y), value in zip(places, (0.3, 0.5, 0.4), strict=True):
        assert y == pytest.approx(height_of(svg, value), abs=0.2)
        assert (x, pytest.approx(height_of(svg, value + 0.1), abs=0.2)) in corners[:3]
        assert (x, pytest.approx(height_of(svg, value - 0.1), abs=0.2)) in corners[3:]
    assert of_class(svg, "band")[0].get("fill-opacity") == ".22"


def test_the_axis_does_not_begin_at_zero_unless_values_are_near_it():
    assert "0 %" not in texts(drawn(chart("line", months(0.81, 0.84, 0.83, limits=0.01))))
    assert "0 %" in texts(drawn(chart("line", months(0.81, 0.1, 0.83, limits=0.01))))


def test_shares_have_no_ticks_beyond_what_a_share_can_be():
    ticks = [text for text in texts(drawn(chart("line", months(0.05, 0.97, limits=0.03)))) if "%" in text]
    assert ticks == ["0 %", "25 %", "50 %", "75 %", "100 %"]


def test_a_period_without_a_value_is_a_gap():
    svg = drawn(chart("line", months(0.3, 0.4, None, 0.2, 0.3)))
    (line,), (band,) = path(svg, "line"), path(svg, "band")
    assert line.count("M") == band.count("M") == band.count("Z") == 2
    assert len(points(line)) == 4
    assert max(y for _x, y in points(line)) < 210


def test_a_value_between_two_gaps_is_seen():
    svg = drawn(chart("line", months(0.3, 0.4, None, 0.2, None, 0.3, 0.3)))
    dots = of_class(svg, "dot")
    assert len(dots) == 2
    whiskers = [one for one in path(svg, "c1") if "h6" in one]
    assert len(whiskers) == 1
    x, _low, high = numbers(whiskers[0])[:3]
    assert x == float(dots[0].get("cx"))
    assert high == pytest.approx(height_of(svg, 0.3), abs=0.2)


def test_the_last_finished_point_is_marked_and_open_ones_are_hollow_and_dashed():
    svg = drawn(chart("line", months(0.3, 0.4, 0.35, 0.2, is_open=(3,))))
    closed, dashed = path(svg, "line")
    assert of_class(svg, "line")[0].get("stroke-dasharray") is None
    assert of_class(svg, "open")[0].get("stroke-dasharray")
    assert len(points(closed)) == 3
    assert points(dashed)[0] == points(closed)[-1]
    filled, hollow = of_class(svg, "dot")
    assert "hollow" not in filled.get("class")
    assert (float(filled.get("cx")), float(filled.get("cy"))) == points(closed)[-1]
    assert "hollow" in hollow.get("class")
    assert (float(hollow.get("cx")), float(hollow.get("cy"))) == points(dashed)[-1]
    assert hollow.get("fill") == "#ffffff"


def test_no_open_period_no_dashes():
    svg = drawn(chart("line", months(0.3, 0.4)))
    assert of_class(svg, "open") == []
    assert of_class(svg, "hollow") == []


def test_an_unbounded_limit_goes_to_the_edge_of_the_plot_and_has_no_edge_of_its_own():
    marks = [mark(str(place), None, 40.0, 30.0, 50.0 if place > 1 else None) for place in range(5)]
    svg = drawn(chart("line", series(*marks), unit="number"))
    grid = [y for _x, y in points(path(svg, "grid")[0].replace("H", "L").replace("L668", ""))]
    (band,) = path(svg, "band")
    top = min(y for _x, y in points(band))
    assert top == min(grid) == points(band)[0][1]
    (edges,) = [one.get("d") for one in of_class(svg, "c1", tag="path") if one.get("stroke-width") == ".75"]
    assert min(numbers(edges)[1::2]) > top


def test_only_one_value_is_a_point_with_its_interval():
    svg = drawn(chart("line", months(0.3)))
    assert path(svg, "line") == path(svg, "band") == []
    assert len(of_class(svg, "dot")) == 1
    assert texts(svg)[-1] == "m0"


def test_an_arrow_shows_where_a_limit_of_a_single_value_is_unbounded():
    for low, high in ((None, 0.4), (0.2, None)):
        svg = drawn(chart("line", series(mark("a", None, 0.3, low, high))))
        (whisker,) = [one for one in path(svg, "c1") if "h6" in one]
        x, bottom, top = numbers(whisker)[:3]
        ((left, start, right, down),) = (map(float, one) for one in ARROW.findall(whisker))
        assert (left, right) == (x - 3, 3)
        assert start + down == (bottom if low is None else top)
        assert bool(down > 0) == (low is None)


def test_series_are_named_at_their_ends_in_their_order():
    svg = drawn(chart("line", wavy(9, "low", middle=0.1), wavy(9, "high", middle=0.6)))
    found = {box.text: box for box in boxes(svg)}
    assert found["high"].bottom < found["low"].top
    assert found["low"].left > max(x for one in path(svg, "band") for x, _y in points(one))
    dashes = [one.get("stroke-dasharray") for one in of_class(svg, "line")]
    assert len(set(dashes)) == 2


def test_four_series_are_told_apart_without_colour():
    svg = drawn(chart("line", *(wavy(5, f"s{place}", middle=0.1 * place + 0.2) for place in range(4))))
    lines = of_class(svg, "line")
    assert len({one.get("stroke-dasharray") for one in lines}) == 4
    assert len({one.get("stroke") for one in lines}) == 4
    assert [one.get("class") for one in lines] == [f"line c{place}" for place in (1, 2, 3, 4)]
    assert {one.tag.rpartition("}")[2] for one in of_class(svg, "dot")} == {"circle", "path"}


def test_the_name_of_the_only_series_takes_no_room():
    alone = points(path(drawn(chart("line", wavy(9, "everyone"))), "line")[0])
    assert alone[-1][0] > 660


def test_a_series_without_values_is_named_as_one():
    svg = drawn(chart("line", wavy(9, "some customers"), series(mark("a", why_not="no"), name="others")))
    assert any(text.startswith("no values") for text in texts(svg))


def test_marks_of_two_series_stand_together_by_their_labels():
    first = series(*(mark(f"2024-0{month}", None, 0.3, 0.2, 0.4) for month in (1, 2, 3, 4)), name="a")
    second = series(*(mark(f"2024-0{month}", None, 0.6, 0.5, 0.7) for month in (3, 4, 5)), name="b")
    one, other = (points(found) for found in path(drawn(chart("line", first, second)), "line"))
    assert [x for x, _y in one[2:]] == [x for x, _y in other[:2]]


def test_marks_with_places_stand_at_them():
    line = series(*(mark(str(x), x, 0.3, 0.2, 0.4) for x in (100, 110, 140)))
    svg = drawn(chart("line", line))
    (start, _), (middle, _), (end, _) = points(path(svg, "line")[0])
    assert start == numbers(path(svg, "grid")[0])[0]
    assert (middle - start) / (end - start) == pytest.approx(0.25, abs=0.001)


def test_a_rule_is_on_the_axis_even_where_no_value_is_near():
    svg = drawn(chart("line", months(5.0, 6.0), unit="points", rule=0))
    assert "0" in texts(svg)
    assert len(of_class(svg, "rule")) == 1
    assert of_class(drawn(chart("line", months(5.0, 6.0), unit="points")), "rule") == []


def test_periods_are_short_under_the_axis():
    line = series(*(mark(f"2024-0{month}-01..2024-0{month + 1}-01", None, 0.3, 0.2, 0.4) for month in (1, 2, 3)))
    assert texts(drawn(chart("line", line)))[-3:] == ["Jan 2024", "Feb 2024", "Mar 2024"]


def test_on_a_narrow_screen_labels_are_fewer_and_the_last_is_there():
    wide, narrow = (
        [text for text in texts(drawn(chart("line", wavy(24)), width)) if text.startswith("2024")]
        for width in (680, 320)
    )
    assert 2 <= len(narrow) < len(wide) < 24
    assert narrow[-1] == wide[-1] == "2024-24"


@pytest.mark.parametrize("width", WIDTHS)
def test_what_follows_goes_on_in_the_same_colour_with_a_lighter_band(width):
    seen = series(*(mark(f"2024-0{n}", None, 0.3, 0.28, 0.32) for n in (1, 2, 3)))
    coming = (mark(f"2024-0{n}", None, 0.4, 0.4 - n / 50, 0.4 + n / 50, is_open=True) for n in (4, 5, 6))
    part = series(mark("2024-04", None, 0.1, 0.08, 0.12, is_open=True), name="so far", follows=True)
    svg = drawn(chart("line", seen, series(*coming, name="forecast", follows=True), part), width)
    (line,), (opened,) = path(svg, "line")[:1], path(svg, "line", "open")
    assert points(opened)[0] == points(line)[-1]
    assert len(points(opened)) == 4
    assert [band.get("fill-opacity") for band in of_class(svg, "band")] == [".22", ".12"]
    assert not of_class(svg, "c2")
    # The last that was seen, both ends of what is foretold, and the part of the running period.
    assert len(of_class(svg, "dot")) == 4
    assert len(of_class(svg, "hollow")) == 3
    assert {"forecast", "so far"} <= set(texts(svg))
    alone = drawn(chart("line", seen, series(mark("2024-04", None, 0.4, 0.3, 0.5), name="forecast", follows=True)))
    assert len(of_class(alone, "dot")) == 2
