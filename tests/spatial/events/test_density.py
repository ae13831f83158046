"""Kernel density against a plain sum over all pairs, and against its integral."""

from __future__ import annotations

import numpy as np
import pytest

from spatial.events import density
from spatial.events.density import kernel_density

RANDOM = np.random.default_rng(3)


def plainly(points: np.ndarray, places: np.ndarray, bandwidth: float) -> np.ndarray:
    distance = np.hypot(*(places[:, None] - points[None]).transpose(2, 0, 1))
    weight = np.where(distance < bandwidth, (1 - (distance / bandwidth) ** 2) ** 2, 0)
    return weight.sum(axis=1) * 3 / (np.pi * bandwidth**2) * 1e6


@pytest.mark.parametrize("pairs", [7, 500, 2_000_000])
def test_it_is_the_sum_over_all_pairs(monkeypatch: pytest.MonkeyPatch, pairs: int) -> None:
    monkeypatch.setattr(density, "_PAIRS", pairs)
    points, places = RANDOM.uniform(0, 5000, (300, 2)), RANDOM.uniform(-500, 5500, (200, 2))
    told: list[float] = []
    found = kernel_density(points, places, 700.0, told.append)
    np.testing.assert_allclose(found, plainly(points, places, 700.0), rtol=1e-12)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_its_integral_is_the_number_of_points() -> None:
    points = RANDOM.uniform(2000, 4000, (50, 2))
    x, y = np.meshgrid(np.arange(0, 6000, 20.0), np.arange(0, 6000, 20.0))
    found = kernel_density(points, np.column_stack([x.ravel(), y.ravel()]), 400.0)
    assert found.sum() * 20 * 20 / 1e6 == pytest.approx(50, rel=1e-3)


def test_nothing_is_nowhere_dense() -> None:
    none, some = np.empty((0, 2)), np.zeros((2, 2))
    assert kernel_density(none, some, 10.0).tolist() == [0, 0]
    assert len(kernel_density(some, none, 10.0)) == 0
    assert kernel_density(some, some + 100, 10.0).tolist() == [0, 0]
