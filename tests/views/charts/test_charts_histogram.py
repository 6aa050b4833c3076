"""Histograms: upright bars from 0."""

from itertools import pairwise

import pytest
from chart_records import boxes, chart, drawn, mark, of_class, series, texts


def edges(bar):
    x, y, width, height = (float(bar.get(name)) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def test_bars_are_as_high_as_their_counts_and_do_not_meet():
    svg = drawn(chart("histogram", series(*(mark(str(place), count=4 * place) for place in range(5))), unit="EUR"))
    found = [edges(bar) for bar in of_class(svg, "bar")]
    heights = [bottom - top for _left, top, _right, bottom in found]
    assert heights[4] == pytest.approx(4 * heights[1], abs=0.4)
    assert heights[0] == 0
    assert len({bottom for *_, bottom in found}) == 1
    assert all(one[2] < other[0] for one, other in pairwise(found))


def test_ticks_of_counts_are_whole():
    ticks = texts(drawn(chart("histogram", series(mark("a", count=1), mark("b", count=2)), unit="EUR")))
    assert ticks[:3] == ["0", "1", "2"]


def test_estimates_have_whiskers_and_counts_have_none():
    line = series(mark("a", None, 0.5, 0.4, 0.6), mark("b", None, 0.2, 0.1, None))
    assert len(of_class(drawn(chart("histogram", line)), "whisker")) == 2
    assert of_class(drawn(chart("histogram", series(mark("a", count=3)))), "whisker") == []


def test_a_class_without_a_value_keeps_its_place_and_has_no_bar():
    svg = drawn(chart("histogram", series(mark("a", count=3), mark("b", why_not="no"), mark("c", count=3))))
    one, other = (edges(bar) for bar in of_class(svg, "bar"))
    assert other[0] - one[0] > 1.9 * (one[2] - one[0])
    assert {"a", "b", "c"} <= set(texts(svg))


def test_labels_stand_under_their_bars():
    svg = drawn(chart("histogram", series(*(mark(f"c{place}", count=3) for place in range(5)))))
    middles = [(left + right) / 2 for left, _, right, _ in map(edges, of_class(svg, "bar"))]
    found = [(box.left + box.right) / 2 for box in boxes(svg) if box.text.startswith("c")]
    assert found == pytest.approx(middles, abs=0.2)


def test_negative_values_hang_from_zero():
    svg = drawn(chart("histogram", series(mark("a", None, 5.0, 4.0, 6.0), mark("b", None, -5.0, -6.0, -4.0))))
    up, down = (edges(bar) for bar in of_class(svg, "bar"))
    assert up[3] == pytest.approx(down[1], abs=0.2)


def test_several_series_stand_beside_each_other_and_have_a_key():
    lines = [
        series(mark("x", None, 0.4, 0.3, 0.5), mark("y", None, 0.4, 0.3, 0.5), name=name) for name in ("old", "new")
    ]
    svg = drawn(chart("histogram", *lines))
    bars = of_class(svg, "bar")
    assert [one.get("class") for one in bars] == ["bar c1", "bar c1", "bar c2", "bar c2"]
    places = [edges(bar) for bar in bars]
    assert places[0][2] == pytest.approx(places[2][0], abs=0.2)
    key = {box.text: box for box in boxes(svg)}
    assert max(key["old"].bottom, key["new"].bottom) < min(top for _, top, _, _ in places)
