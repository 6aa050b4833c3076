"""Dots and bars: a row per thing."""

import re

import pytest
from chart_records import SVG, WIDTHS, boxes, chart, drawn, mark, numbers, of_class, series, texts

ROWS = series(
    mark("free delivery", None, 1.2, 1.1, 1.5), mark("newsletter", None, 0.9, 0.7, 1.1), mark("none", why_not="too few")
)


def dots(svg):
    return [(float(one.get("cx")), float(one.get("cy"))) for one in of_class(svg, "dot")]


def whiskers(svg, name="c1"):
    return [one.get("d") for one in of_class(svg, name, tag="path")]


def vertical(svg, name):
    return numbers(of_class(svg, name, tag="path")[0].get("d"))[0]


@pytest.mark.parametrize("width", WIDTHS)
def test_labels_stand_at_the_left_and_values_at_the_right_of_the_dots(width):
    svg = drawn(chart("dots", ROWS, unit="number", rule=1), width)
    found = {box.text: box for box in boxes(svg)}
    for (x, y), label, value in zip(dots(svg), ("free delivery", "newsletter"), ("1.20", "0.900"), strict=True):
        assert found[label].top < y < found[label].bottom
        assert found[value].top < y < found[value].bottom
        assert found[label].right < x < found[value].left


def test_a_dot_stands_on_its_interval_and_intervals_against_the_rule():
    svg = drawn(chart("dots", ROWS, unit="number", rule=1))
    rule = vertical(svg, "rule")
    (better, other), (first, second) = dots(svg), whiskers(svg)
    assert numbers(first)[0] < better[0] < numbers(first)[2]
    assert rule < numbers(first)[0]
    assert numbers(second)[0] < other[0] < rule < numbers(second)[2]


def test_without_a_rule_there_is_none():
    assert of_class(drawn(chart("dots", ROWS, unit="number")), "rule") == []


@pytest.mark.parametrize("kind", ["dots", "bars"])
def test_a_row_without_a_value_says_why_and_has_no_mark(kind):
    svg = drawn(chart(kind, ROWS, unit="number"))
    assert "no value: too few" in texts(svg)
    assert "-" in texts(svg)
    assert len(of_class(svg, "dot")) + len(of_class(svg, "bar")) == 2


def test_unbounded_ends_have_arrows_and_bounded_ones_caps():
    line = series(mark("a", None, 5.0, None, 8.0), mark("b", None, 6.0, 2.0, None), mark("c", None, 6.0, 2.0, 7.0))
    low, high, both = whiskers(drawn(chart("dots", line, unit="number")))
    assert (low.count("v6"), high.count("v6"), both.count("v6")) == (1, 1, 2)
    assert (low.count("l"), high.count("l"), both.count("l")) == (2, 2, 0)
    assert numbers(low)[0] < numbers(both)[0]
    for whisker, place, turn in ((low, 0, -1), (high, 2, 1)):
        ((start, step),) = re.findall(r"M([-\d.]+) [-\d.]+l([-\d.]+) ", whisker)
        assert float(start) + float(step) == pytest.approx(numbers(whisker)[place], abs=0.11)
        assert float(step) * turn > 0
    assert numbers(high)[2] > numbers(both)[2]


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_drawn_under_the_values(width):
    line = series(mark("a", None, 5e6, 2e6, None), mark("b", None, 6e6, 2e6, 7e6))
    svg = drawn(chart("dots", line, unit="EUR"), width)
    values = [box.left for box in boxes(svg) if box.text in ("EUR 5,000,000", "EUR 6,000,000")]
    assert len(values) == 2
    assert numbers(whiskers(svg)[0])[2] < min(values)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("unit", ["share", "EUR"])
def test_every_grid_line_has_its_tick(width, unit):
    line = series(mark("a label", None, 0.35, 0.3, 0.45), mark("b", None, 0.8, 0.5, 0.9))
    svg = drawn(chart("bars", line, unit=unit), width)
    foot = max(box.top for box in boxes(svg))
    ticks = [box for box in boxes(svg) if box.top == foot]
    assert len(ticks) == of_class(svg, "grid")[0].get("d").count("M")
    assert 3 <= len(ticks) <= 5


def test_what_is_not_over_is_hollow_or_dashed():
    line = series(mark("a", None, 5.0, 4.0, 8.0, is_open=True), mark("b", None, 5.0, 4.0, 8.0))
    assert ["hollow" in one.get("class") for one in of_class(drawn(chart("dots", line)), "dot")] == [True, False]
    bars = of_class(drawn(chart("bars", line)), "bar")
    assert [bool(one.get("stroke-dasharray")) for one in bars] == [True, False]


def test_bars_begin_at_zero_whatever_their_values_are():
    svg = drawn(chart("bars", series(mark("a", None, 0.8, 0.7, 0.9), mark("b", None, 0.4, 0.3, 0.5))))
    first, second = of_class(svg, "bar")
    assert "0 %" in texts(svg)
    assert first.get("x") == second.get("x")
    assert float(first.get("width")) == pytest.approx(2 * float(second.get("width")), abs=0.2)
    assert float(first.get("x")) == pytest.approx(vertical(svg, "axis"), abs=0.1)


def test_bars_of_negative_values_go_to_the_left_of_zero():
    svg = drawn(chart("bars", series(mark("a", None, 12e3, 9e3, 15e3), mark("b", None, -7e3, -9e3, -5e3)), unit="EUR"))
    more, less = of_class(svg, "bar")
    zero = vertical(svg, "axis")
    assert float(more.get("x")) == pytest.approx(zero, abs=0.1)
    assert float(less.get("x")) + float(less.get("width")) == pytest.approx(zero, abs=0.2)
    assert {"EUR 12,000", "EUR -7,000", "EUR -10k", "EUR 0", "EUR 10k"} <= set(texts(svg))


def test_a_whisker_on_a_bar_is_drawn_in_ink():
    svg = drawn(chart("bars", series(mark("a", None, 0.8, 0.7, 0.9))))
    (whisker,) = of_class(svg, "whisker")
    assert whisker.get("stroke") == "#14181f"
    bar = of_class(svg, "bar")[0]
    end = float(bar.get("x")) + float(bar.get("width"))
    assert numbers(whisker.get("d"))[0] < end < numbers(whisker.get("d"))[2]


def test_counts_have_no_whiskers():
    svg = drawn(chart("bars", series(mark("a", count=12), mark("b", count=7)), unit="EUR"))
    assert of_class(svg, "whisker") == []
    assert {"12", "7"} <= set(texts(svg))
    assert not any("EUR" in text for text in texts(svg))


def test_a_long_label_is_cut_and_whole_for_a_pointer():
    label = "a theme that somebody described in very many words indeed"
    svg = drawn(chart("bars", series(mark(label, None, 0.8, 0.7, 0.9))), 320)
    (cut,) = [text for text in texts(svg) if text.endswith("…")]
    assert label.startswith(cut[:-1])
    assert any(one.text.startswith(label) for one in svg.iter(SVG + "title"))


def test_a_label_that_fits_is_not_cut():
    svg = drawn(chart("bars", series(mark("new", None, 0.8, 0.7, 0.9), mark("lost", None, 0.8, 0.7, 0.9))))
    assert {"new", "lost"} <= set(texts(svg))


def test_several_series_have_heads():
    svg = drawn(chart("dots", series(mark("a", None, 0.1, 0.0, 0.2), name="men"), series(*ROWS["marks"], name="women")))
    order = [box.text for box in sorted(boxes(svg), key=lambda box: box.top) if box.left < 10]
    assert order[:6] == ["men", "a", "women", "free delivery", "newsletter", "none"]


def test_ticks_are_fewer_where_their_words_are_long():
    line = series(mark("a label", None, 5e8, 1e8, 9e8))
    wide, narrow = (
        [box for box in boxes(drawn(chart("dots", line, unit="EUR"), width)) if box.text.startswith("EUR")]
        for width in (680, 320)
    )
    assert 2 <= len(narrow) <= len(wide)
