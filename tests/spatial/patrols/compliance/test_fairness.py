"""Stated rates of false accusation and stated probabilities against synthetic truth."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from tests.spatial.patrols.compliance.fairness import (
    PHONES,
    RULES,
    Calibration,
    Phone,
    calibrate,
    reliability,
    said,
    shift,
)

RUNS = 120
MODEL = 0.05
"""What the model may be off where it is right about the phone: its walkers keep in a disc, ours do not."""


@cache
def calibrated(name: str) -> Calibration:
    """Calibrate a phone once for all tests."""
    return calibrate(PHONES[name], RUNS)


@pytest.mark.parametrize("name", ["open sky", "street", "between houses", "urban canyon", "every 30 s"])
def test_true_walkers_fall_short_as_often_as_is_stated(name: str) -> None:
    """Of 120 walkers a rate p is seen within four of its standard errors, √(p(1-p)/120)."""
    found = calibrated(name)
    error = 4 * np.sqrt(np.maximum(found.stated * (1 - found.stated), 0.005) / RUNS)
    np.testing.assert_array_less(np.abs(found.observed - found.stated), error + MODEL)


@pytest.mark.parametrize("name", [name for name in PHONES if name != "says too little"])
def test_true_walkers_are_hardly_ever_accused(name: str) -> None:
    """The rules say one in a hundred: of 120 then no more than five (four standard errors)."""
    found = calibrated(name)
    assert found.accused <= RULES.accuse_at_most + 4 * np.sqrt(0.01 * 0.99 / RUNS)


@pytest.mark.parametrize("sigma_m", [3.3, 8.0, 13.0])
def test_who_was_not_there_is_found_out(sigma_m: float) -> None:
    """A rule that accuses nobody would be fair as well."""
    generator = np.random.Generator(np.random.PCG64(3))
    words = [said(shift(generator, Phone(sigma_m), 0.0, walks=False)).word for _ in range(20)]
    assert words == ["missed"] * 20


@pytest.mark.parametrize("sigma_m", [5.0, 10.0, 20.0])
def test_probabilities_come_true(sigma_m: float) -> None:
    """Of all that is stated with about one probability, so many are so: within 0.08 and three errors."""
    stated, true = reliability(Phone(sigma_m, spread=0.0), 400)
    edges = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0001]
    for low, high in pairwise(edges):
        inside = (stated >= low) & (stated < high)
        if inside.sum() >= 20:
            mean, error = stated[inside].mean(), 3 * np.sqrt(0.25 / inside.sum())
            assert abs(true[inside].mean() - mean) <= 0.08 + error, (low, inside.sum())
    assert abs(stated.mean() - true.mean()) <= 0.08
