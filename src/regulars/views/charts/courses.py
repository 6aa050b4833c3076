"""The series of a line chart or of step curves in their frame, each with its name at its end."""

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.views.charts import lettering, palette
from regulars.views.charts.course import Placed, Run, course, pointed, runs
from regulars.views.charts.frame import RIGHT, Frame, foot, frame, grid, rule, tall
from regulars.views.charts.pen import number, tag
from regulars.views.charts.picture import Picture
from regulars.views.charts.places import Places
from regulars.views.charts.scale import along
from regulars.views.charts.sheet import Sheet
from regulars.views.charts.ticks import extent, ticks

#: Share of the width that names may take, and pixels from the plot to them.
_NAMES, _LEAD = 0.3, 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Where a series is named.

    Attributes:
        name: what it is, as short as there is room.
        last: its last point; None where it has none.
        colour: place of its colour.
    """

    name: str
    last: Placed | None
    colour: int


def courses(picture: Picture, width: int, of: Places, labels: Sequence[tuple[float, str]], *, stepped: bool) -> Sheet:
    """Return a chart of series whose values rise.

    Args:
        picture: what is drawn.
        width: pixels.
        of: where its points are.
        labels: of the axis of places: where, and what.
        stepped: whether a value holds until the next one.
    """
    also = () if picture.rule is None else (picture.rule,)
    spots = [point.spot for point in picture.points]
    high = ticks(*extent(spots, picture.measure, *also), picture.measure)
    room = _room(picture, width)
    shown = frame(high, width=width, height=tall(width), right=room + _LEAD if room else RIGHT)
    at = along(of.all, shown.left, shown.right)
    found = [runs(line.points, places, at, shown.rise) for line, places in zip(picture.lines, of.of, strict=True)]
    colours = _colours(picture)
    lines = [
        course(colours[place], one, stepped=stepped, after=_after(picture, found, place))
        for place, one in enumerate(found)
    ]
    ends = [
        Ended(name=line.name if one else f"no values: {line.name}", last=one[-1][-1] if one else None, colour=colour)
        for line, one, colour in zip(picture.lines, found, colours, strict=True)
    ]
    drawn = "".join(
        [
            grid(shown, high),
            rule(shown, picture.rule),
            foot(shown, [(at(place), text) for place, text in labels], picture.axis),
            *lines,
            _named(shown, ends, room) if room else "",
            pointed(one for line in found for run in line for one in run),
        ]
    )
    return Sheet(drawn=drawn, height=shown.height(picture.axis))


def _colours(picture: Picture) -> list[int]:
    """Return the place of the colour of each series: what follows another has that one's."""
    places: list[int] = []
    for line in picture.lines:
        places.append(places[-1] if line.follows and places else len(set(places)))
    return places


def _after(picture: Picture, found: Sequence[Sequence[Run]], place: int) -> Placed | None:
    """Return the last point before what a series goes on from; None where it follows none, or has one point only."""
    if not picture.lines[place].follows:
        return None
    first = next((run[0] for run in found[place]), None)
    before = [run[-1] for one in found[:place] for run in one if first is not None and run[-1].x < first.x]
    return max(before, key=lambda one: one.x, default=None)


def _room(picture: Picture, width: int) -> float:
    if len(picture.lines) < 2:
        return 0
    widest = max(lettering.width(line.name, lettering.NORMAL) for line in picture.lines)
    return min(widest, _NAMES * width)


def _named(shown: Frame, ends: Sequence[Ended], room: float) -> str:
    """Return the names of series at the height of their last points, with a stroke that leads there."""
    heights = lettering.spread(
        [end.last.y if end.last else shown.bottom for end in ends], shown.top, shown.bottom, lettering.LEADING + 1
    )
    left = shown.right + _LEAD
    texts, leads = [], []
    for end, y in zip(ends, heights, strict=True):
        if not end.name:
            continue
        texts.append(lettering.write(lettering.shortened(end.name, room, lettering.NORMAL), left, y + 4))
        name, colour = palette.colour(end.colour)
        start = f"M{number(shown.right + 6)} {number(y)}"
        if end.last and end.last.x > shown.right - 1:
            start = f"M{number(shown.right + 6)} {number(end.last.y)}L{number(left - 8)} {number(y)}"
        path = f"{start}H{number(left - 4)}"
        leads.append(
            tag("path", class_=name, d=path, fill="none", stroke=colour, stroke_dasharray=palette.DASHES[end.colour])
        )
    return "".join(leads) + lettering.names(texts)
