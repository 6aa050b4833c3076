"""Where the level of a course shifted: breaks that explain it best, when, and by how much.

References:
    Bai & Perron (2003), Computation and analysis of multiple structural change models, Journal of Applied Econometrics
    18: dynamic programming over all partitions; table of critical values of supF(l + 1 | l).
    Bai (1997), Estimation of a change point in multiple regression models, Review of Economics and Statistics 79:
    distribution of a break's date (appendix B).
    Zeileis, Kleiber, Kraemer & Hornik (2003), Testing and dating of structural changes in practice, Computational
    Statistics & Data Analysis 44: BIC of the number of breaks.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.core.estimate import Interval
from regulars.stats.intervals import z

Floats: TypeAlias = NDArray[np.float64]

#: Least share of a course that a level lasts, most breaks that are looked for, and fewest values of a level.
TRIM, MOST, FEWEST = 0.15, 5, 4
#: Of supF(l + 1 | l), 15 % trimmed, one mean, 1 %: what a shift's F must exceed to be told (Bai & Perron, table II).
_CRITICAL = (12.29, 13.89, 14.80, 15.28, 15.76)
#: Neighbouring values go together no more than this.
_NEAR = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """The best way to cut a course into levels.

    Attributes:
        ends: number of values before each break.
        rss: sum of squares about the levels.
        bic: Bayesian information criterion; levels, breaks and the variance are its parameters.
    """

    ends: tuple[int, ...]
    rss: float
    bic: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A shift of the level.

    Attributes:
        at: number of values before it.
        first, last: between which numbers of values it lies, at the level of `shift`; None where that cannot be told.
        shift: level after it less level before it, in the course's unit.
    """

    at: int
    first: int | None
    last: int | None
    shift: Interval


def partitions(values: Floats, *, most: int = MOST, trim: float = TRIM) -> tuple[Partition, ...]:
    """Return the best partition with 0, 1, ... breaks, as many as there is room for.

    Args:
        values: the course, shape (n,).
        most: breaks at most.
        trim: least share of the values that a level lasts.
    """
    n, least = len(values), max(math.floor(trim * len(values)), 2)
    squares = _squares(values)
    cost = np.full(n + 1, np.inf)
    cost[least:] = squares[0, least:]
    found, before = [_partition((), float(cost[n]), n)], []
    for count in range(1, most + 1):
        if (count + 1) * least > n:
            break
        # [i, j]: the last level holds values i .. j - 1, and what is before it is cut best.
        both = cost[:, None] + squares
        i, j = np.indices(both.shape)
        both[j - i < least] = np.inf
        before.append(np.argmin(both, axis=0))
        cost = both.min(axis=0)
        found.append(_partition(_ends(before, n), float(cost[n]), n))
    return tuple(found)


def _squares(values: Floats) -> Floats:
    """Return the sum of squares about their mean of values i .. j - 1, shape (n + 1, n + 1); infinite where none is."""
    n = len(values)
    centred = values - values.mean()
    sums, sums_of_squares = (np.concatenate([[0.0], np.cumsum(part)]) for part in (centred, centred**2))
    counts = np.arange(n + 1)[None, :] - np.arange(n + 1)[:, None]
    total = sums[None, :] - sums[:, None]
    about = sums_of_squares[None, :] - sums_of_squares[:, None] - total**2 / np.maximum(counts, 1)
    return np.where(counts > 0, np.maximum(about, 0.0), np.inf)


def _ends(before: Sequence[NDArray[np.int64]], n: int) -> tuple[int, ...]:
    ends, at = [], n
    for best in reversed(before):
        at = int(best[at])
        ends.append(at)
    return tuple(reversed(ends))


def _partition(ends: tuple[int, ...], rss: float, n: int) -> Partition:
    return Partition(ends=ends, rss=rss, bic=_bic(rss, n, 2 * (len(ends) + 1)))


def _bic(rss: float, n: int, parameters: int) -> float:
    if rss <= 0:
        return -math.inf
    return n * (math.log(rss / n) + 1 + math.log(2 * math.pi)) + math.log(n) * parameters


def breaks(values: Floats, *, level: float = 0.95, trim: float = TRIM, most: int = MOST) -> tuple[Break, ...]:
    """Return where the level of a course shifted; nothing where a straight line, or chance, explains it as well.

    As many breaks as have the least BIC; each must besides be larger than neighbouring values that go together explain,
    at 1 % of courses without a break.

    Args:
        values: the course without its season, shape (n,).
        level: of intervals, in (0, 1).
        trim: least share of the values that a level lasts.
        most: breaks at most.
    """
    n = len(values)
    if n < 2 * FEWEST or np.ptp(values) == 0:
        return ()
    best = min(partitions(values, most=most, trim=max(trim, FEWEST / n)), key=lambda one: one.bic)
    line = values - np.polyval(np.polyfit(np.arange(n), values, 1), np.arange(n))
    if not best.ends or _bic(float(line @ line), n, 3) <= best.bic or _wanders(values, best.ends):
        return ()
    found = [_break(values, best.ends, place, level) for place in range(len(best.ends))]
    told = tuple(one for one, ratio in found if ratio > _limit(len(found), n))
    return told if len(told) == len(found) else _fewer(values, told, level)


def _wanders(values: Floats, ends: Sequence[int]) -> bool:
    """Return whether values that follow the one before them (AR(1)) explain a course as well as its breaks do."""
    n, before = len(values) - 1, values[:-1]
    levels = np.zeros((n, len(ends) + 1))
    levels[np.arange(n), np.searchsorted(ends, np.arange(1, n + 1), side="right")] = 1
    found = []
    for known in (np.ones((n, 1)), levels):
        made = np.column_stack([known, before])
        off = values[1:] - made @ np.linalg.lstsq(made, values[1:], rcond=None)[0]
        # A break costs its level, and its date twice: among all dates, the best looks better than it is.
        found.append(_bic(float(off @ off), n, 3 * known.shape[1]))
    return found[0] <= found[1]


def _limit(count: int, n: int) -> float:
    """Return what the F of each of `count` breaks must exceed, of so few values, too."""
    tail = 1 - special.chdtr(1, _CRITICAL[min(count, len(_CRITICAL)) - 1])
    return float(special.fdtri(1, max(n - 2 * (count + 1), 1), 1 - tail))


def _fewer(values: Floats, told: tuple[Break, ...], level: float) -> tuple[Break, ...]:
    """Return the breaks that were large enough, told anew without the others between them."""
    ends = tuple(one.at for one in told)
    found = [_break(values, ends, place, level) for place in range(len(ends))]
    return tuple(one for one, ratio in found if ratio > _limit(1, len(values)))


def _break(values: Floats, ends: Sequence[int], place: int, level: float) -> tuple[Break, float]:
    """Return a break with its F: how large it is beside what chance would make of neighbours that go together."""
    bounds = (0, *ends, len(values))
    before, after = values[bounds[place] : bounds[place + 1]], values[bounds[place + 1] : bounds[place + 2]]
    shift = float(after.mean() - before.mean())
    together = _together(values, bounds)
    variances = [float(np.var(part)) * (1 + together) / (1 - together) for part in (before, after)]
    error = math.sqrt(sum(part / len(values_) for part, values_ in zip(variances, (before, after), strict=True)))
    half, n = z(level) * error, len(before) + len(after)
    interval = Interval(
        value=shift,
        low=shift - half,
        high=shift + half,
        level=level,
        method="difference of means, neighbours that go together allowed for",
        n=n,
    )
    span = dated(shift, variances[0], variances[1], level)
    at = bounds[place + 1]
    first, last = (None, None) if span is None else (max(at - span[0], 1), min(at + span[1], len(values) - 1))
    ratio = math.inf if error == 0 else (shift / error) ** 2
    return Break(at=at, first=first, last=last, shift=interval), ratio


def _together(values: Floats, bounds: Sequence[int]) -> float:
    """Return how much neighbouring values go together about their levels, 0 to `_NEAR`."""
    about = [values[start:end] - values[start:end].mean() for start, end in pairwise(bounds)]
    products = sum(float(part[1:] @ part[:-1]) for part in about)
    squares = sum(float(part @ part) for part in about)
    if squares <= 0:
        return 0.0
    # Means taken off make neighbours look less alike (Kendall 1954).
    bias = min(len(about) / len(values), 0.3)
    return min(max((products / squares + bias) / (1 - 3 * bias), 0.0), _NEAR)


def dated(shift: float, before: float, after: float, level: float) -> tuple[int, int] | None:
    """Return how many values earlier and later the break may lie; None where the limits cannot be had.

    Args:
        shift: of the level.
        before, after: variance of values about the level on each side.
        level: of the limits, in (0, 1).
    """
    if shift == 0:
        return None
    if before <= 0 or after <= 0:
        return (0, 0) if before <= 0 and after <= 0 else None
    tail, ratio = (1 - level) / 2, after / before
    if not tail < _placed(0.0, ratio) < 1 - tail:
        return None
    unit = before / shift**2
    late, early = _root(lambda x: _placed(x, ratio), 1 - tail), _root(lambda x: 1 - _placed(-x, ratio), 1 - tail)
    # What is told too late, lies earlier.
    return math.ceil(late * unit), math.ceil(early * unit)


def _root(rises: Callable[[float], float], to: float) -> float:
    from scipy import optimize

    high = 1.0
    while rises(high) < to:
        high *= 2
    return float(optimize.brentq(lambda x: rises(x) - to, 0.0, high))


def _placed(x: float, phi: float) -> float:
    """Return the distribution function of where the break lies, both levels being means (Bai 1997, appendix B).

    Args:
        x: place, in units of the variance before it over the squared shift.
        phi: variance after it over that before it.
    """
    far = abs(x)
    root = math.sqrt(far)
    if x < 0:
        a, b = (1 / phi) * (1 + 1 / phi) / 2, 0.5 + 1 / phi
        c, d = phi * (phi + 2) / (phi + 1), (phi + 2) ** 2 / (phi + 1)
        return float(
            -root * math.exp(-far / 8) / math.sqrt(2 * math.pi)
            - c * math.exp(a * far + special.log_ndtr(-b * root))
            + (d - 2 + far / 2) * special.ndtr(-root / 2)
        )
    a, b = (phi + 1) / 2, (2 * phi + 1) / (2 * math.sqrt(phi))
    c, d = (1 + 2 * phi) / ((phi + 1) * phi), (1 + 2 * phi) ** 2 / ((phi + 1) * phi)
    return float(
        1
        + root * math.exp(-far / (8 * phi)) / math.sqrt(2 * math.pi * phi)
        + c * math.exp(a * far + special.log_ndtr(-b * root))
        + (2 - d - far / (2 * phi)) * special.ndtr(-root / (2 * math.sqrt(phi)))
    )
