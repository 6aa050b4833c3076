"""What customers are worth, together and at risk: sums over predictions, with intervals that hold all that is doubted.

The interval of a sum holds doubt about the parameters (directions in which all predictions move together), chance (what
each customer does beside what is expected) and how far totals were off on past days, which no model knows of itself.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.app.foretell import Foretold
from regulars.core.estimate import Interval, unknown
from regulars.stats.intervals import z

Floats = NDArray[np.float64]

METHOD = "parameters, chance and past error of totals"


def total(found: Foretold, weights: Floats | None = None, *, level: float) -> Interval:
    """Return the sum over customers of what is foretold of each.

    Args:
        found: the predictions.
        weights: of each customer; 1 where None.
        level: of the interval.
    """
    mean = found.column("mean")
    each = np.ones(len(mean)) if weights is None else weights
    value = float(each @ mean)
    if not len(mean):
        return unknown("there is nobody to predict", level=level)
    variance = float(sum((each @ doubt) ** 2 for doubt in doubts(found)))
    variance += float(each**2 @ np.nan_to_num(found.column("spread")))
    variance += (found.tried.past_error * value) ** 2
    half = z(level) * math.sqrt(variance)
    least = 0.0 if found.outcome.kind != "amount" else -math.inf
    return Interval(
        value=value,
        low=max(value - half, least),
        high=value + half,
        level=level,
        method=METHOD,
        n=len(mean),
    )


def doubts(found: Foretold) -> list[Floats]:
    """Return the directions in which predictions move together, one standard deviation each."""
    return [found.column(name) for name in found.table.column_names if name.startswith("doubt_")]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Risk:
    """Value at stake of customers, the most first; arrays of one length.

    Attributes:
        customer: numbers.
        churn: rows of them among the predictions of churn.
        value: rows of them among the predictions of value.
        stake: P(churn) times predicted CLV.
        low, high: limits of it: doubt about both, not chance.
    """

    customer: NDArray[np.int32]
    churn: NDArray[np.int_]
    value: NDArray[np.int_]
    stake: Floats
    low: Floats
    high: Floats


def at_risk(churn: Foretold, value: Foretold, level: float) -> Risk:
    """Return the value at stake of everybody of whom both are foretold."""
    customer, left, right = np.intersect1d(
        churn.column("customer"), value.column("customer"), assume_unique=True, return_indices=True
    )
    p, worth = churn.column("mean")[left], value.column("mean")[right]
    stake = p * np.maximum(worth, 0)
    doubt = sum(((one[left] * worth) ** 2 for one in doubts(churn)), start=np.zeros(len(stake)))
    doubt = doubt + sum(((one[right] * p) ** 2 for one in doubts(value)), start=np.zeros(len(stake)))
    half = z(level) * np.sqrt(doubt)
    order = np.lexsort((customer, -stake))
    return Risk(
        customer=customer[order],
        churn=left[order],
        value=right[order],
        stake=stake[order],
        low=np.maximum(stake - half, 0)[order],
        high=(stake + half)[order],
    )


def at_stake(risk: Risk, churn: Foretold, value: Foretold, level: float) -> Interval:
    """Return the sum of value at stake."""
    if not len(risk.customer):
        return unknown("there is nobody at risk to predict", level=level)
    p, worth = churn.column("mean")[risk.churn], np.maximum(value.column("mean")[risk.value], 0)
    whole = float(risk.stake.sum())
    variance = float(sum((one[risk.churn] @ worth) ** 2 for one in doubts(churn)))
    variance += float(sum((one[risk.value] @ p) ** 2 for one in doubts(value)))
    variance += whole**2 * (churn.tried.past_error**2 + value.tried.past_error**2)
    half = z(level) * math.sqrt(variance)
    return Interval(
        value=whole,
        low=max(whole - half, 0.0),
        high=whole + half,
        level=level,
        method="parameters and past error of totals",
        n=len(risk.customer),
    )
