"""The course of a KPI in the room of a word."""

from collections.abc import Mapping, Sequence
from typing import Any

from regulars.views.charts.course import course as drawn_course
from regulars.views.charts.course import runs
from regulars.views.charts.measure import measure
from regulars.views.charts.pen import escaped, number, tag
from regulars.views.charts.picture import NOWHERE, Point, cut, spot
from regulars.views.charts.scale import Scale, along
from regulars.views.charts.ticks import extent
from regulars.views.charts.when import brief

#: Room for the last mark.
_EDGE = 4
_SIZE = 2.5


def spark(course: Sequence[Mapping[str, Any]], *, width: int = 120, height: int = 28) -> str:
    """Return a sparkline: band, line, last finished point marked; gaps where there is no value, unfinished dashed.

    Args:
        course: records of a KPI's answers in the order of their periods, as a card's `course`.
        width: pixels.
        height: pixels.
    """
    points = [_point(one) for one in course]
    shown = [point for point in points if point.spot.value is not None]
    drawn = ""
    if shown:
        unit = measure(course[0]["unit"])
        # What is not finished has the widest interval: it must not flatten all that is.
        running = [point.spot.value for point in shown if point.open and point.spot.value is not None]
        low, high = extent([point.spot for point in shown if not point.open], unit, *running)
        rise = Scale(low=low, high=high, start=height - _EDGE, end=_EDGE)
        places = [float(place) for place in range(len(points))]
        drawn = drawn_course(0, runs(points, places, along(places, _EDGE, width - _EDGE), rise), size=_SIZE)
    return tag(
        "svg",
        tag("title", escaped(_says(shown))) + drawn,
        xmlns="http://www.w3.org/2000/svg",
        class_="chart chart-spark",
        width=width,
        height=height,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
    )


def _point(record: Mapping[str, Any]) -> Point:
    value = record["value"]
    return Point(
        label=brief(cut(record["period"], 120)),
        x=None,
        spot=spot(record),
        against=NOWHERE,
        count=None,
        open="unfinished" in record["flags"],
        text="-" if value is None else measure(record["unit"]).text(value),
        why_not="",
        says="",
    )


def _says(shown: Sequence[Point]) -> str:
    if not shown:
        return "No values"
    first, last = shown[0], shown[-1]
    return f"{first.label}: {first.text}" + (f"; {last.label}: {last.text}" if last is not first else "")
