"""What happened when, a lane for each kind."""

import math
from dataclasses import dataclass

from regulars.views.charts import lettering, palette
from regulars.views.charts.frame import FOOT, UNDER, below
from regulars.views.charts.pen import number, tag, titled
from regulars.views.charts.picture import Picture, Point
from regulars.views.charts.scale import Scale
from regulars.views.charts.sheet import Sheet
from regulars.views.charts.when import FIRST, LAST, calendar

#: Height of a lane; share of the width that names may take; the largest, the usual and the smallest dot.
_LANE, _NAMES = 28, 0.36
_LARGEST, _USUAL, _SMALLEST = 11.0, 4.0, 2.5
#: Days shown before and after a single one.
_ALONE = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """Where the lanes are.

    Attributes:
        left: where they begin, pixels.
        first: day number at the left.
        last: day number at the right, after `first`.
        at: from a day number to its place.
        unit: radius of what was counted once, pixels.
    """

    left: float
    first: int
    last: int
    at: Scale
    unit: float


def lanes(picture: Picture, width: int) -> Sheet:
    """Return a lane per series with dots at their days, by their count."""
    shown = _lanes(picture, width)
    bottom = 6 + len(picture.lines) * _LANE
    ticks = calendar(shown.first, shown.last, shown.at.end - shown.at.start)
    grid = "".join(f"M{number(shown.at(day))} 4V{number(bottom)}" for day, _text in ticks)
    names, dots = [], []
    for place, line in enumerate(picture.lines):
        y = 4 + (place + 0.5) * _LANE
        names.append(
            lettering.write(lettering.shortened(line.name, shown.left - 8, lettering.NORMAL), lettering.EDGE, y + 4)
        )
        grid += f"M{number(shown.left)} {number(y)}H{width}"
        dots += [_dot(point, y, shown) for point in line.points if dated(point)]
    labels = [(shown.at(day), text) for day, text in ticks]
    drawn = "".join(
        [
            tag("path", class_="grid", d=grid, stroke=palette.LINE),
            lettering.names(names),
            *dots,
            below(labels, picture.axis, (shown.left, width), width, bottom + FOOT),
        ]
    )
    return Sheet(drawn=drawn, height=bottom + FOOT + UNDER + (lettering.LEADING if picture.axis else 0))


def dated(point: Point) -> bool:
    """Return whether a point has a day that a calendar knows."""
    return point.x is not None and FIRST <= point.x <= LAST


def _lanes(picture: Picture, width: int) -> Lanes:
    points = [point for line in picture.lines for point in line.points if dated(point)]
    widest = max(lettering.width(line.name, lettering.NORMAL) for line in picture.lines)
    left = min(widest, _NAMES * width) + 8
    most = max(max(point.count or 1, 1) for point in points)
    days = [int(point.x) for point in points if point.x is not None]
    first, last = min(days), max(days)
    if first == last:
        first, last = max(first - _ALONE, FIRST), min(last + _ALONE, LAST)
    return Lanes(
        left=left,
        first=first,
        last=last,
        at=Scale(low=first, high=last, start=left + _LARGEST + 1, end=width - _LARGEST - 1),
        unit=min(_USUAL, _LARGEST / math.sqrt(most)),
    )


def _dot(point: Point, y: float, shown: Lanes) -> str:
    assert point.x is not None
    name, colour = palette.colour(0)
    # A count is told by the area of its dot.
    size = max(shown.unit * math.sqrt(max(point.count or 1, 1)), _SMALLEST)
    given = {"class_": f"bar {name}", "fill": colour, "fill_opacity": ".4", "stroke": colour}
    dashes = palette.OPEN if point.open else None
    return titled("circle", point.says, cx=shown.at(point.x), cy=y, r=size, **given, stroke_dasharray=dashes)
