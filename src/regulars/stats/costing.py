"""Time-driven activity-based costing: what an activity costs by the time that it takes.

The cost of a minute is all cost over practical capacity, the minutes that people can work, not those that they did.
What of the capacity is not used is nobody's cost but the company's: it shows on its own.

References:
    Kaplan & Anderson (2004), Time-Driven Activity-Based Costing, Harvard Business Review 82(11), 131-138.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Something that is done again and again.

    Attributes:
        minutes: that one takes.
        quantity: how many there were.
    """

    minutes: float
    quantity: float

    @property
    def total_minutes(self) -> float:
        """Minutes that all of them took."""
        return self.minutes * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Costing:
    """What activities cost, and what nobody used.

    Attributes:
        rate: cost of a minute of practical capacity.
        each: cost of one of each activity, by its name.
        total: cost of all of each.
        used_minutes: minutes of all activities.
        unused_minutes: minutes of the capacity left; below 0 where more was worked than it says.
        assigned: cost of the minutes used.
        unused: cost of those left, charged to nobody.
    """

    rate: float
    each: Mapping[str, float]
    total: Mapping[str, float]
    used_minutes: float
    unused_minutes: float
    assigned: float
    unused: float


def costing(cost: float, capacity_minutes: float, activities: Mapping[str, Activity]) -> Costing:
    """Return what each activity costs at the rate of practical capacity.

    Args:
        cost: of all that supplies the capacity, >= 0.
        capacity_minutes: practical capacity in the same time, > 0.
        activities: by name.

    Raises:
        ValueError: there is no capacity.

    >>> costing(560_000, 700_000, {"inquiry": Activity(minutes=44, quantity=1400)}).each
    {'inquiry': 35.2}
    """
    if capacity_minutes <= 0:
        raise ValueError(f"capacity must be above 0 minutes, not {capacity_minutes}")
    rate = cost / capacity_minutes
    used = math.fsum(one.total_minutes for one in activities.values())
    return Costing(
        rate=rate,
        each={name: one.minutes * rate for name, one in activities.items()},
        total={name: one.total_minutes * rate for name, one in activities.items()},
        used_minutes=used,
        unused_minutes=capacity_minutes - used,
        assigned=used * rate,
        unused=(capacity_minutes - used) * rate,
    )
