"""Horizontal bars from 0, with intervals."""

from regulars.views.charts import marker, palette, rows
from regulars.views.charts.pen import number, tag
from regulars.views.charts.picture import Picture, Point
from regulars.views.charts.sheet import Sheet

#: Height of a bar; less than a row.
_THICK = 14


def bars(picture: Picture, width: int) -> Sheet:
    """Return one row per point: a bar from 0 to its value, and a whisker on it."""
    shown = rows.rows(picture, width, 0.0)
    zero = shown.across(0)

    def mark(y: float, point: Point) -> str:
        spot = point.spot
        assert spot.value is not None
        end = shown.across(spot.value)
        bar = solid(0, min(zero, end), y - _THICK / 2, abs(end - zero), _THICK, dashed=point.open)
        limits = marker.level(y, shown.across(spot.low), shown.across(spot.high), marker.bounds(spot.low, spot.high))
        return bar + (marker.whisker(limits) if spot.low < spot.high else "")

    axis = tag("path", class_="axis", d=f"M{number(zero)} 4V{number(shown.bottom)}", stroke=palette.INK_2)
    return rows.drawn(picture, shown, mark, axis)


def solid(place: int, x: float, y: float, width: float, height: float, *, dashed: bool = False) -> str:
    """Return a bar of a series: light, so that a whisker on it is seen, in a dark outline; dashed if not finished."""
    name, colour = palette.colour(place)
    given = {"class_": f"bar {name}", "fill": colour, "fill_opacity": ".4", "stroke": colour}
    return tag("rect", x=x, y=y, width=width, height=height, **given, stroke_dasharray=palette.OPEN if dashed else None)
