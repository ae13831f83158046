"""Areas of many polygons at once: against the geodesic library, and adding up."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given

from spatial.geometry.crs import area_m2
from spatial.geometry.equal_area import areas_m2
from tests.spatial.coverages import coverages


@pytest.mark.parametrize(("lon", "lat"), [(116.3, 39.9), (-70.0, -33.0), (179.5, 0.0), (10.0, 69.0)])
def test_small_polygons_agree_with_geodesics(lon: float, lat: float) -> None:
    """Edges of 10 m: there a straight line in degrees and a geodesic are the same to 1e-9."""
    square = shapely.segmentize(shapely.box(lon, lat, lon + 0.002, lat + 0.002), 1e-5)
    assert areas_m2([square])[0] == pytest.approx(area_m2(square), rel=1e-9)


def test_a_whole_zone_is_what_the_formula_says() -> None:
    """The ellipsoid has 510,065,621.724 km² (WGS-84)."""
    world = shapely.box(-180, -90, 180, 90)
    bands = [shapely.box(-180, south, 180, south + 0.5) for south in np.arange(-90, 90, 0.5)]
    assert areas_m2(bands).sum() == pytest.approx(510_065_621_724_000, rel=1e-9)
    assert areas_m2([world])[0] != 0


def test_holes_parts_empties_and_what_is_no_area() -> None:
    outer, inner = shapely.box(0, 0, 4, 4), shapely.box(1, 1, 2, 2)
    shapes = [
        outer.difference(inner),
        shapely.MultiPolygon([inner, shapely.box(6, 6, 7, 7)]),
        None,
        shapely.Polygon(),
        shapely.Point(1, 1),
        shapely.GeometryCollection([inner, shapely.Point(3, 3)]),
    ]
    found = areas_m2(shapes)
    whole, hole, far = areas_m2([outer, inner, shapely.box(6, 6, 7, 7)])
    np.testing.assert_allclose(found, [whole - hole, hole + far, 0, 0, 0, hole], rtol=1e-12)
    assert len(areas_m2([])) == 0


@given(coverages())
def test_units_add_up_to_their_union(units) -> None:
    whole = shapely.coverage_union_all(units)
    assert areas_m2(units).sum() == pytest.approx(areas_m2([whole])[0], rel=1e-9, abs=1e-6)
