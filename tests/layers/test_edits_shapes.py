"""Geometries as clients send them: into the column's form and system, or refused with their place."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from layers.edits.shapes import Column, read
from spatial.errors import InvalidInput
from spatial.geometry.crs import CRS84, CRS_TABLE, SHIFTED, crs_of_srid

RING = [[116.3, 39.9], [116.31, 39.9], [116.31, 39.91], [116.3, 39.9]]


def column(kind: str, form: str = "Geometry", srid: int = 4326, has_z: bool = False) -> Column:
    return Column("geom", kind, form, has_z, srid)


def stored(value: Any, into: Column, crs: Any = CRS84) -> Any:
    return read([("geometry", value)], crs, into)[0][0]


def geojson(kind: str, coordinates: Any) -> dict[str, Any]:
    return {"type": kind, "coordinates": coordinates}


@pytest.mark.parametrize(
    ("value", "into", "text"),
    [
        (geojson("Point", [1, 2]), column("point", "MultiPoint"), "MULTIPOINT ((1 2))"),
        (geojson("MultiPoint", [[1, 2]]), column("point", "Point"), "POINT (1 2)"),
        (
            geojson("LineString", [[1, 2], [3, 4]]),
            column("line", "MultiLineString"),
            "MULTILINESTRING ((1 2, 3 4))",
        ),
        (geojson("Point", [1, 2, 0]), column("point", "Point"), "POINT (1 2)"),
        (geojson("Point", [1, 2]), column("point", "Point", has_z=True), "POINT Z (1 2 0)"),
        (geojson("Point", [1, 2, 3.5]), column("point", "Point", has_z=True), "POINT Z (1 2 3.5)"),
        (geojson("MultiPoint", [[1, 2], [3, 4]]), column("geometry"), "MULTIPOINT ((1 2), (3 4))"),
    ],
)
def test_a_geometry_takes_the_form_of_its_column(value: Any, into: Column, text: str) -> None:
    assert shapely.to_wkt(stored(value, into)) == text


@cache
def official(name: str) -> Transformer:
    return Transformer.from_crs("OGC:CRS84", name)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(115.6, 118.4),
    st.floats(20, 50),
    st.sampled_from(["EPSG:4326", "EPSG:4490", "EPSG:3857", "EPSG:4548"]),
)
def test_every_system_means_the_same_place(lon: float, lat: float, name: str) -> None:
    """By an independent way: pyproj with the authority's own order of axes."""
    sent = official(name).transform(lon, lat)
    found = read([("geometry", geojson("Point", list(sent)))], CRS_TABLE[name], column("point", "Point"))
    assert shapely.get_coordinates(found[0][0])[0] == pytest.approx((lon, lat), abs=1e-9)
    kept = read(
        [("geometry", geojson("Point", list(sent)))],
        CRS_TABLE[name],
        column("point", "Point", srid=CRS_TABLE[name].srid),
    )
    x, y = shapely.get_coordinates(kept[0][0])[0]
    assert (y, x) if CRS_TABLE[name].northing_first else (x, y) == sent


def test_heights_stay_when_a_system_changes() -> None:
    sent = geojson("Point", [4420000, 440000, 12.5])
    found = stored(sent, column("point", "Point", 4490, True), CRS_TABLE["EPSG:4548"])
    assert shapely.get_coordinates(found, include_z=True)[0] == pytest.approx(
        [116.298275883, 39.912055791, 12.5]
    )


def test_a_column_in_a_system_beside_our_table() -> None:
    """UTM zone 50: easting first, by its authority."""
    utm = crs_of_srid(32650)
    found = read([("geometry", geojson("Point", [440000, 4420000]))], utm, column("point", "Point", 32650))
    assert shapely.to_wkt(found[0][0]) == "POINT (440000 4420000)"
    assert shapely.get_coordinates(found[1][0])[0] == pytest.approx((116.2983, 39.9284), abs=0.1)


def test_shifted_datums_are_shifted_back() -> None:
    lon, lat = shapely.get_coordinates(
        stored(geojson("Point", [116.3, 39.9]), column("point"), SHIFTED["gcj02"])
    )[0]
    assert 300 < ((lon - 116.3) ** 2 + (lat - 39.9) ** 2) ** 0.5 * 111_000 < 900


def test_each_of_many_has_its_own_place() -> None:
    given_ = [
        ("a", geojson("Polygon", [RING])),
        ("b", None),
        ("c", geojson("Polygon", [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]])),
    ]
    with pytest.raises(InvalidInput) as refused:
        read(given_, CRS84, column("polygon"))
    assert [problem.where for problem in refused.value.problems] == ["c"]
    assert "0.5, 0.5" in refused.value.problems[0].reason
    assert read(given_[:2], CRS84, column("polygon"))[0][1] is None
    assert read([], CRS84, column("polygon")) == ([], [])


@pytest.mark.parametrize("srid", [3857, 4326, 4548, 4490])
@pytest.mark.parametrize("far", [1e300, -1e18, 1e9])
def test_nowhere_is_refused_in_every_system(srid: int, far: float) -> None:
    with pytest.raises(InvalidInput):
        stored(geojson("Point", [far, far]), column("point"), crs_of_srid(srid))
