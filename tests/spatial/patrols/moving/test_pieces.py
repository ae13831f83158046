"""Pieces of tracks: distances against PROJ's geodesics, speeds by hand, boxes against shapely."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from pyproj import Geod
from shapely.geometry import LineString, box

from spatial.patrols.columns import Columns
from spatial.patrols.moving.curves import DISCRETE, LINEAR, STEP
from spatial.patrols.moving.pieces import PROPERTIES, QUERIES, Piece, meets, pieces_of, wrapped
from spatial.patrols.tracks import Track
from spatial.patrols.verdicts import Verdict
from spatial.types import BBox
from tests.spatial.patrols.truth import START_US, walk

WALK = walk("foot", 5, seconds=1800, stand_s=300, jumps=0.0).columns
GAP_S = 900.0


def track(columns: Columns, bad: tuple[int, ...] = ()) -> Track:
    verdicts = np.zeros(len(columns), np.int8)
    verdicts[list(bad)] = Verdict.JUMP
    return Track(columns, verdicts)


def moved(lon: list[float], lat: list[float], every_s: int = 10, **more: object) -> Piece:
    times = START_US + np.arange(len(lon)) * every_s * 1_000_000
    (piece,) = pieces_of(track(Columns.of(times, lon, lat, **more)), GAP_S)
    return piece


def test_a_long_silence_ends_a_piece_and_bad_fixes_are_in_none() -> None:
    times = START_US + np.array([0, 10, 20, 30, 1000, 1010, 2000]) * 1_000_000
    columns = Columns.of(times, np.arange(7) * 1e-4 + 116, np.full(7, 39.9))
    found = list(pieces_of(track(columns, bad=(1,)), GAP_S))
    gaps = [(each.columns.time_us - START_US) // 1_000_000 for each in found]
    assert [each.tolist() for each in gaps] == [[0, 20, 30], [1000, 1010], [2000]]
    assert [each.name for each in found] == [times[0], times[4], times[6]]
    assert found[-1].path.interpolation == DISCRETE


def test_two_devices_of_one_moment_are_one_position() -> None:
    times = START_US + np.array([0, 0, 10, 10, 20]) * 1_000_000
    columns = Columns.of(times, np.arange(5) * 1e-5 + 116, np.full(5, 39.9))
    (piece,) = pieces_of(track(columns), GAP_S)
    assert (np.diff(piece.path.time_us) > 0).all()
    assert len(piece.path) == 3


def test_the_distance_is_that_of_geodesics() -> None:
    (piece,) = pieces_of(track(WALK), GAP_S)
    _, _, legs = Geod(ellps="GRS80").inv(WALK.lon[:-1], WALK.lat[:-1], WALK.lon[1:], WALK.lat[1:])
    found = piece.distance()
    assert found.interpolation == LINEAR
    np.testing.assert_allclose(found.values, np.concatenate([[0], np.cumsum(legs)]), rtol=1e-6)
    half = int(found.time_us[3] + found.time_us[4]) // 2
    assert found.at([half]).values[0] == pytest.approx(sum(legs[:3]) + legs[3] / 2, rel=1e-4)


def test_the_velocity_is_the_slope_of_the_distance() -> None:
    (piece,) = pieces_of(track(WALK), GAP_S)
    speed, gone = piece.velocity(), piece.distance()
    assert speed.interpolation == STEP
    for row, (begin, end) in enumerate(pairwise(range(len(WALK)))):
        took_s = (WALK.time_us[end] - WALK.time_us[begin]) / 1e6
        assert speed.values[row] * took_s == pytest.approx(gone.values[end] - gone.values[begin], abs=1e-9)
    assert speed.values[-1] == speed.values[-2]


def test_the_acceleration_of_a_steady_one_is_what_it_is() -> None:
    # s = a t² / 2 with 0.5 m/s²: mean speeds of legs differ by exactly a × the time between their middles.
    times_s = np.array([0.0, 10.0, 15.0, 30.0, 42.0])
    north = 0.25 * times_s**2 / 110_574.0
    columns = Columns.of(START_US + (times_s * 1e6).astype(int), np.full(5, 116.0), north)
    (piece,) = pieces_of(track(columns), GAP_S)
    found = piece.acceleration()
    assert found.time_us.tolist() == columns.time_us[1:-1].tolist()
    np.testing.assert_allclose(found.values, 0.5, rtol=1e-3)


@pytest.mark.parametrize("fixes", [1, 2, 3])
def test_short_pieces_have_what_can_be_known(fixes: int) -> None:
    piece = moved([116.0 + at * 1e-4 for at in range(fixes)], [39.9] * fixes)
    sizes = {name: len(kind.curve(piece)) for name, kind in QUERIES.items()}
    assert sizes == {
        "distance": fixes, "velocity": fixes if fixes > 1 else 0, "acceleration": max(0, fixes - 2),
    }  # fmt: skip


def test_what_devices_said_is_told_where_they_said_it() -> None:
    piece = moved(
        [116.0, 116.1, 116.2], [39.9] * 3, speed_mps=[1.1, np.nan, 2.2], course_deg=[350, 10, np.nan],
        unit=[0, -1, 1], units=("a", "b"),
    )  # fmt: skip
    curves = {name: kind.curve(piece) for name, kind in PROPERTIES.items()}
    assert curves["speed"].values.tolist() == [1.1, 2.2]
    assert curves["speed"].at([piece.columns.time_us[1]]).values.tolist() == pytest.approx([1.65])
    assert curves["course"].interpolation == DISCRETE
    assert curves["unit"].values.tolist() == ["a", "b"]
    assert len(curves["accuracy"]) == 0


@pytest.mark.parametrize("seed", range(30))
def test_a_line_meets_the_boxes_that_shapely_says(seed: int) -> None:
    dice = np.random.default_rng(seed)
    lon, lat = dice.uniform(116, 117, 5), dice.uniform(39, 40, 5)
    piece = moved(lon.tolist(), lat.tolist())
    west, south = dice.uniform(116, 117), dice.uniform(39, 40)
    wanted = LineString(np.column_stack([lon, lat])).intersects(box(west, south, west + 0.1, south + 0.1))
    assert meets(piece.path, BBox(west, south, west + 0.1, south + 0.1)) == wanted


def test_across_the_antimeridian() -> None:
    piece = moved([179.99, -179.99, -179.97], [0.0, 0.0, 0.0])
    assert piece.distance().values[-1] == pytest.approx(0.04 * 111_320, rel=1e-3)
    assert meets(piece.path, BBox(179.995, -1, -179.995, 1))
    assert meets(piece.path, BBox(-179.98, -1, -179.975, 1))
    assert not meets(piece.path, BBox(-100, -1, 100, 1))
    between = piece.path.at([int(piece.columns.time_us[1]) - 2_500_000])
    assert wrapped(between.values).tolist() == [pytest.approx([-179.995, 0.0])]
    assert wrapped(piece.path.values)[:, 0].tolist() == pytest.approx([179.99, -179.99, -179.97])
