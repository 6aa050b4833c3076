"""Charts of one row per thing: its label at the left, its mark in the middle, its value in words at the right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from regulars.views.charts import lettering, palette
from regulars.views.charts.frame import FOOT, UNDER, below, compared
from regulars.views.charts.pen import escaped, number, tag
from regulars.views.charts.picture import Picture, Point
from regulars.views.charts.scale import Scale
from regulars.views.charts.sheet import Sheet
from regulars.views.charts.ticks import Ticks, extent, ticks
from regulars.views.charts.when import brief

#: Height of a row; share of the width that labels may take; pixels around the plot.
ROW, _LABELS, _AROUND = 26, 0.36, 10
#: How much wider than the widths that are known bold text is.
_BOLD = 1.18


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of a chart.

    Attributes:
        heads: heights and names of series, of which there are several.
        points: heights and what is there.
        left: of the plot, pixels.
        right: of the plot, pixels.
        bottom: of the plot, pixels.
        width: of the chart, pixels.
        ticks: of its axis.
        across: from a value to its place.
    """

    heads: tuple[tuple[float, str], ...]
    points: tuple[tuple[float, Point], ...]
    left: float
    right: float
    bottom: float
    width: float
    ticks: Ticks
    across: Scale


def rows(picture: Picture, width: int, *also: float) -> Rows:
    """Return the rows of a chart whose axis holds all values, limits and `also`."""
    heads, points, y = [], [], 4.0
    for line in picture.lines:
        if len(picture.lines) > 1:
            heads.append((y + ROW / 2, line.name))
            y += ROW
        for point in line.points:
            points.append((y + ROW / 2, point))
            y += ROW
    left = (
        min(max(lettering.width(brief(point.label), lettering.NORMAL) for _y, point in points), _LABELS * width)
        + _AROUND
    )
    right = width - max(lettering.width(point.text, lettering.NORMAL) for _y, point in points) - _AROUND
    spots = [point.spot for point in picture.points]
    wanted = [*also, *([] if picture.rule is None else [picture.rule])]
    found = _fitting(picture, extent(spots, picture.measure, *wanted), right - left)
    across = Scale(low=found.low, high=found.high, start=left, end=right)
    return Rows(
        heads=tuple(heads),
        points=tuple(points),
        left=left,
        right=right,
        bottom=y + 2,
        width=width,
        ticks=found,
        across=across,
    )


def drawn(picture: Picture, shown: Rows, mark: Callable[[float, Point], str], axis: str = "") -> Sheet:
    """Return the chart; `mark` draws what a point with a value has in its row, `axis` is drawn over all."""
    places = [(shown.across(place), text) for place, text in zip(shown.ticks.places, shown.ticks.texts, strict=True)]
    drawn = "".join(
        [
            _grid(picture, shown),
            _words(shown),
            *(_row(y, point, mark, shown) for y, point in shown.points),
            axis,
            below(places, picture.axis, (shown.left, shown.right), shown.width, shown.bottom + FOOT),
        ]
    )
    height = shown.bottom + FOOT + UNDER + (lettering.LEADING if picture.axis else 0)
    return Sheet(drawn=drawn, height=height)


def _fitting(picture: Picture, span: tuple[float, float], room: float) -> Ticks:
    """Return as many ticks as there is room for beside each other."""
    for most in (5, 4):
        found = ticks(*span, picture.measure, most)
        if sum(lettering.width(text) + 10 for text in found.texts) <= room:
            return found
    return ticks(*span, picture.measure, 3)


def _grid(picture: Picture, shown: Rows) -> str:
    lines = "".join(f"M{number(shown.across(place))} 4V{number(shown.bottom)}" for place in shown.ticks.places)
    compare = ""
    if picture.rule is not None:
        compare = compared(f"M{number(shown.across(picture.rule))} 4V{number(shown.bottom)}")
    return tag("path", class_="grid", d=lines, stroke=palette.LINE) + compare


def _words(shown: Rows) -> str:
    labels = [(lettering.EDGE, y, _label(point, shown.left)) for y, point in shown.points]
    values = [(shown.width - lettering.EDGE, y, point.text) for y, point in shown.points]
    room = shown.right - shown.left - 6
    reasons = [
        (shown.left + 3, y, lettering.shortened(f"no value: {point.why_not}", room))
        for y, point in shown.points
        if point.spot.value is None and point.why_not
    ]
    heads = [
        (lettering.EDGE, y, lettering.shortened(name, shown.width / _BOLD, lettering.NORMAL)) for y, name in shown.heads
    ]
    grounds = [_ground(x, y, lettering.width(text)) for x, y, text in reasons]
    grounds += [_ground(x, y, _BOLD * lettering.width(text, lettering.NORMAL)) for x, y, text in heads]
    return "".join(
        [
            *grounds,
            lettering.names(_written(heads), weight="bold"),
            lettering.names(_written(labels)),
            lettering.names(_written(values), "end"),
            lettering.labels(_written(reasons)),
        ]
    )


def _label(point: Point, left: float) -> str:
    return lettering.shortened(brief(point.label), left - _AROUND, lettering.NORMAL)


def _written(texts: Sequence[tuple[float, float, str]]) -> list[str]:
    return [lettering.write(text, x, y + 4) for x, y, text in texts]


def _ground(x: float, y: float, wide: float) -> str:
    """Return what keeps grid lines out of a text."""
    return tag("rect", class_="ground", x=x - 2, y=y - 8, width=wide + 4, height=16, fill=palette.SURFACE)


def _row(y: float, point: Point, mark: Callable[[float, Point], str], shown: Rows) -> str:
    """Return the mark of a row; the whole row shows its words to a pointer."""
    drawn = "" if point.spot.value is None else mark(y, point)
    near = tag(
        "rect", x=0, y=y - ROW / 2, width=shown.width, height=ROW, fill="none", pointer_events="all", class_="near"
    )
    return tag("g", tag("title", escaped(point.says)) + drawn + near)
