"""Curves that fall in steps, such as survival."""

from regulars.views.charts.courses import courses
from regulars.views.charts.picture import COUNTED, Picture
from regulars.views.charts.places import places
from regulars.views.charts.sheet import Sheet
from regulars.views.charts.ticks import ticks


def steps(picture: Picture, width: int) -> Sheet:
    """Return step curves with bands; a value holds until the next place."""
    of = places(picture.lines)
    low, high = of.all[0], of.all[-1]
    labels = of.labels
    if low < high and all(point.x is not None for point in picture.points):
        wanted = ticks(low, high, COUNTED, most=7 if width < 480 else 10)
        labels = tuple(
            (place, text) for place, text in zip(wanted.places, wanted.texts, strict=True) if low <= place <= high
        )
    return courses(picture, width, of, labels, stepped=True)
