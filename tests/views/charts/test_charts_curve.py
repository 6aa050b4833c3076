"""Shares by shares, beside the diagonal."""

import pytest
from chart_records import boxes, chart, drawn, mark, of_class, points, series, texts

LORENZ = series(*(mark(f"{x} %", x, (x / 100) ** 2, 0.8 * (x / 100) ** 2, (x / 100) ** 1.5) for x in range(0, 101, 20)))


@pytest.mark.parametrize("width", [320, 680])
def test_the_curve_hangs_below_the_diagonal_from_corner_to_corner(width):
    svg = drawn(chart("curve", LORENZ), width)
    curve = points(of_class(svg, "line")[0].get("d"))
    (left, bottom), (right, top) = points(of_class(svg, "rule")[0].get("d"))
    assert (curve[0], curve[-1]) == ((left, bottom), (right, top))
    for x, y in curve[1:-1]:
        assert y > bottom + (x - left) / (right - left) * (top - bottom)


def test_both_axes_go_from_nothing_to_all():
    found = texts(drawn(chart("curve", LORENZ)))
    assert found == ["0 %", "25 %", "50 %", "75 %", "100 %"] * 2


def test_axes_are_whole_where_the_curve_is_not():
    found = texts(drawn(chart("curve", series(*LORENZ["marks"][1:3]))))
    assert found == ["0 %", "25 %", "50 %", "75 %", "100 %"] * 2


def test_a_place_is_its_percentage():
    line = series(mark("a", 0, 0.0, 0.0, 0.0), mark("b", 80, 0.2, 0.1, 0.3), mark("c", 100, 1.0, 1.0, 1.0))
    (start, _), (middle, _), (end, _) = points(of_class(drawn(chart("curve", line)), "line")[0].get("d"))
    assert (middle - start) / (end - start) == pytest.approx(0.8, abs=0.001)


def test_several_curves_have_a_key_above():
    other = series(*LORENZ["marks"], name="women")
    svg = drawn(chart("curve", series(*LORENZ["marks"], name="men"), other))
    key = {box.text: box for box in boxes(svg)}
    top = min(y for _x, y in points(of_class(svg, "rule")[0].get("d")))
    assert max(key["men"].bottom, key["women"].bottom) < top
    assert len({one.get("stroke-dasharray") for one in of_class(svg, "line")}) == 2


def test_a_gap_parts_the_curve():
    marks = [*LORENZ["marks"][:2], mark("40 %", 40, why_not="no"), *LORENZ["marks"][3:]]
    assert of_class(drawn(chart("curve", series(*marks))), "line")[0].get("d").count("M") == 2
