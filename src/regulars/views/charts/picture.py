"""A chart's record, read: typed, cleaned and with the words of its tooltips."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.charts.measure import Measure, measure
from regulars.views.charts.pen import clean
from regulars.views.charts.when import brief

COUNTED = Measure(shows=Shows.COUNT)
#: As far as any arithmetic here goes without leaving what a float can hold.
_GREATEST = 1e300
#: Signs of a label in a tooltip, and of a title.
_LABEL, _TITLE = 120, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """An estimate as far as it is drawn.

    Attributes:
        value: None where there is none: a gap, never a 0.
        low: minus infinity where unbounded.
        high: infinity where unbounded.
    """

    value: float | None = None
    low: float = math.nan
    high: float = math.nan


NOWHERE = Spot()


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A mark.

    Attributes:
        label: what it is of.
        x: its place along the axis; by order where None.
        spot: how much.
        against: of a calibration, what was foretold.
        count: how many, of what is counted.
        open: whether its period is still running.
        text: its value in words; "-" of none.
        why_not: why it has none.
        says: what its tooltip says.
    """

    label: str
    x: float | None
    spot: Spot
    against: Spot
    count: int | None
    open: bool
    text: str
    why_not: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Points that belong together.

    Attributes:
        name: "" of the only one.
        points: in order.
        follows: whether it goes on where the one before it ends.
    """

    name: str
    points: tuple[Point, ...]
    follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is drawn.

    Attributes:
        name: stable key.
        title: what it shows.
        kind: how it is drawn.
        says: the finding.
        axis: what stands along the axis of places.
        rule: where a line helps to compare.
        measure: of its values.
        lines: its series.
    """

    name: str
    title: str
    kind: str
    says: str
    axis: str
    rule: float | None
    measure: Measure
    lines: tuple[Line, ...]

    @property
    def points(self) -> list[Point]:
        """All points that have a value."""
        return [point for line in self.lines for point in line.points if point.spot.value is not None]


def read(chart: Mapping[str, Any]) -> Picture:
    """Return what is drawn of a chart's record, as `views.fill.plain` gives it."""
    marks = [mark for one in chart["series"] for mark in one["marks"]]
    counted = not any(mark["estimate"] for mark in marks) and any(mark["count"] is not None for mark in marks)
    unit = COUNTED if counted else measure(chart["unit"])
    lines = tuple(replace(_line(one["name"], one["marks"], unit), follows=one["follows"]) for one in chart["series"])
    return Picture(
        name=chart["name"],
        title=cut(chart["title"], _TITLE),
        kind=str(chart["kind"]),
        says=cut(chart["says"], _TITLE),
        axis=cut(chart["axis"], _TITLE),
        rule=chart["rule"],
        measure=unit,
        lines=lines,
    )


def cut(text: str, most: int) -> str:
    """Return text on one line, of at most `most` signs."""
    found = clean(text)
    return found if len(found) <= most else found[: most - 1] + "…"


def spot(estimate: Mapping[str, Any] | None) -> Spot:
    """Return what is drawn of an estimate's record; a limit that is not there beside a value is unbounded."""
    value = None if estimate is None else estimate["value"]
    if estimate is None or value is None or not math.isfinite(value):
        return NOWHERE
    low, high = estimate["low"], estimate["high"]
    return Spot(
        value=_held(value),
        low=-math.inf if low is None or math.isinf(low) else _held(low),
        high=math.inf if high is None or math.isinf(high) else _held(high),
    )


def limits(found: Spot, unit: Measure) -> str:
    """Write value and interval of an estimate that has them."""
    assert found.value is not None
    return f"{unit.text(found.value)} ({unit.text(found.low)} to {unit.text(found.high)})"


def _held(value: float) -> float:
    return float(min(max(value, -_GREATEST), _GREATEST))


def _line(name: str, marks: Sequence[Mapping[str, Any]], unit: Measure) -> Line:
    known = cut(name, _LABEL)
    return Line(name=known, points=tuple(_point(known, mark, unit) for mark in marks))


def _point(line: str, mark: Mapping[str, Any], unit: Measure) -> Point:
    estimate, count = mark["estimate"], mark["count"]
    found = spot(estimate)
    if estimate is None and count is not None:
        found = Spot(value=_held(count), low=_held(count), high=_held(count))
    label = cut(mark["label"], _LABEL)
    why_not = cut(estimate["why_not"], _LABEL) if estimate else ""
    whose = ", ".join(part for part in (line, brief(label)) if part)
    told = _told(mark, found, why_not, unit)
    return Point(
        label=label,
        x=None if mark["x"] is None else _held(mark["x"]),
        spot=found,
        against=spot(mark["against"]),
        count=count,
        open=bool(mark["open"]),
        text="-" if found.value is None else (unit if estimate else COUNTED).text(found.value),
        why_not=why_not,
        says=": ".join(part for part in (whose, told) if part),
    )


def _told(mark: Mapping[str, Any], found: Spot, why_not: str, unit: Measure) -> str:
    estimate, count, against = mark["estimate"], mark["count"], spot(mark["against"])
    if estimate is None:
        return "" if count is None else COUNTED.text(_held(count))
    told = f"no value, {why_not}".rstrip(", ") if found.value is None else limits(found, unit)
    foretold = "" if against.value is None else f", foretold {unit.text(against.value)}"
    counted = "" if count is None else f", {COUNTED.text(_held(count))}"
    state = "to come" if words.is_to_come(estimate) else words.FLAGS["unfinished"]
    running = f", {state}" if mark["open"] else ""
    return f"{told}{foretold}{counted}, n = {estimate['n']:,}{running}"
