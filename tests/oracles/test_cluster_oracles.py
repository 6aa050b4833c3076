"""Clusters and their stability beside R: kmeans, cluster, mclust and fpc::clusterboot on scaled iris."""

import json

import numpy as np
import pytest
from sklearn.datasets import load_iris

from regulars.stats.cluster_stability import cluster, rand_index

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def known(shared):
    return json.loads((shared / "oracles" / "cluster_iris.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def iris():
    data = load_iris()
    return (data.data - data.data.mean(axis=0)) / data.data.std(axis=0, ddof=1), data.target


def test_three_clusters_of_iris_are_those_of_r_and_two_are_the_stable_ones(known, iris):
    points, species = iris
    wanted, near = known["expected"]["iris_scaled_k3"], known["tolerance"]
    three = cluster(points, 3, np.random.default_rng(1), resamples=100)
    assert three.within == pytest.approx(wanted["tot_withinss"], abs=near["tot_withinss"])
    assert three.silhouette == pytest.approx(wanted["silhouette"], abs=near["silhouette"])
    assert rand_index(three.labels, species) == pytest.approx(wanted["ARI_species"], abs=near["ARI"])
    assert sorted(np.bincount(three.labels)) == wanted["sizes"]
    assert sorted(three.jaccard) == pytest.approx(sorted(wanted["bootmean_jaccard"]), abs=near["jaccard"])
    two = cluster(points, 2, np.random.default_rng(2), resamples=100)
    wanted = known["expected"]["iris_scaled_k2"]
    assert two.silhouette == pytest.approx(wanted["silhouette"], abs=near["silhouette"])
    assert list(two.jaccard) == pytest.approx(wanted["bootmean_jaccard"], abs=near["jaccard"])
    assert two.stable
