"""Sums over areas: exact at the border, whole over a coverage, and against plain geometry."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from spatial.errors import InvalidInput
from spatial.geometry.rasters import (
    CellGrid,
    Raster,
    quarter_points,
    read_geotiff,
    write_geotiff,
    zonal_sums,
)
from tests.spatial.coverages import coverages

CELLS = CellGrid(116.3, 40.0, 0.001, 0.0005, 40, 30)


def raster(cells: CellGrid = CELLS) -> Raster:
    values = np.random.default_rng(5).integers(0, 100, (2, cells.rows, cells.columns)).astype(float)
    return Raster(cells, ("people", "households"), values)


def by_plain_geometry(given_raster: Raster, area: shapely.Geometry) -> list[float]:
    rows, columns = np.mgrid[: given_raster.cells.rows, : given_raster.cells.columns]
    boxes = given_raster.cells.boxes(rows.ravel(), columns.ravel())
    shares = shapely.area(shapely.intersection(boxes, area)) / shapely.area(boxes)
    return [float((band.ravel() * shares).sum()) for band in given_raster.values]


@given(st.lists(st.tuples(st.floats(116.29, 116.34), st.floats(39.975, 40.005)), min_size=3, max_size=9))
@settings(max_examples=60, deadline=None)
def test_sums_agree_with_plain_geometry(points: list[tuple[float, float]]) -> None:
    """Whatever the shape, also thin ones, ones with holes and ones that the raster does not reach."""
    area = shapely.buffer(shapely.LineString(points), 0.0004).difference(
        shapely.buffer(shapely.Point(points[0]), 0.0002)
    )
    assume(not area.is_empty)
    assert zonal_sums(raster(), [area])[0] == pytest.approx(by_plain_geometry(raster(), area), abs=1e-6)


@given(coverages())
@settings(max_examples=30, deadline=None)
def test_the_units_of_a_coverage_have_together_what_lies_below_them(polygons: list[shapely.Geometry]) -> None:
    whole = shapely.union_all(polygons)
    west, south, east, north = whole.bounds
    # A city of some nano-degrees is at the end of what a double can tell apart.
    assume(min(east - west, north - south) > 1e-6)
    cells = CellGrid(west, north, (east - west) / 13, (north - south) / 7, 7, 13)
    sums = zonal_sums(raster(cells), polygons).sum(axis=0)
    assert sums == pytest.approx(zonal_sums(raster(cells), [whole])[0], rel=1e-6, abs=1e-6)


def test_a_unit_of_half_a_cell_has_half_of_it() -> None:
    whole = CELLS.boxes([3], [4])[0]
    west, south, east, north = whole.bounds
    half = shapely.box(west, south, (west + east) / 2, north)
    assert zonal_sums(raster(), [half])[0] == pytest.approx(raster().values[:, 3, 4] / 2)


def test_no_area_and_no_cells_give_nothing() -> None:
    far = shapely.box(100, 10, 101, 11)
    assert zonal_sums(raster(), [far, shapely.Polygon()]).tolist() == [[0, 0], [0, 0]]
    assert zonal_sums(raster(), []).shape == (0, 2)


def test_geotiff_keeps_figures_and_place() -> None:
    content = write_geotiff(raster())
    again = read_geotiff(content, ["people", "households"])
    assert again.bands == ("people", "households")
    assert np.array_equal(again.values, raster().values)
    assert (again.cells.west, again.cells.north) == pytest.approx((CELLS.west, CELLS.north))
    assert write_geotiff(again) == content


def test_what_is_no_raster_of_ours_is_refused() -> None:
    for content in (b"", b"GIF89a", write_geotiff(raster())):
        with pytest.raises(InvalidInput):
            read_geotiff(content, ["people"])


def test_quarters_have_what_their_cells_have() -> None:
    lon, lat, figures = quarter_points(raster())
    assert figures.sum(axis=1) == pytest.approx(raster().values.sum(axis=(1, 2)))
    whole = CELLS.boxes([3], [4])[0]
    inside = shapely.contains_xy(whole, lon, lat)
    assert inside.sum() == 4
    assert figures[:, inside].sum(axis=1) == pytest.approx(raster().values[:, 3, 4])
