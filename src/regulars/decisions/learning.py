"""What was learned of an action's effect: the assumed distribution, and every experiment since.

Experiments differ: the effect in one is drawn around the action's own with a spread that is learned from how much their
results disagree beyond chance. So one large experiment does not end all doubt, and many that agree do. Segments differ,
too: each is drawn around the effect on all, the more the less was seen of it.

References:
    Gelman, Carlin, Stern, Dunson, Vehtari & Rubin (2013), Bayesian Data Analysis, 3rd ed., section 5.4, the normal
    hierarchical model; DerSimonian & Laird (1986), Controlled Clinical Trials 7, 177-188, eq. 8, for the spread.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from regulars.core.errors import QueryError
from regulars.decisions.action import OTHER, Effect, PartEffect
from regulars.stats.intervals import z
from regulars.stats.pooling import pooled
from regulars.stats.shrinkage import dersimonian_laird


@dataclass(frozen=True, slots=True, kw_only=True)
class PartResult:
    """The effect that one experiment found on customers of one segment; the same with its error, and how many."""

    value: float
    error: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The effect that one experiment found.

    Attributes:
        value: share of customers changed.
        error: its standard error, above 0.
        experiment: which.
        parts: the same of segments that were large enough, by name.
    """

    value: float
    error: float
    experiment: str
    parts: Mapping[str, PartResult] = field(default_factory=dict)


def learned(assumed: Effect, results: Sequence[Result]) -> Effect:
    """Return what is known of an effect after experiments; what was assumed where there are none.

    Raises:
        QueryError: an experiment has no error, so nobody knows what it weighs.
    """
    if not results:
        return assumed
    values = np.array([one.value for one in results])
    variances = np.array([one.error for one in results]) ** 2
    if not (np.isfinite(values).all() and np.isfinite(variances).all() and (variances > 0).all()):
        raise QueryError("An experiment without a standard error teaches nothing: read it out again.")
    between = dersimonian_laird(values, variances) if len(values) > 1 else 0.0
    weights = 1 / (variances + between)
    prior = 1 / assumed.deviation**2 if assumed.deviation > 0 else 0.0
    precision = prior + weights.sum()
    mean = (prior * assumed.mean + weights @ values) / precision
    half = z(0.95) / np.sqrt(precision)
    names = ", ".join(dict.fromkeys(one.experiment for one in results))
    return Effect(
        mean=float(np.clip(mean, -1, 1)),
        low=float(np.clip(mean - half, -1, 1)),
        high=float(np.clip(mean + half, -1, 1)),
        source=f"Measured here: {names}; with what was assumed before",
        parts=_parts(assumed, results, between),
    )


def _parts(assumed: Effect, results: Sequence[Result], between: float) -> dict[str, PartEffect]:
    """Return the effect on each segment that was measured, and on any other; none where fewer than two were.

    How much segments may differ is taken to be of the size of what was doubted of the effect before.
    """
    names = sorted({name for one in results for name in one.parts if name != OTHER})
    if len(names) < 2 or not assumed.deviation > 0:
        return {}
    each = [[one.parts[name] for one in results if name in one.parts] for name in names]
    weights = [np.array([1 / (one.error**2 + between) for one in found]) for found in each]
    values = np.array([w @ [one.value for one in found] / w.sum() for w, found in zip(weights, each, strict=True)])
    doubt = assumed.deviation
    known = pooled(values, np.array([1 / w.sum() for w in weights]), mean=assumed.mean, variance=doubt**2, spread=doubt)
    shared = known.shared / math.sqrt(known.variance)
    own = np.sqrt(np.maximum(known.variances - shared**2, 0.0))
    found = {
        name: PartEffect(mean=float(mean), own=float(alone), shared=float(moved), n=sum(one.n for one in seen))
        for name, mean, alone, moved, seen in zip(names, known.means, own, shared, each, strict=True)
    }
    rest = PartEffect(mean=known.mean, own=math.sqrt(known.apart), shared=math.sqrt(known.variance), n=0)
    return {**found, OTHER: rest}
