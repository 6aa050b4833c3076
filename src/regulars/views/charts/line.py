"""Estimates over time with their bands."""

from regulars.views.charts.courses import courses
from regulars.views.charts.picture import Picture
from regulars.views.charts.places import places
from regulars.views.charts.sheet import Sheet
from regulars.views.charts.when import brief


def line(picture: Picture, width: int) -> Sheet:
    """Return lines with bands; open periods dashed, gaps where there is no value."""
    of = places(picture.lines)
    labels = [(place, brief(label)) for place, label in of.labels]
    return courses(picture, width, of, labels, stepped=False)
