"""What came against what was foretold."""

import pytest
from chart_records import boxes, chart, drawn, mark, numbers, of_class, points, series, texts, tips


def tenths(*pairs):
    return series(
        *(
            mark(f"tenth {at}", None, came, came - 0.1, came + 0.05, against=told)
            for at, (told, came) in enumerate(pairs)
        )
    )


@pytest.mark.parametrize("width", [320, 680])
def test_axes_are_the_same_and_the_diagonal_goes_through_what_came_as_foretold(width):
    svg = drawn(chart("calibration", tenths((0.2, 0.2), (0.5, 0.5), (0.7, 0.6))), width)
    (left, bottom), (right, top) = points(of_class(svg, "rule")[0].get("d"))
    assert right - left == pytest.approx(bottom - top, abs=0.2)
    first, second, third = ((float(one.get("cx")), float(one.get("cy"))) for one in of_class(svg, "dot"))
    for x, y in (first, second):
        assert x - left == pytest.approx(bottom - y, abs=0.2)
    assert third[0] - left > bottom - third[1] + 5
    ticks = [text for text in texts(svg) if "%" in text]
    assert ticks[: len(ticks) // 2] == ticks[len(ticks) // 2 :]


def test_whiskers_are_the_limits_of_what_came():
    svg = drawn(chart("calibration", tenths((0.5, 0.5))))
    (dot,) = of_class(svg, "dot")
    (whisker,) = [one.get("d") for one in of_class(svg, "c1", tag="path")]
    x, low, high = numbers(whisker)[:3]
    assert x == float(dot.get("cx"))
    assert high < float(dot.get("cy")) < low
    assert low - float(dot.get("cy")) == pytest.approx(2 * (float(dot.get("cy")) - high), abs=0.3)


def test_what_was_foretold_may_have_an_interval_too():
    one = mark("a", None, 0.5, 0.4, 0.6, against=0.5)
    one["against"] |= {"low": 0.3, "high": 0.7}
    svg = drawn(chart("calibration", series(one)))
    assert of_class(svg, "c1", tag="path")[0].get("d").count("H") == 1


def test_marks_that_lack_one_of_both_are_not_drawn():
    svg = drawn(chart("calibration", series(*tenths((0.2, 0.2))["marks"], mark("b", None, 0.5, 0.4, 0.6))))
    assert len(of_class(svg, "dot")) == 1
    assert texts(drawn(chart("calibration", series(mark("b", None, 0.5, 0.4, 0.6))))) == ["No values"]


def test_axes_are_named():
    svg = drawn(chart("calibration", tenths((0.2, 0.2)), axis="orders foretold"))
    assert {"what came", "orders foretold"} <= set(texts(svg))
    assert "what was foretold" in texts(drawn(chart("calibration", tenths((0.2, 0.2)))))
    top = {box.text: box for box in boxes(svg)}["what came"]
    assert top.bottom < min(y for _x, y in points(of_class(svg, "rule")[0].get("d")))


def test_a_pointer_reads_both():
    assert tips(drawn(chart("calibration", tenths((0.2, 0.3))))) == [
        "tenth 0: 30.0 % (20.0 % to 35.0 %), foretold 20.0 %, n = 1,234"
    ]
