"""Tile matrix sets: the numbers of the standard, and that every position lies in exactly one tile."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from spatial.errors import NotFound
from spatial.geometry.tile_matrix import (
    CGCS2000_QUAD,
    TILE_MATRIX_SETS,
    WEB_MERCATOR_QUAD,
    WORLD_CRS84_QUAD,
    Tile,
    TileMatrixSet,
    tile_at,
    tile_matrix_set,
)

SETS = list(TILE_MATRIX_SETS.values())


@pytest.mark.parametrize(
    ("matrix", "zoom", "denominator", "cell", "size"),
    [
        # OGC 17-083r4, annexes D.1 and D.2.
        (WEB_MERCATOR_QUAD, 0, 559082264.028717, 156543.033928041, (1, 1)),
        (WEB_MERCATOR_QUAD, 18, 2132.72958384978, 0.597164283559817, (262144, 262144)),
        (WORLD_CRS84_QUAD, 0, 279541132.014358, 0.703125, (2, 1)),
        (WORLD_CRS84_QUAD, 17, 2132.72958384978, 5.36441802978516e-06, (262144, 131072)),
        # Tianditu's level 1 has the cells of zoom 0 above.
        (CGCS2000_QUAD, 1, 279541132.014358, 0.703125, (2, 1)),
        (CGCS2000_QUAD, 18, 2132.72958384978, 5.36441802978516e-06, (262144, 131072)),
    ],
)
def test_the_numbers_are_those_of_the_standard(
    matrix: TileMatrixSet, zoom: int, denominator: float, cell: float, size: tuple[int, int]
) -> None:
    assert matrix.scale_denominator(zoom) == pytest.approx(denominator, rel=1e-9)
    assert matrix.cell_size(zoom) == pytest.approx(cell, rel=1e-9)
    assert matrix.size(zoom) == size


def test_tianditu_states_scales_for_96_dpi() -> None:
    """Its capabilities say 295829355.45 for level 1: the same cells, larger pixels."""
    stated = CGCS2000_QUAD.scale_denominator(1) * 0.00028 / (0.0254 / 96)
    assert stated == pytest.approx(2.958293554545656e8, rel=1e-6)


@pytest.mark.parametrize("matrix", SETS, ids=lambda each: each.name)
@pytest.mark.parametrize("zoom", [1, 7, 14, 20])
def test_what_is_shown_follows_from_how_wide_a_tile_is(matrix: TileMatrixSet, zoom: int) -> None:
    west, _, east, _ = Tile(zoom, 0, 0, matrix).bounds()
    assert 360 / 2 ** matrix.detail(zoom) == pytest.approx(east - west)


@given(lon=st.floats(-180, 179.999999), lat=st.floats(-84.9, 84.9), zoom=st.integers(1, 21))
@pytest.mark.parametrize("matrix", SETS, ids=lambda each: each.name)
def test_a_position_lies_in_one_tile_and_in_its_box(
    matrix: TileMatrixSet, lon: float, lat: float, zoom: int
) -> None:
    tile = tile_at(lon, lat, zoom, matrix)
    assert tile.exists
    across, down = tile.place(lon, lat)
    assert 0 <= across < 1 and 0 <= down < 1
    x, y = Transformer.from_crs(4326, matrix.srid, always_xy=True).transform(lon, lat)
    left, bottom, right, top = tile.box()
    slack = 1e-6 * (right - left)
    assert left - slack <= x <= right + slack and bottom - slack <= y <= top + slack
    for neighbour in (Tile(zoom, tile.x + 1, tile.y, matrix), Tile(zoom, tile.x, tile.y + 1, matrix)):
        beside, below = neighbour.place(lon, lat)
        assert not (0 <= beside < 1 and 0 <= below < 1)


@pytest.mark.parametrize("matrix", SETS, ids=lambda each: each.name)
def test_neighbours_share_their_edges_to_the_last_bit(matrix: TileMatrixSet) -> None:
    for zoom, column, row in ((3, 1, 2), (13, 5001, 1777), (18, 131071, 65535)):
        here, east, south = (
            Tile(zoom, *each, matrix).box() for each in ((column, row), (column + 1, row), (column, row + 1))
        )
        assert here.east == east.west
        assert here.south == south.north


@pytest.mark.parametrize("matrix", SETS, ids=lambda each: each.name)
def test_placing_and_its_inverse_undo_each_other(matrix: TileMatrixSet) -> None:
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(-180, 180, 500), rng.uniform(-85, 85, 500)
    back = matrix.unplace(*matrix.place(lon, lat))
    assert np.allclose(back, (lon, lat), atol=1e-9)


def test_the_poles_have_a_place_in_web_mercator_outside_of_the_square() -> None:
    _, down = WEB_MERCATOR_QUAD.place([0.0, 0.0], [90.0, -90.0])
    assert np.isfinite(down).all()
    assert down[0] < 0 and down[1] > 1


def test_addresses_outside_do_not_exist() -> None:
    assert not Tile(0, 0, 0, CGCS2000_QUAD).exists
    assert Tile(1, 1, 0, CGCS2000_QUAD).exists
    assert not Tile(1, 2, 0, CGCS2000_QUAD).exists
    assert not Tile(0, 0, 1, WORLD_CRS84_QUAD).exists
    assert not Tile(3, -1, 0).exists


def test_the_world_is_covered() -> None:
    assert Tile(0, 0, 0).bounds() == pytest.approx(
        (-180, -math.degrees(math.atan(math.sinh(math.pi))), 180, 85.0511287798066)
    )
    assert Tile(1, 0, 0, CGCS2000_QUAD).bounds() == (-180, -90, 0, 90)
    assert Tile(1, 1, 0, CGCS2000_QUAD).bounds(0.1) == pytest.approx((-18, -90, 180, 90))


def test_an_unknown_set_is_not_found() -> None:
    with pytest.raises(NotFound, match="WorldCRS84Quad"):
        tile_matrix_set("GoogleMapsCompatible")
