"""What holds for charts of every kind, on every width."""

import math
from datetime import UTC, date, datetime
from itertools import combinations

import pytest
from chart_records import (
    HOSTILE,
    KINDS,
    SVG,
    WIDTHS,
    boxes,
    chart,
    drawn,
    estimate,
    mark,
    series,
    size,
    texts,
    tips,
    wavy,
)

from regulars.core.estimate import Estimate, Interval
from regulars.core.periods import Period
from regulars.kpis.kpi import Shows
from regulars.views.blocks import Chart, ChartKind, Mark, Series
from regulars.views.charts.draw import KINDS as DRAWN
from regulars.views.charts.draw import draw
from regulars.views.fill import plain

every = pytest.mark.parametrize("kind", KINDS)
wide = pytest.mark.parametrize("width", WIDTHS)
LEAST_HEIGHT = 40


def of_kind(kind, *lines, **given):
    return chart(kind, *(lines or [wavy()]), axis="months since the first order", **given)


def fits(svg):
    across, down = size(svg)
    found = boxes(svg)
    assert found
    assert [box for box in found if box.left < 0 or box.right > across or box.top < 0 or box.bottom > down] == []
    assert [(one, other) for one, other in combinations(found, 2) if one.meets(other)] == []
    return found


def coordinates(svg):
    for element in svg.iter():
        for name in ("x", "y", "cx", "cy", "r", "width", "height"):
            if name in element.attrib:
                yield float(element.get(name))


def test_every_kind_of_block_can_be_drawn():
    assert set(DRAWN) == set(ChartKind)


def test_a_chart_block_is_drawn_as_it_is_filled():
    found = Interval(value=0.25, low=0.2, high=math.inf, level=0.95, method="Wilson score", n=7)
    made = Estimate(
        interval=found,
        period=Period(date(2024, 1, 1), date(2024, 2, 1)),
        as_of=datetime(2024, 2, 2, tzinfo=UTC),
        version="1",
    )
    block = Chart(
        name="mine",
        title="T",
        kind=ChartKind.DOTS,
        says="S",
        shows=Shows.MONEY,
        series=(Series(marks=(Mark(label="a", estimate=made),)),),
    )
    assert tips(drawn(plain(block, "EUR"))) == ["a: EUR 0.250 (EUR 0.200 to unbounded), n = 7"]


@every
@wide
def test_a_chart_has_the_width_that_was_asked_for_and_says_what_it_shows(kind, width):
    svg = drawn(of_kind(kind, name="a name", title="T & <t>", says='It "rose".'), width)
    assert svg.tag == SVG + "svg"
    assert svg.get("viewBox") == f"0 0 {svg.get('width')} {svg.get('height')}"
    assert svg.get("width") == str(width)
    assert svg.get("class") == f"chart chart-{kind}"
    assert svg.get("role") == "img"
    named = svg.get("aria-labelledby").split()
    assert named == [svg[0].get("id"), svg[1].get("id")]
    assert (svg[0].tag, svg[1].tag) == (SVG + "title", SVG + "desc")
    assert (svg[0].text, svg[1].text) == ("T & <t>", 'It "rose".')


def test_the_same_chart_in_two_widths_has_ids_of_its_own_each():
    ids = [one.get("id") for width in WIDTHS for one in drawn(of_kind("line"), width).iter() if one.get("id")]
    assert len(ids) == len(set(ids)) == 4


@every
@pytest.mark.parametrize("width", [280, *WIDTHS])
@pytest.mark.parametrize("count", [1, 2, 13, 60])
def test_texts_lie_inside_and_never_on_each_other(kind, width, count):
    names = ("the Netherlands", "Germany", "Belgium", "everywhere else, and where nothing is known")
    fits(drawn(of_kind(kind, *(wavy(count, name, middle=0.3 + 0.001 * len(name)) for name in names)), width))
    fits(drawn(of_kind(kind, wavy(count, label="2024-{:02d}-01..2024-12-31")), width))


@every
@wide
def test_text_is_at_least_as_large_as_the_eye_wants_it(kind, width):
    for element in drawn(of_kind(kind), width).iter():
        assert float(element.get("font-size", 11)) in (11, 12)


@every
@wide
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(kind, width, text):
    lines = [
        series(
            *(mark(text, place, 0.2, 0.1, 0.3, against=0.2, count=2) for place in range(5)),
            mark(text, 6, why_not=text or "x", against=0.1),
            name=text,
        )
        for _ in range(2)
    ]
    record = {**chart(kind, *lines), "name": text, "title": text, "says": text, "axis": text}
    markup = draw(record, width=width)
    svg = drawn(record, width)
    known = {"svg", "title", "desc", "g", "path", "text", "circle", "rect"}
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= known
    assert not any(name.startswith("on") for element in svg.iter() for name in element.attrib)
    assert len(svg.get("aria-labelledby").split()) == 2
    assert len(markup) < 12_000
    markup.encode()
    if text.isascii():
        fits(svg)


@every
@wide
def test_nothing_asks_for_a_style_a_script_or_another_place(kind, width):
    markup = draw(of_kind(kind, wavy(name="a"), wavy(name="b")), width=width)
    for refused in ("style", "<script", "href", "url(", "<use", "<image", "&#", 'class=""', "nan", "inf"):
        assert refused not in markup


@every
def test_the_same_record_gives_the_same_bytes(kind):
    assert draw(of_kind(kind), width=680) == draw(of_kind(kind), width=680)


@every
@wide
def test_a_chart_without_series_says_so(kind, width):
    assert texts(drawn(chart(kind), width)) == ["No values"]
    assert texts(drawn(chart(kind, series()), width)) == ["No values"]
    assert size(drawn(chart(kind), width))[1] < LEAST_HEIGHT


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "lanes"])
@wide
def test_a_chart_of_nothing_but_reasons_gives_the_first(kind, width):
    svg = drawn(of_kind(kind, series(mark("a", 1, why_not="nobody was asked"), mark("b", 2, why_not="other"))), width)
    assert texts(svg) == ["No values: nobody was asked"]
    assert [element for element in svg.iter() if element.tag in (SVG + "path", SVG + "circle", SVG + "rect")] == []


@every
@wide
@pytest.mark.parametrize(
    "values",
    [
        (0.0, 0.0, 0.0),
        (1.0, 1.0, 1.0),
        (-5.0, -5.0),
        (-3.0, 2.0, -8.0),
        (1e300, -1e300),
        (1.7e308, -1.7e308),
        (5e-324, 0.0),
        (1e-9, 2e-9),
        (1e15 + 1, 1e15 + 2),
        (123_456_789.0,),
    ],
    ids=str,
)
@pytest.mark.parametrize("unit", ["share", "count", "seconds", "EUR", "days"])
def test_any_values_are_drawn_inside(kind, width, values, unit):
    marks = [mark(str(place), place, value, None, None, against=value) for place, value in enumerate(values)]
    svg = drawn(chart(kind, series(*marks), unit=unit), width)
    fits(svg)
    assert all(-1 <= number <= max(size(svg)) for number in coordinates(svg))


@every
def test_numbers_that_are_none_are_gaps_and_no_zeros(kind):
    record = of_kind(kind, series(mark("a", 1, 0.5, 0.4, 0.6, against=0.5), mark("b", 2, math.inf, against=0.5)))
    record["series"][0]["marks"].append(mark("c", 3, math.nan, against=0.5))
    markup = draw(record, width=680)
    assert "nan" not in markup
    assert "inf" not in markup


def test_marks_say_label_value_interval_and_n():
    line = series(mark("2024-01-01..2024-02-01", None, 0.123, 0.1, 0.15), name="men")
    assert tips(drawn(chart("line", line))) == ["men, Jan 2024: 12.3 % (10.0 % to 15.0 %), n = 1,234"]
    line = series(mark("a", None, 1500.0, 10.0, None, is_open=True))
    assert tips(drawn(chart("bars", line, unit="CHF"))) == [
        "a: CHF 1,500 (CHF 10 to unbounded), n = 1,234, the period is not over"
    ]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "lanes"])
def test_every_mark_with_a_value_has_words_for_a_pointer(kind):
    assert len([tip for tip in tips(drawn(of_kind(kind, wavy(9)))) if "%" in tip]) == 9


def test_rows_say_to_a_pointer_why_there_is_no_value():
    svg = drawn(chart("dots", series(mark("a", None, 0.1, 0.0, 0.2), mark("b", why_not="nobody was asked"))))
    assert tips(svg)[1] == "b: no value, nobody was asked, n = 1,234"


@pytest.mark.parametrize("kind", ["line", "steps", "histogram", "curve", "calibration"])
def test_more_series_than_colours_are_refused(kind):
    draw(chart(kind, *(wavy(name=str(place)) for place in range(4))), width=680)
    with pytest.raises(ValueError, match="`mine` has 5 series"):
        draw(chart(kind, *(wavy(name=str(place)) for place in range(5))), width=680)


@pytest.mark.parametrize("kind", ["dots", "bars", "lanes"])
def test_series_that_are_told_apart_by_place_may_be_many(kind):
    svg = drawn(chart(kind, *(wavy(2, name=f"group {place}") for place in range(9))))
    assert {f"group {place}" for place in range(9)} <= set(texts(svg))


def test_a_kind_that_is_none_is_refused():
    with pytest.raises(ValueError, match="No kind of chart is called `pie`"):
        draw(chart("pie", wavy()), width=680)


def test_a_year_by_month_is_small():
    line = series(
        *(
            mark(f"2024-{month:02d}-01..2024-{month + 1:02d}-01", None, 1.2e6 + 9e4 * (month % 5), 1.1e6, 1.7e6)
            for month in range(1, 14)
        )
    )
    assert len(draw(chart("line", line, unit="EUR", axis="month", says="It rose. " * 10), width=680)) < 4096


def test_estimates_keep_their_records():
    record = of_kind("line")
    before = repr(record)
    draw(record, width=680)
    assert repr(record) == before
    assert estimate()["value"] is None
