"""Clusters are stable where they are planted, and not where there are none."""

import numpy as np
import pytest

from regulars.stats.cluster_stability import cluster, jaccard, nearest, rand_index


@pytest.fixture(scope="module")
def planted():
    rng = np.random.default_rng(5)
    whose = np.repeat([0, 1, 2], [150, 90, 60])
    return np.array([[0, 0], [9, 0], [0, 9]])[whose] + rng.normal(0, 1, (300, 2)), whose


def test_planted_clusters_are_found_again(planted):
    points, whose = planted
    found = cluster(points, 3, np.random.default_rng(1), resamples=20)
    assert found.stable
    assert found.why_not == ""
    assert found.jaccard.min() > 0.98
    assert rand_index(found.labels, whose) == 1
    assert list(np.bincount(found.labels)) == [150, 90, 60]  # the largest first
    assert np.array_equal(nearest(points, found.centres), found.labels)
    again = cluster(points, 3, np.random.default_rng(1), resamples=20)
    assert np.array_equal(found.jaccards, again.jaccards)


def test_too_many_clusters_are_not(planted):
    points, _ = planted
    found = cluster(points, 6, np.random.default_rng(1), resamples=20)
    assert not found.stable
    assert found.silhouette < cluster(points, 3, np.random.default_rng(1), resamples=1).silhouette
    assert "6" in found.why_not


def test_a_round_cloud_has_none():
    points = np.random.default_rng(2).normal(0, 1, (400, 3))
    for k in (2, 3, 4):
        assert cluster(points, k, np.random.default_rng(1), resamples=20).why_not


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [((1, 1, 0), (1, 1, 0), 1.0), ((1, 0, 0), (0, 1, 0), 0.0), ((1, 1, 1), (1, 0, 0), 1 / 3)],
)
def test_jaccard(one, other, expected):
    assert jaccard(np.array(one, bool), np.array(other, bool)) == expected
    assert jaccard(np.array(other, bool), np.array(one, bool)) == expected


def test_sets_without_anybody_are_not_alike():
    assert jaccard(np.zeros(3, bool), np.zeros(3, bool)) == 0
