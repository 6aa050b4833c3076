"""Limits of what is foretold, from how far it was off at rolling origins: no law of errors is assumed.

References:
    Vovk, Gammerman & Shafer (2005), Algorithmic Learning in a Random World, ch. 2: m windows hold at most m / (m + 1).
    Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018), Distribution-free predictive inference for regression,
    Journal of the American Statistical Association 113, sec. 5.2: errors on a scale of their own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy import special

from regulars.stats.forecasting.choosing import Tried
from regulars.stats.forecasting.rolling import Floats, Whole

#: Windows without which there are no limits.
FEWEST = 4
#: How errors may grow with the level: as of counts, in proportion; where this share of what was foretold is positive.
_POWERS, _POSITIVE = (0.5, 1.0), 0.9
#: Values before an origin that tell how uncertain they are.
_LATELY = 6
#: Steps at which it is looked whether past limits held, at most.
_STEPS = 8
#: What is foretold counts as no less than this share of its median where errors are put on its scale.
_FLOOR = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """How large errors are expected to be: they may grow with what is foretold, or with how uncertain values are.

    Attributes:
        power: of what is foretold: 0 where errors do not grow with it, 0.5 as its root, 1 in proportion.
        floor: what is foretold counts as at least so much.
        then: how uncertain values had been at each origin, shape (origins,); None where that is not what matters.
        now: how uncertain they are at the end of the course.
    """

    power: float = 0.0
    floor: float = 0.0
    then: Floats | None = None
    now: float = 1.0

    def past(self, foretold: Floats) -> Floats:
        """Return the scale of errors at rolling origins, shape (origins, ahead)."""
        if self.then is not None:
            return np.broadcast_to(self.then[:, None], foretold.shape)
        return self._grown(foretold)

    def ahead(self, foretold: Floats) -> Floats:
        """Return the scale of errors of steps, shape (ahead,)."""
        return np.full_like(foretold, self.now) if self.then is not None else self._grown(foretold)

    def _grown(self, foretold: Floats) -> Floats:
        return np.maximum(foretold, self.floor) ** self.power if self.power else np.ones_like(foretold)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """How far a step may be off.

    Attributes:
        width: half of the interval, on the scale of errors.
        held: coverage that windows alone give, in (0, 1); below the level that is asked for, `width` was widened.
        windows: that it rests on.
        worth: how many that did not overlap they are worth.
    """

    width: float
    held: float
    windows: int
    worth: float


def spread_of(found: Tried, noise: Floats | None) -> Spread:
    """Return how errors grow: what makes them likeliest under a Laplace law.

    Args:
        found: the model at rolling origins.
        noise: half width of each value's own interval, NaN where unknown, shape (n,); None where values have none.
    """
    known = np.isfinite(found.errors)
    errors, foretold = np.abs(found.errors[known]), found.foretold[known]
    every = [Spread()]
    middle = float(np.median(foretold)) if len(foretold) else 0.0
    if middle > 0 and np.mean(foretold > 0) > _POSITIVE:
        every += [Spread(power=power, floor=_FLOOR * middle) for power in _POWERS]
    if noise is not None and (usual := _usual(found, noise)) is not None:
        every.append(usual)
    if errors.max(initial=0.0) == 0:
        return every[0]

    def unlikely(one: Spread) -> float:
        scale = one.past(found.foretold)[known]
        return float(np.mean(np.log(scale)) + np.log(np.mean(errors / scale)))

    return min(every, key=unlikely)


def _usual(found: Tried, noise: Floats) -> Spread | None:
    """Return how uncertain values had been lately at each origin, and are now; None where that is unknown anywhere."""
    lately = [noise[max(end - _LATELY, 0) : end] for end in (*found.origins, len(noise))]
    told = [one[np.isfinite(one) & (one > 0)] for one in lately]
    if not all(map(len, told)):
        return None
    usual = np.array([float(np.median(one)) for one in told])
    return Spread(then=usual[:-1], now=float(usual[-1]))


def worth(errors: Floats, lag: int) -> float:
    """Return how many independent errors these are worth: forecasts from neighbouring days are wrong together.

    Args:
        errors: signed, on their scale, in the order of their origins, shape (m,).
        lag: up to how many origins apart forecasts overlap.
    """
    m, squares = len(errors), float(errors @ errors)
    if squares == 0:
        return float(m)
    factor = 1.0
    for apart in range(1, min(lag, m - 1) + 1):
        together = float(errors[apart:] @ errors[:-apart]) / squares
        factor += 2 * (1 - apart / (lag + 1)) * max(together, 0.0)
    # What few errors say of how they go together is little itself.
    return max(m / factor, float(min(m, FEWEST)))


def bound(errors: Floats, level: float, lag: int = 0) -> Bound:
    """Return how far a step may be off, given past errors on their scale, shape (m,), m >= `FEWEST`.

    Windows that are worth m hold no more than m / (m + 1). Where that is less than asked for, the width is at least the
    limit that Student's t gives to a next error of as many.
    """
    sizes, counts = np.sort(np.abs(errors)), worth(errors, lag)
    share = (counts + 1) * level / counts
    if share <= 1 + 1e-9:
        rank = min(math.ceil(share * len(sizes) - 1e-9), len(sizes))
        return Bound(width=float(sizes[rank - 1]), held=level, windows=len(sizes), worth=counts)
    spread = math.sqrt(float(np.mean(sizes**2)) * (1 + 1 / counts))
    student = float(special.stdtrit(counts, (1 + level) / 2)) * spread
    return Bound(width=max(float(sizes[-1]), student), held=counts / (counts + 1), windows=len(sizes), worth=counts)


def bounds(errors: Floats, origins: Whole, level: float) -> list[Bound | None]:
    """Return how far each step may be off; None where too few windows reach so far.

    What is further ahead is not known better: widths never fall from step to step (isotonic regression).

    Args:
        errors: on their scale, NaN where unknown, shape (origins, ahead).
        origins: at equal distances, ascending.
        level: that limits are to hold.
    """
    stride = int(origins[1] - origins[0]) if len(origins) > 1 else 1
    found = []
    for step, each in enumerate(errors.T, 1):
        known = each[np.isfinite(each)]
        found.append(bound(known, level, -(-step // stride)) if len(known) >= FEWEST else None)
    told = [one for one in found if one is not None]
    rising = iter(_rising([one.width for one in told], [one.windows for one in told]))
    return [None if one is None else replace(one, width=next(rising)) for one in found]


def doubted(errors: Floats, limits: Sequence[Bound], level: float) -> Floats:
    """Return by how much each step's errors are stretched so that as many as `level` lie within its limits.

    Errors are drawn from those of past windows, each times the root of m over chi-squared of m, with the m independent
    ones that all are worth.

    Args:
        errors: on their scale, shape (windows, steps).
        limits: of each step.
        level: of the limits.
    """
    from scipy import optimize

    m = min(one.worth for one in limits)
    stretched = []
    for each, one in zip(np.abs(errors).T, limits, strict=True):
        if each.max() == 0:
            stretched.append(1.0)
            continue
        within = partial(_within, each, m)
        high = float(each.max())
        while within(high) < level:
            high *= 2
        reach = optimize.brentq(lambda width, of=within: of(width) - level, 0.0, high)
        stretched.append(one.width / reach if reach > 0 else 1.0)
    return np.array(stretched)


def _within(errors: Floats, m: float, width: float) -> float:
    """Return the probability that an error that is drawn lies within `width`."""
    if width <= 0:
        return float(np.mean(errors == 0))
    return float(np.mean(special.chdtrc(m, m * (errors / width) ** 2)))


def _rising(values: list[float], weights: list[int]) -> list[float]:
    """Return the nearest values that never fall (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        pools.append((value, float(weight), 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, p, i), (b, q, j) = pools.pop(-2), pools.pop()
            pools.append(((a * p + b * q) / (p + q), p + q, i + j))
    return [value for value, _weight, count in pools for _ in range(count)]


def held_before(origins: Whole, errors: Floats, level: float) -> tuple[int, int]:
    """Return how many values at rolling origins lay within limits of that day, and of how many.

    Limits are made of errors seen until then. Arguments as of `bounds`.
    """
    held = tried = 0
    stride = int(origins[1] - origins[0]) if len(origins) > 1 else 1
    for step in range(0, errors.shape[1], -(-errors.shape[1] // _STEPS)):
        known = np.isfinite(errors[:, step])
        for place in np.flatnonzero(known):
            past = errors[known & (origins + step + 1 <= origins[place]), step]
            if len(past) >= FEWEST:
                tried += 1
                held += bool(abs(errors[place, step]) <= bound(past, level, -(-(step + 1) // stride)).width)
    return held, tried
