import numpy as np
import pytest
import shapely
from pyproj import CRS

from spatial.errors import InvalidInput
from spatial.geometry.crs import (
    CRS84,
    CRS_TABLE,
    area_m2,
    geodesic_m,
    measure_crs,
    parse_crs,
    swap_axes,
    transform,
    transform_geometry,
)


@pytest.mark.parametrize(
    ("lonlat", "zone", "east", "north"),
    [
        ((116.30, 39.96), 4548, 440189.17, 4425322.32),
        ((119.97, 31.81), 4549, 497159.38, 3520784.65),
        ((114.78, 34.55), 4547, 571593.19, 3824947.87),
        ((114.20, 35.61), 4547, 518121.12, 3942288.48),
        ((114.02, 33.39), 4547, 501860.80, 3696002.32),
    ],
)
def test_known_places(lonlat, zone, east, north) -> None:
    crs = measure_crs(lonlat[0])
    assert crs.srid == zone
    assert transform([lonlat], CRS84, crs)[0] == pytest.approx((east, north), abs=0.01)
    assert transform([(east, north)], crs, CRS84)[0] == pytest.approx(lonlat, abs=2e-7)


def test_zone_numbers_stand_before_the_easting() -> None:
    assert transform([(116.30, 39.96)], CRS84, parse_crs(4527))[0] == pytest.approx(
        (39440189.17, 4425322.32), abs=0.01
    )


@pytest.mark.parametrize("crs", CRS_TABLE.values(), ids=lambda crs: crs.name)
def test_table_agrees_with_the_epsg_registry(crs) -> None:
    known = CRS.from_user_input("OGC:CRS84" if crs.name == "CRS84" else crs.srid)
    assert crs.northing_first == (known.axis_info[0].direction == "north")
    assert crs.in_degrees == known.is_geographic
    assert parse_crs(crs.uri) == crs


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CRS84", "CRS84"),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "CRS84"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "CRS84"),
        (4490, "EPSG:4490"),
        ("epsg:4548", "EPSG:4548"),
        ("urn:ogc:def:crs:EPSG::4326", "EPSG:4326"),
        ("[EPSG:3857]", "EPSG:3857"),
    ],
)
def test_names_that_are_understood(text, name) -> None:
    assert parse_crs(text).name == name


@pytest.mark.parametrize("text", ["", "EPSG:0", "EPSG:2435", "wgs84", "http://example.org/4326"])
def test_unknown_names_are_refused(text) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_crs(text, "bbox-crs")
    assert refused.value.problems[0].where == "bbox-crs"


@pytest.mark.parametrize(("lon", "srid"), [(73.5, 4534), (115.49, 4547), (115.5, 4548), (136.49, 4554)])
def test_measure_zone_limits(lon, srid) -> None:
    assert measure_crs(lon).srid == srid


@pytest.mark.parametrize("lon", [73.4, 136.5, float("nan")])
def test_no_zone_there(lon) -> None:
    with pytest.raises(InvalidInput):
        measure_crs(lon)


def test_cgcs2000_is_wgs84() -> None:
    assert (transform([(116.3, 39.96)], CRS84, parse_crs(4490)) == [(116.3, 39.96)]).all()


def test_a_point_outside_the_domain_names_its_row() -> None:
    with pytest.raises(InvalidInput, match="row 1"):
        transform([(116.3, 39.96), (116.3, 91.0)], CRS84, parse_crs(4548))


def test_no_points() -> None:
    assert transform(np.empty((0, 2)), CRS84, parse_crs(3857)).shape == (0, 2)


def test_swap_axes_copies() -> None:
    points = np.array([[1.0, 2.0]])
    assert swap_axes(points).tolist() == [[2.0, 1.0]]
    assert points.tolist() == [[1.0, 2.0]]


def test_measures_on_the_ellipsoid() -> None:
    assert geodesic_m(116.3, 39.96, 116.3, 39.97)[0] == pytest.approx(1110.4, abs=0.1)
    square = shapely.box(116.3, 39.96, 116.31, 39.97)
    planar = transform_geometry(square, CRS84, measure_crs(116.3)).area
    assert area_m2(square) == pytest.approx(planar, rel=1e-4)
    assert area_m2(shapely.Polygon()) == 0.0
