"""What drivers account for of what a goal lacks, and whether their targets make its own, where they make it up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.app import measure
from regulars.app.known_on import began
from regulars.app.shifted import earlier
from regulars.app.standing import Standing
from regulars.app.workspace import Opened, Workspace
from regulars.core.estimate import Estimate, Interval
from regulars.core.periods import Grain
from regulars.core.randomness import stream
from regulars.kpis.kpi import Shows
from regulars.stats import shapley
from regulars.stats.intervals import z

Floats: TypeAlias = NDArray[np.float64]

#: Months that tell whether a driver is a factor of what it serves, at least.
MONTHS = 8
_BACK = 24
#: Draws of doubt.
_DRAWS, _SEED = 2000, 1
#: What can be a factor of something.
_FACTORS = (Shows.MONEY, Shows.COUNT, Shows.NUMBER)
_EXACT = 1e-6
#: A factor that is drawn counts as no less than this share of its value.
_FLOOR = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a driver accounts for of where a goal is against its pace.

    Attributes:
        driver: title of the driver; "" of all else.
        amount: of the goal's own unit.
    """

    driver: str
    amount: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """A goal with what its drivers account for.

    Attributes:
        goal: which.
        how: "sum" or "product".
        shares: by driver, all else last; they add up to where the goal is against its pace.
        left_out: drivers that are no part of it, as their numbers say.
        comes_to: what the goal comes to if its drivers come to their targets, and all else goes on as it does.
    """

    goal: Standing
    how: str
    shares: tuple[Share, ...]
    comes_to: Estimate
    left_out: tuple[str, ...] = ()

    @property
    def short(self) -> Interval | None:
        """What it comes to less its own target, where that misses the target beyond chance; else None."""
        target, found = self.goal.target.interval.value, self.comes_to.interval
        if target is None or found.value is None or found.low is None or found.high is None:
            return None
        misses = found.low > target if self.goal.most else found.high < target
        if not misses:
            return None
        return replace(found, value=found.value - target, low=found.low - target, high=found.high - target)


def drivers(found: Sequence[Standing], workspace: Workspace, opened: Opened) -> tuple[Driven, ...]:
    """Return what the drivers of each running goal account for, of goals of which any is part of it."""
    below = {one.name: [each for each in found if each.said.under == one.name and _paced(each)] for one in found}
    parents = [one for one in found if below[one.name] and _paced(one)]
    if not parents:
        return ()
    whose = [one for parent in parents for one in (parent, *below[parent.name])]
    courses = _courses(whose, workspace, opened)
    every = (driven(one, below[one.name], courses) for one in parents)
    return tuple(one for one in every if one is not None)


def _courses(found: Sequence[Standing], workspace: Workspace, opened: Opened) -> dict[str, Floats]:
    """Return the values of the last whole months by goal; NaN where one is not known."""
    end = Grain.MONTH.floor(opened.records.as_of)
    start = max(earlier(end, _BACK), Grain.MONTH.next(began(opened.records) - timedelta(days=1)))
    told: dict[str, Floats] = {}
    if start >= end:
        return told
    for where in dict.fromkeys(one.said.where for one in found):
        mine = [one for one in found if one.said.where == where]
        names = list(dict.fromkeys(one.kpi.name for one in mine))
        rows = measure.ask(
            names, workspace.kpis, opened.records, grain=Grain.MONTH.value, start=start, end=end, where=where or None
        )
        for one in mine:
            values = [row.estimate.interval.value for row in rows if row.kpi.name == one.kpi.name]
            told[one.name] = np.array([np.nan if value is None else value for value in values])
    return told


def driven(goal: Standing, below: Sequence[Standing], courses: Mapping[str, Floats]) -> Driven | None:
    """Return what the drivers of a running goal account for; None where none of them is part of it.

    Drivers whose values add up to the goal's are parts of it. Else one is a factor where what is left of the goal's
    months, once they are divided by the driver's, moves less than they do; what is left then is a factor, too, so that
    all of them make up the goal exactly, and are told apart by Shapley's averages over all orders.

    Args:
        goal: with a pace.
        below: goals right below it.
        courses: values of the last months by goal, shape (months,).
    """
    same = [one for one in below if one.period == goal.period and _paced(one)]
    if not _paced(goal) or not same:
        return None
    if summed := _sum(goal, same):
        return summed
    factors = _factors(goal, same, courses)
    if not factors:
        return None
    now, due = (np.stack([_drawn(goal, place), *(_factor(one, place) for one in factors)]) for place in (0, 1))
    after, before = (np.vstack([side[1:], side[:1] / side[1:].prod(axis=0)]) for side in (now, due))
    parts = shapley.of_product(before, after)
    out = tuple(one.title for one in same if one not in factors)
    return Driven(
        goal=goal,
        how="product",
        shares=_shares(goal, factors, parts),
        comes_to=replace(
            goal.target,
            interval=_interval(goal, (goal.target.interval.value or 0.0) * after[-1] / before[-1]),
            flags=goal.now.flags,
        ),
        left_out=out,
    )


def _drawn(one: Standing, place: int) -> Floats:
    """Return the value so far (0), or what it should be (1), and after it draws of it by its own doubt."""
    assert one.pace is not None
    found = (one.now, one.pace.due)[place].interval
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    error = (found.high - found.low) / (2 * z(found.level))
    return np.append(found.value, stream(_SEED, f"drivers {one.name} {place}").normal(found.value, error, _DRAWS))


def _factor(one: Standing, place: int) -> Floats:
    """Return the same of a factor, which others are divided by: it is above 0."""
    found = _drawn(one, place)
    return np.maximum(found, _FLOOR * found[0])


def _paced(one: Standing) -> bool:
    """Whether a goal has a value and a pace, both with limits that are numbers."""
    if one.state != "running" or one.pace is None or one.pace.ahead.interval.value is None:
        return False
    sides = (one.now.interval, one.pace.due.interval)
    return all(np.isfinite([side.low or 0.0, side.high or 0.0]).all() for side in sides)


def _above_nothing(one: Standing) -> bool:
    """Whether a driver may be a factor by its value so far, and by what it should be."""
    return one.pace is not None and min(one.now.interval.value or 0.0, one.pace.due.interval.value or 0.0) > 0


def _sum(goal: Standing, drivers: Sequence[Standing]) -> Driven | None:
    """Return the goal as the sum of its drivers, such as one for each market; None where it is not."""
    assert goal.pace is not None
    if any(one.kpi.name != goal.kpi.name for one in drivers):
        return None
    now = goal.now.interval.value or 0.0
    if abs(sum(one.now.interval.value or 0.0 for one in drivers) - now) > _EXACT * abs(now):
        return None
    ahead = np.stack([_drawn(one, 0) - _drawn(one, 1) for one in drivers])
    rest = _drawn(goal, 0) - _drawn(goal, 1) - ahead.sum(axis=0)
    targets = [one.target.interval for one in drivers]
    value, low, high = (sum(getattr(one, end) or 0.0 for one in targets) for end in ("value", "low", "high"))
    whole = replace(goal.pace.ahead.interval, value=value, low=low, high=high, method="sum of targets")
    return Driven(
        goal=goal,
        how="sum",
        shares=_shares(goal, drivers, np.vstack([ahead, rest])),
        comes_to=replace(goal.target, interval=whole),
    )


def _factors(goal: Standing, drivers: Sequence[Standing], courses: Mapping[str, Floats]) -> tuple[Standing, ...]:
    """Return the drivers that are factors, those that take away most of how the goal moves first."""
    left = courses.get(goal.name)
    if left is None or not _positive(left) or goal.kpi.shows not in _FACTORS:
        return ()
    left, found = np.log(left), []
    waiting = {
        one.name: one
        for one in drivers
        if one.kpi.shows in _FACTORS
        and one.kpi.name != goal.kpi.name
        and _above_nothing(one)
        and _positive(courses.get(one.name))
    }
    while waiting:
        moves = {name: _moves(left - np.log(courses[name])) for name in waiting}
        best = min(moves, key=lambda name: moves[name])
        if not moves[best] < _moves(left):
            break
        left = left - np.log(courses[best])
        found.append(waiting.pop(best))
    return tuple(found)


def _positive(course: Floats | None) -> bool:
    return course is not None and len(course) > MONTHS and bool((np.isfinite(course) & (course > 0)).all())


def _moves(logs: Floats) -> float:
    return float(np.diff(logs).var())


def _shares(goal: Standing, drivers: Sequence[Standing], parts: Floats) -> tuple[Share, ...]:
    """Return the parts, shape (drivers + 1, 1 + draws): what each is, and between which its draws lie."""
    assert goal.pace is not None
    names = [*(one.title for one in drivers), ""]
    return tuple(
        Share(driver=name, amount=replace(goal.pace.ahead, interval=_interval(goal, part)))
        for name, part in zip(names, parts, strict=True)
    )


def _interval(goal: Standing, drawn: Floats) -> Interval:
    """Return a value, the first, between which its draws lie."""
    assert goal.pace is not None
    like = goal.pace.ahead.interval
    value, low, high = float(drawn[0]), *map(float, np.quantile(drawn, [(1 - like.level) / 2, (1 + like.level) / 2]))
    return Interval(
        value=value,
        low=min(low, value),
        high=max(high, value),
        level=like.level,
        method="draws of each goal's own doubt, as if independent",
        n=like.n,
    )
