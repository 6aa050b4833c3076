"""The frame of a chart whose values rise: grid and ticks at its left, places at its foot."""

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.views.charts import lettering, palette
from regulars.views.charts.pen import number, straight, tag
from regulars.views.charts.scale import Scale
from regulars.views.charts.ticks import Ticks

#: Pixels between ticks and what they are of; above the highest tick; right of the last place.
GAP, TOP, RIGHT = 6, 10, 12
#: From the foot of the plot to the baseline of its labels, and from there to the edge of the chart.
FOOT, UNDER = 18, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where the plot is.

    Attributes:
        left: pixels, as all here.
        right: more than `left`.
        top: of the highest tick.
        bottom: of the lowest tick.
        width: of the whole chart.
        rise: from a value to its height.
    """

    left: float
    right: float
    top: float
    bottom: float
    width: float
    rise: Scale

    def height(self, axis: str) -> float:
        """Height of the whole chart when its foot bears labels and the words of its axis."""
        return self.bottom + FOOT + UNDER + (lettering.LEADING if axis else 0)


def tall(width: int) -> float:
    """Return how high a plot is: lower on a narrow screen."""
    return 160 if width < 480 else 200


def left_of(ticks: Ticks) -> float:
    """Return where a plot begins beside the labels of its ticks."""
    return max(map(lettering.width, ticks.texts)) + GAP + 2


def frame(ticks: Ticks, *, width: int, height: float, top: float = TOP, right: float = RIGHT) -> Frame:
    """Return a frame `height` pixels high whose plot begins at `top` and leaves `right` pixels free at its right."""
    bottom = top + height
    rise = Scale(low=ticks.low, high=ticks.high, start=bottom, end=top)
    return Frame(left=left_of(ticks), right=width - right, top=top, bottom=bottom, width=width, rise=rise)


def grid(shown: Frame, ticks: Ticks) -> str:
    """Return lines and labels of the ticks."""
    heights = [shown.rise(place) for place in ticks.places]
    lines = "".join(f"M{number(shown.left)} {number(y)}H{number(shown.right)}" for y in heights)
    texts = [
        lettering.write(text, shown.left - GAP, y + 4) for text, y in zip(ticks.texts, heights, strict=True) if text
    ]
    return tag("path", class_="grid", d=lines, stroke=palette.LINE) + lettering.labels(texts, "end")


def foot(shown: Frame, places: Sequence[tuple[float, str]], axis: str) -> str:
    """Return the line at the foot of the plot, labels of places and the words of their axis under it."""
    line = straight([(shown.left, shown.bottom), (shown.right, shown.bottom)])
    under = below(places, axis, (shown.left, shown.right), shown.width, shown.bottom + FOOT)
    return tag("path", class_="axis", d=line, stroke=palette.INK_2) + under


def below(places: Sequence[tuple[float, str]], axis: str, plot: tuple[float, float], width: float, y: float) -> str:
    """Return as many labels of places as there is room for, and the words of their axis under them.

    Args:
        places: middle of each label, ascending, and its text.
        axis: words under the middle of the plot; "" of none.
        plot: where it begins and ends.
        width: of the chart, over whose edges nothing goes.
        y: baseline of the labels.
    """
    inside = (lettering.EDGE, width - lettering.EDGE)
    texts = [lettering.write(text, x, y) for x, text in lettering.thinned(places, *inside)]
    texts += [
        lettering.write(text, x, y + lettering.LEADING)
        for x, text in lettering.thinned([(sum(plot) / 2, axis)], *inside)
    ]
    return lettering.labels(texts, "middle")


def rule(shown: Frame, at: float | None) -> str:
    """Return the line that helps to compare, at a value that is on the axis."""
    if at is None:
        return ""
    y = shown.rise(at)
    return compared(straight([(shown.left, y), (shown.right, y)]))


def compared(path: str) -> str:
    """Return a line that others are compared with: a rule, a diagonal."""
    return tag("path", class_="rule", d=path, fill="none", stroke=palette.INK, stroke_dasharray="4 3")
