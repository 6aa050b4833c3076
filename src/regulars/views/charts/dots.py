"""A dot with its interval for each of several things."""

from regulars.views.charts import marker, rows
from regulars.views.charts.picture import Picture, Point
from regulars.views.charts.sheet import Sheet


def dots(picture: Picture, width: int) -> Sheet:
    """Return one row per point: dot and whisker, beside the line that helps to compare them."""
    shown = rows.rows(picture, width)

    def mark(y: float, point: Point) -> str:
        spot = point.spot
        assert spot.value is not None
        limits = marker.level(y, shown.across(spot.low), shown.across(spot.high), marker.bounds(spot.low, spot.high))
        return marker.whisker(limits, 0) + marker.marker(0, shown.across(spot.value), y, hollow=point.open)

    return rows.drawn(picture, shown, mark)
