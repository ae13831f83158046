"""DBSCAN against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import DBSCAN

from spatial.events.clusters import NOISE, clusters

RANDOM = np.random.default_rng(2)


def scattered() -> np.ndarray:
    heaps = [RANDOM.normal(at, 20, (60, 2)) for at in ((0, 0), (500, 100), (560, 160))]
    return np.vstack([*heaps, RANDOM.uniform(-300, 900, (80, 2))])


@pytest.mark.parametrize(("radius", "least"), [(15, 4), (25, 5), (40, 3), (1, 2)])
def test_it_is_that_of_scikit_learn(radius: float, least: int) -> None:
    points = scattered()
    ours = clusters(points, radius, least)
    theirs = DBSCAN(eps=radius, min_samples=least).fit(points)
    cores = theirs.core_sample_indices_
    pairs = set(zip(ours[cores].tolist(), theirs.labels_[cores].tolist(), strict=True))
    assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})
    assert ((ours == NOISE) == (theirs.labels_ == -1)).all()


def test_the_largest_comes_first_and_the_order_of_points_does_not_matter() -> None:
    points = scattered()
    ours = clusters(points, 25, 5)
    sizes = np.bincount(ours[ours >= 0])
    assert (np.diff(sizes) <= 0).all()
    order = RANDOM.permutation(len(points))
    again = clusters(points[order], 25, 5)
    same = set(zip(ours[order].tolist(), again.tolist(), strict=True))
    assert len(same) == len(set(ours.tolist()))


def test_hours_part_what_metres_join() -> None:
    points = np.vstack([RANDOM.normal(0, 5, (20, 2)), RANDOM.normal(0, 5, (20, 2))])
    hours = np.repeat([0.0, 100.0], 20)
    assert len(set(clusters(points, 30, 4).tolist())) == 1
    parted = clusters(points, 30, 4, hours, 24.0)
    assert len(set(parted[:20].tolist())) == len(set(parted[20:].tolist())) == 1
    assert parted[0] != parted[20]
    assert len(clusters(np.empty((0, 2)), 1, 2)) == 0
