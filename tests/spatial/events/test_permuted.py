"""Conditional permutations against esda, and against all combinations where there are few."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array

from spatial.events.hot_spots import hot_spots, permuted
from tests.spatial.events.test_hot_spots import RANDOM, G_Local, W, lattice


def by_esda(values: np.ndarray, adjacent: csr_array, permutations: int) -> np.ndarray:
    neighbours = {
        index: adjacent.indices[adjacent.indptr[index] : adjacent.indptr[index + 1]].tolist()
        for index in range(len(values))
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weights = W(neighbours, silence_warnings=True)
        found = G_Local(values, weights, transform="B", star=True, permutations=permutations, seed=1)
        return np.asarray(found.p_sim, float)


@pytest.mark.slow
def test_p_is_that_of_esda_within_what_chance_does() -> None:
    adjacent = lattice(9, 7)
    values = RANDOM.normal(10, 3, 63)
    values[:9] += 6
    ours = permuted(values, adjacent, 9999, seed=4, enough=10**6).p / 2
    theirs = by_esda(values, adjacent, 9999)
    off = 5 * np.sqrt(2 * ours * (1 - ours) / 9999) + 3e-4
    assert (np.abs(ours - theirs) <= off).all()


def test_p_is_the_share_of_all_neighbourhoods() -> None:
    adjacent = lattice(4, 3)
    values = np.array([0, 1, 1, 2, 5, 9, 1, 0, 3, 3, 1, 7], float)
    found = permuted(values, adjacent, 20_000, seed=2, enough=10**6)
    for place in range(12):
        own = adjacent.indices[adjacent.indptr[place] : adjacent.indptr[place + 1]]
        others = np.delete(values, place)
        sums = np.array([sum(each) for each in itertools.combinations(others, len(own))])
        mine = values[own].sum()
        tail = min((sums >= mine - 1e-9).mean(), (sums <= mine + 1e-9).mean())
        wanted = min(1.0, 2 * tail)
        assert found.p[place] == pytest.approx(wanted, abs=10 * np.sqrt(max(tail, 1e-4) / 20_000))


def test_the_same_seed_gives_the_same_p_and_enough_is_enough() -> None:
    adjacent = lattice(20, 20)
    values = RANDOM.poisson(4, 400).astype(float)
    values[[0, 1, 2, 20, 21, 22]] += 20
    one, again = permuted(values, adjacent, 999, seed=7), permuted(values, adjacent, 999, seed=7)
    assert one.p.tolist() == again.p.tolist()
    assert one.z.tolist() == hot_spots(values, adjacent).z.tolist()
    full = permuted(values, adjacent, 999, seed=7, enough=10**6)
    assert one.p[1] == full.p[1] == pytest.approx(2 / 1000)
    assert np.abs(one.p - full.p).max() < 0.3
    assert permuted(np.full(9, 4.0), lattice(3, 3), 99).p.tolist() == [1.0] * 9


def test_classes_are_found_with_enough_permutations() -> None:
    values = RANDOM.poisson(20, 400).astype(float).reshape(20, 20)
    values[3:6, 3:6] += 60
    found = permuted(values.ravel(), lattice(20, 20), 99_999, seed=1)
    assert found.kind.reshape(20, 20)[4, 4] == 3
    assert (found.kind != 0).mean() < 0.15
