"""Whether a treatment's effect differs between customers as a model foretells it.

What is foretold is out of fold, and is set against doubly robust scores (`aipw.scores`), which are right on average
whatever the model. Models of different folds differ in level by chance, and against what is held out of them: what is
foretold is therefore compared within folds only.

References:
    Chernozhukov, Demirer, Duflo & Fernández-Val (2025), Fisher-Schultz lecture, Econometrica 93, 1121-1164, sections 2
    and 3 (best linear predictor, sorted group average treatment effects).
"""

import math
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.core.estimate import Interval, unknown
from regulars.stats.intervals import t
from regulars.stats.likelihood import NotFitted
from regulars.stats.ranking import ranks
from regulars.stats.regression import least_squares
from regulars.stats.scoring import shares_by_bin

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int32]

ALIKE = "the same effect is foretold of all customers"


@dataclass(frozen=True, slots=True, kw_only=True)
class BestLinearPredictor:
    """The effect, as a straight line of what is foretold of it.

    Attributes:
        average: mean effect, in the outcome's unit.
        slope: units of effect per unit foretold: 1 where a model is right, 0 where it tells nothing of who differs.
        p_value: two-sided, of slope 0; 1 where there is none.
    """

    average: Interval
    slope: Interval
    p_value: float


def best_linear_predictor(
    scores: Floats, effects: Floats, fold: Ints | None = None, *, level: float = 0.95
) -> BestLinearPredictor:
    """Return the regression of scores on effects foretold, with HC3 errors.

    Args:
        scores: of `aipw.scores`, shape (n,).
        effects: foretold by a model that has not seen the customer, shape (n,).
        fold: which fold each customer lies in, from 0, shape (n,); None: one.
        level: of the intervals.
    """
    n = len(scores)
    try:
        fit = least_squares(scores, {"effect": centred(effects, fold)}, level=level)
    except NotFitted as cause:
        none = unknown(str(cause), level=level, n=n)
        return BestLinearPredictor(average=none, slope=none, p_value=1.0)
    if fit.dropped:
        slope = unknown(ALIKE, level=level, n=n)
        return BestLinearPredictor(average=fit["constant"].value, slope=slope, p_value=1.0)
    return BestLinearPredictor(average=fit["constant"].value, slope=fit["effect"].value, p_value=fit["effect"].p_value)


def group_effects(
    scores: Floats, effects: Floats, fold: Ints | None = None, *, groups: int = 5, level: float = 0.95
) -> tuple[Interval, ...]:
    """Return the mean effect of each group of as many customers by effect foretold, least first (GATES).

    Who ties where groups meet counts in part in both; the groups' n add up to n all the same. Arguments as of
    `best_linear_predictor`.
    """
    shares = shares_by_bin(order_in(fold, effects), groups)
    sizes = np.diff(np.rint(np.linspace(0, len(scores), groups + 1)).astype(int))
    means = (_weighted_mean(scores, shares[:, group], level) for group in range(groups))
    return tuple(replace(mean, n=int(size)) for mean, size in zip(means, sizes, strict=True))


def centred(effects: Floats, fold: Ints | None) -> Floats:
    """Return effects less their mean in the fold, shape (n,)."""
    found = np.empty(len(effects))
    for here in _rows_of(fold, len(effects)):
        rise = effects[here] - effects[here].min()  # 0 of effects that are all the same: a mean has rounding
        found[here] = rise - rise.mean()
    return found


def order_in(fold: Ints | None, effects: Floats) -> Floats:
    """Return the place of each customer in the fold's order of effects, in (0, 1), shape (n,); ties share theirs.

    >>> order_in(np.array([0, 0, 1, 1], dtype=np.int32), np.array([0.1, 0.2, 0.5, 0.5])).tolist()
    [0.25, 0.75, 0.5, 0.5]
    """
    found = np.empty(len(effects))
    for here in _rows_of(fold, len(effects)):
        found[here] = (ranks(effects[here]) - 0.5) / here.sum()
    return found


def _rows_of(fold: Ints | None, n: int) -> list[NDArray[np.bool_]]:
    return [np.ones(n, dtype=np.bool_)] if fold is None else [fold == part for part in np.unique(fold)]


def _weighted_mean(values: Floats, weights: Floats, level: float) -> Interval:
    size, n = float(weights.sum()), int(np.count_nonzero(weights))
    if n < 2:
        return unknown("a mean needs two customers to say how sure it is", level=level, n=n)
    value = float(weights @ values) / size
    error = math.sqrt(float(weights**2 @ (values - value) ** 2) * n / (n - 1)) / size
    half = t(level, n - 1) * error
    return Interval(value=value, low=value - half, high=value + half, level=level, method="t", n=n)
