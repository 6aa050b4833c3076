"""How long customers stay: Kaplan-Meier and what can be read off it, from grouped counts.

References:
    Kaplan & Meier (1958), JASA 53, 457-481. Klein & Moeschberger (2003), Survival Analysis, 2nd ed., ch. 4.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from regulars.core.estimate import Interval, unknown
from regulars.stats.contrasts import Statistic
from regulars.stats.intervals import clopper_pearson, z

Floats = NDArray[np.float64]
_HAIR = 1e-9  # a curve that should touch 1/2 exactly may miss it by rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A step function of the share that stays.

    Attributes:
        times: distinct durations at which units left or were last seen, ascending; shape (k,).
        at_risk: units under observation just before each time.
        events: units that left at each time.
        n: units in all.
    """

    times: Floats
    at_risk: Floats
    events: Floats
    n: int

    @property
    def survival(self) -> Floats:
        """S(t) just after each time."""
        with np.errstate(invalid="ignore", divide="ignore"):
            stay = np.where(self.events > 0, 1 - self.events / self.at_risk, 1.0)
        return np.cumprod(stay, dtype=np.float64)

    @property
    def greenwood(self) -> Floats:
        """Σ d/(n(n-d)) up to each time: the variance of log S (Greenwood, 1926); infinite once S is 0."""
        return np.cumsum(_greenwood_terms(self))

    @property
    def standard_error(self) -> Floats:
        """Standard error of S(t) (Greenwood); 0 where S is 0."""
        survival = self.survival
        return np.where(survival > 0, survival * np.sqrt(np.where(survival > 0, self.greenwood, 0.0)), 0.0)

    def band(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return pointwise lower and upper limits of S on the log(-log) scale.

        That scale has no interval where S is 1 or 0, so exact binomial limits stand in, with a = (1 - level)/2.
        Before anyone left, the lower one is a^(1/n), n being the units under observation throughout (the fewest at
        risk up to then). Where nobody is left, the upper one is 1 - a^(1/n), n being the units at risk, all of whom
        left then, or that of the last time before if it is lower. The exact ones are the beta product limits or wider.

        References:
            Kalbfleisch & Prentice (1980), The Statistical Analysis of Failure Time Data, ch. 1. Clopper & Pearson
            (1934), Biometrika 26, 404-413. Fay, Brittain & Proschan (2013), Biostatistics 14, 723-736.
        """
        survival, half = self.survival, z(level)
        with np.errstate(invalid="ignore", divide="ignore"):
            log = np.log(survival)
            width = np.exp(half * np.sqrt(self.greenwood) / np.abs(log))
            low, high = survival**width, survival ** (1 / width)
            bound = ((1 - level) / 2) ** (1 / self.at_risk)
        whole = np.minimum.accumulate(bound)
        low = np.where(survival >= 1, whole, np.where(survival <= 0, 0.0, low))
        high = np.where(survival >= 1, 1.0, high)
        gone = int(np.searchsorted(-survival, 0.0))  # the first place where S is 0
        if gone < len(high):
            high[gone:] = min(high[gone - 1] if gone else 1.0, 1 - bound[gone])
        return low, high


def _greenwood_terms(curve: Curve) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        terms = curve.events / (curve.at_risk * (curve.at_risk - curve.events))
    return np.where(curve.events > 0, terms, 0.0)


def kaplan_meier(durations: ArrayLike, events: ArrayLike, censored: ArrayLike, late: ArrayLike | None = None) -> Curve:
    """Return the Kaplan-Meier curve of grouped durations.

    Args:
        durations: distinct durations in ascending order, >= 0, any unit; shape (k,).
        events: units that left after exactly that long.
        censored: units still there when last seen after exactly that long.
        late: units that came under observation only after that long (left truncation: customers older than the
            records); they are at risk from the next duration on. A row may hold late entries only. None: nobody did.

    Raises:
        ValueError: durations do not ascend, or more units leave than were there.

    References:
        Klein & Moeschberger (2003), eq. 4.2.1 and 4.6.1. With few units at risk early on, late entry lets S fall to 0
        for ever; read such a curve from the first time with a decent risk set.
    """
    times, left, seen = (np.asarray(part, dtype=np.float64) for part in (durations, events, censored))
    entered = np.zeros_like(times) if late is None else np.asarray(late, dtype=np.float64)
    if np.any(np.diff(times) <= 0):
        raise ValueError("durations must ascend without repeats")
    exits = left + seen
    n = exits.sum()
    at_risk = n - entered.sum() + np.cumsum(entered) - entered - (np.cumsum(exits) - exits)
    if np.any(at_risk < exits):
        raise ValueError("more units leave than were under observation")
    return Curve(times=times, at_risk=at_risk, events=left, n=int(n))


def survival_at(curve: Curve, time: float, *, level: float = 0.95) -> Interval:
    """Return the share still there after `time`, with its log-log interval; where all or none are, see `Curve.band`."""
    if not curve.n:
        return unknown("no customers", level=level)
    row = int(np.searchsorted(curve.times, time, side="right")) - 1
    survival, (low, high) = curve.survival, curve.band(level)
    if time > curve.times[-1] and survival[-1] > 0:
        return unknown(f"nobody was observed for as long as {time:g}", level=level, n=curve.n)
    if row < 0:  # nobody left or was lost so early
        first = clopper_pearson(0, int(curve.at_risk[0]), level=level).high or 0.0
        value, lower, upper = 1.0, 1 - first, 1.0
    else:
        value, lower, upper = float(survival[row]), float(low[row]), float(high[row])
    limits = "log-log" if 0 < value < 1 else "exact binomial" if value else "log-log or exact binomial, the lower"
    return Interval(value=value, low=lower, high=upper, level=level, method=f"Kaplan-Meier, {limits}", n=curve.n)


def survival_quantile(curve: Curve, p: float = 0.5, *, level: float = 0.95) -> Interval:
    """Return the time by which a share `p` has left (the median by default).

    The first time at which the curve is at or below 1 - p. `high` is infinite where the upper curve never falls so
    far: the data do not bound it.

    References:
        Brookmeyer & Crowley (1982), Biometrics 38, 29-41, on the log-log curve.
    """

    if not curve.n:
        return unknown("no customers", level=level)
    low, high = curve.band(level)
    value = _first_below(curve, curve.survival, 1 - p)
    if math.isinf(value):
        why = f"fewer than {p * 100:g} % of customers had left by the longest time seen, {curve.times[-1]:g}"
        return unknown(why, level=level, n=curve.n)
    return Interval(
        value=value,
        low=_first_below(curve, low, 1 - p),
        high=_first_below(curve, high, 1 - p),
        level=level,
        method="Brookmeyer-Crowley, log-log",
        n=curve.n,
    )


def _first_below(curve: Curve, line: Floats, share: float) -> float:
    below = np.flatnonzero(line <= share + _HAIR)
    return float(curve.times[below[0]]) if len(below) else math.inf


def restricted_mean(curve: Curve, horizon: float, *, level: float = 0.95) -> Interval:
    """Return the mean time spent as a customer within the first `horizon`: the area under S up to it.

    References:
        Klein & Moeschberger (2003), eq. 4.5.1 and 4.5.2.
    """
    if not curve.n:
        return unknown("no customers", level=level)
    if horizon > curve.times[-1] and curve.survival[-1] > 0:
        return unknown(f"nobody was observed for as long as {horizon:g}", level=level, n=curve.n)
    value, variance = _area(curve, horizon)
    half = z(level) * math.sqrt(variance)
    low, high = max(0.0, value - half), min(horizon, value + half)
    return Interval(value=value, low=low, high=high, level=level, method="restricted mean, Greenwood", n=curve.n)


def _area(curve: Curve, horizon: float) -> tuple[float, float]:
    within = curve.times < horizon
    edges = np.concatenate(([0.0], curve.times[within], [horizon]))
    steps = np.concatenate(([1.0], curve.survival[within])) * np.diff(edges)
    rest = np.cumsum(steps[::-1])[::-1][1:]  # area beyond each time
    terms = _greenwood_terms(curve)[within]
    known = np.isfinite(terms)  # once S is 0 there is no area beyond
    return float(steps.sum()), float(np.sum(rest[known] ** 2 * terms[known]))


def hazard(curve: Curve, *, level: float = 0.95) -> tuple[Interval, ...]:
    """Return, for each time, the share that left of those at risk, with its exact (Clopper-Pearson) interval."""
    pairs = zip(curve.events, curve.at_risk, strict=True)
    return tuple(clopper_pearson(int(left), int(there), level=level) for left, there in pairs)


def log_rank(curves: Sequence[Curve]) -> Statistic:
    """Test whether two or more curves are one.

    References:
        Mantel (1966); Klein & Moeschberger (2003), eq. 7.3.3 and 7.3.4 with weight 1.
    """
    times = np.unique(np.concatenate([curve.times[curve.events > 0] for curve in curves]))
    there = np.array([_at_risk(curve, times) for curve in curves])
    left = np.array([_events(curve, times) for curve in curves])
    n, d = there.sum(axis=0), left.sum(axis=0)
    observed, expected = left.sum(axis=1), (there * d / n).sum(axis=1)
    spread = np.where(n > 1, d * (n - d) / np.maximum(n - 1, 1), 0.0)
    share = there / n
    covariance = np.diag((share * spread).sum(axis=1)) - (share * spread) @ share.T
    gap = (observed - expected)[:-1]
    value = float(gap @ np.linalg.pinv(covariance[:-1, :-1]) @ gap)
    df = len(curves) - 1
    return Statistic(value=value, df=df, p_value=float(special.chdtrc(df, value)))


def _at_risk(curve: Curve, times: Floats) -> Floats:
    row = np.searchsorted(curve.times, times, side="left")
    return np.append(curve.at_risk, 0.0)[row]


def _events(curve: Curve, times: Floats) -> Floats:
    row = np.minimum(np.searchsorted(curve.times, times, side="left"), len(curve.times) - 1)
    return np.where(curve.times[row] == times, curve.events[row], 0.0)
