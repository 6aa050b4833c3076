"""Which dimension tells why a number moved: ranked from sums by value, and not named where chance alone does as much.

Adtributor asks of a dimension that few of its values explain the change (explanatory power) and that their shares
changed (surprise, the Jensen-Shannon divergence). Both are large by chance, too, the more so the more values there are
and the fewer customers. So values are compared with how sure their sums are: what a value has in excess of what it
would have had, had it moved as all others did, over its standard error; dimensions stand in the order of
z² / 2 - log(values), the log likelihood ratio less the price of having looked at so many. Whether the largest z of a
dimension is more than chance is told by a bootstrap over groups of customers.

References:
    Bhagwan et al. (2014), Adtributor, NSDI, sections 3 and 4; Kulldorff (1997), Communications in Statistics 26,
    1481-1496 (the scan statistic: the best of many places, and its distribution by resampling).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from regulars.stats import grouped_jackknife, kitagawa
from regulars.stats.contrasts import benjamini_hochberg

Floats: TypeAlias = NDArray[np.float64]
#: Explanatory power that the values named have together, and that each has.
T_EP, T_EEP = 0.67, 0.1
#: Units of a value, before and after together, below which it is not named, and the share of all.
LEAST, LEAST_SHARE = 20, 0.005
#: Resamples of the noise filter, and values that are named at most.
DRAWS, NAMED = 400, 3


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """Sums by value of a dimension.

    Attributes:
        name: of the dimension, or of two whose values are combined.
        values: what they are called, K of them.
        before, after: what is summed, shape (groups of customers, K).
        bottom_before, bottom_after: what it is divided by; None of totals.
        units: how many are behind each value, both sides together, shape (K,).
    """

    name: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    before: Floats
    after: Floats
    bottom_before: Floats | None = None
    bottom_after: Floats | None = None
    units: Floats

    @property
    def ratio(self) -> bool:
        """Whether the number is one sum over another."""
        return self.bottom_before is not None

    def each(self, made: Callable[[Floats], Floats]) -> tuple[Floats, Floats, Floats | None, Floats | None]:
        """Return what `made` makes of each of its sums, as `contributions` and `excesses` take them."""
        below, below_after = (None if one is None else made(one) for one in (self.bottom_before, self.bottom_after))
        return made(self.before), made(self.after), below, below_after


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """What a dimension tells.

    Attributes:
        dimension: which.
        places: of the values that are named, the one that stands out most first.
        power: share of the change that they explain (may be below 0 or above 1).
        surprise: of them, in nats.
        z: of the first.
        evidence: z² / 2 - log(values looked at).
        p: of so large a z by chance, over all values of the dimension.
        q: over all dimensions.
    """

    dimension: Dimension
    places: tuple[int, ...]
    power: float
    surprise: float
    z: float
    evidence: float
    p: float
    q: float = 1.0


def jensen_shannon(before: ArrayLike, after: ArrayLike) -> Floats:
    """Return the surprise of each value, in nats: by how much its share differs; amounts below 0 count as 0.

    References:
        Bhagwan et al. (2014), eq. 7.
    """
    p, q = (np.clip(np.asarray(part, dtype=np.float64), 0, None) for part in (before, after))
    p, q = (part / total if (total := part.sum()) > 0 else part for part in (p, q))
    found: Floats = (_entropy(p, p + q) + _entropy(q, p + q)) / 2
    return found


def _entropy(p: Floats, both: Floats) -> Floats:
    ratio = np.divide(2 * p, both, out=np.ones_like(p), where=p > 0)
    found: Floats = p * np.log(ratio)
    return found


def explaining(before: ArrayLike, after: ArrayLike) -> tuple[tuple[int, ...], float, float]:
    """Return Adtributor's values of a dimension of a total, with their explanatory power and surprise.

    Values are taken in the order of surprise, if each explains more than `T_EEP`, until they explain `T_EP` together;
    none where they never do.
    """
    f, a = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    change = a.sum() - f.sum()
    if change == 0:
        return (), 0.0, 0.0
    power, surprise = (a - f) / change, jensen_shannon(f, a)
    taken: list[int] = []
    for place in np.argsort(-surprise, kind="stable"):
        if power[place] > T_EEP:
            taken.append(int(place))
            if power[taken].sum() > T_EP:
                return tuple(taken), float(power[taken].sum()), float(surprise[taken].sum())
    return (), 0.0, 0.0


def contributions(before: Floats, after: Floats, bottom_before: Floats | None, bottom_after: Floats | None) -> Floats:
    """Return what each value adds to the change, along the last axis; all of them add up to it."""
    if bottom_before is None or bottom_after is None:
        return after - before
    mix, rate = kitagawa.mix_and_rate(*weighed(before, after, bottom_before, bottom_after))
    return mix + rate + _lone(after, bottom_after) - _lone(before, bottom_before)


def _lone(top: Floats, bottom: Floats) -> Floats:
    """Return what values add that have something above and nothing below, which have no rate."""
    whole = bottom.sum(-1, keepdims=True)
    return np.divide(np.where(bottom == 0, top, 0.0), whole, out=np.zeros_like(top), where=whole != 0)


def weighed(
    before: Floats, after: Floats, bottom: Floats, bottom_after: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return weights and rates of values before, and after, as `kitagawa.mix_and_rate` takes them."""
    first, last = bottom.sum(-1, keepdims=True), bottom_after.sum(-1, keepdims=True)
    return (
        np.divide(bottom, first, out=np.zeros_like(bottom), where=first != 0),
        kitagawa.rates(before, bottom, after, bottom_after),
        np.divide(bottom_after, last, out=np.zeros_like(bottom_after), where=last != 0),
        kitagawa.rates(after, bottom_after, before, bottom),
    )


def excesses(before: Floats, after: Floats, bottom_before: Floats | None, bottom_after: Floats | None) -> Floats:
    """Return what each value adds beyond what it would, had it moved as all others did.

    Of totals: A_k - F_k (A - A_k) / (F - F_k). Of ratios: what it adds, less its mean weight times the whole change.
    """
    if bottom_before is None or bottom_after is None:
        rest_before, rest_after = before.sum(-1, keepdims=True) - before, after.sum(-1, keepdims=True) - after
        grown = np.divide(rest_after, rest_before, out=np.ones_like(before), where=rest_before > 0)
        return after - before * grown
    w0, r0, w1, r1 = weighed(before, after, bottom_before, bottom_after)
    mix, rate = kitagawa.mix_and_rate(w0, r0, w1, r1)
    change = (mix + rate).sum(-1, keepdims=True)
    return mix + rate - (w0 + w1) / 2 * change


def ranked(dimensions: Sequence[Dimension], *, rng: np.random.Generator, draws: int = DRAWS) -> tuple[Ranked, ...]:
    """Return dimensions in the order in which they tell why a number moved; those without enough units are left out."""
    found = [one for one in (_told(dimension, rng, draws) for dimension in dimensions) if one is not None]
    q = benjamini_hochberg([one.p for one in found]).tolist() if found else []
    told = [replace(one, q=float(value)) for one, value in zip(found, q, strict=True)]
    return tuple(sorted(told, key=lambda one: (-one.evidence, one.dimension.name)))


def _told(dimension: Dimension, rng: np.random.Generator, draws: int) -> Ranked | None:
    enough = dimension.units >= max(LEAST, LEAST_SHARE * dimension.units.sum())
    if len(dimension.values) < 2 or not enough.any():
        return None
    off = excesses(*dimension.each(grouped_jackknife.left_out))
    groups = len(off) - 1
    error = np.sqrt((groups - 1) / groups * ((off[1:] - off[1:].mean(0)) ** 2).sum(0))
    z = np.divide(off[0], error, out=np.zeros_like(error), where=(error > 0) & enough)
    if not z.any():
        return None
    by_chance = _largest_by_chance(dimension, off[0], np.where(enough, error, 0), rng, draws)
    change = contributions(*dimension.each(grouped_jackknife.left_out)).sum(axis=-1)
    way = _way(change)
    first = _first(z, way)
    limit = float(np.quantile(by_chance, 0.95))
    places = _named(off[0], z, first, limit)
    value = contributions(*dimension.each(lambda side: side.sum(0)))
    whole = float(value.sum())
    return Ranked(
        dimension=dimension,
        places=places,
        power=float(value[list(places)].sum() / whole) if whole else 0.0,
        surprise=float(_surprise(dimension)[list(places)].sum()),
        z=float(z[first]),
        evidence=float((_AGAINST if z[first] * way < 0 else 1) * z[first] ** 2 / 2 - np.log(enough.sum())),
        p=float((1 + (by_chance >= abs(z[first])).sum()) / (draws + 1)),
    )


#: Share of the largest z² from which on a value stands out as much as the one with the largest, by how many there are.
_AS_MUCH, _AS_MUCH_OF_MANY = {2: 0.0, 3: 0.4}, 0.75
#: What is left of the evidence of a value that went against the change.
_AGAINST = 0.5


def _way(change: Floats) -> float:
    """Return 1 or -1 where the whole rose or fell beyond chance, else 0; of all, then without each group."""
    groups = len(change) - 1
    error = float(np.sqrt((groups - 1) / groups * ((change[1:] - change[1:].mean()) ** 2).sum()))
    return float(np.sign(change[0])) if abs(change[0]) > 2 * error else 0.0


def _first(z: Floats, way: float) -> int:
    """Return the value that stands out most.

    If one of a few values falls, the others rise beside it, nearly as far, and of two just as far. Where the whole
    moved beyond chance, the one that went the same way is meant.

    Args:
        z: of each value, 0 of those with too few units.
        way: of the whole.
    """
    size, along = np.abs(z), np.where(z * way > 0, np.abs(z), 0.0)
    least = _AS_MUCH.get(int((z != 0).sum()), _AS_MUCH_OF_MANY) * size.max() ** 2
    return int(np.argmax(along if along.max() and along.max() ** 2 >= least else size))


def _named(off: Floats, z: Floats, first: int, limit: float) -> tuple[int, ...]:
    """Return the value that stands out most, and others that stand out beyond chance the same way."""
    alike = [int(k) for k in np.argsort(-np.abs(off)) if k != first and z[k] * z[first] > 0 and abs(z[k]) > limit]
    # One that stands out little beside the first does so because all are compared with the first among the others.
    alike = [k for k in alike if abs(off[k]) >= 0.3 * abs(off[first])]
    return (first, *alike[: NAMED - 1])


def _surprise(dimension: Dimension) -> Floats:
    """Return the surprise of each value; of ratios that of both sums."""
    found = jensen_shannon(dimension.before.sum(0), dimension.after.sum(0))
    if dimension.bottom_before is None or dimension.bottom_after is None:
        return found
    return found + jensen_shannon(dimension.bottom_before.sum(0), dimension.bottom_after.sum(0))


def _largest_by_chance(
    dimension: Dimension, found: Floats, error: Floats, rng: np.random.Generator, draws: int
) -> Floats:
    """Return the largest |z| over values of each resample of groups of customers, around what was found."""
    groups = len(dimension.before)
    weights = rng.multinomial(groups, np.full(groups, 1 / groups), size=draws).astype(np.float64)
    off = excesses(*dimension.each(lambda side: weights @ side)) - found
    z = np.divide(off, error, out=np.zeros_like(off), where=error > 0)
    largest: Floats = np.abs(z).max(axis=1)
    return largest
