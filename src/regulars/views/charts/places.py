"""Where the marks of several series stand along one axis."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from regulars.views.charts.picture import Line, Point

#: Labels that are in the order of time when they are sorted.
_DATED = re.compile(r"\d{4}(-|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """An axis of places.

    Attributes:
        of: place of each point, per series.
        labels: places that have a label, ascending.
    """

    of: tuple[tuple[float, ...], ...]
    labels: tuple[tuple[float, str], ...]

    @property
    def all(self) -> list[float]:
        """All places, ascending."""
        return [place for place, _label in self.labels]


def places(lines: Sequence[Line]) -> Places:
    """Return the places of points: their own where all have one, else by the order of their labels.

    Points of different series that have the same label stand at the same place, whatever else their series hold.
    """
    points = [point for line in lines for point in line.points]
    if all(point.x is not None for point in points):
        own = tuple(tuple(point.x or 0.0 for point in line.points) for line in lines)
        known = {place: point.label for place, point in zip(sum(own, ()), points, strict=True)}
        return Places(of=own, labels=tuple(sorted(known.items())))
    return ordered(lines)


def ordered(lines: Sequence[Line]) -> Places:
    """Return the places of points by the order of their labels."""
    keys = [_keys(line.points) for line in lines]
    order: list[tuple[str, int]] = []
    for one in sorted(keys, key=len, reverse=True):
        _merge(order, one)
    if all(_DATED.match(label) for label, _again in order):
        order.sort()
    at = {key: float(place) for place, key in enumerate(order)}
    return Places(
        of=tuple(tuple(at[key] for key in one) for one in keys),
        labels=tuple((at[key], key[0]) for key in order),
    )


def _keys(points: Sequence[Point]) -> list[tuple[str, int]]:
    # A label that comes again in its series is another place.
    seen: dict[str, int] = {}
    keys = []
    for point in points:
        seen[point.label] = again = seen.get(point.label, -1) + 1
        keys.append((point.label, again))
    return keys


def _merge(order: list[tuple[str, int]], keys: Sequence[tuple[str, int]]) -> None:
    """Put those of `keys` that are not in `order` before the one that comes after them there, or at its end."""
    known = set(order)
    waiting: list[tuple[str, int]] = []
    for key in keys:
        if key not in known:
            waiting.append(key)
        elif waiting:
            place = order.index(key)
            order[place:place] = waiting
            waiting = []
    order.extend(waiting)
