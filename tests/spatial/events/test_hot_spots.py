"""Gi* against esda, neighbours against shapely, the false discovery rate against statsmodels' definition."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.stats import false_discovery_control

from spatial.events.hot_spots import adjacent_areas, false_discovery_limit, hot_spots

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from esda.getisord import G_Local
    from libpysal.weights import W

RANDOM = np.random.default_rng(11)


def lattice(columns: int, rows: int) -> csr_array:
    """Queen neighbours of a chessboard, by trying all pairs."""
    at = np.array([(x, y) for y in range(rows) for x in range(columns)])
    apart = np.abs(at[:, None] - at[None, :]).max(axis=2)
    return csr_array(apart == 1)


def by_esda(values: np.ndarray, adjacent: csr_array) -> np.ndarray:
    neighbours = {
        index: adjacent.indices[adjacent.indptr[index] : adjacent.indptr[index + 1]].tolist()
        for index in range(len(values))
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weights = W(neighbours, silence_warnings=True)
        return np.asarray(G_Local(values, weights, transform="B", star=True, permutations=0).Zs, float)


@pytest.mark.parametrize("shape", [(4, 3), (9, 7), (20, 20)])
def test_z_is_that_of_esda(shape: tuple[int, int]) -> None:
    adjacent = lattice(*shape)
    values = RANDOM.poisson(3, shape[0] * shape[1]).astype(float)
    values[: shape[0]] += 15
    found = hot_spots(values, adjacent)
    np.testing.assert_allclose(found.z, by_esda(values, adjacent), rtol=1e-9, atol=1e-9)
    assert found.neighbours.tolist() == adjacent.sum(axis=1).tolist()


def test_a_cluster_is_hot_and_a_hole_is_cold() -> None:
    columns = 20
    values = RANDOM.poisson(20, columns * columns).astype(float).reshape(columns, columns)
    values[3:6, 3:6] += 60
    values[13:16, 13:16] = 0
    found = hot_spots(values.ravel(), lattice(columns, columns))
    kind = found.kind.reshape(columns, columns)
    assert kind[4, 4] == 3
    assert kind[14, 14] <= -2
    assert (kind[8:11, 8:11] == 0).all()
    assert ((found.p >= 0) & (found.p <= 1)).all()


@pytest.mark.parametrize("values", [[5.0] * 9, [0.0] * 9, [0.1 + 0.2] * 9])
def test_equal_values_are_neither_hot_nor_cold(values: list[float]) -> None:
    found = hot_spots(np.array(values), lattice(3, 3))
    assert found.z.tolist() == [0.0] * 9
    assert found.p.tolist() == [1.0] * 9
    assert found.kind.tolist() == [0] * 9


def test_a_place_that_neighbours_all_says_nothing() -> None:
    found = hot_spots(np.arange(9.0), lattice(3, 3))
    assert found.z[4] == 0.0
    assert np.isfinite(found.z).all()
    assert hot_spots(np.arange(2.0), lattice(2, 1)).z.tolist() == [0.0, 0.0]
    assert len(hot_spots(np.empty(0), csr_array((0, 0), dtype=bool)).z) == 0


def test_no_more_is_found_in_noise_than_the_rate_lets() -> None:
    found = [hot_spots(RANDOM.poisson(5, 900).astype(float), lattice(30, 30)) for _ in range(20)]
    assert np.mean([(each.kind != 0).any() for each in found]) < 0.6
    assert np.mean([(each.kind != 0).mean() for each in found]) < 0.01


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.sampled_from([0.1, 0.05, 0.01]))
def test_the_limit_is_that_of_benjamini_and_hochberg(p: list[float], rate: float) -> None:
    values = np.array(p)
    limit = false_discovery_limit(values, rate)
    adjusted = false_discovery_control(values)
    clear = np.abs(adjusted - rate) > 1e-12
    assert ((values <= limit) == (adjusted <= rate))[clear].all()


def test_areas_touch_that_share_a_vertex() -> None:
    lon, lat = np.meshgrid(np.arange(5.0), np.arange(4.0))
    boxes = shapely.box(lon.ravel(), lat.ravel(), lon.ravel() + 1, lat.ravel() + 1)
    coordinates, owners = shapely.get_coordinates(boxes, return_index=True)
    found = adjacent_areas(coordinates, owners, len(boxes)).toarray()
    wanted = np.array([[a != b and boxes[a].touches(boxes[b]) for b in range(20)] for a in range(20)])
    assert (found == wanted).all()
