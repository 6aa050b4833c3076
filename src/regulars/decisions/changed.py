"""The share of customers whom an action changed, in the terms of its assumed effect: of all, and by segment."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from regulars.decisions.action import OTHER, Gain
from regulars.decisions.learning import PartResult, Result
from regulars.stats import arms
from regulars.stats.arms import Arm
from regulars.stats.effects import Effect, difference
from regulars.stats.lift import lift

Bools = NDArray[np.bool_]

#: Customers of a segment that each arm needs, and those of them, held out, who do what is to change or do not.
LEAST, FEWEST = 30, 5


def changed(gain: Gain, did: Bools, held: Bools, parts: NDArray[np.object_], *, experiment: str) -> Result | None:
    """Return the share changed; None where it cannot be told.

    What keeps customers is told by the share of leavers who stayed: of those who left, held out, less treated, over
    held out. What sells is told by the difference of who ordered.

    Args:
        gain: what the action changes.
        did: who left, where it keeps; who ordered, where it sells; shape (n,).
        held: who is held out, shape (n,).
        parts: segments, shape (n,).
        experiment: its name.
    """
    whole = _told(
        gain, arms.share(int(did[~held].sum()), int((~held).sum())), arms.share(int(did[held].sum()), int(held.sum()))
    )
    if whole is None:
        return None
    value, error = whole
    return Result(value=value, error=error, experiment=experiment, parts=dict(_each(gain, did, held, parts)))


def _each(gain: Gain, did: Bools, held: Bools, parts: NDArray[np.object_]) -> Iterator[tuple[str, PartResult]]:
    for name in sorted(set(parts.tolist()) - {OTHER}):
        mine = parts == name
        n, control = (int((mine & side).sum()) for side in (~held, held))
        some = int(did[mine & held].sum())
        if min(n, control) < LEAST or min(some, control - some) < FEWEST:
            continue
        # One more who did and one who did not in each arm: a share of 0 or 1 would be known for certain.
        treated = arms.share(int(did[mine & ~held].sum()) + 1, n + 2)
        found = _told(gain, treated, arms.share(some + 1, control + 2))
        if found is not None:
            yield name, PartResult(value=found[0], error=found[1], n=n + control)


def _told(gain: Gain, treated: Arm, control: Arm) -> tuple[float, float] | None:
    found: Effect = lift(treated, control) if gain is Gain.KEPT else difference(treated, control)
    if found.interval.value is None or not found.error:
        return None
    return (-found.interval.value if gain is Gain.KEPT else found.interval.value), found.error
