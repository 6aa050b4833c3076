"""One series as a line or as steps, with the band of its intervals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from regulars.views.charts import marker, palette
from regulars.views.charts.pen import number, straight, tag, titled
from regulars.views.charts.picture import Point
from regulars.views.charts.scale import Scale

#: How near the pointer must come to read a point.
_NEAR = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A point that has a value, in pixels.

    Attributes:
        x: where it is along the axis.
        y: of its value.
        low: height of its lower limit; the edge of the plot where unbounded.
        high: height of its upper limit; likewise.
        bounded: whether each limit is one.
        point: what it is of.
    """

    x: float
    y: float
    low: float
    high: float
    bounded: tuple[bool, bool]
    point: Point


Run = Sequence[Placed]


def runs(points: Sequence[Point], places: Sequence[float], along: Scale, rise: Scale) -> list[Run]:
    """Return the points that have a value, parted where one has none."""
    placed = [
        None
        if point.spot.value is None
        else Placed(
            x=along(place),
            y=rise(point.spot.value),
            low=rise(point.spot.low),
            high=rise(point.spot.high),
            bounded=marker.bounds(point.spot.low, point.spot.high),
            point=point,
        )
        for point, place in zip(points, places, strict=True)
    ]
    parted = [[one for one in run if one] for _there, run in groupby(placed, key=bool)]
    return [run for run in parted if run]


def course(
    place: int,
    found: Sequence[Run],
    *,
    stepped: bool = False,
    size: float = marker.SIZE,
    after: Placed | None = None,
) -> str:
    """Return one series: band, line, marks of its last finished and of its open points.

    Args:
        place: of the series among those of its chart.
        found: its runs.
        stepped: whether a value holds until the next one.
        size: of marks.
        after: point of another series that this one goes on from: its band is lighter, and only its ends are marked.
    """
    name, colour = palette.colour(place)
    marked = found
    if after is not None and found and len(found[0]) > 1:
        start = replace(after, low=after.y, high=after.y, bounded=(True, True))
        found, marked = [[start, *found[0]], *found[1:]], [[run[0], run[-1]] for run in found]
    long = [run for run in found if len(run) > 1]
    band = "".join(_band(run, stepped) for run in long)
    edges = "".join(_edges(run, stepped) for run in long)
    drawn = (
        [
            tag(
                "path",
                class_=f"band {name}",
                d=band,
                fill=colour,
                fill_opacity=palette.BAND if after is None else palette.FAN,
            )
        ]
        if band
        else []
    )
    if edges:
        drawn.append(tag("path", class_=name, d=edges, fill="none", stroke=colour, stroke_width=".75"))
    for dashed, dashes, width in ((False, palette.DASHES[place], "2"), (True, palette.OPEN, "1.5")):
        path = "".join(
            _through([(one.x, one.y) for one in part], stepped) for run in long for part in _parts(run, dashed)
        )
        if path:
            kind = f"line {name}{' open' if dashed else ''}"
            given = {"stroke": colour, "stroke_width": width, "stroke_dasharray": dashes}
            drawn.append(tag("path", class_=kind, d=path, fill="none", **given))
    return "".join(drawn) + _marks(place, marked, size)


def pointed(found: Iterable[Placed]) -> str:
    """Return what shows the words of points, drawn or not, when the pointer is near them."""
    near = [titled("circle", one.point.says, cx=one.x, cy=one.y, r=_NEAR) for one in found]
    return tag("g", "".join(near), class_="near", fill="none", pointer_events="all")


def _marks(place: int, found: Sequence[Run], size: float) -> str:
    finished = [one for run in found for one in run if not one.point.open]
    # A point between two gaps has no line and no band: alone it must be seen, too.
    single = [run[0] for run in found if len(run) == 1]
    shown = {
        id(one): one for one in [*single, *finished[-1:], *(one for run in found for one in run if one.point.open)]
    }
    whiskers = "".join(marker.upright(one.x, one.low, one.high, one.bounded) for one in single)
    marks = "".join(marker.marker(place, one.x, one.y, hollow=one.point.open, size=size) for one in shown.values())
    return (marker.whisker(whiskers, place) if whiskers else "") + marks


def _parts(run: Run, dashed: bool) -> list[list[Placed]]:
    """Return the stretches of a run that lead to finished points, or to open ones."""
    parts = []
    for is_open, steps in groupby(pairwise(run), key=lambda step: step[1].point.open):
        if is_open == dashed:
            led = list(steps)
            parts.append([led[0][0], *(end for _start, end in led)])
    return parts


def _through(points: Sequence[tuple[float, float]], stepped: bool) -> str:
    if not stepped:
        return straight(points)
    (x, y), *rest = points
    return f"M{number(x)} {number(y)}" + "".join(f"H{number(x)}V{number(y)}" for x, y in rest)


def _band(run: Run, stepped: bool) -> str:
    above = _through([(one.x, one.high) for one in run], stepped)
    if stepped:
        # Back from right to left a limit holds from where it began.
        back = f"V{number(run[-1].low)}" + "".join(f"V{number(one.low)}H{number(one.x)}" for one in reversed(run[:-1]))
        return f"{above}{back}Z"
    return above + straight([(one.x, one.low) for one in reversed(run)]).replace("M", "L", 1) + "Z"


def _edges(run: Run, stepped: bool) -> str:
    """Return the limits as lines; where a limit is unbounded, the band has no edge."""
    edges = []
    for side in (0, 1):
        for bounded, part in groupby(run, key=lambda one: one.bounded[side]):
            points = [(one.x, (one.low, one.high)[side]) for one in part]
            if bounded and len(points) > 1:
                edges.append(_through(points, stepped))
    return "".join(edges)
