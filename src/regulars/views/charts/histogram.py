"""How many, or how much, by class."""

from regulars.views.charts import marker, palette
from regulars.views.charts.bars import solid
from regulars.views.charts.frame import TOP, Frame, foot, frame, grid, rule, tall
from regulars.views.charts.key import key
from regulars.views.charts.pen import escaped, straight, tag
from regulars.views.charts.picture import Picture, Point
from regulars.views.charts.places import ordered
from regulars.views.charts.sheet import Sheet
from regulars.views.charts.ticks import extent, ticks
from regulars.views.charts.when import brief

#: Share of a class's room that its bars take.
_FULL = 0.86


def histogram(picture: Picture, width: int) -> Sheet:
    """Return upright bars from 0, those of several series beside each other within their class."""
    told = key(picture, width)
    wanted = [0.0, *([] if picture.rule is None else [picture.rule])]
    high = ticks(*extent([point.spot for point in picture.points], picture.measure, *wanted), picture.measure)
    shown = frame(high, width=width, height=tall(width), top=TOP + told.height)
    of = ordered(picture.lines)
    room = (shown.right - shown.left) / len(of.labels)
    thick = _FULL * room / len(picture.lines)
    found = []
    for place, (line, places) in enumerate(zip(picture.lines, of.of, strict=True)):
        for point, at in zip(line.points, places, strict=True):
            x = shown.left + room * (at + (1 - _FULL) / 2) + thick * place
            found.append(_bar(place, point, x, thick, shown))
    labels = [(shown.left + room * (at + 0.5), brief(label)) for at, label in of.labels]
    zero = straight([(shown.left, shown.rise(0)), (shown.right, shown.rise(0))])
    drawn = "".join(
        [
            told.drawn,
            grid(shown, high),
            *found,
            rule(shown, picture.rule or None),
            foot(shown, labels, picture.axis),
            tag("path", class_="axis", d=zero, stroke=palette.INK_2) if high.low < 0 else "",
        ]
    )
    return Sheet(drawn=drawn, height=shown.height(picture.axis))


def _bar(place: int, point: Point, x: float, thick: float, shown: Frame) -> str:
    """Return a bar; all the height above its class shows its words to a pointer."""
    spot = point.spot
    drawn = ""
    if spot.value is not None:
        zero, end = shown.rise(0), shown.rise(spot.value)
        drawn = solid(place, x, min(zero, end), thick, abs(end - zero), dashed=point.open)
        if spot.low < spot.high:
            limits = (shown.rise(spot.low), shown.rise(spot.high))
            drawn += marker.whisker(marker.upright(x + thick / 2, *limits, marker.bounds(spot.low, spot.high)))
    near = tag(
        "rect",
        class_="near",
        x=x,
        y=shown.top,
        width=thick,
        height=shown.bottom - shown.top,
        fill="none",
        pointer_events="all",
    )
    return tag("g", tag("title", escaped(point.says)) + drawn + near)
