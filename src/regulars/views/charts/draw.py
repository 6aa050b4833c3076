"""A chart as SVG, whatever its kind."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from regulars.views.blocks import ChartKind
from regulars.views.charts import lettering, palette
from regulars.views.charts.bars import bars
from regulars.views.charts.calibration import both, calibration
from regulars.views.charts.curve import curve
from regulars.views.charts.dots import dots
from regulars.views.charts.histogram import histogram
from regulars.views.charts.lanes import dated, lanes
from regulars.views.charts.line import line
from regulars.views.charts.pen import escaped, number, tag
from regulars.views.charts.picture import Picture, Point, read
from regulars.views.charts.sheet import Sheet
from regulars.views.charts.steps import steps

#: Signs of a chart's name in the ids of its parts.
_ID = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How charts of a kind are drawn.

    Attributes:
        drawn: draws a picture of a width.
        has: whether a point can be drawn.
        coloured: whether series are told apart by their colour.
    """

    drawn: Callable[[Picture, int], Sheet]
    has: Callable[[Point], bool]
    coloured: bool = True


def _valued(point: Point) -> bool:
    return point.spot.value is not None


KINDS: Mapping[str, Kind] = {
    ChartKind.LINE: Kind(drawn=line, has=_valued),
    ChartKind.STEPS: Kind(drawn=steps, has=_valued),
    ChartKind.DOTS: Kind(drawn=dots, has=_valued, coloured=False),
    ChartKind.BARS: Kind(drawn=bars, has=_valued, coloured=False),
    ChartKind.HISTOGRAM: Kind(drawn=histogram, has=_valued),
    ChartKind.CURVE: Kind(drawn=curve, has=_valued),
    ChartKind.CALIBRATION: Kind(drawn=calibration, has=both),
    ChartKind.LANES: Kind(drawn=lanes, has=dated, coloured=False),
}


def draw(chart: Mapping[str, Any], *, width: int) -> str:
    """Return a chart as an `<svg>` of exactly `width` CSS pixels.

    Args:
        chart: its record, as `views.fill.plain` gives it.
        width: pixels, 280 or more; text has the same size whatever the width is.

    Raises:
        ValueError: no such kind of chart, or more series than can be told apart by colour.
    """
    picture = read(chart)
    kind = KINDS.get(picture.kind)
    if kind is None:
        raise ValueError(f"No kind of chart is called `{picture.kind}`. There are {', '.join(map(str, KINDS))}.")
    if kind.coloured and len(picture.lines) > len(palette.SERIES):
        raise ValueError(
            f"Chart `{picture.name}` has {len(picture.lines)} series; at most {len(palette.SERIES)} are told apart."
        )
    shown = any(kind.has(point) for one in picture.lines for point in one.points)
    sheet = kind.drawn(picture, width) if shown else _nothing(picture, width)
    return _svg(picture, sheet, width)


def _nothing(picture: Picture, width: int) -> Sheet:
    """Return a sentence in place of a chart without values, and why there are none where that is known."""
    reasons = [point.why_not for one in picture.lines for point in one.points if point.why_not]
    said = f"No values: {reasons[0]}" if reasons else "No values"
    text = lettering.write(lettering.shortened(said, width - 2 * lettering.EDGE, lettering.NORMAL), lettering.EDGE, 20)
    return Sheet(drawn=lettering.names([text]), height=32)


def _svg(picture: Picture, sheet: Sheet, width: int) -> str:
    own = f"chart-{re.sub(r'[^A-Za-z0-9_-]', '-', picture.name[:_ID])}-{width}"
    told = tag("title", escaped(picture.title), id=f"{own}-title") + tag(
        "desc", escaped(picture.says), id=f"{own}-desc"
    )
    return tag(
        "svg",
        told + sheet.drawn,
        xmlns="http://www.w3.org/2000/svg",
        class_=f"chart chart-{picture.kind}",
        width=width,
        height=sheet.height,
        viewBox=f"0 0 {width} {number(sheet.height)}",
        role="img",
        aria_labelledby=f"{own}-title {own}-desc",
        font_family="sans-serif",
        font_size=lettering.SMALL,
    )
