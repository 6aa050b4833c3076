"""What to do with a treatment: whom to treat, by what that is worth, in one sentence."""

from typing import Literal, TypeAlias

import numpy as np

from regulars.core.estimate import Interval
from regulars.models.model import Floats
from regulars.stats.policy import PolicyValue, policy_value

Decision: TypeAlias = Literal["target", "all", "none", "unclear"]


def decided(
    targeted: PolicyValue | None, average: Interval, profits: Floats, level: float
) -> tuple[Decision, PolicyValue | None]:
    """Return whom to treat, and what that brings; None where it is unclear.

    Customers are told apart where that detectably brings more than treating all and than treating none. Else all are
    treated, or none, where that is detectably better; where neither is, telling apart may still beat treating none.

    Args:
        targeted: treating those whose effect pays; None where effects do not differ reliably.
        average: profit of treating everybody, per customer.
        profits: of treating each customer, doubly robust, shape (n,).
        level: of the intervals.
    """
    if targeted and _above(targeted.against_none) and _above(targeted.against_all):
        return "target", targeted
    if _above(average):
        return "all", policy_value(profits, np.ones(len(profits), dtype=bool), level=level)
    if average.high is not None and average.high < 0:
        return "none", policy_value(profits, np.zeros(len(profits), dtype=bool), level=level)
    if targeted and _above(targeted.against_none):
        return "target", targeted
    return "unclear", None


def said(decision: Decision, policy: PolicyValue | None, average: Interval, learner: str | None) -> str:
    """Return the decision in one sentence; `learner` told customers apart, None where effects do not differ reliably.

    >>> average = Interval(value=0.2, low=0.1, high=0.3, level=0.95, method="t", n=900)
    >>> said("all", None, average, None)
    'Treat all or none, no reliable heterogeneity: all, since treating all brings 0.2 (0.1 to 0.3) per customer.'
    """
    if decision == "target" and policy:
        return (
            f"Treat the {policy.share:.0%} of customers whose effect is worth more than it costs ({learner}): per "
            f"customer that brings {shown(policy.against_all)} more than treating all and "
            f"{shown(policy.against_none)} more than treating none."
        )
    what = f"treating all brings {shown(average)} per customer"
    if learner:
        why = "effects differ reliably, but treating only some does not detectably bring more"
    else:
        why = "no reliable heterogeneity"
    which = "which of the two is not known" if decision == "unclear" else decision
    return f"Treat all or none, {why}: {which}, since {what}."


def shown(found: Interval) -> str:
    """Return a value with its limits, or why there is none."""
    if found.value is None:
        return found.why_not
    return f"{found.value:.3g} ({found.low:.3g} to {found.high:.3g})"


def _above(found: Interval) -> bool:
    return found.low is not None and found.low > 0
