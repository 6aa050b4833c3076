"""Does a figure rise or fall along ordered periods?

Of shares with their counts `contrasts.cochran_armitage` tests the same.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from regulars.core.estimate import Interval, unknown
from regulars.stats.intervals import t, z

Floats: TypeAlias = NDArray[np.float64]

#: Periods that a slope and a long series need.
_SLOPE, _LONG = 4, 10
#: Neighbouring periods correlate no more than this: beyond it, all that is seen is one wave.
_NEAR = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """Change per period.

    Attributes:
        value: in the figure's unit per step of one period.
        p_value: two-sided, of no change; 1 where there is no value.
        scatter: standard deviation of periods about the line beyond what chance within them explains, in the figure's
            unit; 0 where chance explains all.
    """

    value: Interval
    p_value: float
    scatter: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MannKendall:
    """A test for a steady rise or fall of any form.

    Attributes:
        s: pairs that rise less pairs that fall.
        tau: Kendall's, -1 .. 1 (tau-b: ties count on neither side).
        z: of s with its variance corrected; `p_value`: two-sided.
        correction: what autocorrelation multiplies the variance by; 1 where none is found.
        p_uncorrected: as if periods were independent.
        slope: median of the slopes of all pairs (Sen), per step of one period.
    """

    s: int
    tau: float
    z: float
    p_value: float
    correction: float
    p_uncorrected: float
    slope: float


def slope(
    values: ArrayLike,
    variances: ArrayLike,
    n: Sequence[int],
    *,
    places: ArrayLike | None = None,
    level: float = 0.95,
) -> Slope:
    """Return the change per period of a net score or mean, by weighted least squares.

    Where periods scatter about the line by more than their variances say, that much is added to each variance, and
    Student's t with k - 2 degrees of freedom serves: one can no longer rely on the variances. Simulated with 4 to 12
    periods, limits hold the truth 97 % of the time without scatter, 92 to 95 % with up to twice that of chance.

    Args:
        values: of each period, shape (k,), in any unit.
        variances: sampling variances, > 0 (for NPS those of the adjusted Wald: never 0), shape (k,).
        n: units of each period.
        places: of periods on the time axis, in steps of one period; 0, 1, 2, ... where not given.
        level: of the interval.

    Raises:
        ValueError: a variance is not positive, or lengths differ.

    References:
        Thompson & Sharp (1999), Statistics in Medicine 18, 2693-2708 (regression of estimates; scatter by moments);
        Knapp & Hartung (2003), Statistics in Medicine 22, 2693-2710 (t, with their factor not below 1).
    """
    y, v = np.asarray(values, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    x = np.arange(len(y), dtype=np.float64) if places is None else np.asarray(places, dtype=np.float64)
    if not y.shape == v.shape == x.shape or not (v > 0).all():
        raise ValueError("every period needs a value, a place and a variance above 0")
    units = int(sum(n))
    if len(np.unique(x)) < _SLOPE:
        why = f"a trend needs {_SLOPE} periods"
        return Slope(value=unknown(why, level=level, n=units), p_value=1.0, scatter=0.0)
    df, w = len(y) - 2, 1 / v
    _, rest, _ = _line(x, y, w)
    between = max(0.0, (float(w @ rest**2) - df) / _freedom(x, w))
    w = 1 / (v + between)
    steep, rest, spread = _line(x, y, w)
    error = math.sqrt(max(float(w @ rest**2) / df, 1.0) / spread)
    half = (t(level, df) if between else z(level)) * error
    ratio = -abs(steep) / error
    return Slope(
        value=Interval(
            value=steep,
            low=steep - half,
            high=steep + half,
            level=level,
            method="weighted least squares, scatter" if between else "weighted least squares",
            n=units,
        ),
        p_value=2 * float(special.stdtr(df, ratio) if between else special.ndtr(ratio)),
        scatter=math.sqrt(between),
    )


def _line(x: Floats, y: Floats, w: Floats) -> tuple[float, Floats, float]:
    """Return slope, residuals and the weighted sum of squares of x about its mean."""
    x, y = x - w @ x / w.sum(), y - w @ y / w.sum()
    spread = float(w @ x**2)
    steep = float(w @ (x * y)) / spread
    return steep, y - steep * x, spread


def _freedom(x: Floats, w: Floats) -> float:
    """Return by how much a unit of scatter raises the weighted sum of squared residuals."""
    x = x - w @ x / w.sum()
    return float(w.sum() - w @ w / w.sum() - (w @ (w * x**2)) / (w @ x**2))


def mann_kendall(values: ArrayLike) -> MannKendall | None:
    """Test a long series for a steady rise or fall; None below 10 periods, or where all are alike.

    Args:
        values: one a period, in order, shape (k,).

    References:
        Mann (1945), Econometrica 13, 245-259; Kendall (1975), Rank Correlation Methods, for ties; Sen (1968), JASA 63,
        1379-1389. Hamed & Rao (1998), J. of Hydrology 204, 182-196, eq. 11, of the ranks of what Sen's slope leaves;
        their autocorrelations at each lag are too low without a trend, and beyond the first mostly noise: here they are
        powers of the first, freed of its bias (Kendall, 1954, Biometrika 41, 403-404). Of 24 to 60 steady periods whose
        neighbours correlate 0, 0.4 and 0.7 it calls 3, 6 to 8 and 8 to 12 % at a level of 5 %; without correction 5, 17
        and 40 %, by the original rule 4, 15 and 25 %.
    """
    y = np.asarray(values, dtype=np.float64)
    n = len(y)
    if n < _LONG or np.ptp(y) == 0:
        return None
    first, second = np.triu_indices(n, 1)
    signs = np.sign(y[second] - y[first])
    s = int(signs.sum())
    ties = np.unique(y, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    steep = float(np.median((y[second] - y[first]) / (second - first)))
    correction = _autocorrelated(y - steep * np.arange(n))
    pairs = n * (n - 1) / 2
    untied = math.sqrt(pairs * (pairs - float((ties * (ties - 1)).sum()) / 2))
    plain = (s - np.sign(s)) / math.sqrt(variance)
    found = plain / math.sqrt(correction)
    return MannKendall(
        s=s,
        tau=s / untied,
        z=float(found),
        p_value=2 * float(special.ndtr(-abs(found))),
        correction=correction,
        p_uncorrected=2 * float(special.ndtr(-abs(plain))),
        slope=steep,
    )


def _autocorrelated(rest: Floats) -> float:
    """Return by how much autocorrelation of `rest` multiplies the variance of Mann's S; never below 1.

    Negative autocorrelation would make it less than 1, in short series even negative by chance.
    """
    n = len(rest)
    _, place, counts = np.unique(rest, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    ranks = ranks - ranks.mean()
    spread = float(ranks @ ranks)
    if not spread:
        return 1.0
    first = min(max((n * float(ranks[1:] @ ranks[:-1]) / spread + 2) / (n - 4), 0.0), _NEAR)
    lags = np.arange(1, n - 1)
    terms = (n - lags) * (n - lags - 1) * (n - lags - 2) * first**lags
    return 1 + 2 * float(terms.sum()) / (n * (n - 1) * (n - 2))
