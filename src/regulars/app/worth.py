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
from regulars.core.money import UNITS
from regulars.core.periods import day_number
from regulars.data import engine
from regulars.kpis.query import Records
from regulars.stats.intervals import z
from regulars.stats.predictive_totals import METHOD, half_width

Floats = NDArray[np.float64]


def total(found: Foretold, weights: Floats | None = None, *, level: float) -> Interval:
    """Return the sum over customers of what is foretold of each.

    Args:
        found: the predictions.
        weights: of each customer; 1 where None.
        level: of the interval.
    """
    mean = found.column("mean")
    each = np.ones(len(mean)) if weights is None else weights
    # Money in whole 1/10,000, as KPIs add it up: the same total to the last digit.
    value = float(np.rint(each * mean * UNITS).sum() / UNITS if found.outcome.kind == "amount" else each @ mean)
    if not len(mean):
        return unknown("there is nobody to predict", level=level)
    half = half_width(
        value,
        moved=[float(each @ doubt) for doubt in doubts(found)],
        chance=float(each**2 @ np.nan_to_num(found.column("spread"))),
        past_error=found.tried.past_error,
        level=level,
    )
    least = 0.0 if found.outcome.kind != "amount" else -math.inf
    return Interval(
        value=value,
        low=max(value - half, least),
        high=value + half,
        level=level,
        method=METHOD,
        n=len(mean),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What everybody who has ordered brought before, counted: what predictions of the days ahead are set beside.

    Attributes:
        value: money, not discounted; as CLV has it: margin where costs are known, else net revenue.
        days: of how many days before as-of: those asked for, or as many as there are records of.
        n: customers who brought it.
    """

    value: float
    days: int
    n: int


def brought(records: Records, days: int) -> Brought:
    """Return what came in the last `days`."""
    there = min(days, (records.as_of - records.covered["orders"].start).days)
    rows = records.tables["purchase_days"]
    mine = rows.filter((rows.customer > 0) & (rows.day >= day_number(records.as_of) - there))
    (found,) = engine.run(mine.aggregate(value=mine.value.sum(), n=mine.customer.nunique()))
    return Brought(value=float(found["value"] or 0) / UNITS, days=there, n=int(found["n"]))


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
        low, high: limits of it: doubt about both and past errors of both, not chance.
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
    p, worth = churn.column("mean")[left], np.maximum(value.column("mean")[right], 0)
    stake = p * worth
    moved = sum((one[right] ** 2 for one in doubts(value)), start=(value.tried.past_error * worth) ** 2)
    of_worth = z(level) * p * np.sqrt(moved)
    # The probability's own limits hold doubt about it and its past error.
    below, above = ((churn.column(name)[left] - p) * worth for name in ("low", "high"))
    order = np.lexsort((customer, -stake))
    return Risk(
        customer=customer[order],
        churn=left[order],
        value=right[order],
        stake=stake[order],
        low=np.maximum(stake - np.hypot(below, of_worth), 0)[order],
        high=(stake + np.hypot(above, of_worth))[order],
    )


def at_stake(risk: Risk, churn: Foretold, value: Foretold, level: float) -> Interval:
    """Return the sum of value at stake."""
    if not len(risk.customer):
        return unknown("there is nobody at risk to predict", level=level)
    p, worth = churn.column("mean")[risk.churn], np.maximum(value.column("mean")[risk.value], 0)
    whole = float(np.rint(risk.stake * UNITS).sum() / UNITS)
    moved = [float(one[risk.churn] @ worth) for one in doubts(churn)]
    moved += [float(one[risk.value] @ p) for one in doubts(value)]
    past_error = math.hypot(churn.tried.past_error, value.tried.past_error)
    half = half_width(whole, moved=moved, past_error=past_error, level=level)
    return Interval(
        value=whole,
        low=max(whole - half, 0.0),
        high=whole + half,
        level=level,
        method="parameters and past error of totals",
        n=len(risk.customer),
    )
