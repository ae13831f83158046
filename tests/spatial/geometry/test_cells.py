"""Hexagons and squares: each point in one cell, neighbours right, outlines true, the same in every run."""

from __future__ import annotations

import h3
import numpy as np
import pytest
import shapely
from pyproj import Geod

from spatial.geometry.hexagons import Hexagons
from spatial.geometry.squares import Squares, zone_at
from spatial.types import BBox

RANDOM = np.random.default_rng(5)
LON, LAT = RANDOM.uniform(116.2, 116.4, 400), RANDOM.uniform(39.85, 40.0, 400)
BOX = BBox(116.30, 39.90, 116.33, 39.92)
KINDS = [Hexagons(8), Hexagons(10), Squares(zone_at(116.3, 39.9), 400.0), Squares(zone_at(-70, -33), 123.4)]


def places(cells: Hexagons | Squares) -> tuple[np.ndarray, np.ndarray]:
    south = isinstance(cells, Squares) and cells.zone > 32700
    return (LON - 186.5, LAT - 73) if south else (LON, LAT)


@pytest.mark.parametrize("cells", KINDS)
def test_a_point_lies_in_its_cell(cells: Hexagons | Squares) -> None:
    lon, lat = places(cells)
    keys = cells.of(lon, lat)
    outlines = [shapely.Polygon(ring) for ring in cells.outlines(keys)]
    inside = [outline.buffer(1e-9).covers(shapely.Point(x, y)) for outline, x, y in zip(outlines, lon, lat)]  # noqa: B905
    assert all(inside)
    assert all(outline.exterior.is_ccw for outline in outlines)
    middles = cells.centres(keys)
    assert (cells.of(*middles) == keys).all()
    assert len(set(cells.names(keys))) == len(set(keys.tolist()))


@pytest.mark.parametrize("cells", KINDS)
def test_area_and_spacing_are_those_on_the_ground(cells: Hexagons | Squares) -> None:
    lon, lat = places(cells)
    keys = np.unique(cells.of(lon, lat))[:40]
    geod = Geod(ellps="WGS84")
    for key, area in zip(cells.outlines(keys), cells.areas_m2(keys), strict=True):
        true, _ = geod.polygon_area_perimeter(*zip(*key, strict=True))
        assert true == pytest.approx(area, rel=0.01)
    pairs = cells.neighbours(cells.around(keys[:1], 1)).tocoo()
    lon, lat = cells.centres(cells.around(keys[:1], 1))
    _, _, metres = geod.inv(lon[pairs.row], lat[pairs.row], lon[pairs.col], lat[pairs.col])
    assert min(metres) == pytest.approx(cells.spacing_m, rel=0.25)


@pytest.mark.parametrize("cells", KINDS)
def test_neighbours_are_those_that_touch(cells: Hexagons | Squares) -> None:
    lon, lat = places(cells)
    keys = cells.around(np.unique(cells.of(lon[:1], lat[:1])), 3)
    shapes = [shapely.Polygon(ring).buffer(1e-8) for ring in cells.outlines(keys)]
    found = cells.neighbours(keys).toarray()
    for a in range(len(keys)):
        touching = {b for b in range(len(keys)) if a != b and shapes[a].intersects(shapes[b])}
        assert set(np.flatnonzero(found[a]).tolist()) == touching


def test_rings_are_those_of_h3_and_of_the_chessboard() -> None:
    own = Hexagons(9).of(LON[:3], LAT[:3])
    wanted = {h3.str_to_int(each) for key in own.tolist() for each in h3.grid_disk(h3.int_to_str(key), 4)}
    assert set(Hexagons(9).around(own, 4).tolist()) == wanted
    assert len(Squares(4548, 100.0).around(Squares(4548, 100.0).of(LON[:1], LAT[:1]), 4)) == 81


@pytest.mark.parametrize("cells", KINDS[:3])
def test_a_box_is_filled_by_cells_with_their_middles_in_it(cells: Hexagons | Squares) -> None:
    keys = cells.within(BOX)
    lon, lat = cells.centres(keys)
    assert ((lon >= BOX.west) & (lon <= BOX.east) & (lat >= BOX.south) & (lat <= BOX.north)).all()
    around = cells.around(keys, 2)
    lon, lat = cells.centres(around)
    inside = (lon >= BOX.west) & (lon <= BOX.east) & (lat >= BOX.south) & (lat <= BOX.north)
    assert set(around[inside].tolist()) == set(keys.tolist())
    assert cells.how_many(BOX) == pytest.approx(len(keys), rel=0.3)


def test_zones_are_those_of_the_place() -> None:
    assert zone_at(114.06, 22.54) == 4547
    assert zone_at(116.4, 39.9) == 4548
    assert zone_at(-0.1, 51.5) == 32630
    assert zone_at(151.2, -33.9) == 32756
