"""Marks of points and of intervals."""

import math

from regulars.views.charts import palette
from regulars.views.charts.pen import number, straight, tag

#: Half the width of a mark, and of the ends of a whisker.
SIZE, CAP = 4, 3


def shape(place: int, x: float, y: float, size: float = SIZE) -> str:
    """Return the outline of a series' marks by its place: square, triangle or diamond; the first one's are circles."""
    across = {
        1: ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
        2: ((0, -1.15), (1.1, 0.85), (-1.1, 0.85)),
        3: ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
    }[place]
    return straight([(x + right * size, y + down * size) for right, down in across]) + "Z"


def marker(place: int, x: float, y: float, *, hollow: bool = False, size: float = SIZE) -> str:
    """Return the mark of a series at a point: filled, or hollow for what is not finished."""
    name, colour = palette.colour(place)
    given: dict[str, str | float | None] = {
        "class_": f"dot {name}{' hollow' if hollow else ''}",
        "fill": palette.SURFACE if hollow else colour,
        "stroke": colour,
        "stroke_width": "1.5" if hollow else None,
    }
    element = "circle" if place == 0 else "path"
    at: dict[str, str | float | None] = {"cx": x, "cy": y, "r": size} if place == 0 else {"d": shape(place, x, y, size)}
    return tag(element, **given, **at)


def upright(x: float, low: float, high: float, bounded: tuple[bool, bool]) -> str:
    """Return path data of a vertical whisker, from the height of `low` to that of `high`.

    Args:
        x: pixels, as all here.
        low: of the lower end.
        high: of the upper end.
        bounded: whether each end is a limit, and has a cap, or goes on, and has an arrow.
    """
    ends = "".join(
        f"M{number(x - CAP)} {number(y)}h{2 * CAP}"
        if bound
        else f"M{number(x - CAP)} {number(y - turn * 4)}l{CAP} {number(turn * 4)}l{CAP} {number(-turn * 4)}"
        for y, bound, turn in zip((low, high), bounded, (1, -1), strict=True)
    )
    return f"M{number(x)} {number(low)}V{number(high)}{ends}"


def level(y: float, low: float, high: float, bounded: tuple[bool, bool]) -> str:
    """Return path data of a horizontal whisker; as `upright`, the other way."""
    ends = "".join(
        f"M{number(x)} {number(y - CAP)}v{2 * CAP}"
        if bound
        else f"M{number(x - turn * 4)} {number(y - CAP)}l{number(turn * 4)} {CAP}l{number(-turn * 4)} {CAP}"
        for x, bound, turn in zip((low, high), bounded, (-1, 1), strict=True)
    )
    return f"M{number(low)} {number(y)}H{number(high)}{ends}"


def whisker(path: str, place: int | None = None, width: str = "1.5") -> str:
    """Return a whisker in a series' colour, or in ink where it lies on one."""
    name, colour = ("whisker", palette.INK) if place is None else palette.colour(place)
    return tag("path", class_=name, d=path, fill="none", stroke=colour, stroke_width=width)


def bounds(low: float, high: float) -> tuple[bool, bool]:
    """Return whether each limit is one."""
    return math.isfinite(low), math.isfinite(high)
