"""Measures of how good predictions were, the same for every model of a kind of outcome.

Customers are independent, not their predictions on several days. Measures that are ratios of sums have the interval of
a ratio over customers. Measures of order are taken day by day and averaged, and so are their limits, as if the days
were all one: too wide rather than too narrow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regulars.core.estimate import Interval, unknown
from regulars.core.randomness import stream
from regulars.models.model import Kind
from regulars.models.trial import Decile
from regulars.stats import intervals, ranking, scoring
from regulars.stats.moments import PairSums, exact, summed

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """Predictions made on one day beside what came; arrays of one length.

    Attributes:
        customer: numbers, ascending.
        mean: what was foretold.
        inside: whether what came lies within the limits that were foretold.
        came: what came.
    """

    customer: NDArray[np.int32]
    mean: Floats
    inside: NDArray[np.bool_]
    came: Floats


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One way to say how good predictions were.

    Attributes:
        name: stable key.
        said: in words, as it stands beside the number.
        kinds: of outcomes that it is for.
        share: whether it is a share of 1.
        take: of predictions by day and a level.
    """

    name: str
    said: str
    kinds: frozenset[Kind]
    take: Callable[[Sequence[Seen], float], Interval]
    share: bool = False


def _sums(days: Sequence[Seen], above: Callable[[Seen], Floats], below: Callable[[Seen], Floats]) -> PairSums:
    return _summed([day.customer for day in days], [above(day) for day in days], [below(day) for day in days])


def _summed(customers: Sequence[NDArray[np.int32]], above: Sequence[Floats], below: Sequence[Floats]) -> PairSums:
    """Return the sums over customers of two numbers, each added up over the days of a customer first."""
    most = max((int(who[-1]) + 1 for who in customers if len(who)), default=0)
    a, b, there = np.zeros(most), np.zeros(most), np.zeros(most, dtype=bool)
    for who, top, bottom in zip(customers, above, below, strict=True):
        # A customer is there once a day.
        a[who] += top
        b[who] += bottom
        there[who] = True
    return summed(a[there], b[there])


def _ratio(
    above: Callable[[Seen], Floats], below: Callable[[Seen], Floats], nothing: str = "there was nobody to predict"
) -> Callable[[Sequence[Seen], float], Interval]:
    def take(days: Sequence[Seen], level: float) -> Interval:
        sums = _sums(days, above, below)
        if not sums.n or not exact(sums.b):
            return unknown(nothing, level=level, n=sums.n)
        found = intervals.ratio(sums, level=level)
        return found if found.low is None else replace(found, low=max(found.low, 0.0))

    return take


def _covered(days: Sequence[Seen], level: float) -> Interval:
    sums = _sums(days, lambda day: day.inside.astype(np.float64), _one)
    if sums.n and sums.a in (0, sums.b):
        return intervals.wilson(sums.n if sums.a else 0, sums.n, level=level)
    found = intervals.ratio(sums, level=level)
    return found if found.low is None or found.high is None else replace(found, high=min(found.high, 1.0))


def _one(day: Seen) -> Floats:
    return np.ones(len(day.came))


def _rooted(take: Callable[[Sequence[Seen], float], Interval]) -> Callable[[Sequence[Seen], float], Interval]:
    def root(days: Sequence[Seen], level: float) -> Interval:
        found = take(days, level)
        if found.value is None or found.low is None or found.high is None:
            return found
        value, low, high = (part**0.5 for part in (found.value, found.low, found.high))
        return replace(found, value=value, low=low, high=high)

    return root


def _averaged(take: Callable[..., Interval], **besides: Any) -> Callable[[Sequence[Seen], float], Interval]:
    """Return the mean over days of a measure, and of its limits."""

    def averaged(days: Sequence[Seen], level: float) -> Interval:
        found = [take(*_doubles(day), level=level, **{name: make() for name, make in besides.items()}) for day in days]
        told = [one for one in found if one.value is not None]
        if not told:
            return found[0] if found else unknown("there was nobody to predict", level=level)
        value, low, high = (float(np.mean([getattr(one, part) for one in told])) for part in ("value", "low", "high"))
        method = told[0].method + (", mean of days" if len(told) > 1 else "")
        return replace(told[0], value=value, low=low, high=high, method=method, n=max(one.n for one in told))

    return averaged


def _tenth(days: Sequence[Seen], level: float) -> Interval:
    """Return the share of all that came which came from the tenth foretold highest: their lift, over ten."""
    found = _averaged(ranking.lift)(days, level)
    if found.value is None or found.low is None or found.high is None:
        return found
    return replace(found, value=found.value / 10, low=found.low / 10, high=found.high / 10)


def _doubles(day: Seen) -> tuple[Floats, Floats]:
    """Return what was foretold and what came; what was given back on balance counts as nothing."""
    return day.mean.astype(np.float64), np.maximum(day.came.astype(np.float64), 0.0)


def _last_list(days: Sequence[Seen], level: float) -> Interval:
    """Return how many of the tenth foretold highest on the latest day it happened to."""
    if not days or len(days[0].came) < 10:
        return unknown("there were too few to make a list of a tenth", level=level)
    return ranking.hit_rate(*_doubles(days[0]), len(days[0].came) // 10, level=level)


def _draws() -> np.random.Generator:
    """Return the generator of bootstraps: the same for every model, so that they differ by what they say only."""
    return stream(1, "scores")


_ABOUT_NUMBERS = frozenset({Kind.COUNT, Kind.AMOUNT})
_ABOUT_CHANCES = frozenset({Kind.PROBABILITY})
_NOTHING = "nothing came that could have been foretold"

_squared = _ratio(lambda day: (day.mean - day.came) ** 2, _one)

#: In the order in which they are shown.
MEASURES = (
    Measure(
        name="bias",
        said="foretold / came, in total",
        kinds=frozenset(Kind),
        take=_ratio(lambda day: day.mean, lambda day: day.came, _NOTHING),
    ),
    Measure(
        name="rmse",
        said="root mean squared error per customer",
        kinds=_ABOUT_NUMBERS,
        take=_rooted(_squared),
    ),
    Measure(
        name="mae",
        said="mean absolute error per customer",
        kinds=_ABOUT_NUMBERS,
        take=_ratio(lambda day: np.abs(day.mean - day.came), _one),
    ),
    Measure(name="spearman", said="rank correlation", kinds=_ABOUT_NUMBERS, take=_averaged(ranking.spearman)),
    Measure(name="gini", said="normalised Gini", kinds=_ABOUT_NUMBERS, take=_averaged(ranking.normalised_gini)),
    Measure(
        name="decile_error",
        said="mean error of the tenths by prediction",
        kinds=_ABOUT_NUMBERS,
        take=_averaged(scoring.decile_error, rng=_draws),
        share=True,
    ),
    Measure(name="coverage", said="within the limits", kinds=_ABOUT_NUMBERS, take=_covered, share=True),
    Measure(
        name="top_tenth",
        said="of all that came, from the tenth foretold highest",
        kinds=_ABOUT_NUMBERS,
        take=_tenth,
        share=True,
    ),
    Measure(name="auc", said="AUC", kinds=_ABOUT_CHANCES, take=_averaged(ranking.auc)),
    Measure(
        name="average_precision",
        said="average precision",
        kinds=_ABOUT_CHANCES,
        take=_averaged(ranking.average_precision),
    ),
    Measure(name="brier", said="Brier score", kinds=_ABOUT_CHANCES, take=_squared),
    Measure(
        name="calibration_error",
        said="calibration error",
        kinds=_ABOUT_CHANCES,
        take=_averaged(scoring.calibration_error, rng=_draws),
        share=True,
    ),
    Measure(name="lift", said="lift of the top tenth", kinds=_ABOUT_CHANCES, take=_averaged(ranking.lift)),
    Measure(
        name="hit_rate",
        said="of the last list's top tenth, how many it happened to",
        kinds=_ABOUT_CHANCES,
        take=_last_list,
        share=True,
    ),
)


def measures(kind: Kind) -> tuple[Measure, ...]:
    """Return the measures for a kind of outcome."""
    return tuple(measure for measure in MEASURES if kind in measure.kinds)


def gain(own: Sequence[Seen], rule: Sequence[Seen], level: float) -> Interval:
    """Return the share of the rule's squared error that the model does away with, of the same customers and days."""
    errors = [(rule[at].mean - day.came) ** 2 for at, day in enumerate(own)]
    saved = [error - (day.mean - day.came) ** 2 for error, day in zip(errors, own, strict=True)]
    sums = _summed([day.customer for day in own], saved, errors)
    if not sums.n:
        return unknown("there was nobody to predict", level=level)
    if not exact(sums.b):
        return unknown("the rule made no error", level=level, n=sums.n)
    found = intervals.ratio(sums, level=level)
    return found if found.high is None else replace(found, high=min(found.high, 1.0))


def auc_gain(own: Sequence[Seen], rule: Sequence[Seen], level: float) -> Interval:
    """Return how much greater the area under the ROC curve is than the rule's, mean over days, limits as others'."""
    rules = iter(rule)

    def gained(mean: Floats, came: Floats, *, level: float) -> Interval:
        return ranking.auc_gain(mean, next(rules).mean.astype(np.float64), came, level=level)

    return _averaged(gained)(own, level)


def deciles(days: Sequence[Seen]) -> tuple[Decile, ...]:
    """Return the tenths of all predictions, lowest first."""
    mean, came = (np.concatenate(parts) for parts in zip(*map(_doubles, days), strict=True))
    return tuple(
        Decile(n=round(one.n), foretold=one.predicted, came=one.came, squared=one.squared)
        for one in scoring.reliability(mean, came)
    )
