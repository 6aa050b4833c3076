"""What it is worth to treat some customers rather than all or none.

Whom a policy treats must not depend on what came of the customer itself: chosen by effects that are foretold out of
fold, it is free of the winner's curse. Of several policies compared on the same customers, the best looks a little
better than it is.

References:
    Athey & Wager (2021), Econometrica 89, 133-161.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.core.estimate import Interval
from regulars.stats import aipw

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyValue:
    """What a policy brings, in money per customer, treated or not.

    Attributes:
        share: of customers that it treats, in [0, 1].
        against_none: beyond treating nobody.
        against_all: beyond treating everybody.
    """

    share: float
    against_none: Interval
    against_all: Interval


def policy_value(profits: Floats, chosen: NDArray[np.bool_], *, level: float = 0.95) -> PolicyValue:
    """Return the value of treating those `chosen`.

    Args:
        profits: of treating each customer: score of `aipw.scores` times value, less cost; shape (n,).
        chosen: whom the policy treats, shape (n,); by what was known before the outcome.
        level: of the intervals.
    """
    return PolicyValue(
        share=float(chosen.mean()),
        against_none=aipw.mean(np.where(chosen, profits, 0.0), level=level),
        against_all=aipw.mean(np.where(chosen, 0.0, -profits), level=level),
    )
