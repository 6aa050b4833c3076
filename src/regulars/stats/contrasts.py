"""Two estimates against each other, and many contrasts at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from regulars.core.estimate import Interval, unknown
from regulars.stats.intervals import z


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A test's outcome: chi-squared `value` with `df` degrees of freedom, and its p-value."""

    value: float
    df: int
    p_value: float


def difference(after: Interval, before: Interval, *, correlation: float = 0.0) -> Interval:
    """Return after - before by square-and-add of the two intervals (MOVER).

    Two symmetric (Wald) intervals give the Wald interval of the difference; skewed ones keep their shape.

    Args:
        after: one estimate.
        before: the other, at the same level.
        correlation: of the two estimates, where units stand on both sides (a panel); 0 for independent sides.

    References:
        Newcombe (1998), Statistics in Medicine 17, 873-890, method 10; Zou & Donner (2008), Statistics in Medicine 27,
        1693-1702.
    """
    n = after.n + before.n
    for side in (after, before):
        if side.why_not:
            return unknown(side.why_not, level=side.level, n=n)
    (a, a_down, a_up), (b, b_down, b_up) = lengths(after), lengths(before)
    low, high = a - b - _leg(a_down, b_up, correlation), a - b + _leg(a_up, b_down, correlation)
    method = f"MOVER of {after.method}"
    return Interval(value=a - b, low=low, high=high, level=after.level, method=method, n=n)


def _leg(one: float, other: float, correlation: float) -> float:
    if math.isinf(one + other):  # an open end stays open
        return math.inf
    return math.sqrt(max(one**2 + other**2 - 2 * correlation * one * other, 0.0))


def lengths(side: Interval) -> tuple[float, float, float]:
    """Return the value and how far its limits lie below and above it; ValueError where there is no value."""
    if side.value is None or side.low is None or side.high is None:
        raise ValueError(side.why_not)
    return side.value, side.value - side.low, side.high - side.value


def relative_change(after: Interval, before: Interval) -> Interval:
    """Return after/before - 1 of two independent estimates (MOVER-R); only for a `before` clearly above 0.

    References:
        Donner & Zou (2012), Statistical Methods in Medical Research 21, 347-359: the limits are the outer roots
        of two quadratics in the ratio.
    """
    n = after.n + before.n
    for side in (after, before):
        if side.why_not:
            return unknown(side.why_not, level=side.level, n=n)
    (a, a_down, a_up), (b, b_down, b_up) = lengths(after), lengths(before)
    if b - b_down <= 0:
        return unknown("what it is compared with is not clearly above 0", level=after.level, n=n)
    if math.isinf(a_down + a_up + b_up):
        return unknown("an end of what is compared is open", level=after.level, n=n)
    low = _lower_root(b**2 - b_up**2, a * b, a**2 - a_down**2)
    high = -_lower_root(b**2 - b_down**2, -a * b, a**2 - a_up**2)
    return Interval(value=a / b - 1, low=low - 1, high=high - 1, level=after.level, method="MOVER-R", n=n)


def _lower_root(c: float, half: float, constant: float) -> float:
    """Return the root of c r² - 2 half r + constant that lies nearest below half/c, also as c passes through 0."""
    edge = math.sqrt(max(half**2 - c * constant, 0.0))
    return constant / (half + edge) if half + edge > 0 else (half - edge) / c


def p_value(contrast: Interval) -> float:
    """Return the two-sided p-value of "no difference" that agrees with the interval.

    The distance from the value to the limit on the side of 0 is taken as z(level) standard errors, so p < 1 - level
    exactly when the interval leaves 0 out; for a Wald interval it is the Wald test. 1 where there is no value.

    >>> round(p_value(Interval(value=1.0, low=0.0, high=2.5, level=0.95, method="", n=9)), 3)
    0.05
    """
    if contrast.why_not:
        return 1.0
    value, down, up = lengths(contrast)
    reach = (down if value > 0 else up) / z(contrast.level)
    if not reach:
        return 1.0 if value == 0 else 0.0
    return float(special.erfc(abs(value) / reach / math.sqrt(2)))


def detectable(contrast: Interval, *, power: float = 0.8) -> float:
    """Return the smallest change that would have been seen with probability `power`, in the contrast's unit.

    (z(level) + z_power) standard errors, the error being the interval's half width over z(level); infinite where there
    is no value. Cohen (1988), Statistical Power Analysis, ch. 2.
    """
    if contrast.why_not:
        return math.inf
    _, down, up = lengths(contrast)
    q = z(contrast.level)
    return (q + float(special.ndtri(power))) * (down + up) / (2 * q)


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Return q-values: the false discovery rate at which each p-value would be called.

    >>> benjamini_hochberg([0.01, 0.02, 0.5]).tolist()
    [0.03, 0.03, 0.5]

    References:
        Benjamini & Hochberg (1995), J. Royal Statistical Society B 57, 289-300, eq. 1.
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    ranks = np.arange(len(values), 0, -1)
    q = np.minimum.accumulate(np.minimum(values[order] * len(values) / ranks, 1.0))
    return _in_place(q, order)


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Return p-values adjusted so that the chance of any false call is held (few, pre-declared tests).

    References:
        Holm (1979), Scandinavian J. Statistics 6, 65-70.
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    left = np.arange(len(values), 0, -1)
    return _in_place(np.maximum.accumulate(np.minimum(values[order] * left, 1.0)), order)


def _in_place(sorted_values: NDArray[np.float64], order: NDArray[np.intp]) -> NDArray[np.float64]:
    found = np.empty_like(sorted_values)
    found[order] = sorted_values
    return found


def cochran_armitage(
    successes: Sequence[int], n: Sequence[int], scores: Sequence[float] | None = None
) -> Statistic | None:
    """Test whether a share rises or falls along ordered groups; None where the shares cannot vary.

    Args:
        successes: per group.
        n: units per group.
        scores: place of each group; 1, 2, 3, ... where not given.

    References:
        Armitage (1955), Biometrics 11, 375-386.
    """
    x, size = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    place = np.arange(1.0, len(x) + 1) if scores is None else np.asarray(scores, dtype=np.float64)
    share = x.sum() / size.sum() if size.sum() else 0.0
    place = place - (size @ place / size.sum() if size.sum() else 0.0)
    spread = share * (1 - share) * (size @ place**2)
    if not spread:
        return None
    value = float((place @ (x - size * share)) ** 2 / spread)
    return Statistic(value=value, df=1, p_value=float(special.chdtrc(1, value)))
