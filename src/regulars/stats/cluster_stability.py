"""Whether clusters are there: found again in resamples, whatever the seed.

Anything can be cut into k clusters. Clusters are worth a name only if other customers of the same kind would have given
the same ones: each must be found again in bootstrap resamples (Jaccard similarity), and all of them whatever random
centres the search began from (adjusted Rand index).

References:
    Hennig (2007), Computational Statistics & Data Analysis 52, 258-271: bootstrap and Jaccard by cluster.
    Hubert & Arabie (1985), Journal of Classification 2, 193-218: the adjusted Rand index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int32]

#: Resamples, and seeds that are compared.
RESAMPLES, SEEDS = 100, 8
#: Every cluster must be found again at least so well, and seeds must agree at least so well.
LEAST_JACCARD, LEAST_RAND = 0.75, 0.8
#: Starts of a search, of which the best is taken: of the partition itself, and of those that it is compared with.
_STARTS, _AGAIN = 25, 3
#: Most points of which the silhouette is computed: it compares all with all.
_SILHOUETTE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clusters:
    """A partition into k clusters, and how stable it is.

    Attributes:
        k: clusters.
        centres: shape (k, features), the largest cluster first.
        labels: of each point, shape (n,).
        within: sum of squared distances to the centres.
        jaccards: by resample and cluster, how similar the nearest of its clusters is, shape (resamples, k).
        rands: adjusted Rand index of each pair of partitions from different seeds.
        silhouettes: of at most some thousand points, each in [-1, 1].
    """

    k: int
    centres: Floats
    labels: Labels
    within: float
    jaccards: Floats
    rands: Floats
    silhouettes: Floats

    @property
    def jaccard(self) -> Floats:
        """How well each cluster is found again: the mean over resamples, shape (k,)."""
        return self.jaccards.mean(axis=0)

    @property
    def rand(self) -> float:
        """How well seeds agree: the mean over pairs."""
        return float(self.rands.mean())

    @property
    def silhouette(self) -> float:
        """How much nearer points are to their own cluster than to the next: the mean."""
        return float(self.silhouettes.mean())

    @property
    def stable(self) -> bool:
        """Whether all clusters are found again, whatever the seed."""
        return bool(self.jaccard.min() > LEAST_JACCARD and self.rand > LEAST_RAND)

    @property
    def why_not(self) -> str:
        """Why they are not stable; "" where they are."""
        if self.rand <= LEAST_RAND:
            return f"partitions into {self.k} differ by seed (adjusted Rand index {self.rand:.3f})"
        if self.jaccard.min() <= LEAST_JACCARD:
            return f"one of {self.k} clusters is not found again (Jaccard {self.jaccard.min():.3f})"
        return ""


def jaccard(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Return the share of the members of either set who are in both; 0 where both are empty.

    >>> import numpy as np
    >>> jaccard(np.array([True, True, False]), np.array([True, False, True]))
    0.3333333333333333
    """
    either = int((one | other).sum())
    return int((one & other).sum()) / either if either else 0.0


def cluster(points: Floats, k: int, rng: np.random.Generator, *, resamples: int = RESAMPLES) -> Clusters:
    """Return the k-means clusters of points, and how stable they are.

    Args:
        points: shape (n, features), n > k; on scales that may be compared.
        k: clusters, at least 2.
        rng: of starts and resamples.
        resamples: bootstrap resamples, at least 1.
    """
    import sklearn.cluster  # noqa: F401  TRICKY: only threads of libraries that are loaded can be limited
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    with threadpool_limits(limits=1):  # threads would add up in another order on another machine
        found = _means(points, k, rng, _STARTS)
        order = np.argsort(-np.bincount(found.labels_, minlength=k), kind="stable")
        places = np.argsort(order)
        labels = places[found.labels_].astype(np.int32)
        return Clusters(
            k=k,
            centres=found.cluster_centers_[order],
            labels=labels,
            within=float(found.inertia_),
            jaccards=_found_again(points, labels, k, rng, resamples),
            rands=_agreement(points, k, rng),
            silhouettes=_silhouettes(points, labels, rng),
        )


def nearest(points: Floats, centres: Floats) -> Labels:
    """Return the centre that is nearest to each point, shape (n,)."""
    # |x - c|² = |x|² - 2 x·c + |c|², and |x|² is the same for all centres.
    return np.argmin((centres**2).sum(axis=1) - 2 * points @ centres.T, axis=1).astype(np.int32)


def _means(points: Floats, k: int, rng: np.random.Generator, starts: int = _AGAIN) -> Any:
    """Return the fitted k-means of scikit-learn."""
    from sklearn.cluster import KMeans  # takes a second to import, and few commands need it

    return KMeans(n_clusters=k, n_init=starts, random_state=int(rng.integers(2**31))).fit(points)


def _found_again(points: Floats, labels: Labels, k: int, rng: np.random.Generator, resamples: int) -> Floats:
    """Return how similar the most similar cluster of each resample is to each cluster, among the points in it."""
    found = np.zeros((resamples, k))
    for row in range(resamples):
        # As `clusterboot` does: points drawn several times count once when clusters are compared.
        drawn = rng.integers(len(points), size=len(points))
        again = _means(points[drawn], k, rng)
        there, first = np.unique(drawn, return_index=True)
        new, old = again.labels_[first], labels[there]
        for own in range(k):
            found[row, own] = max(jaccard(old == own, new == other) for other in range(k))
    return found


def _agreement(points: Floats, k: int, rng: np.random.Generator) -> Floats:
    """Return the adjusted Rand index of all pairs of partitions from different seeds."""
    every = [_means(points, k, rng).labels_ for _ in range(SEEDS)]
    return np.array([rand_index(one, other) for one, other in combinations(every, 2)])


def _silhouettes(points: Floats, labels: Labels, rng: np.random.Generator) -> Floats:
    if len(points) > _SILHOUETTE:
        some = rng.choice(len(points), _SILHOUETTE, replace=False)
        points, labels = points[some], labels[some]
    from sklearn.metrics import silhouette_samples

    return np.asarray(silhouette_samples(points, labels), dtype=np.float64)


def rand_index(one: Sequence[int] | Labels, other: Sequence[int] | Labels) -> float:
    """Return the adjusted Rand index of two partitions of the same points: 1 where alike, about 0 by chance."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(one, other))
