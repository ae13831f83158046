"""The trend against plain sums over pairs, the cube's z against esda, and every category made on purpose."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import kendalltau

from spatial.events.emerging import _cube, category_of, emerging, mann_kendall
from tests.spatial.events.test_hot_spots import by_esda, lattice

RANDOM = np.random.default_rng(5)


def test_the_trend_is_that_of_mann_and_kendall() -> None:
    series = np.vstack([RANDOM.normal(0, 1, (20, 9)), RANDOM.integers(0, 3, (20, 9)), np.arange(9.0)[None]])
    z, p = mann_kendall(series)
    for row, found in zip(series, z, strict=True):
        score = sum(np.sign(b - a) for a, b in itertools.combinations(row, 2))
        ties = [list(row).count(value) for value in set(row)]
        variance = (9 * 8 * 23 - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
        wanted = 0.0 if variance == 0 else (score - np.sign(score)) / np.sqrt(variance)
        assert found == pytest.approx(wanted)
    tau = [kendalltau(np.arange(9), row).statistic for row in series[:20]]
    assert (np.sign(np.round(tau, 9)) == np.sign(z[:20])).mean() >= 0.9
    assert p[-1] < 0.001


def test_the_cube_is_judged_as_esda_judges_it() -> None:
    counts = RANDOM.poisson(4, (20, 5)).astype(float)
    adjacent = lattice(5, 4)
    found = emerging(counts, adjacent)
    wanted = by_esda(counts.T.ravel(), csr_array(symmetric(_cube(adjacent, 5)))).reshape(5, 20).T
    # Each bin looks back, so the matrix is no symmetric one; esda takes any.
    np.testing.assert_allclose(found.z, wanted, rtol=1e-9, atol=1e-9)


def symmetric(matrix: csr_array) -> csr_array:
    return csr_array(matrix)


H, N, C = 1, 0, -1
ROWS = {
    "new": ([N, N, N, N, N, N, N, N, N, H], 0, 1.0),
    "consecutive": ([N, N, N, N, N, N, N, H, H, H], 0, 1.0),
    "persistent": ([H] * 10, 0.2, 0.8),
    "intensifying": ([H] * 10, 3, 0.01),
    "diminishing": ([H] * 10, -3, 0.01),
    "sporadic": ([N, H, N, H, N, N, N, H, N, H], 0, 1.0),
    "oscillating": ([C, H, N, H, N, N, N, H, N, H], 0, 1.0),
    "historical": ([H] * 9 + [N], 0, 1.0),
    None: ([N, H, N, H, N, N, N, H, N, N], 0, 1.0),
}


@pytest.mark.parametrize("category", ROWS)
def test_every_category_is_named(category: str | None) -> None:
    states, trend_z, trend_p = ROWS[category]
    row = np.array(states)
    assert category_of(row == 1, row == -1, trend_z, trend_p) == category


def test_what_was_planted_is_found() -> None:
    counts = RANDOM.poisson(5, (400, 12)).astype(float).reshape(20, 20, 12)
    counts[2:5, 2:5, -1] += 40
    counts[12:15, 2:5] += 25 + 6 * np.arange(12)
    counts[2:5, 12:15] += 40
    found = emerging(counts.reshape(400, 12), lattice(20, 20))
    names = np.array(found.category).reshape(20, 20)
    assert names[3, 3] == "hot:new"
    assert names[13, 3] == "hot:intensifying"
    assert names[3, 13] in ("hot:persistent", "hot:intensifying")
    assert (names[6:11, 6:11] == "none").all()


def test_too_little_says_so() -> None:
    with pytest.raises(ValueError, match="slices"):
        emerging(np.ones((9, 3)), lattice(3, 3))
