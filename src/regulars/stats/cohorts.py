"""Retention pooled over cohorts of different age: a cell that is not over yet is None, never 0.

A triangle is one row per cohort, oldest or youngest first alike: customers at age 0, 1, 2, ...; cells not observed to
their end are None or left off.
"""

from collections.abc import Sequence
from itertools import pairwise, zip_longest
from typing import TypeAlias

import numpy as np

from regulars.core.estimate import Interval, unknown
from regulars.stats.intervals import wilson
from regulars.stats.survival import Curve, Floats, survival_at

Triangle: TypeAlias = Sequence[Sequence[int | None]]


def pooled_curve(triangle: Triangle) -> Curve:
    """Return the chain-ladder curve by age: at each age, the cohorts old enough say what share stays one age more.

    The product of these ratios is Kaplan-Meier on grouped data, so it uses the young cohorts too.

    Raises:
        ValueError: a cohort grows; customers come back, and then it is not survival (see `matured_retention`).

    References:
        Chiang (1984), The Life Table; Mack (1993), ASTIN Bulletin 23, 213-225, for the chain ladder.
    """
    before, after = _steps(triangle)
    if np.any(after > before):
        raise ValueError("a cohort grows with age: customers come back")
    ages = np.arange(1.0, len(before) + 1)
    n = sum(row[0] or 0 for row in triangle if row)
    return Curve(times=ages, at_risk=before, events=before - after, n=n)


def pooled_retention(triangle: Triangle, *, level: float = 0.95) -> tuple[Interval, ...]:
    """Return the chain-ladder share retained at age 1, 2, ..., each with its Greenwood (log-log) interval."""
    before, after = _steps(triangle)
    if np.any(after > before):
        why = "customers come back, so shares do not chain; read the matured cohorts"
        return tuple(unknown(why, level=level) for _ in before)
    curve = pooled_curve(triangle)
    return tuple(survival_at(curve, float(age), level=level) for age in curve.times)


def matured_retention(triangle: Triangle, age: int, *, level: float = 0.95) -> Interval:
    """Return the share active at `age` of the cohorts that have reached it; right also where customers come back."""
    reached = [(row[0], row[age]) for row in triangle if len(row) > age]
    pairs = [(first, now) for first, now in reached if first is not None and now is not None]
    if not pairs:
        return unknown(f"no cohort is {age} periods old yet", level=level)
    return wilson(sum(now for _, now in pairs), sum(first for first, _ in pairs), level=level)


def _steps(triangle: Triangle) -> tuple[Floats, Floats]:
    columns = list(zip_longest(*triangle))
    before, after = [], []
    for now, then in pairwise(columns):
        pairs = [(a, b) for a, b in zip(now, then, strict=True) if a is not None and b is not None]
        before.append(sum(a for a, _ in pairs))
        after.append(sum(b for _, b in pairs))
    return np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
