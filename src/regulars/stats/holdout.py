"""How many customers to hold out of a treatment: who is held out pays for what is learned."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.core.errors import QueryError
from regulars.stats.experiment_size import customers_for_mean, detectable_mean

#: Sizes of a holdout that are tried; the best is flat, and they lie 1 % apart at most.
_TRIED = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """A holdout.

    Attributes:
        share: of all customers, held out; None where `why_not` says there is none.
        customers: how many are held out.
        worth: expected gain over the better of treating everybody and nobody without learning, in the unit of the
            effect; None where no prior was given.
        why_not: reason there is no share.
    """

    share: float | None
    customers: int | None
    worth: float | None = None
    why_not: str = ""


def smallest_holdout(
    customers: int, effect: float, variance: float, *, level: float = 0.95, power: float = 0.8
) -> Holdout:
    """Return the smallest holdout that still shows an effect with probability `power`.

    With c = reach² variance/(customers effect²) a share h does where 1/h + 1/(1 - h) <= 1/c, so from
    h = (1 - sqrt(1 - 4c))/2 on.

    Args:
        customers: who could be treated.
        effect: difference of means to be seen.
        variance: of one customer; base (1 - base) of a share.
        level: 1 minus the test's two-sided error.
        power: probability of seeing it.

    Raises:
        QueryError: an argument out of its range, by name.

    >>> smallest_holdout(100_000, 0.84, 225.0).customers
    2569
    >>> smallest_holdout(5_000, 0.84, 225.0).why_not
    'even halves of 5,000 customers would show no effect below 1.19: 10,012 are needed'
    """
    needed, seen = customers_for_mean(effect, variance, level=level, power=power), math.inf
    if customers > 0:
        seen = detectable_mean(customers, variance, level=level, power=power)
    if seen > abs(effect):
        why = f"even halves of {customers:,} customers would show no effect below {seen:.3g}: {needed:,} are needed"
        return Holdout(share=None, customers=None, why_not=why)
    c = (seen / effect) ** 2 / 4
    held = math.ceil(customers * 2 * c / (1 + math.sqrt(1 - 4 * c)))  # the root, free of cancellation
    return Holdout(share=held / customers, customers=held)


def best_holdout(customers: int, variance: float, *, expected: float, doubt: float, later: float) -> Holdout:
    """Return the holdout with the highest expected profit: what it forgoes now against a better decision later.

    The effect, profit per treated customer after cost, is thought to be N(expected, doubt²) before. Afterwards `later`
    customers are treated where the mean of what is then known is above 0. Before the experiment that mean is
    N(expected, w²) with w² = doubt⁴/(doubt² + v) and v the sampling variance, so that they are worth
    later (expected Φ(expected/w) + w φ(expected/w)). Where nothing pays to be learned the share is 0 (treat all) or 1
    (treat nobody); an action is to be measured all the same: then take `smallest_holdout`.

    Args:
        customers: of the experiment.
        variance: of the profit of one customer.
        expected: effect to be expected, in money per treated customer.
        doubt: standard deviation of what it may be.
        later: customers, times the treatments of each, on whom it is decided afterwards.

    Raises:
        QueryError: an argument out of its range, by name.

    >>> found = best_holdout(100_000, 225.0, expected=0.1, doubt=0.5, later=1_000_000)
    >>> round(found.share, 3), round(found.worth, -3)
    (0.267, 146000.0)

    References:
        Raiffa & Schlaifer (1961), Applied Statistical Decision Theory, ch. 5 (expected value of sample information of a
        normal mean); Feit & Berman (2019), Test & Roll: Profit-Maximizing A/B Tests, Marketing Science 38, 1038-1058.
    """
    _check(customers=customers, variance=variance, expected=expected, doubt=doubt, later=later)
    low = np.geomspace(1, max(customers // 2, 1), _TRIED).round()
    held = np.unique(np.concatenate([low, customers - low]))
    held = held[(held > 0) & (held < customers)]
    blind = max(expected, 0.0) * (customers + later)
    if not len(held):
        return Holdout(share=None, customers=None, why_not="one customer cannot be split into two arms")
    worth = (customers - held) * expected + later * _decided(
        expected, doubt, variance * (1 / held + 1 / (customers - held))
    )
    best = int(np.argmax(worth))
    if worth[best] <= blind:
        return Holdout(share=float(expected <= 0), customers=customers if expected <= 0 else 0, worth=0.0)
    return Holdout(share=float(held[best] / customers), customers=int(held[best]), worth=float(worth[best] - blind))


def _decided(expected: float, doubt: float, sampling: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the expected effect per customer of treating only where the mean of what is known then is above 0."""
    w = doubt / np.sqrt(1 + sampling / doubt**2)
    density = np.exp(-((expected / w) ** 2) / 2) / math.sqrt(2 * math.pi)
    return expected * special.ndtr(expected / w) + w * density


def _check(**arguments: float) -> None:
    for name, value in arguments.items():
        if not math.isfinite(value) or (name != "expected" and value < 0) or (name in _ABOVE and value == 0):
            raise QueryError(f"`{name}` is {value}: it must be a finite number{_ABOVE.get(name, '')}.")


_ABOVE = {"customers": " above 0", "variance": " above 0", "doubt": " above 0"}
