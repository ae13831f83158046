"""TD-TR keeps its promise: at any time the simplified way is no further off than it was told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.patrols.grading.plane import scales
from spatial.patrols.simplify import simplified
from tests.spatial.patrols.truth import walk


def off_m(time_us: np.ndarray, lon: np.ndarray, lat: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Measure the synchronised distances by NumPy's own interpolation."""
    x = np.interp(time_us, time_us[kept], lon[kept])
    y = np.interp(time_us, time_us[kept], lat[kept])
    kx, ky = scales(lat)
    return np.hypot((lon - x) * kx, (lat - y) * ky)


@pytest.mark.parametrize("most_m", [1.0, 10.0, 50.0])
def test_no_fix_is_further_off_than_allowed(most_m: float) -> None:
    columns = walk("ebike", 2).columns
    kept = simplified(columns.time_us, columns.lon, columns.lat, most_m)
    assert off_m(columns.time_us, columns.lon, columns.lat, kept).max() <= most_m * 1.001
    assert kept[0] and kept[-1]


@given(st.lists(st.tuples(st.integers(1, 60), st.floats(-300, 300), st.floats(-300, 300)), max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_way_keeps_the_bound(steps: list[tuple[int, float, float]]) -> None:
    times = np.cumsum([step[0] for step in steps] or [0]).astype(np.int64) * 1_000_000
    lon = 116.3 + np.cumsum([step[1] for step in steps] or [0]) * 1e-5
    lat = 39.9 + np.cumsum([step[2] for step in steps] or [0]) * 1e-5
    kept = simplified(times, lon, lat, 25.0)
    assert off_m(times, lon, lat, kept).max() <= 25.0 * 1.001


def test_a_straight_way_at_a_steady_speed_is_two_fixes() -> None:
    times = np.arange(100) * 1_000_000
    kept = simplified(times, 116.3 + np.arange(100) * 1e-4, np.full(100, 39.9), 0.5)
    assert np.flatnonzero(kept).tolist() == [0, 99]


def test_nothing_and_one() -> None:
    none = np.zeros(0)
    assert len(simplified(np.zeros(0, np.int64), none, none, 1.0)) == 0
    assert simplified(np.zeros(1, np.int64), np.zeros(1), np.zeros(1), 1.0).tolist() == [True]
