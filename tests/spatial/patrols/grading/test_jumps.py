"""Jumps, rides and spikes: small cases that one can check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from spatial.patrols.verdicts import Verdict
from tests.spatial.patrols.grading.ways import fixes, graded, noise

COUNT = 40
STEADY = np.arange(COUNT) * 12.0 + noise(COUNT)


def jumps_of(x: np.ndarray, gait: str = "foot", y: float | np.ndarray = 0.0) -> list[int]:
    found = graded(fixes(x, noise(len(x), seed=2) + y), gait)
    return np.flatnonzero(found.verdicts == Verdict.JUMP).tolist()


@pytest.mark.parametrize("at", [0, 1, 20, COUNT - 2, COUNT - 1])
def test_a_single_jump_is_found_wherever_it_is(at: int) -> None:
    x = STEADY.copy()
    x[at] += 900
    assert jumps_of(x) == [at]


@pytest.mark.parametrize("length", [2, 3, 4, 5, 6])
def test_a_run_of_jumps_to_one_place_is_found(length: int) -> None:
    x = STEADY.copy()
    x[15 : 15 + length] += 900
    assert jumps_of(x) == list(range(15, 15 + length))


def test_a_run_of_jumps_to_several_places_is_found() -> None:
    x = STEADY.copy()
    x[[15, 16, 17]] += [900, -1500, 3000]
    assert jumps_of(x) == [15, 16, 17]


def test_a_jump_that_slipped_in_does_no_harm_to_the_good_fix_after_it() -> None:
    """The rule that looks back only calls the fix after a bad first one bad, and all that follow."""
    x = STEADY.copy()
    x[0] -= 2000
    assert jumps_of(x) == [0]


def test_a_new_place_for_good_is_no_jump() -> None:
    x = STEADY.copy()
    x[20:] += 50_000
    found = graded(fixes(x, noise(COUNT)))
    assert not (found.verdicts == Verdict.JUMP).any()
    # Nobody knows how it got there: that is no way.
    assert found.distance_m + found.ride_mm / 1000 < 600


def test_a_ride_is_no_jump_and_no_way_on_foot() -> None:
    steps = np.concatenate([np.full(15, 12.0), np.full(20, 110.0), np.full(15, 12.0)])
    x = np.cumsum(steps) + noise(50)
    found = graded(fixes(x, noise(50, seed=3)))
    said = found.verdicts
    assert not (said == Verdict.JUMP).any()
    assert (said[15:35] == Verdict.OVERSPEED).all()
    assert (said[:15] != Verdict.OVERSPEED).all() and (said[35:] != Verdict.OVERSPEED).all()
    assert found.distance_m == pytest.approx(29 * 12, rel=0.15)
    assert found.ride_mm / 1000 == pytest.approx(20 * 110, rel=0.03)


def test_the_same_leg_is_a_jump_on_foot_and_none_by_car() -> None:
    x = STEADY.copy()
    x[20] += 60
    assert jumps_of(x) == [20]
    assert jumps_of(x, "car") == []
    x[20] += 1200
    assert jumps_of(x, "car") == [20]


def test_a_sharp_spike_below_the_top_speed_is_found() -> None:
    """A car could have gone there, and could not have turned."""
    x = np.arange(COUNT) * 60.0 + noise(COUNT)
    sideways = np.zeros(COUNT)
    sideways[20] = 330.0
    assert jumps_of(x, "car", sideways) == [20]


def test_turning_back_is_no_spike() -> None:
    x = np.concatenate([np.arange(20), np.arange(20, 0, -1)]) * 14.0 + noise(40)
    assert jumps_of(x) == []


def test_what_was_measured_badly_may_be_further_off() -> None:
    x = STEADY.copy()
    x[20] += 100
    accuracy = np.full(COUNT, 6.0)
    assert jumps_of(x) == [20]
    accuracy[20] = 90.0
    assert Verdict.JUMP not in graded(fixes(x, noise(COUNT), accuracy_m=accuracy)).verdicts


def test_nothing_and_little() -> None:
    for count in range(4):
        found = graded(fixes(STEADY[:count]))
        assert len(found.verdicts) == count
        assert not found.verdicts.any()
