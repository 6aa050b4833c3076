"""A share of one thing by the share of another, beside the diagonal of equal shares."""

from regulars.views.charts.course import course, pointed, runs
from regulars.views.charts.frame import TOP, compared, foot, frame, grid, tall
from regulars.views.charts.key import key
from regulars.views.charts.pen import straight
from regulars.views.charts.picture import Line, Picture
from regulars.views.charts.scale import Scale
from regulars.views.charts.sheet import Sheet
from regulars.views.charts.ticks import extent, ticks

_QUARTERS = (0, 25, 50, 75, 100)


def curve(picture: Picture, width: int) -> Sheet:
    """Return curves over 0 to 100 %, such as Lorenz curves."""
    told = key(picture, width)
    spots = [point.spot for point in picture.points]
    high = ticks(*extent(spots, picture.measure, 0.0, 1.0), picture.measure)
    shown = frame(high, width=width, height=1.3 * tall(width), top=TOP + told.height)
    at = Scale(low=0, high=100, start=shown.left, end=shown.right)
    found = [runs(line.points, _places(line), at, shown.rise) for line in picture.lines]
    even = straight([(at(0), shown.rise(0)), (at(100), shown.rise(1))])
    drawn = "".join(
        [
            told.drawn,
            grid(shown, high),
            compared(even),
            foot(shown, [(at(share), f"{share} %") for share in _QUARTERS], picture.axis),
            *(course(place, one) for place, one in enumerate(found)),
            pointed(one for line in found for run in line for one in run),
        ]
    )
    return Sheet(drawn=drawn, height=shown.height(picture.axis))


def _places(line: Line) -> list[float]:
    last = max(len(line.points) - 1, 1)
    return [100 * place / last if point.x is None else point.x for place, point in enumerate(line.points)]
