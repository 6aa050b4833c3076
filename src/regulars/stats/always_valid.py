"""Intervals and p-values that hold at every look at once: an experiment may be watched, and stopped, on any day.

A plain interval holds on one day that was fixed before. Who looks daily and stops at the first that leaves out 0 is
wrong far more often than one time in twenty. Here effects are weighed against 0 by the mixture sequential probability
ratio with effects N(0, tau²): the ratio is a martingale where there is no effect, and exceeds 1/alpha at any time with
probability alpha at most (Ville). It takes the errors as known and estimates as normal, so the first look should wait
for some hundred customers in each arm.

How `tau2` is chosen costs or saves width, never validity, as long as it is fixed before the first look. A good one is
the square of the effect to be expected (`tuned_to_effect`), the mixture being what effects are thought to be; or that
which makes the interval shortest at a sample size (`tuned`). They agree: at the size that shows an effect with a
probability of 80 %, the shortest is at tau2 = 1.05 times the square of that effect.

References:
    Robbins (1970), Annals of Mathematical Statistics 41, 1397-1409. Johari, Koomen, Pekelis & Walsh (2022), Operations
    Research 70, 1806-1821 (in experiments; the mixture matched to the prior of effects). Howard, Ramdas, McAuliffe &
    Sekhon (2021), Annals of Statistics 49, 1055-1080, section 3.5 (shortest at a sample size).
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from regulars.core.errors import QueryError
from regulars.core.estimate import Interval, unknown
from regulars.stats.effects import Effect

Floats = NDArray[np.float64]


def half_width(variance: ArrayLike, tau2: float, *, level: float = 0.95) -> Floats:
    """Return the half width of always-valid intervals: sqrt(v (v + tau²)/tau² (2 ln(1/alpha) + ln((v + tau²)/v))).

    Args:
        variance: v, sampling variance of the difference at each look, above 0; of n customers in each arm, V/n.
        tau2: variance of the mixture, in the metric's unit squared.
        level: 1 - alpha, held at all looks together.

    Raises:
        QueryError: `tau2` or a variance is not above 0, or `level` not between 0 and 1.

    >>> half_width([2 / 100, 2 / 10_000], 0.01).round(4).tolist()
    [0.6195, 0.045]

    References:
        Johari et al. (2022), the interval that inverts the mixture test of a normal mean.
    """
    v = _looks(variance, tau2, level)
    return np.sqrt(v) * np.sqrt((1 + v / tau2) * (-2 * math.log(1 - level) + np.log1p(tau2 / v)))


def interval(effect: Effect, tau2: float, *, level: float = 0.95) -> Interval:
    """Return the always-valid interval of a difference, of its value and standard error.

    It speaks of the difference: of a lift take the difference first, whose error is closer to normal.
    """
    n = effect.interval.n
    if effect.interval.value is None or effect.error is None:
        return unknown(effect.interval.why_not, level=level, n=n)
    value, half = effect.interval.value, float(half_width(effect.error**2, tau2, level=level))
    method = "always valid (mixture SPRT)"
    return Interval(value=value, low=value - half, high=value + half, level=level, method=method, n=n)


def p_values(differences: ArrayLike, variances: ArrayLike, tau2: float) -> Floats:
    """Return always-valid p-values of looks in the order of time: the smallest 1/ratio so far, 1 at most.

    Below alpha at the first look whose interval leaves out 0, and from then on.

    Args:
        differences: at each look, shape (looks,).
        variances: their sampling variances, above 0, shape (looks,).
        tau2: variance of the mixture.

    Raises:
        QueryError: as `half_width`, or a difference that is not a finite number.

    >>> p_values([0.2, 0.3, 0.1], [0.01, 0.005, 0.004], 0.01).round(4).tolist()
    [0.5203, 0.0043, 0.0043]
    """
    v, seen = _looks(variances, tau2, 0.95), np.asarray(differences, dtype=np.float64)
    if not np.isfinite(seen).all():
        raise QueryError("`differences`: a finite number is needed at every look.")
    log_ratio = seen**2 / (2 * v * (1 + v / tau2)) - np.log1p(tau2 / v) / 2
    return np.minimum.accumulate(np.exp(-np.maximum(log_ratio, 0.0)))


def tuned(variance: float, *, level: float = 0.95) -> float:
    """Return the `tau2` with the shortest interval at one sampling variance: that of the planned end.

    tau2/v = x solves x = 2 ln(1/alpha) + ln(1 + x), so x = -W(-alpha²/e) - 1 with the lower branch of Lambert's W; the
    half width there is sqrt(v + tau2), 1.55 times the plain one at 95 %.

    >>> round(tuned(1.0), 3)
    8.212

    References:
        Howard et al. (2021), section 3.5; Waudby-Smith et al. (2024), Annals of Statistics 52, 2613-2640, appendix B.
    """
    v = _looks(variance, 1.0, level)
    return float(v * (-special.lambertw(-((1 - level) ** 2) / math.e, k=-1).real - 1))


def tuned_to_effect(effect: float) -> float:
    """Return the `tau2` for an effect of about that size, in the metric's unit: its square.

    References:
        Johari et al. (2022), on the choice of the mixture: close to the prior of effects it stops soonest on average.
    """
    if not 0 < abs(effect) < math.inf:
        raise QueryError(f"The effect to be expected is {effect}: it must be a finite number other than 0.")
    return effect**2


def _looks(variance: ArrayLike, tau2: float, level: float) -> Floats:
    v = np.asarray(variance, dtype=np.float64)
    for name, right in (("variance", np.isfinite(v).all() and (v > 0).all()), ("tau2", 0 < tau2 < math.inf)):
        if not right:
            raise QueryError(f"`{name}` must be a finite number above 0.")
    if not 0 < level < 1:
        raise QueryError(f"`level` is {level}: it must be between 0 and 1.")
    return v
