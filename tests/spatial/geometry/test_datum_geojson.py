"""Shifting GeoJSON: every position as `convert` has it, everything else as it was."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from spatial.errors import InvalidInput
from spatial.geometry.datum import convert
from spatial.geometry.datum_geojson import shift_geojson

SQUARE = [[[116.3, 39.9], [116.4, 39.9], [116.4, 40.0], [116.3, 39.9]]]
DOCUMENT: dict[str, Any] = {
    "type": "FeatureCollection",
    "bbox": [116, 39, 117, 41],
    "name": "x",
    "features": [
        {"type": "Feature", "id": 1, "geometry": None, "properties": {"coordinates": [116.0, 39.0]}},
        {
            "type": "Feature",
            "properties": None,
            "geometry": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Point", "coordinates": [116.3, 39.9, 51.5]},
                    {"type": "MultiPoint", "coordinates": [[116.3, 39.9], [2.35, 48.85]]},
                    {"type": "LineString", "coordinates": [[116.3, 39.9], [116.31, 39.91]]},
                    {"type": "MultiLineString", "coordinates": [[[116.3, 39.9], [116.31, 39.91]]]},
                    {"type": "Polygon", "coordinates": SQUARE, "bbox": [1, 2, 3, 4]},
                    {"type": "MultiPolygon", "coordinates": [SQUARE]},
                ],
            },
        },
    ],
}


def positions(value: Any) -> list[list[float]]:
    if isinstance(value, list) and value and isinstance(value[0], float):
        return [value]
    return [each for part in value for each in positions(part)]


@pytest.mark.parametrize(("source", "target"), [("wgs84", "gcj02"), ("bd09", "cgcs2000"), ("gcj02", "bd09")])
def test_every_position_moves_as_convert_says(source: str, target: str) -> None:
    found = shift_geojson(copy.deepcopy(DOCUMENT), source, target)
    assert "bbox" not in found
    assert found["name"] == "x"
    assert found["features"][0] == DOCUMENT["features"][0]
    shapes = zip(
        DOCUMENT["features"][1]["geometry"]["geometries"],
        found["features"][1]["geometry"]["geometries"],
        strict=True,
    )
    for before, after in shapes:
        assert set(after) == {"type", "coordinates"}
        old, new = positions(before["coordinates"]), positions(after["coordinates"])
        lon, lat = convert([p[0] for p in old], [p[1] for p in old], source, target)
        np.testing.assert_allclose([p[:2] for p in new], np.column_stack([lon, lat]), atol=6e-10)
        assert [p[2:] for p in new] == [p[2:] for p in old]


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({}, "geojson"),
        ([], "geojson"),
        ({"type": "Circle"}, "geojson.type"),
        ({"type": "Point"}, "geojson.coordinates"),
        ({"type": "Point", "coordinates": [1]}, "geojson.coordinates"),
        ({"type": "Point", "coordinates": ["1", "2"]}, "geojson.coordinates"),
        ({"type": "Point", "coordinates": [True, False]}, "geojson.coordinates"),
        ({"type": "Point", "coordinates": [39.9, 116.3]}, "geojson.coordinates"),
        ({"type": "Polygon", "coordinates": [[1.0, 2.0]]}, "geojson.coordinates[0][0]"),
        ({"type": "FeatureCollection"}, "geojson.features"),
        ({"type": "Feature", "geometry": {"type": "Point", "coordinates": [500.0, 0.0]}},
         "geojson.geometry.coordinates"),
        ({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": 3}]},
         "geojson.features[0].geometry"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(document: Any, where: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        shift_geojson(document, "wgs84", "gcj02")
    assert caught.value.problems[0].where == where
