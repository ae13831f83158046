"""Cells: squares of Web Mercator that nest, with true sides and areas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pyproj import Geod

from spatial.patrols.heat import cells as lattice
from spatial.types import BBox


def test_cells_are_tiles_of_zoom_20() -> None:
    x, y = lattice.spots([0.0, -180.0, 116.3], [0.0, 85.0511287, 39.95])
    assert x[:2].tolist() == [2**19, 0] and y[0] == 2**19 and 0 <= y[1] < 1e-2
    tile_y = (1 - math.asinh(math.tan(math.radians(39.95))) / math.pi) / 2 * 2**20
    assert (int(x[2]), int(y[2])) == (int((116.3 + 180) / 360 * 2**20), int(tile_y))


def test_the_edges_of_the_world_have_cells() -> None:
    x, y = lattice.spots([180.0, -180.0], [-90.0, 90.0])
    assert int(x.max()) == 2**20 - 1 and int(y.max()) <= 2**20 - 1 and y.min() >= 0


@pytest.mark.parametrize("level", range(lattice.LEVELS))
@pytest.mark.parametrize("lat", [0.0, 31.8, 39.95, -60.0])
def test_areas_are_those_of_the_ellipsoid(level: int, lat: float) -> None:
    x, y = lattice.spots([116.3], [lat])
    cell = lattice.number(x.astype(np.int64) >> level, y.astype(np.int64) >> level)
    column, row = lattice.columns_rows(cell)
    west, north = lattice.edges(level, column, row)
    east, south = lattice.edges(level, column + 1, row + 1)
    ring = [(west[0], south[0])]
    ring += [(x, south[0]) for x in np.linspace(west[0], east[0], 50)]
    ring += [(x, north[0]) for x in np.linspace(east[0], west[0], 50)]
    area, _ = Geod(ellps="WGS84").polygon_area_perimeter(*zip(*ring, strict=True))
    assert lattice.cell_areas_m2(level, cell)[0] == pytest.approx(abs(area), rel=1e-6)
    assert lattice.side_m(level, lat) ** 2 == pytest.approx(abs(area), rel=0.015)


def test_a_window_holds_the_cells_that_a_box_meets() -> None:
    box = BBox(116.30, 39.95, 116.31, 39.96)
    for level in (0, 3, 8):
        west, north, east, south = lattice.window(level, box)
        lon, lat = lattice.edges(level, np.array([west, east + 1]), np.array([north, south + 1]))
        assert lon[0] <= box.west < lattice.edges(level, west + 1, north)[0]
        assert lon[1] > box.east >= lattice.edges(level, east, south)[0]
        assert lat[0] >= box.north and lat[1] < box.south


def test_numbers_come_back() -> None:
    cells = lattice.number([0, 5, 2**20 - 1], [2**20 - 1, 7, 0])
    column, row = lattice.columns_rows(cells)
    assert column.tolist() == [0, 5, 2**20 - 1] and row.tolist() == [2**20 - 1, 7, 0]
    assert lattice.coarser(cells, 3).tolist() == lattice.number(column >> 3, row >> 3).tolist()
