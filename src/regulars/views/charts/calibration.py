"""What came against what was foretold, beside the diagonal on which both are the same."""

from regulars.views.charts import lettering, marker
from regulars.views.charts.frame import TOP, Frame, compared, foot, frame, grid, left_of
from regulars.views.charts.key import key
from regulars.views.charts.pen import escaped, straight, tag
from regulars.views.charts.picture import Picture, Point
from regulars.views.charts.scale import Scale
from regulars.views.charts.sheet import Sheet
from regulars.views.charts.ticks import extent, ticks

#: Most that the sides of the square take, in pixels.
_SIDE = 320


def calibration(picture: Picture, width: int) -> Sheet:
    """Return points in a square whose axes are the same."""
    told = key(picture, width)
    points = [(place, point) for place, line in enumerate(picture.lines) for point in line.points if both(point)]
    spots = [spot for _place, point in points for spot in (point.spot, point.against)]
    same = ticks(*extent(spots, picture.measure), picture.measure)
    left = left_of(same)
    side = min(width - left - 14, _SIDE)
    # Above the plot is a line that says what rises.
    top = TOP + told.height + lettering.LEADING
    shown = frame(same, width=width, height=side, top=top, right=width - left - side)
    at = Scale(low=same.low, high=same.high, start=shown.left, end=shown.right)
    labels = [(at(place), text) for place, text in zip(same.places, same.texts, strict=True)]
    foretold = picture.axis or "what was foretold"
    rises = lettering.write("what came", lettering.EDGE, told.height + 12)
    drawn = "".join(
        [
            told.drawn,
            lettering.labels([rises]),
            grid(shown, same),
            compared(straight([(shown.left, shown.bottom), (shown.right, shown.top)])),
            foot(shown, labels, foretold),
            *(_mark(place, point, shown, at) for place, point in points),
        ]
    )
    return Sheet(drawn=drawn, height=shown.height(foretold))


def both(point: Point) -> bool:
    """Return whether a point has both of what a calibration compares."""
    return point.spot.value is not None and point.against.value is not None


def _mark(place: int, point: Point, shown: Frame, at: Scale) -> str:
    spot, against = point.spot, point.against
    assert spot.value is not None
    assert against.value is not None
    x, y = at(against.value), shown.rise(spot.value)
    limits = marker.upright(x, shown.rise(spot.low), shown.rise(spot.high), marker.bounds(spot.low, spot.high))
    if against.low < against.high:
        limits += marker.level(y, at(against.low), at(against.high), marker.bounds(against.low, against.high))
    near = tag("circle", class_="near", cx=x, cy=y, r=8, fill="none", pointer_events="all")
    drawn = marker.whisker(limits, place) + marker.marker(place, x, y, hollow=point.open)
    return tag("g", tag("title", escaped(point.says)) + drawn + near)
