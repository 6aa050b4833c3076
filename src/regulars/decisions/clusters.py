"""Whether customers fall into groups by how they buy: k-means clusters that are told only where they are stable.

Of each customer who ordered: days since the last order, order days, value per order day, days since the first order;
logarithms, on robust scales (median 0, interquartile range 1). Stability is that of a sample of customers; all are
then given to the nearest centre. Of the numbers of clusters that are stable, the one with the highest mean silhouette
is taken. Clusters are a way to speak of customers, not kinds of people: another choice of features gives others.

References:
    Hennig (2007), Computational Statistics & Data Analysis 52, 258-271.
    Rousseeuw (1987), Journal of Computational and Applied Mathematics 20, 53-65: silhouettes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis.expr.types as ir
import numpy as np
from ibis import _
from numpy.typing import NDArray

from regulars.core.errors import QueryError
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.money import UNITS
from regulars.core.periods import day_number
from regulars.core.randomness import stream
from regulars.data import engine
from regulars.decisions.group import Facts, average, summed, value_share
from regulars.decisions.rfm import buyers
from regulars.decisions.segment import STEP
from regulars.kpis.aggregations import Statistics
from regulars.kpis.query import Records
from regulars.kpis.worth import COSTS_UNKNOWN, with_costs
from regulars.stats import intervals
from regulars.stats.cluster_stability import Clusters, cluster, nearest, rand_index
from regulars.stats.moments import Sums

Floats = NDArray[np.float64]

#: Numbers of clusters that are tried where none is asked for, and that may be asked for.
TRIED, MOST = (2, 8), 12
#: Customers of whom stability is found out, at most; and those without whom nothing is tried.
SAMPLE, LEAST = 4_000, 100
#: Resamples for the limits of an adjusted Rand index between two days.
_DRAWS = 200
#: How far the median of a cluster lies from that of all others, in interquartile ranges, so that it is told.
_APART = 0.4
_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Something by which customers are told apart.

    Attributes:
        name: stable key.
        title: what it is.
        low, high: what is said of customers who have little of it, and much.
        money: whether it is an amount.
    """

    name: str
    title: str
    low: str
    high: str
    money: bool = False


FEATURES = (
    Feature(name="recency", title="Days since the last order", low="ordered lately", high="ordered long ago"),
    Feature(name="frequency", title="Order days", low="order seldom", high="order often"),
    Feature(
        name="per_order", title="Value of an order day", low="bring little at a time", high="bring much at a time",
        money=True,
    ),
    Feature(name="tenure", title="Days since the first order", low="came not long ago", high="came long ago"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One cluster.

    Attributes:
        said: what sets its customers apart, in words.
        customers: how many.
        share: of all who ordered.
        value_share: of the value of all.
        average_value: mean value of one, in the currency.
        means: of each feature, in the order of `FEATURES`.
        jaccard: how well it is found again in resamples.
    """

    said: str
    customers: int
    share: Estimate
    value_share: Estimate
    average_value: Estimate
    means: tuple[Estimate, ...]
    jaccard: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A number of clusters that was tried.

    Attributes:
        k: clusters.
        jaccard: of the cluster that is found again least.
        rand: how well partitions from different seeds agree.
        silhouette: mean.
        why_not: why they are not stable; "" where they are.
    """

    k: int
    jaccard: Estimate
    rand: Estimate
    silhouette: Estimate
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What became of clusters since an earlier day, of customers who had ordered by then.

    Attributes:
        since: that day.
        customers: how many.
        stayed: share of them who are in the same cluster now, by today's centres.
        rand: how well clusters made anew of that day agree with today's.
    """

    since: date
    customers: int
    stayed: Estimate
    rand: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustering:
    """What was tried, and the clusters where they are stable.

    Attributes:
        customers: who ordered.
        sampled: of how many of them stability was found out.
        features: those that differ between customers at all.
        tried: each number of clusters.
        clusters: of the best stable number, the largest first; none where no number is stable.
        why_not: why there are none; "" where there are.
        drift: since an earlier day; None where records do not reach back, or there are no clusters.
    """

    customers: int
    sampled: int
    features: tuple[Feature, ...]
    tried: tuple[Tried, ...]
    clusters: tuple[Cluster, ...]
    why_not: str
    drift: Drift | None


def clusters(records: Records, *, least: int = TRIED[0], most: int = TRIED[1], seed: int = 1) -> Clustering:
    """Return the clusters of customers by how they buy, where they are stable.

    Args:
        records: what is known; needs orders.
        least, most: numbers of clusters that are tried.
        seed: of starts and resamples.

    Raises:
        QueryError: there are no orders, or too few customers who ordered.
    """
    if "purchase_days" not in records.tables or "orders" not in records.covered:
        raise QueryError("Clusters are of customers by how they buy: that needs `orders`, and the records hold none.")
    found = _Customers.of(records, records.as_of)
    if len(found.customer) < LEAST:
        raise QueryError(
            f"Clusters of {len(found.customer):,} customers would be chance: at least {LEAST} must have ordered."
        )
    points, scale = found.scaled()
    rng = stream(seed, "clusters")
    sample = _sample(len(points), rng)
    made = [cluster(points[sample], k, rng) for k in range(least, most + 1)]
    facts = Facts(records=records, on=records.as_of, version=f"{_VERSION} (k={least}..{most})")
    stable = [one for one in made if one.stable]
    best = max(stable, key=lambda one: one.silhouette, default=None)
    level = records.definitions.level
    return Clustering(
        customers=len(points),
        sampled=len(sample),
        features=tuple(FEATURES[place] for place in scale.used),
        tried=tuple(_tried(one, facts, level) for one in made),
        clusters=() if best is None else _described(best, found, points, scale, facts, level),
        why_not="" if best else _unstable(made),
        drift=None if best is None else _drift(best, found, points, scale, records, rng),
    )


def _sample(n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    return np.sort(rng.choice(n, SAMPLE, replace=False)) if n > SAMPLE else np.arange(n)


def _unstable(made: Sequence[Clusters]) -> str:
    best = max(made, key=lambda one: float(one.jaccard.min()))
    return f"no stable clusters: of {best.k}, which is best, {best.why_not}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Scale:
    """Medians and ranges of logarithms of features, shape (used,), and which features differ at all."""

    used: tuple[int, ...]
    middle: Floats
    width: Floats

    def of(self, features: Floats) -> Floats:
        logs = _logarithms(features)[:, list(self.used)]
        return (logs - self.middle) / self.width


def _logarithms(features: Floats) -> Floats:
    return np.sign(features) * np.log1p(np.abs(features))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Customers:
    """Who had ordered before a day: numbers, value in units, and features of shape (n, features)."""

    customer: NDArray[np.int64]
    value: NDArray[np.int64]
    features: Floats

    @classmethod
    def of(cls, records: Records, on: date) -> "_Customers":
        table = engine.to_arrow(_bought(records, on).order_by("customer"))
        column = {name: table[name].to_numpy() for name in ("customer", "value", "recency", "frequency", "tenure")}
        per_order = column["value"] / column["frequency"] / UNITS
        return cls(
            customer=column["customer"].astype(np.int64),
            value=column["value"].astype(np.int64),
            features=np.column_stack([column["recency"], column["frequency"], per_order, column["tenure"]]).astype(
                np.float64
            ),
        )

    def scaled(self) -> tuple[Floats, _Scale]:
        """Return features on robust scales; one that is the same for nearly all is measured by its deviation."""
        logs = _logarithms(self.features)
        low, middle, high = np.quantile(logs, (0.25, 0.5, 0.75), axis=0)
        width = np.where(high > low, high - low, logs.std(axis=0))
        used = tuple(int(place) for place in np.flatnonzero(width > 0))
        scale = _Scale(used=used, middle=middle[list(used)], width=width[list(used)])
        return scale.of(self.features), scale


def _bought(records: Records, on: date) -> ir.Table:
    days = records.tables["purchase_days"].filter((_.day < day_number(on)) & (_.customer > 0) & (_.orders > 0))
    first = days.group_by(person=days.customer).aggregate(first=days.day.min())
    known = buyers(records, on)
    return known.join(first, known.customer == first.person).select(
        "customer", "value", "recency", "frequency", tenure=day_number(on) - _["first"]
    )


def _tried(one: Clusters, facts: Facts, level: float) -> Tried:
    worst = int(one.jaccard.argmin())
    return Tried(
        k=one.k,
        jaccard=facts.estimate(_over(one.jaccards[:, worst], "bootstrap Jaccard", level, len(one.labels))),
        rand=facts.estimate(_over(one.rands, "adjusted Rand index of pairs of seeds", level, len(one.labels))),
        silhouette=facts.estimate(intervals.mean(_sums(one.silhouettes), level=level)),
        why_not=one.why_not,
    )


def _over(values: Floats, method: str, level: float, n: int) -> Interval:
    """Return the mean over resamples, with the quantiles that hold `level` of them."""
    low, high = np.quantile(values, ((1 - level) / 2, (1 + level) / 2))
    mean = float(values.mean())
    return Interval(value=mean, low=min(float(low), mean), high=max(float(high), mean), level=level, method=method, n=n)


def _described(
    best: Clusters, found: _Customers, points: Floats, scale: _Scale, facts: Facts, level: float
) -> tuple[Cluster, ...]:
    labels = nearest(points, best.centres)
    flags = () if with_costs(facts.records) else (COSTS_UNKNOWN,)
    parts = [_moments(found.value[labels == own]) for own in range(best.k)]
    whole = summed(parts)
    described = []
    for own, part in enumerate(parts):
        inside = labels == own
        means = tuple(
            facts.estimate(intervals.mean(_sums(found.features[inside, place]), level=level), flags)
            for place in scale.used
        )
        described.append(
            Cluster(
                said=_said(points[inside], points[~inside], scale),
                customers=int(inside.sum()),
                share=facts.estimate(intervals.wilson(int(inside.sum()), len(points), level=level)),
                value_share=facts.estimate(value_share(part, whole, level), flags),
                average_value=facts.estimate(average(part, level), flags),
                means=means,
                jaccard=facts.estimate(_over(best.jaccards[:, own], "bootstrap Jaccard", level, len(best.labels))),
            )
        )
    return tuple(described)


def _sums(values: Floats) -> Sums:
    return Sums(
        n=len(values),
        total=float(values.sum()),
        squares=float((values**2).sum()),
        cubes=float((values**3).sum()),
    )


def _moments(value: NDArray[np.int64]) -> Statistics:
    exactly: list[Any] = [int(one) for one in value]
    return {
        "n": len(exactly),
        "x": sum(exactly),
        "xx": sum(one * one for one in exactly),
        "xxx": float(sum(one**3 for one in exactly)),
    }


def _said(inside: Floats, others: Floats, scale: _Scale) -> str:
    """Say what sets customers apart from all others, the most distant first."""
    if not len(inside) or not len(others):
        return "all of them" if len(inside) else "nobody"
    middle = np.median(inside, axis=0) - np.median(others, axis=0)
    order = [int(place) for place in np.argsort(-np.abs(middle), kind="stable") if abs(middle[place]) >= _APART]
    words = [FEATURES[scale.used[one]].high if middle[one] > 0 else FEATURES[scale.used[one]].low for one in order]
    return ", ".join(words) or "like all others in the middle"


def _drift(
    best: Clusters, found: _Customers, points: Floats, scale: _Scale, records: Records, rng: np.random.Generator
) -> Drift | None:
    since = records.as_of - timedelta(days=STEP)
    early = _Customers.of(records, since)
    if len(early.customer) < LEAST:
        return None
    now = nearest(points, best.centres)[np.searchsorted(found.customer, early.customer)]
    then = nearest(scale.of(early.features), best.centres)
    anew, _own = early.scaled()
    sample = _sample(len(anew), rng)
    again = nearest(anew, cluster(anew[sample], best.k, rng, resamples=1).centres)
    level = records.definitions.level
    facts = Facts(records=records, on=records.as_of, since=since, version=f"{_VERSION} (k={best.k})")
    return Drift(
        since=since,
        customers=len(then),
        stayed=facts.estimate(intervals.wilson(int((now == then).sum()), len(then), level=level)),
        rand=facts.estimate(_agreement(now[sample], again[sample], level, rng)),
    )


def _agreement(now: NDArray[np.int32], then: NDArray[np.int32], level: float, rng: np.random.Generator) -> Interval:
    """Return the adjusted Rand index of two partitions of the same customers, with limits over resampled customers."""
    n = len(now)
    if len(np.unique(now)) < 2 and len(np.unique(then)) < 2:
        return unknown("all are in one cluster on both days", level=level, n=n)
    drawn = (rng.integers(n, size=n) for _draw in range(_DRAWS))
    values = np.array([rand_index(now[rows], then[rows]) for rows in drawn])
    low, high = np.quantile(values, ((1 - level) / 2, (1 + level) / 2))
    value = rand_index(now, then)
    return Interval(
        value=value,
        low=min(float(low), value),
        high=max(float(high), value),
        level=level,
        method="adjusted Rand index, bootstrap",
        n=n,
    )
