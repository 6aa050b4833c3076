"""What each of several factors adds to a change, whatever the order in which they change: shares add up exactly."""

from collections.abc import Callable, Sequence
from itertools import product as every
from math import factorial
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
#: Factors up to which all orders are looked at: 2^8 values.
EXACT = 8


def shares(value: Callable[[Sequence[bool]], Floats], factors: int) -> Floats:
    """Return what each factor adds to `value` of all less `value` of none, averaged over all orders of changing them.

    Args:
        value: from which factors have changed to the value, an array of any shape.
        factors: how many there are, 1 to `EXACT`.

    Returns:
        An array of one more axis, the first: the factors.

    References:
        Shapley (1953); of products the same as Das Gupta (1993), Standardization and Decomposition of Rates, ch. 2.
    """
    if not 1 <= factors <= EXACT:
        raise ValueError(f"{factors} factors: 1 to {EXACT} are looked at in all orders.")
    known = {chosen: np.asarray(value(chosen), dtype=np.float64) for chosen in every((False, True), repeat=factors)}
    weight = [factorial(size) * factorial(factors - 1 - size) / factorial(factors) for size in range(factors)]
    found = []
    for place in range(factors):
        added = np.zeros_like(known[(False,) * factors])
        for chosen in known:
            if not chosen[place]:
                changed = (*chosen[:place], True, *chosen[place + 1 :])
                added = added + weight[sum(chosen)] * (known[changed] - known[chosen])
        found.append(added)
    return np.stack(found)


def of_product(before: ArrayLike, after: ArrayLike) -> Floats:
    """Return what each factor adds to the change of their product: of up to `EXACT` by all orders, else by logarithms.

    Args:
        before: the factors, along the first axis.
        after: as before.

    Raises:
        ValueError: more than `EXACT` factors, of which one is not above 0.
    """
    first, last = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if len(first) > EXACT:
        return by_logarithms(first, last)

    def value(changed: Sequence[bool]) -> Floats:
        mixed = [last[place] if one else first[place] for place, one in enumerate(changed)]
        return np.prod(np.stack(mixed), axis=0)

    return shares(value, len(first))


def by_logarithms(before: ArrayLike, after: ArrayLike) -> Floats:
    """Return what each factor adds to the change of their product by the logarithmic mean (LMDI I); all above 0.

    L(y1, y0) ln(x1 / x0) with L(a, b) = (a - b) / ln(a / b): exact, and as quick with many factors as with few.

    References:
        Ang (2005), Energy Policy 33, 867-871, eq. 5.
    """
    first, last = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if (first <= 0).any() or (last <= 0).any():
        raise ValueError("Logarithms need factors above 0 on both sides.")
    grown = np.log(last / first)
    total, whole = first.prod(axis=0), grown.sum(axis=0)
    # (e^x - 1) / x has the limit 1 at 0.
    mean = total * np.where(whole == 0, 1.0, np.expm1(whole) / np.where(whole == 0, 1.0, whole))
    found: Floats = mean * grown
    return found
