"""Stays, drift in them, and the ways between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spatial.patrols.grading import parameters_of
from spatial.patrols.verdicts import Verdict
from tests.spatial.patrols.grading.ways import fixes, graded, noise

WALK = np.arange(40) * 13.0
"""520 m in 400 s."""


def there_and_on(stand: int, spread_m: float = 4.0) -> tuple[np.ndarray, np.ndarray]:
    x = np.concatenate([WALK, np.full(stand, WALK[-1]), WALK[-1] + WALK])
    return x + noise(len(x), spread_m), noise(len(x), spread_m, 9)


def test_who_stops_for_ten_minutes_stays_once() -> None:
    x, y = there_and_on(60)
    found = graded(fixes(x, y))
    assert len(found.stays) == 1
    assert (found.stays[0].end_us - found.stays[0].begin_us) / 1e6 == pytest.approx(600, abs=90)
    assert len(found.trips) == 2
    assert found.distance_m == pytest.approx(1040 - 13, rel=0.03)
    assert found.standing_ms / 1000 == pytest.approx(600, abs=90)


def test_who_stops_for_a_light_does_not_stay() -> None:
    x, y = there_and_on(9)
    found = graded(fixes(x, y))
    assert not found.stays
    assert len(found.trips) == 1


def test_drift_in_a_stay_counts_where_the_stay_is() -> None:
    x, y = there_and_on(90)
    x[80:84] += 42.0
    found = graded(fixes(x, y, accuracy_m=15.0))
    assert (found.verdicts[80:84] == Verdict.DRIFT).all()
    assert len(found.stays) == 1
    assert found.distance_m == pytest.approx(1040 - 13, rel=0.03)
    held = found.way.stay >= 0
    assert len(np.unique(found.way.lon[held])) == 1


def test_walking_up_and_down_a_street_with_a_good_receiver_is_walking() -> None:
    """A radius large enough for bad receivers would swallow a patrol of one street."""
    back = np.tile(np.concatenate([np.arange(0, 140, 12), np.arange(140, 0, -12)]), 8).astype(float)
    x = back + noise(len(back), 3.0)
    found = graded(fixes(x, noise(len(back), 3.0, 4)))
    assert not found.stays
    assert found.distance_m == pytest.approx(np.abs(np.diff(back)).sum(), rel=0.12)


def test_after_a_long_silence_nobody_knows_the_way() -> None:
    x = np.concatenate([WALK, WALK + 3000.0]) + noise(80)
    times = np.concatenate([np.arange(40) * 10, np.arange(40) * 10 + 400 + 3600]) * 1_000_000
    found = graded(fixes(x, noise(80, seed=8), time_us=times))
    assert found.distance_m == pytest.approx(2 * 39 * 13, rel=0.03)
    assert found.moving_ms + found.standing_ms == 2 * 390_000
    assert len(found.trips) == 2


def test_a_stay_over_midnight_is_of_both_days() -> None:
    from spatial.patrols.grading import Context, grade

    x, y = there_and_on(120)
    columns = fixes(x, y)
    middle = int(columns.time_us[100])
    days = [Context(0, middle), Context(middle, 2**60)]
    before, after = (grade(columns, day, parameters_of("foot")) for day in days)
    assert len(before.stays) == len(after.stays) == 1
    assert before.stays[0].end_us == after.stays[0].begin_us == middle
    assert before.whole_stays == after.whole_stays
    whole = graded(columns)
    assert before.distance_mm + after.distance_mm == whole.distance_mm
    assert before.standing_ms + after.standing_ms == whole.standing_ms


def test_a_radius_of_nothing_finds_no_stay() -> None:
    x, y = there_and_on(60)
    none = replace(parameters_of("foot"), stay_radius_m=0.001, stay_accuracy=0.0)
    assert not graded(fixes(x, y), none).stays
