"""Doubly robust scores of a randomised treatment: of each customer, a number whose mean is the average effect.

The probability of treatment is known, so the mean is right however badly outcomes are foretold; foretelling them well
only makes it surer. Outcomes must be foretold out of fold.

References:
    Robins, Rotnitzky & Zhao (1994), JASA 89, 846-866 (augmented inverse probability weighting). Chernozhukov et al.
    (2018), Econometrics Journal 21, C1-C68, section 5.1 (cross-fitting).
"""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.core.estimate import Interval
from regulars.stats import intervals
from regulars.stats.moments import Sums

Floats: TypeAlias = NDArray[np.float64]


def scores(outcome: Floats, treated: Floats, propensity: Floats | float, if_treated: Floats, if_not: Floats) -> Floats:
    """Return the score of each customer, shape (n,), in the outcome's unit.

    Args:
        outcome: shape (n,).
        treated: 1 or 0, shape (n,).
        propensity: known probability of treatment, in (0, 1).
        if_treated: outcome foretold under treatment, by a model that has not seen the customer, shape (n,).
        if_not: the same without.
    """
    of_treated = treated * (outcome - if_treated) / propensity
    of_others = (1 - treated) * (outcome - if_not) / (1 - propensity)
    return np.asarray(if_treated - if_not + of_treated - of_others)


def average_effect(found: Floats, *, level: float = 0.95) -> Interval:
    """Return the mean of `scores`: what the treatment does to a customer on average."""
    return mean(found, level=level)


def mean(values: Floats, *, level: float = 0.95) -> Interval:
    """Return the mean of one number per customer, shape (n,), with Student's interval corrected for skewness."""
    total, squares, cubes = (math.fsum(values**power) for power in (1, 2, 3))
    return intervals.mean(Sums(n=len(values), total=total, squares=squares, cubes=cubes), level=level)
