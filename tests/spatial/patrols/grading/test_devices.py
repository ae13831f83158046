"""Fixes that are there twice, and people with two devices."""

from __future__ import annotations

import numpy as np

from spatial.patrols.columns import Columns
from spatial.patrols.verdicts import Verdict
from tests.spatial.patrols.grading.ways import fixes, graded, noise
from tests.spatial.patrols.truth import START_US, _degrees

COUNT = 60
STEADY = np.arange(COUNT) * 12.0 + noise(COUNT)


def with_second(offset_s: float, spread_m: float, rows: slice = slice(None)) -> Columns:
    """Two devices carried by one person, the second with fewer fixes."""
    first = np.arange(COUNT) * 10.0
    second = first[rows][::2] + offset_s
    x = np.concatenate([STEADY, np.interp(second, first, STEADY) + noise(len(second), spread_m, 5)])
    y = np.concatenate([noise(COUNT), noise(len(second), spread_m, 6)])
    lon, lat = _degrees(x, y)
    time_us = START_US + (np.concatenate([first, second]) * 1e6).astype(np.int64)
    device = np.repeat([1, 2], [COUNT, len(second)])
    return Columns.of(time_us, lon, lat, device=device, accuracy_m=6.0)


def test_the_same_place_and_time_by_another_way_is_a_duplicate() -> None:
    once = fixes(STEADY, noise(COUNT))
    twice = Columns.of(
        np.concatenate([once.time_us, once.time_us + 400_000]), np.tile(once.lon, 2), np.tile(once.lat, 2),
        device=np.repeat([1, 2], COUNT), accuracy_m=6.0,
    )  # fmt: skip
    found = graded(twice)
    assert (found.verdicts[twice.device == 2] == Verdict.DUPLICATE).all()
    assert found.distance_mm == graded(once).distance_mm


def test_of_one_moment_the_more_accurate_fix_stays() -> None:
    columns = Columns.of(
        [START_US, START_US, START_US + 10_000_000], [116.3, 116.3004, 116.3001], [39.96] * 3, device=1,
        accuracy_m=[30.0, 5.0, 5.0],
    )  # fmt: skip
    assert graded(columns).verdicts.tolist() == [Verdict.DUPLICATE, Verdict.GOOD, Verdict.GOOD]


def test_one_place_for_long_is_no_duplicate() -> None:
    assert Verdict.DUPLICATE not in graded(fixes(np.zeros(100), every_s=1.0)).verdicts


def test_a_person_with_two_devices_has_one_way() -> None:
    columns = with_second(5.0, 15.0)
    found = graded(columns)
    assert (found.verdicts[columns.device == 2] == Verdict.OTHER_DEVICE).all()
    assert Verdict.OTHER_DEVICE not in found.verdicts[columns.device == 1]
    assert found.distance_mm == graded(columns[columns.device == 1]).distance_mm


def test_where_the_first_device_is_silent_the_second_tells_the_way() -> None:
    columns = with_second(5.0, 2.0, slice(None, None, 2))
    silent = (columns.device == 1) & (np.arange(len(columns)) > 15) & (np.arange(len(columns)) < 60)
    columns = columns[~silent]
    found = graded(columns)
    told = (columns.device == 2) & (found.verdicts == Verdict.GOOD)
    assert 2 < told.sum() < (columns.device == 2).sum()


def test_a_flood_of_one_second_is_answered() -> None:
    dice = np.random.default_rng(3)
    columns = Columns.of(
        np.full(20_000, START_US), 116.3 + dice.uniform(0, 1, 20_000), np.full(20_000, 39.96),
        device=dice.integers(1, 5000, 20_000),
    )  # fmt: skip
    assert len(graded(columns).verdicts) == 20_000
