"""How sure the Qini coefficient is, and by how much one order of customers is better than another.

Customers are drawn again, arms and outcomes with them; scores are taken as they are, so they must be out of fold. Every
score sees the same draws: differences between scores are paired.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from regulars.core.estimate import Interval, unknown
from regulars.stats import resampling, uplift_curves
from regulars.stats.ranking import ranks

Floats: TypeAlias = NDArray[np.float64]

DRAWS = 1000
#: Points of a curve in the bootstrap; more move an area by less than a hundredth of its error.
_POINTS = 500
NO_ORDER = "all customers are scored the same: there is no order"


def interval(
    outcome: Floats,
    treated: Floats,
    score: Floats,
    *,
    rng: np.random.Generator,
    draws: int = DRAWS,
    level: float = 0.95,
) -> Interval:
    """Return the Qini coefficient with negative effects, and its percentile interval.

    Args:
        outcome: shape (n,), 0 or 1 or amounts.
        treated: 1 or 0, shape (n,); drawn with one probability for all.
        score: shape (n,), out of fold.
        rng: draws customers.
        draws: of the bootstrap.
        level: of the interval.
    """
    found = drawn(outcome, treated, [score], rng=rng, draws=draws)
    return between(uplift_curves.qini(outcome, treated, score), found[:, 0], n=len(outcome), level=level)


def between(value: float, draws: Floats, *, n: int, level: float) -> Interval:
    """Return the interval of a Qini coefficient, or of a difference of two, by draws of `drawn`."""
    if not np.isfinite(value):
        return unknown("no order of customers is better than chance", level=level, n=n)
    if not np.ptp(draws):
        return unknown(NO_ORDER, level=level, n=n)
    return resampling.percentile(value, draws, n=n, level=level)


def simultaneous(values: Floats, draws: Floats, *, n: int, level: float = 0.95) -> tuple[Interval, ...]:
    """Return intervals of several Qini coefficients that hold all at once: the best of many looks good by chance.

    Args:
        values: shape (k,).
        draws: of `drawn`, shape (draws, k).
        n: customers.
        level: at which all hold together.

    References:
        Montiel Olea & Plagborg-Møller (2019), J. of Applied Econometrics 34, 1-17 (sup-t bands).
    """
    single = [between(float(value), draws[:, at], n=n, level=level) for at, value in enumerate(values)]
    known = [at for at, one in enumerate(single) if one.value is not None]
    if not known:
        return tuple(single)
    error = draws[:, known].std(axis=0, ddof=1)
    reach = np.quantile(np.abs((draws[:, known] - draws[:, known].mean(axis=0)) / error).max(axis=1), level)
    method = f"Poisson bootstrap, sup-t of {len(known)}"
    for at, half in zip(known, (reach * error).tolist(), strict=True):
        value = float(values[at])
        single[at] = Interval(value=value, low=value - half, high=value + half, level=level, method=method, n=n)
    return tuple(single)


def drawn(
    outcome: Floats, treated: Floats, scores: Sequence[Floats], *, rng: np.random.Generator, draws: int = DRAWS
) -> Floats:
    """Return Qini coefficients with negative effects of several scores on the same resamples, shape (draws, scores).

    42,693 customers, 1,000 draws and 8 scores take about 4 seconds.
    """
    from scipy import sparse  # few commands need it

    orders = [_points(score) for score in (*scores, uplift_curves.perfect(outcome, treated))]
    rows, kinds = np.arange(len(outcome)), (treated, 1 - treated, treated * outcome, (1 - treated) * outcome)
    # TRICKY: one sparse product sums a chunk of resamples by points; cumulating rows would cost ten times as much.
    sums_of = [
        sparse.hstack([sparse.csr_array((kind, (rows, point))) for kind in kinds], format="csc").T for point in orders
    ]

    def statistic(weights: Floats) -> Floats:
        turned = np.ascontiguousarray(weights.T)
        sums = [(each @ turned).T.reshape(len(weights), 4, -1) for each in sums_of]
        areas = np.stack([uplift_curves.qini_area(each) for each in sums], axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):  # of a resample without any outcome: refused later
            return np.asarray(areas[:, :-1] / areas[:, -1:])

    # What fewer points change of the value they change of the draws.
    shift = [uplift_curves.qini(outcome, treated, score) for score in scores] - statistic(np.ones((1, len(outcome))))
    return resampling.poisson_bootstrap(statistic, len(outcome), rng=rng, draws=draws) + shift


def _points(score: Floats) -> NDArray[np.intp]:
    """Return which point of the curve each row comes in at, highest score first; every point has rows."""
    share = (ranks(-score) - 0.5) / len(score)
    return np.unique(np.floor(share * _POINTS), return_inverse=True)[1]
