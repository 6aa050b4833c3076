"""The share of customers whom an action changed, in the terms of its assumed effect: of all, and by segment."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.decisions.action import OTHER, Gain
from regulars.decisions.learning import PartResult, Result

Bools = NDArray[np.bool_]

#: Customers of a segment that each arm needs, and those of them, held out, who do what is to change or do not.
LEAST, FEWEST = 30, 5
#: Customers held out that what was foretold of leaving counts for beside them.
WEIGHT = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """What was foretold of customers without the action.

    Attributes:
        leaves: share who will have left.
        still: of those, the share who are customers still when it is done, above 0: nobody keeps the others.
    """

    leaves: float
    still: float = 1.0


def changed(
    gain: Gain,
    did: Bools,
    held: Bools,
    parts: NDArray[np.object_],
    *,
    experiment: str,
    foretold: Foretold | None = None,
) -> Result | None:
    """Return the share changed; None where it cannot be told.

    What sells is told by the difference of who ordered. What keeps customers is told by the share of leavers who
    stayed: the difference of who left over who would have left, being customers still. Of that, few who are held out
    tell little, and where by chance none of them left it would be nothing: what was foretold counts beside them.

    Args:
        gain: what the action changes.
        did: who left, where it keeps; who ordered, where it sells; shape (n,).
        held: who is held out, shape (n,).
        parts: segments, shape (n,).
        experiment: its name.
        foretold: of leaving; None where nothing was.
    """
    whole = _told(gain, _Arm.of(did[~held]), _Arm.of(did[held]), foretold)
    if whole is None:
        return None
    value, error = whole
    return Result(value=value, error=error, experiment=experiment, parts=dict(_each(gain, did, held, parts, foretold)))


def _each(
    gain: Gain, did: Bools, held: Bools, parts: NDArray[np.object_], foretold: Foretold | None
) -> Iterator[tuple[str, PartResult]]:
    for name in sorted(set(parts.tolist()) - {OTHER}):
        mine = parts == name
        treated, control = _Arm.of(did[mine & ~held]), _Arm.of(did[mine & held])
        if min(treated.n, control.n) < LEAST or min(control.count, control.n - control.count) < FEWEST:
            continue
        # How many leave was foretold of all, and segments do so more or less often.
        if found := _told(gain, treated, control, foretold, weight=0.0):
            yield name, PartResult(value=found[0], error=found[1], n=treated.n + control.n)


@dataclass(frozen=True, slots=True)
class _Arm:
    count: int
    n: int

    @classmethod
    def of(cls, did: Bools) -> "_Arm":
        return cls(int(did.sum()), len(did))

    @property
    def share(self) -> float:
        return self.count / self.n

    @property
    def variance(self) -> float:
        """Of the share, as if one more had done it and one more had not: else one of 0 were known for certain.

        References:
            Agresti & Caffo (2000), The American Statistician 54, 280-288.
        """
        moved = (self.count + 1) / (self.n + 2)
        return moved * (1 - moved) / (self.n + 2)


def _told(
    gain: Gain, treated: _Arm, control: _Arm, foretold: Foretold | None, *, weight: float = WEIGHT
) -> tuple[float, float] | None:
    """Return the share changed and its standard error, to first order."""
    if not treated.n or not control.n:
        return None
    if gain is not Gain.KEPT:
        return treated.share - control.share, (treated.variance + control.variance) ** 0.5
    known, weight = (foretold, weight) if foretold else (Foretold(leaves=0.0), 0.0)
    base = known.still * (control.count + weight * known.leaves) / (control.n + weight)
    if base <= 0:
        return None
    value = (control.share - treated.share) / base
    # Who is held out stands above the line and, as far as they count there, below it.
    moved = 1 - value * known.still * control.n / (control.n + weight)
    return value, (treated.variance + moved**2 * control.variance) ** 0.5 / base
