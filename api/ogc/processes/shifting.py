"""The process `datum-shift`: coordinates from one datum to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from api.ogc.processes.described import Input, Output, Process
from api.ogc.processes.desk import Desk
from spatial.errors import InvalidInput
from spatial.geometry.datum import DATUMS
from spatial.geometry.datum_geojson import shift_geojson, shift_positions

MOST_POSITIONS = 500_000


def _run(_: Desk, given: Mapping[str, Any], __: str) -> bytes:
    source, target = given["from"], given["to"]
    if ("geojson" in given) == ("coordinates" in given):
        raise InvalidInput.at("coordinates", "give either coordinates or geojson")
    if "geojson" in given:
        return orjson.dumps(shift_geojson(given["geojson"], source, target))
    positions = given["coordinates"]
    if not isinstance(positions, list) or len(positions) > MOST_POSITIONS:
        raise InvalidInput.at("coordinates", f"must be a list of up to {MOST_POSITIONS} [lon, lat]")
    shift_positions(positions, source, target, [f"coordinates[{row}]" for row in range(len(positions))])
    return orjson.dumps({"coordinates": positions})


_DATUM = {"type": "string", "enum": list(DATUMS)}

DATUM_SHIFT = Process(
    "datum-shift",
    ("坐标基准转换", "Shift coordinates between datums"),
    (
        "在 WGS-84、CGCS2000、GCJ-02（火星坐标）与 BD-09（百度坐标）之间转换坐标或 GeoJSON。",
        "Turns coordinates or GeoJSON between WGS-84, CGCS2000, GCJ-02 and BD-09, by the public formulas.",
    ),
    {
        "coordinates": Input(
            ("坐标", "Coordinates"),
            {
                "type": "array",
                "maxItems": MOST_POSITIONS,
                "items": {"type": "array", "minItems": 2, "items": {"type": "number"}},
            },
            ("[经度, 纬度, 高程…] 的列表", "A list of [longitude, latitude, height …]"),
            is_long=True,
        ),
        "geojson": Input(
            ("GeoJSON", "GeoJSON"),
            {"type": "object", "required": ["type"], "contentMediaType": "application/geo+json"},
            (
                "几何、要素或要素集合；与坐标二选一",
                "A geometry, feature or collection; in place of coordinates",
            ),
            is_long=True,
        ),
        "from": Input(("原基准", "From"), _DATUM, required=True),
        "to": Input(("目标基准", "To"), _DATUM, required=True),
    },
    Output(
        "shifted",
        ("转换结果", "Shifted"),
        {"application/json": {"type": "object"}, "application/geo+json": {"type": "object"}},
    ),
    _run,
    ("坐标", "GCJ-02", "BD-09", "CGCS2000"),
    {"coordinates": [[116.3103, 39.9764]], "from": "wgs84", "to": "gcj02"},
)
