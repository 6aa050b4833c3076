"""Lanes: what happened when."""

from datetime import date

import pytest
from chart_records import WIDTHS, boxes, chart, drawn, mark, of_class, series, size, texts, tips

from regulars.core.periods import day_number


def day(year, month, number):
    return day_number(date(year, month, number))


ORDERS = series(mark("order 7", day(2024, 1, 1), count=1), mark("orders", day(2024, 7, 1), count=4), name="orders")
TICKETS = series(mark("late parcel", day(2024, 4, 1)), name="tickets")


@pytest.mark.parametrize("width", WIDTHS)
def test_each_series_has_its_lane_at_the_height_of_its_name(width):
    svg = drawn(chart("lanes", ORDERS, TICKETS), width)
    found = {box.text: box for box in boxes(svg)}
    *orders, ticket = [(float(one.get("cx")), float(one.get("cy"))) for one in of_class(svg, "bar")]
    assert all(found["orders"].top < y < found["orders"].bottom for _x, y in orders)
    assert found["tickets"].top < ticket[1] < found["tickets"].bottom
    assert orders[0][0] < ticket[0] < orders[1][0]
    assert min(orders[0][0], ticket[0]) > found["tickets"].right


def test_the_area_of_a_dot_is_its_count():
    one, four, none = (float(dot.get("r")) for dot in of_class(drawn(chart("lanes", ORDERS, TICKETS)), "bar"))
    assert four == 2 * one
    assert none == one


@pytest.mark.parametrize("width", WIDTHS)
def test_many_at_a_time_stay_in_their_lane(width):
    line = series(mark("a", day(2024, 1, 1), count=10**9), mark("b", day(2024, 1, 5), count=1), name="n" * 90)
    svg = drawn(chart("lanes", line), width)
    for dot in of_class(svg, "bar"):
        x, r = float(dot.get("cx")), float(dot.get("r"))
        assert 2 < r <= 11
        assert x + r <= size(svg)[0]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (day(2024, 1, 1), day(2024, 1, 6), "3 Jan"),
        (day(2024, 1, 1), day(2024, 7, 1), "Apr"),
        (day(2022, 11, 1), day(2024, 7, 1), "Jan 2023"),
        (day(1995, 11, 1), day(2024, 7, 1), "2010"),
    ],
)
def test_ticks_are_those_of_the_calendar(first, last, expected):
    svg = drawn(chart("lanes", series(mark("a", first), mark("b", last), name="all")))
    assert expected in texts(svg)


def test_a_tick_stands_where_its_day_is():
    svg = drawn(chart("lanes", ORDERS, TICKETS))
    found = {box.text: (box.left + box.right) / 2 for box in boxes(svg)}
    assert found["Apr"] == pytest.approx(float(of_class(svg, "bar")[2].get("cx")), abs=0.2)


def test_a_single_day_stands_in_the_middle_of_a_month():
    svg = drawn(chart("lanes", series(mark("a", day(2024, 3, 3)), name="all")))
    (dot,) = of_class(svg, "bar")
    assert 300 < float(dot.get("cx")) < 420
    assert sum(text.split()[0].isdigit() for text in texts(svg)) > 1


def test_days_that_no_calendar_has_are_left_out():
    svg = drawn(chart("lanes", series(mark("a", 10**12), mark("b", -(10**400)), mark("c", day(2024, 3, 3)), mark("d"))))
    assert len(of_class(svg, "bar")) == 1
    assert texts(drawn(chart("lanes", series(mark("a", 10**12))))) == ["No values"]


@pytest.mark.parametrize("edge", [date.min, date.max])
def test_the_ends_of_the_calendar_can_be_drawn(edge):
    assert len(of_class(drawn(chart("lanes", series(mark("a", day_number(edge)), name="x"))), "bar")) == 1
    both = series(mark("a", day_number(date.min)), mark("b", day_number(date.max)), name="x")
    assert len(of_class(drawn(chart("lanes", both)), "bar")) == 2


def test_an_empty_lane_keeps_its_name():
    assert "mail" in texts(drawn(chart("lanes", ORDERS, series(name="mail"))))


def test_what_is_not_over_is_dashed():
    svg = drawn(chart("lanes", series(mark("a", 1, is_open=True), mark("b", 9))))
    assert [bool(one.get("stroke-dasharray")) for one in of_class(svg, "bar")] == [True, False]


def test_a_pointer_reads_what_happened():
    assert tips(drawn(chart("lanes", ORDERS, TICKETS))) == [
        "orders, order 7: 1",
        "orders, orders: 4",
        "tickets, late parcel",
    ]
