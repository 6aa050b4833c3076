"""A randomised treatment and what came of it, checked before anything is learned from it.

Effects can be told from records only where chance decided who was treated, with a probability that is known. Without
that, and where arms are not as large as it says, nothing is told at all.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.core.errors import DataError, QueryError
from regulars.core.wording import counted
from regulars.models.model import Floats

#: Fewest customers of either arm.
CUSTOMERS = 200
#: Fewest of either arm of whom something came, and, where what comes is 0 or 1, of whom nothing did.
OUTCOMES = 30
#: Below this p-value arms are not as large as was declared (sample ratio mismatch).
MISMATCH = 0.001


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Randomised:
    """Customers of whom chance decided who was treated; arrays of one length.

    Attributes:
        features: what was known before the treatment, shape (n, p).
        names: of the features.
        treated: 1 or 0, shape (n,).
        outcome: what came after, shape (n,): 0 or 1, or money.
        propensity: probability of treatment, the same for all.
    """

    features: Floats
    names: tuple[str, ...]
    treated: Floats
    outcome: Floats
    propensity: float

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def binary(self) -> bool:
        """Whether what comes is 0 or 1."""
        return bool(np.isin(self.outcome, (0.0, 1.0)).all())


def randomised(
    columns: Mapping[str, Floats],
    treated: Floats | NDArray[np.bool_],
    outcome: Floats,
    *,
    propensity: float | None,
) -> Randomised:
    """Return the trial, if effects can be told from it.

    Args:
        columns: what was known before the treatment, by name, each of shape (n,).
        treated: 1 or 0, shape (n,).
        outcome: 0 or 1, or money, shape (n,).
        propensity: probability of treatment that was drawn with; None where it is not known.

    Raises:
        QueryError: nobody says that chance decided, or not with which probability.
        DataError: values are missing; there is one arm; arms or what came of them are too small, or not as declared.
    """
    if propensity is None or not 0 < propensity < 1:
        raise QueryError(
            "Effects can be told only where chance decided who was treated: declare the `propensity`, the probability "
            "of treatment, between 0 and 1."
        )
    drawn, came = np.asarray(treated, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    values = {name: np.asarray(x, dtype=np.float64) for name, x in columns.items()}
    _refuse_gaps({"treated": drawn, "outcome": came, **values}, len(came))
    _refuse_arms(drawn, came)
    _refuse_mismatch(drawn, propensity)
    features = np.column_stack(list(values.values())) if values else np.zeros((len(came), 0))
    return Randomised(features=features, names=tuple(values), treated=drawn, outcome=came, propensity=propensity)


def mismatch(treated: int, n: int, propensity: float) -> float:
    """Return the p-value that so many of `n` were treated, by chi-squared with one degree of freedom.

    >>> mismatch(821_588, 821_588 + 815_482, 0.5) < MISMATCH
    True

    References:
        Fabijan et al. (2019), Diagnosing sample ratio mismatch in online controlled experiments, KDD 2019, 2156-2164.
    """
    return float(special.chdtrc(1, (treated - n * propensity) ** 2 / (n * propensity * (1 - propensity))))


def _refuse_gaps(arrays: Mapping[str, Floats], n: int) -> None:
    for name, x in arrays.items():
        if x.shape != (n,):
            raise DataError(
                f"`{name}` has the shape {x.shape}, but there are {counted(n, 'customer')}: one number each."
            )
        if not np.isfinite(x).all():
            missing = counted(int(np.count_nonzero(~np.isfinite(x))), "customer")
            raise DataError(f"`{name}` is not known of {missing}: fill it in, or leave them out of both arms.")


def _refuse_arms(treated: Floats, outcome: Floats) -> None:
    if not np.isin(treated, (0.0, 1.0)).all():
        raise DataError("`treated` must be 1 or 0: compare one treatment at a time with those who got none.")
    for arm, name in ((treated > 0, "treated"), (treated == 0, "not treated")):
        size, some = int(arm.sum()), int(np.count_nonzero(outcome[arm]))
        if not size:
            raise DataError(f"No customer was {name}: there is only one arm, and nothing to compare it with.")
        if size < CUSTOMERS:
            raise DataError(f"Only {counted(size, 'customer')} of those {name}: effects need {CUSTOMERS} in each arm.")
        fewer = min(some, size - some) if np.isin(outcome, (0.0, 1.0)).all() else some
        if fewer < OUTCOMES:
            raise DataError(
                f"Of those {name}, something came of {some:,} and nothing of {size - some:,}: effects need {OUTCOMES} "
                "outcomes in each arm, and as many without where an outcome is 0 or 1."
            )


def _refuse_mismatch(treated: Floats, propensity: float) -> None:
    some, n = int(treated.sum()), len(treated)
    chance = mismatch(some, n, propensity)
    if chance < MISMATCH:
        power = math.floor(math.log10(chance)) if chance > 0 else -300
        raise DataError(
            f"{some:,} of {counted(n, 'customer')} were treated, where the propensity of {propensity:g} expects "
            f"{n * propensity:,.0f} (sample ratio mismatch, p < 1e{power + 1}): something other than chance decided. "
            "Find out what before any effect is told."
        )
