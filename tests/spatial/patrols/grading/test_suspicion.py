"""Suspicions: made-up ways and datums that are not what they say."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatial.geometry.datum import convert
from spatial.patrols.columns import Columns
from spatial.patrols.grading import Context, Home, grade, parameters_of
from spatial.patrols.verdicts import COUNTS_FOR_WAY, Verdict
from tests.spatial.patrols.grading.ways import fixes, graded, noise
from tests.spatial.patrols.truth import HABITS, walk

COUNT = 60
FOOT = parameters_of("foot")


def test_a_player_of_routes_is_suspected_and_counts_all_the_same() -> None:
    x = np.arange(COUNT) * 12.0
    found = graded(fixes(x))
    assert (found.verdicts == Verdict.MOCK_SUSPECT).mean() > 0.9
    assert set(found.verdicts.tolist()) <= COUNTS_FOR_WAY
    assert found.distance_m == pytest.approx((COUNT - 1) * 12.0, rel=0.001)


def test_a_player_that_turns_at_a_steady_speed_is_suspected() -> None:
    turn = np.arange(COUNT) / 9
    found = graded(fixes(120 * np.cos(turn), 120 * np.sin(turn)))
    assert (found.verdicts == Verdict.MOCK_SUSPECT).mean() > 0.9


@pytest.mark.parametrize("gait", HABITS)
def test_real_noise_is_not_suspected(gait: str) -> None:
    for seed in range(5):
        way = walk(gait, seed, seconds=3600, stand_s=600, sigma_m=(2.0, 6.0))
        assert Verdict.MOCK_SUSPECT not in graded(way.columns, gait).verdicts


def test_a_vehicle_held_in_place_by_its_receiver_is_not_suspected() -> None:
    assert Verdict.MOCK_SUSPECT not in graded(fixes(np.zeros(COUNT)), "car").verdicts


def test_a_step_of_whole_degrees_of_a_coarse_receiver_is_not_suspected() -> None:
    x = np.arange(COUNT) * 12.0 + noise(COUNT)
    exact = fixes(x, noise(COUNT, seed=3))
    coarse = Columns.of(
        exact.time_us, exact.lon.round(5), exact.lat.round(5), device=1, accuracy_m=exact.accuracy_m
    )
    assert Verdict.MOCK_SUSPECT not in graded(coarse).verdicts


def shifted(datum: str) -> Columns:
    """The same way told by two devices, the second in a datum that it does not name."""
    first = fixes(np.arange(COUNT) * 12.0 + noise(COUNT), noise(COUNT, seed=2))
    lon, lat = convert(first.lon, first.lat, "wgs84", datum)
    return Columns.of(
        np.concatenate([first.time_us, first.time_us[:50] + 4_000_000]),
        np.concatenate([first.lon, lon[:50]]), np.concatenate([first.lat, lat[:50]]),
        device=np.repeat([1, 2], [COUNT, 50]), accuracy_m=6.0,
    )  # fmt: skip


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_device_that_is_off_another_by_the_shift_is_suspected(datum: str) -> None:
    columns = shifted(datum)
    found = graded(columns)
    assert Verdict.DATUM_SUSPECT not in found.verdicts[columns.device == 1]
    # The first device tells the way; while it does, that the other one is another is what is said.
    alone = graded(columns[columns.device == 2], FOOT)
    assert Verdict.DATUM_SUSPECT not in alone.verdicts


def test_only_the_shifted_device_is_suspected_where_both_tell_the_way() -> None:
    columns = shifted("gcj02")
    found = graded(columns[np.flatnonzero((columns.device == 2) | (np.arange(len(columns)) % 4 == 0))])
    assert Verdict.DATUM_SUSPECT in found.verdicts


@pytest.mark.parametrize(("datum", "suspected"), [("gcj02", True), ("bd09", True), ("wgs84", False)])
def test_who_works_beside_the_own_grid_by_the_shift_is_suspected(datum: str, suspected: bool) -> None:
    first = fixes(np.arange(COUNT) * 5.0 + noise(COUNT), noise(COUNT, seed=2))
    lon, lat = convert(first.lon, first.lat, "wgs84", datum)
    area = shapely.box(first.lon.min() - 0.001, first.lat.min() - 0.001, first.lon.max() + 0.001, 39.962)
    columns = Columns.of(first.time_us, lon, lat, device=1, accuracy_m=6.0)
    context = Context(0, 2**60, home=Home(area))
    found = grade(columns, context, FOOT)
    assert (Verdict.DATUM_SUSPECT in found.verdicts) == suspected
    declared = Columns.of(first.time_us, lon, lat, device=1, accuracy_m=6.0, datum=2)
    assert Verdict.DATUM_SUSPECT not in grade(declared, context, FOOT).verdicts


def test_who_works_elsewhere_is_not_suspected() -> None:
    columns = fixes(np.arange(COUNT) * 12.0 + noise(COUNT), noise(COUNT, seed=2))
    away = shapely.box(116.40, 39.90, 116.41, 39.91)
    found = grade(columns, Context(0, 2**60, home=Home(away)), FOOT)
    assert Verdict.DATUM_SUSPECT not in found.verdicts
