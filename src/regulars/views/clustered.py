"""Clusters of customers, where they are stable, and how it was found out whether they are."""

from collections.abc import Iterator

from regulars.core.errors import QueryError
from regulars.decisions.clusters import Clustering, Drift, clusters
from regulars.kpis.kpi import Shows
from regulars.stats.cluster_stability import LEAST_JACCARD, LEAST_RAND
from regulars.views.blocks import Block, Cell, Figure, Grid, Head, Notice
from regulars.views.view import Ask


def clustered(ask: Ask) -> Iterator[Block]:
    """Yield clusters, or why there are none; who moved between them; and what was tried."""
    least, most = ask.clusters
    try:
        found = clusters(ask.records, least=least, most=most)
    except QueryError as lacking:
        yield Notice(text=str(lacking))
        return
    if found.why_not:
        yield Notice(text=f"Not shown: {found.why_not}. Use RFM segments, or rules of your own.")
    else:
        yield _clusters(found)
    if found.drift:
        yield _drift(found.drift)
    yield _tried(found)


def _clusters(found: Clustering) -> Grid:
    return Grid(
        name="clusters",
        title=f"{len(found.clusters)} clusters of {found.customers:,} customers by how they buy",
        heads=(
            Head(name="said", title="Who they are"),
            Head(name="customers", title="Customers"),
            Head(name="share", title="Of all", shows=Shows.SHARE),
            Head(name="value_share", title="Of value", shows=Shows.SHARE),
            Head(name="average_value", title="Average value", shows=Shows.MONEY),
            *(
                Head(name=one.name, title=one.title, shows=Shows.MONEY if one.money else Shows.NUMBER, minor=True)
                for one in found.features
            ),
            Head(name="jaccard", title="Found again", shows=Shows.NUMBER),
        ),
        rows=tuple(
            (one.said, one.customers, one.share, one.value_share, one.average_value, *one.means, one.jaccard)
            for one in found.clusters
        ),
        caption="What is said of customers is beside the median of all others. Found again: mean Jaccard similarity in "
        "bootstrap resamples, with the limits of most of them. Limits hold clusters as they are: they were made of the "
        f"same numbers. {_structure(found)} Other features would give other clusters.",
    )


#: Least silhouettes, and what they mean.
_STRUCTURES = (
    (0.7, "Structure is strong: there are gaps between clusters."),
    (0.5, "Structure is reasonable."),
    (0.25, "Structure is weak: a cut through a cloud of customers can be found again, too."),
    (-1.0, "There is hardly any structure: this is a cut through a cloud of customers."),
)


def _structure(found: Clustering) -> str:
    """Say what the silhouette means.

    References:
        Kaufman & Rousseeuw (1990), Finding Groups in Data, table 4.
    """
    (taken,) = (one for one in found.tried if one.k == len(found.clusters))
    value = taken.silhouette.interval.value or 0.0
    return next(said for least, said in _STRUCTURES if value >= least)


def _drift(found: Drift) -> Grid:
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Customers who had ordered by then", found.customers),
        ("In the same cluster now, by the centres of today", Figure(estimate=found.stayed, shows=Shows.SHARE)),
        ("Agreement with clusters made of that day", Figure(estimate=found.rand, shows=Shows.NUMBER)),
    )
    return Grid(
        name="drift",
        title=f"What became of clusters since {found.since}",
        heads=(Head(name="what", title=""), Head(name="said", title="")),
        rows=rows,
        caption="Agreement is the adjusted Rand index: 1 where both days part customers alike, about 0 by chance.",
    )


def _tried(found: Clustering) -> Grid:
    sampled = "" if found.sampled == found.customers else f" Found out of a sample of {found.sampled:,} customers."
    return Grid(
        name="tried",
        title="How many clusters there may be",
        heads=(
            Head(name="k", title="Clusters"),
            Head(name="jaccard", title="Found again, the least", shows=Shows.NUMBER),
            Head(name="rand", title="Seeds agree", shows=Shows.NUMBER),
            Head(name="silhouette", title="Silhouette", shows=Shows.NUMBER),
            Head(name="stable", title="Stable"),
        ),
        rows=tuple(
            (one.k, one.jaccard, one.rand, one.silhouette, "yes" if not one.why_not else f"no: {one.why_not}")
            for one in found.tried
        ),
        caption=f"Stable where every cluster is found again in resamples (Jaccard above {LEAST_JACCARD}) and seeds "
        f"agree (adjusted Rand index above {LEAST_RAND}). Of stable numbers, the one with the highest silhouette is "
        f"taken.{sampled}",
    )
