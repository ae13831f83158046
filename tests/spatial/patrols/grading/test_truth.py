"""Acceptance on synthetic truth: filters and distances, beside what Traccar makes of the same fixes."""

from __future__ import annotations

import pytest

from tests.spatial.patrols.quality import GAITS, drift_m_per_hour, quality

SEEDS = range(20)


@pytest.mark.parametrize("gait", GAITS)
def test_finds_jumps_leaves_good_fixes_and_measures_the_way(gait: str) -> None:
    found = quality(gait, SEEDS)
    assert found.jumps > 250
    assert found.jumps_found >= 0.99
    assert found.good_flagged <= 0.005
    assert abs(found.distance_error) <= 0.03
    # Somebody's single shift is not to be off by much more than the average.
    assert found.worst_error <= 0.08


@pytest.mark.parametrize("gait", GAITS)
def test_the_baseline_does_worse_on_the_same_fixes(gait: str) -> None:
    """The fixes are hard enough to tell filters apart; else the test above says nothing."""
    found = quality(gait, SEEDS)
    assert found.traccar_error > 0.5
    assert abs(found.traccar_filtered_error) > 2 * abs(found.distance_error)


@pytest.mark.parametrize("gait", GAITS)
@pytest.mark.parametrize("sigma_m", [5.0, 15.0, 25.0])
def test_who_stands_goes_nowhere(gait: str, sigma_m: float) -> None:
    ours, plain = drift_m_per_hour(sigma_m, SEEDS, gait)
    assert ours <= 20.0
    assert plain > 500.0


@pytest.mark.parametrize("interval_s", [1.0, 5.0, 30.0])
def test_the_way_does_not_depend_on_how_often_a_phone_sends(interval_s: float) -> None:
    found = quality("foot", range(6), interval_s=interval_s, seconds=2 * 3600, stand_s=1800)
    assert abs(found.distance_error) <= 0.06
    assert found.jumps_found >= 0.99
    assert found.good_flagged <= 0.01


def test_without_jumps_next_to_nothing_is_a_jump() -> None:
    found = quality("foot", SEEDS, jumps=0.0001)
    assert found.good_flagged <= 0.005
